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
  atMs: number
  taken: ReadonlyMap<string, number>
}

const longestCallMs = 30_000

export function freeTimes(read: () => Promise<ReadonlyMap<string, number>>, nowMs: () => number) {
  const plans = new Set<Plan>()
  let latest: Promise<Reading> | null = null
  let newest: Reading = { nth: 0, atMs: -Infinity, taken: new Map() }
  let readings = 0
  let carefulUntilMs = 0

  async function readNow(): Promise<Reading> {
    readings += 1
    const mine = { nth: readings, atMs: nowMs() }
    const reading = read().then((taken) => ({ ...mine, taken }))
    latest = reading
    try {
      const answered = await reading
      if (answered.nth > newest.nth) newest = answered
      return answered
    } finally {
      if (latest === reading) latest = null
    }
  }

  /** Made anew when half of its time is over; only when all is over is it waited for. */
  async function fresh(): Promise<void> {
    const ageMs = nowMs() - newest.atMs
    if (nowMs() < carefulUntilMs) await readNow()
    else if (ageMs >= limits.freeTimesCacheMs) await (latest ?? readNow())
    else if (ageMs >= limits.freeTimesCacheMs / 2 && latest === null) readNow().catch(() => {})
  }

  return {
    /** Answers what to call for the times, in the same breath as the plan is made and noted. */
    async known(): Promise<() => FreeTimes> {
      await fresh()
      return () => {
        const { nth, taken } = newest
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
