// Knows from when on machines and compartments are free: as the database was read a moment ago, and what quotes of this
// process have planned since. Whether a time is still free when it is held, the database alone decides.
import { limits } from './limits.ts'

/** From when on a resource is free for good; those that nobody holds are left out. */
export type FreeTimes = Map<string, number>

/** The times of a plan were held, had been given to somebody else, or were never asked for. */
export type Outcome = 'held' | 'lost' | 'dropped'

interface Plan {
  times: readonly { id: string; untilMs: number }[]
  /** A call that never ends gives the time back all the same. */
  forgetAtMs: number
  /** The last reading that may have missed the holds of this plan: as long as they are not committed, any. */
  missedBy: number
}

interface Reading {
  nth: number
  taken: ReadonlyMap<string, number>
}

const longestCallMs = 30_000

export function freeTimes(read: () => Promise<ReadonlyMap<string, number>>, nowMs: () => number) {
  const plans = new Set<Plan>()
  let latest: { atMs: number; reading: Promise<Reading> } | null = null
  let readings = 0
  let carefulUntilMs = 0

  async function reading(): Promise<Reading> {
    const isFresh = latest && nowMs() < latest.atMs + limits.freeTimesCacheMs
    if (latest && isFresh && nowMs() >= carefulUntilMs) return await latest.reading
    readings += 1
    const nth = readings
    const next = { atMs: nowMs(), reading: read().then((taken) => ({ nth, taken })) }
    latest = next
    return await next.reading.catch((error: unknown) => {
      if (latest === next) latest = null
      throw error
    })
  }

  return {
    /** Answers what to call for the times, in the same breath as the plan is made and noted. */
    async known(): Promise<() => FreeTimes> {
      const { nth, taken } = await reading()
      return () => {
        const times: FreeTimes = new Map()
        // Times may end between two milliseconds; the next whole one is free.
        for (const [id, untilMs] of taken) times.set(id, Math.floor(untilMs) + 1)
        for (const plan of plans) {
          if (plan.missedBy < nth || plan.forgetAtMs <= nowMs()) plans.delete(plan)
          else
            for (const { id, untilMs } of plan.times)
              times.set(id, Math.max(untilMs, times.get(id) ?? 0))
        }
        return times
      }
    },

    /** `times` as the plan has left them. Answers what to call when it is known what became of the plan. */
    note(times: FreeTimes, used: readonly string[]): (outcome: Outcome) => void {
      const plan: Plan = {
        times: used.map((id) => ({ id, untilMs: times.get(id) ?? 0 })),
        forgetAtMs: nowMs() + longestCallMs,
        missedBy: Infinity,
      }
      plans.add(plan)
      return (outcome) => {
        plan.missedBy = readings
        if (outcome !== 'held') plans.delete(plan)
        // Somebody else holds times here: for a while each plan looks for itself.
        if (outcome === 'lost') carefulUntilMs = nowMs() + limits.carefulMs
      }
    },
  }
}
