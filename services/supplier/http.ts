// Fetches licensed instructions from suppliers' own servers, trusting neither what they send nor where they point.
import { createHash } from 'node:crypto'
import { lookup as resolveName } from 'node:dns'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { DomainError } from '../../domain/failure.ts'
import { isPrivateAddress } from './privateAddresses.ts'
import type { Suppliers } from './suppliers.ts'

export interface HttpSuppliersOptions {
  /** For a vendor's server on the same machine or network: tests and demos only. */
  allowPrivateAddresses?: boolean
  /** For one try, from the connection to the last byte. */
  deadlineMs?: number
  tries?: number
  pauseMs?: number
}

export function openSuppliers({
  allowPrivateAddresses = false,
  deadlineMs = 20_000,
  tries = 3,
  pauseMs = 250,
}: HttpSuppliersOptions = {}): Suppliers {
  return {
    async fetchInstructions({ url, sha256, maxBytes }) {
      const target = targetOf(url)
      const fetchOnce = () => download(target, { maxBytes, deadlineMs, allowPrivateAddresses })
      let answer = await fetchOnce()
      for (let tried = 1; isWorthAnother(answer) && tried < tries; tried += 1) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs * tried))
        answer = await fetchOnce()
      }
      if (answer.kind === 'unreachable') {
        const { status, reason } = answer
        throw new DomainError('supplier_unreachable', { host: target.host, status, reason })
      }
      const got =
        answer.kind === 'too_large'
          ? `more than ${maxBytes} bytes`
          : createHash('sha256').update(answer.bytes).digest('hex')
      if (answer.kind === 'too_large' || got !== sha256) {
        throw new DomainError('instructions_corrupt', { expected: sha256, got, host: target.host })
      }
      return answer.bytes
    },
  }
}

type Answer =
  | { kind: 'file'; bytes: Buffer }
  | { kind: 'too_large' }
  | { kind: 'unreachable'; status: number | null; reason: string }

interface Bounds {
  maxBytes: number
  deadlineMs: number
  allowPrivateAddresses: boolean
}

/** A server that has trouble may be over it in a moment; one that says no will say it again. */
function isWorthAnother(answer: Answer): boolean {
  if (answer.kind !== 'unreachable' || answer.reason === privateReason) return false
  return answer.status === null || answer.status >= 500 || answer.status === 429
}

const privateReason = 'private_address'

function targetOf(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : null
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target
  throw new DomainError('supplier_unreachable', { host: null, status: null, reason: 'bad_url' })
}

async function download(target: URL, bounds: Bounds): Promise<Answer> {
  const signal = AbortSignal.timeout(bounds.deadlineMs)
  try {
    const response = await connect(target, bounds, signal)
    const status = response.statusCode ?? 0
    if (status !== 200) {
      response.destroy()
      return { kind: 'unreachable', status, reason: status < 400 ? 'redirected' : 'refused' }
    }
    return await bodyOf(response, bounds.maxBytes)
  } catch (error) {
    const reason = signal.aborted ? 'deadline' : reasonOf(error)
    return { kind: 'unreachable', status: null, reason }
  }
}

/** Neither follows redirects nor reuses connections: the address that was checked is the one that answers. */
async function connect(target: URL, bounds: Bounds, signal: AbortSignal): Promise<IncomingMessage> {
  const host = target.hostname.replace(/^\[|\]$/g, '')
  if (!bounds.allowPrivateAddresses && isIP(host) && isPrivateAddress(host)) throw refused(host)
  const request = target.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    request(target, {
      agent: false,
      headers: { accept: 'application/octet-stream, */*', 'accept-encoding': 'identity' },
      signal,
      lookup: bounds.allowPrivateAddresses ? undefined : publicLookup,
    })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
}

/** Checks what the name resolved to at the moment of connecting, so that a name cannot change in between. */
const publicLookup: LookupFunction = (host, options, callback) => {
  resolveName(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error || !first) return callback(error ?? new Error('no address'), '', 0)
    if (addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(refused(host), '', 0)
    }
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
  })
}

function refused(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} is a private address`), { code: privateReason })
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    // Leaving the loop destroys the response, and with it the connection.
    if (length > maxBytes) return { kind: 'too_large' }
    chunks.push(chunk)
  }
  return { kind: 'file', bytes: Buffer.concat(chunks) }
}

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code.toLowerCase() : 'broken_off'
}
