// Remembers what quotes of this process have planned, so that those beside them plan around it: their holds are seen
// in the database only once they are committed.
import type { FreeTimes } from './quotingFacts.ts'

/** Who asked the database just before the commit may have its answer only now. */
const graceMs = 250
/** A call that never ends gives the time back all the same. */
const lastsMs = 30_000

export function justPlanned(nowMs: () => number) {
  const planned = new Map<string, { untilMs: number; forgetAtMs: number }>()
  return {
    addTo(taken: FreeTimes): void {
      for (const [id, { untilMs, forgetAtMs }] of planned) {
        if (forgetAtMs <= nowMs()) planned.delete(id)
        else taken.set(id, Math.max(untilMs, taken.get(id) ?? 0))
      }
    },
    /** `taken` as the plan has left it. Answers what to call when the plan's transaction has ended. */
    note(taken: FreeTimes, resourceIds: readonly string[]): (isHeld: boolean) => void {
      const notes = resourceIds.map((id) => {
        const note = { untilMs: taken.get(id) ?? 0, forgetAtMs: nowMs() + lastsMs }
        planned.set(id, note)
        return { id, note }
      })
      return (isHeld) => {
        const forgetAtMs = isHeld ? nowMs() + graceMs : 0
        for (const { note } of notes) note.forgetAtMs = forgetAtMs
      }
    },
  }
}
