// Speaks to a carrier's server over HTTPS; what the carrier refuses and what is out of order are told apart.
import { DomainError, type FailureCode, type FailureFacts } from '../../domain/failure.ts'
import type { Carrier } from './carriers.ts'
import { orderJson, readParcel, readTrack } from './wire.ts'

export interface HttpCarrierOptions {
  name: string
  url: string
  /** That the carrier gave us. */
  key: string
  /** For one call. */
  deadlineMs?: number
}

const maxLabelBytes = 1_000_000

export function openHttpCarrier({
  name,
  url,
  key,
  deadlineMs = 10_000,
}: HttpCarrierOptions): Carrier {
  const closing = new AbortController()

  /** Null where there is no such parcel. */
  async function call(
    method: 'GET' | 'POST',
    path: string,
    { body, idempotencyKey }: { body?: object; idempotencyKey?: string } = {},
  ): Promise<Response | null> {
    const response = await fetch(url.replace(/\/+$/, '') + path, {
      method,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.any([AbortSignal.timeout(deadlineMs), closing.signal]),
    }).catch((error: unknown) => {
      throw new Error(`The carrier ${name} does not answer.`, { cause: error })
    })
    if (response.ok) return response
    if (response.status === 404) {
      await response.body?.cancel()
      return null
    }
    throw await refusalOf(name, response)
  }

  async function known(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Response> {
    const response = await call(method, path)
    if (!response) throw new DomainError('not_found', { carrier: name })
    return response
  }

  return {
    name,
    async book(order) {
      const how = { body: orderJson(order), idempotencyKey: order.key }
      const response = await call('POST', '/v1/parcels', how)
      return readParcel(await response?.json())
    },
    async label(number) {
      const response = await known(`${pathOf(number)}/label`)
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (bytes.byteLength > maxLabelBytes) throw new Error(`the label of ${number} is too large`)
      return bytes
    },
    async cancel(number) {
      const response = await known(`${pathOf(number)}/cancel`, 'POST')
      await response.body?.cancel()
    },
    async track(number) {
      const response = await call('GET', pathOf(number))
      return response && readTrack(await response.json())
    },
    async close() {
      closing.abort()
    },
  }
}

const pathOf = (number: string) => `/v1/parcels/${encodeURIComponent(number)}`

/** What no retry mends, in the words of our catalogue. */
const permanent: readonly FailureCode[] = ['carrier_refused', 'state_conflict']

/** Whatever else is wrong (a key, a limit, a server in trouble) may be over later, and is tried again. */
async function refusalOf(name: string, response: Response): Promise<Error> {
  const { status } = response
  const text = await response.text().catch(() => '')
  const { code, facts } = problemIn(text)
  const known = permanent.find((one) => one === code)
  if (known) return new DomainError(known, facts)
  return new Error(`The carrier ${name} answered ${status} ${code ?? ''}`.trim())
}

function problemIn(text: string): { code: string | null; facts: FailureFacts } {
  try {
    const problem: { code?: unknown; facts?: FailureFacts } = JSON.parse(text)
    const code = typeof problem.code === 'string' ? problem.code : null
    return { code, facts: { ...problem.facts } }
  } catch {
    return { code: null, facts: {} }
  }
}
