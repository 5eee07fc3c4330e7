// Remembers for a moment what quotes of this process have planned, so that those beside them plan around it: their
// holds are seen in the database only once they are committed.
import type { FreeTimes } from './quotingFacts.ts'

/** Longer than a quote's transaction takes. When one fails, its time seems taken for so long. */
const lastsMs = 250

export function justPlanned(nowMs: () => number) {
  const planned = new Map<string, { untilMs: number; forgetAtMs: number }>()
  return {
    addTo(taken: FreeTimes): void {
      for (const [id, { untilMs, forgetAtMs }] of planned) {
        if (forgetAtMs <= nowMs()) planned.delete(id)
        else taken.set(id, Math.max(untilMs, taken.get(id) ?? 0))
      }
    },
    /** `taken` as the plan of the offers has left it. */
    note(
      taken: FreeTimes,
      offers: readonly { machineId: string; compartmentId: string | null }[],
    ): void {
      const forgetAtMs = nowMs() + lastsMs
      for (const id of offers.flatMap((offer) =>
        [offer.machineId, offer.compartmentId ?? []].flat(),
      )) {
        planned.set(id, { untilMs: taken.get(id) ?? 0, forgetAtMs })
      }
    },
  }
}
