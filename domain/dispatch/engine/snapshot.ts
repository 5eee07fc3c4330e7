// Keeps a copy of a whole plan, to come back to it.
import { refresh, type Routes } from './routes.ts'

export interface Snapshot {
  save(): void
  restore(): void
}

/** Begins with the plan as it is. */
export function openSnapshot(routes: Routes): Snapshot {
  const { vehicle, next, previous, pair, stops, lock, pinned } = routes
  const kept = [vehicle, next, previous, pair, stops, lock, pinned].map((live) => {
    return { live, copy: live.slice() }
  })
  return {
    save() {
      for (const { live, copy } of kept) copy.set(live)
    },
    restore() {
      for (const { live, copy } of kept) live.set(copy)
      for (let each = 0; each < routes.problem.vehicles; each += 1) refresh(routes, each)
    },
  }
}
