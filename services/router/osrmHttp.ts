// Speaks HTTP with osrm-routed: keeps connections, asks again while it is away, types its codes.
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { RouterError, type Clock, type RouterErrorCode } from './router.ts'

export interface OsrmHttp {
  ask(question: Question, clock: Clock): Promise<OsrmAnswer>
  close(): void
}

export interface Question {
  path: string
  /** Sent as JSON by POST, which osrm-routed takes from version 26.9 on. */
  body?: string
}

/** The members of OSRM's answers that are read here; which are there depends on the question. */
export interface OsrmAnswer {
  code: string
  message?: string
  data_version?: string
  routes?: {
    distance: number
    duration: number
    legs: { distance: number; duration: number }[]
    geometry: { coordinates: [number, number][] }
  }[]
  waypoints?: { location: [number, number]; distance: number; name: string }[]
  durations?: (number | null)[][]
  distances?: (number | null)[][]
}

/** What OSRM says, in the router's words. Everything else is an UnexpectedAnswer. */
const CODES: Record<string, RouterErrorCode> = {
  NoRoute: 'NoRoute',
  NoTable: 'NoRoute',
  NoMatch: 'NoRoute',
  NoTrips: 'NoRoute',
  NoSegment: 'NoSegment',
  TooBig: 'TooBig',
  InvalidUrl: 'InvalidInput',
  InvalidOptions: 'InvalidInput',
  InvalidQuery: 'InvalidInput',
  InvalidValue: 'InvalidInput',
  InvalidService: 'UnexpectedAnswer',
  InvalidVersion: 'UnexpectedAnswer',
  InvalidMethod: 'UnexpectedAnswer',
  NotImplemented: 'UnexpectedAnswer',
  DisabledDataset: 'UnexpectedAnswer',
}

const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 400

export function osrmHttp(url: string, connections: number): OsrmHttp {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const agent = new (secure ? TlsAgent : Agent)({ keepAlive: true, maxSockets: connections })
  const prefix = base.pathname.replace(/\/$/, '')

  function send({ path, body }: Question, clock: Clock): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const outgoing = (secure ? httpsRequest : httpRequest)(
      {
        agent,
        protocol: base.protocol,
        hostname: base.hostname,
        port: base.port,
        path: prefix + path,
        method: body === undefined ? 'GET' : 'POST',
        headers:
          body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        // Timers count whole milliseconds from the one that has begun: without one more this would fire too early.
        signal: AbortSignal.any([
          AbortSignal.timeout(Math.max(0, Math.ceil(clock.leftMs())) + 1),
          ...(clock.signal ? [clock.signal] : []),
        ]),
      },
      resolve,
    )
    outgoing.on('error', reject)
    outgoing.end(body)
    return promise
  }

  /** Every question is safe to repeat: OSRM only reads. */
  async function ask(question: Question, clock: Clock): Promise<OsrmAnswer> {
    let wait = FIRST_PAUSE_MS
    for (;;) {
      clock.check()
      try {
        const response = await send(question, clock)
        return judged(response.statusCode ?? 0, await textOf(response))
      } catch (error) {
        if (error instanceof RouterError && !error.retryable) throw error
        clock.check()
        // A deadline so near that waiting would outlast it ends with the reason known by now.
        if (clock.leftMs() <= wait) throw unavailable(base, error)
        await pause(wait * (0.5 + Math.random()))
        wait = Math.min(LONGEST_PAUSE_MS, wait * 2)
      }
    }
  }
  return { ask, close: () => agent.destroy() }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

function judged(status: number, text: string): OsrmAnswer {
  if (status === 429 || status >= 500) throw new RouterError('Unavailable', `HTTP ${status}`)
  const answer = parsed(text)
  if (!answer) {
    throw new RouterError('UnexpectedAnswer', `not OSRM: HTTP ${status}, ${text.slice(0, 80)}`)
  }
  if (answer.code === 'Ok') return answer
  const code = CODES[answer.code] ?? 'UnexpectedAnswer'
  throw new RouterError(code, `${answer.code}: ${answer.message ?? ''}`, answer)
}

function parsed(text: string): OsrmAnswer | null {
  try {
    const answer: OsrmAnswer | null = JSON.parse(text)
    return typeof answer?.code === 'string' ? answer : null
  } catch {
    return null
  }
}

function unavailable(base: URL, error: unknown): RouterError {
  if (error instanceof RouterError) return error
  return new RouterError('Unavailable', `no OSRM at ${base.origin}: ${String(error)}`, error)
}
