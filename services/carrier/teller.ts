// Tells the platform what happens to parcels, signed, each parcel's events in order, and again until it was taken.
import type { Logger } from 'pino'
import type { Telling } from './book.ts'
import { signMessage } from './signature.ts'
import type { CarrierSimulator } from './simulator.ts'

export interface ParcelTellerOptions {
  simulator: Pick<CarrierSimulator, 'untold' | 'markTold' | 'nextUntoldAtMs'>
  /** Where the platform takes them. */
  eventsUrl: string
  secret: string
  log: Logger
  /** The first pause after a refusal; each further one is twice as long, up to five minutes. */
  pauseMs?: number
}

export interface ParcelTeller {
  /** Something was booked: it may happen sooner than all else. */
  wake: () => void
  close: () => Promise<void>
}

const longestPauseMs = 5 * 60e3
const giveUpAfterMs = 3 * 24 * 3_600e3
const deadlineMs = 10_000
const longestSleepMs = 60e3

export function openParcelTeller(options: ParcelTellerOptions): ParcelTeller {
  const { simulator, log, pauseMs = 500 } = options
  const refused = new Map<string, { times: number; untilMs: number }>()
  const closing = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let telling: Promise<void> | null = null
  let lookedAtMs = 0

  function wake(): void {
    clearTimeout(timer)
    if (closing.signal.aborted) return
    telling ??= tellAll()
      .catch((error: unknown) => log.error({ err: error }, 'parcels could not be told of'))
      .finally(() => {
        telling = null
        sleep()
      })
  }

  function sleep(): void {
    if (closing.signal.aborted) return
    // Since the last look, not since now: what happened while others were told was in no look yet.
    const next = simulator.nextUntoldAtMs(lookedAtMs) ?? Infinity
    const waitMs = Math.max(0, Math.min(next, ...[...refused.values()].map(until)) - Date.now())
    timer = setTimeout(wake, Math.min(waitMs, longestSleepMs))
  }

  /** Looks again as long as something could be told: one look sees so many happenings and no more. */
  async function tellAll(): Promise<void> {
    let isAnyTold = true
    while (isAnyTold && !closing.signal.aborted) {
      isAnyTold = false
      lookedAtMs = Date.now()
      const byParcel = Map.groupBy(simulator.untold(), ({ number }) => number)
      await Promise.all(
        [...byParcel].map(async ([number, events]) => {
          if ((refused.get(number)?.untilMs ?? 0) > Date.now()) return
          for (const event of events) {
            if (!(await told(event))) return
            isAnyTold = true
          }
          refused.delete(number)
        }),
      )
    }
  }

  async function told(event: Telling): Promise<boolean> {
    const reason = await post(options, event, closing.signal)
    if (reason === null || Date.now() - event.atMs > giveUpAfterMs) {
      simulator.markTold(event)
      return true
    }
    const { times = 0 } = refused.get(event.number) ?? {}
    const waitMs = Math.min(pauseMs * 2 ** times, longestPauseMs)
    refused.set(event.number, { times: times + 1, untilMs: Date.now() + waitMs })
    log.warn({ number: event.number, kind: event.kind, reason }, 'an event was not taken yet')
    return false
  }

  wake()
  return {
    wake,
    async close() {
      closing.abort()
      clearTimeout(timer)
      await telling
    },
  }
}

const until = ({ untilMs }: { untilMs: number }) => untilMs

/** Null when it was taken, else why not. */
async function post(
  { eventsUrl, secret }: ParcelTellerOptions,
  { number, sequence, kind, atMs }: Telling,
  closing: AbortSignal,
): Promise<string | null> {
  const at = new Date(atMs).toISOString()
  const body = JSON.stringify({ tracking_number: number, sequence, kind, at })
  const id = `${number}.${sequence}`
  try {
    const response = await fetch(eventsUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signMessage({ id, atMs: Date.now(), body }, secret),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(deadlineMs), closing]),
    })
    await response.body?.cancel()
    return response.ok ? null : `status ${response.status}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
