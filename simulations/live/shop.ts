// A storefront's client of the platform's API: JSON calls that say what went wrong, and wait when they are told to.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

export interface Shop {
  get: <T>(path: string) => Promise<T>
  post: <T>(path: string, body: object) => Promise<T>
}

/** A call that was refused, in the words of the API. */
export class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(what: string, status: number, { code, detail }: Problem) {
    super(`${what}: ${detail ?? `status ${status}`}${code === undefined ? '' : ` (${code})`}`)
    this.status = status
    this.code = code ?? 'unknown'
  }
}

interface Problem {
  code?: string
  detail?: string
}

/** So often a call is made that found nobody, or too much going on. */
const tries = 5
const longestWaitMs = 5_000
const answeredWithinMs = 30_000

/** The signal ends it between calls: what was asked is not left alone before it is known what came of it. */
export function openShop(
  { url, apiKey }: { url: string; apiKey: string },
  signal: AbortSignal,
): Shop {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      // The same over all tries: what was done by a call whose answer was lost is not done twice.
      ...(body && { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }),
    }
    const sent = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    for (let tried = 1; ; tried += 1) {
      signal.throwIfAborted()
      const within = AbortSignal.timeout(answeredWithinMs)
      const answer = await fetch(new URL(path, url), { ...sent, signal: within }).catch(
        (error: unknown) => {
          if (tried === tries)
            throw new Error(`${method} ${path}: nobody answers at ${url}`, { cause: error })
          return null
        },
      )
      if (answer?.ok) {
        const value: T = JSON.parse(await answer.text())
        return value
      }
      if (answer) {
        const problem = problemIn(await answer.text())
        if (!passes(answer.status, problem) || tried === tries)
          throw new Refused(`${method} ${path}`, answer.status, problem)
      }
      const asked = Number(answer?.headers.get('Retry-After') ?? 0) * 1_000
      await wait(Math.min(longestWaitMs, Math.max(asked, 200 * tried)), undefined, { signal })
    }
  }
  return {
    get: async (path) => await call('GET', path),
    post: async (path, body) => await call('POST', path, body),
  }
}

/** Too much going on, or the call that was made before is still under way. */
function passes(status: number, { code }: Problem): boolean {
  return status === 429 || status >= 500 || code === 'idempotency_in_flight'
}

function problemIn(text: string): Problem {
  try {
    const problem: Problem = Object(JSON.parse(text))
    return problem
  } catch {
    return {}
  }
}
