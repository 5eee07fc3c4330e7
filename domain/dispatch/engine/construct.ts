// Puts open requests into routes: one after the other where each is cheapest, or the one first that
// would regret waiting most.
import { openInsertions } from './insertion.ts'
import type { Problem } from './problem.ts'
import { emptySpot, insertAt, type Routes, type Spot } from './routes.ts'

/** Each request in turn at its cheapest spot; returns those that have none. */
export function insertCheapest(routes: Routes, requests: Iterable<number>): number[] {
  const insertions = openInsertions(routes)
  const spot = emptySpot()
  const left: number[] = []
  for (const request of requests) {
    if (insertions.best(request, Infinity, spot)) insertAt(routes, request, spot)
    else left.push(request)
  }
  return left
}

/**
 * Always the request next that loses most when it must take one of its next best `k - 1` vehicles instead of its
 * best; one with fewer vehicles left goes first. Returns those that have no spot.
 */
export function insertByRegret(routes: Routes, requests: readonly number[], k = 3): number[] {
  const { vehicles, unservedPrice } = routes.problem
  const insertions = openInsertions(routes)
  const spots = requests.map((request) =>
    Array.from({ length: vehicles }, (_, vehicle) =>
      mayTake(routes.problem, request, vehicle) ? emptySpot() : null,
    ),
  )
  const open = new Set(requests.keys())
  /** The cheapest of each request, until one of them, or one that undercuts them, has changed. */
  const cheapest: (Spot[] | null)[] = requests.map(() => null)
  for (const index of open) {
    for (let vehicle = 0; vehicle < vehicles; vehicle += 1) look(index, vehicle)
  }
  for (;;) {
    const chosen = mostRegretted()
    if (!chosen) break
    const { index, spot } = chosen
    insertAt(routes, requests[index]!, spot)
    open.delete(index)
    for (const other of open) look(other, spot.vehicle)
  }
  return [...open].map((index) => requests[index]!)

  function look(index: number, vehicle: number): void {
    const spot = spots[index]![vehicle]
    if (!spot) return
    const before = spot.price
    const found = insertions.bestInVehicle(requests[index]!, vehicle, Infinity, spot)
    if (!found) spot.price = Infinity
    const known = cheapest[index]
    const undercuts = (last: Spot) => Math.min(before, spot.price) <= last.price
    if (known && (known.length < k || undercuts(known.at(-1)!))) cheapest[index] = null
  }

  function mostRegretted(): { index: number; spot: Spot } | null {
    let chosen: { index: number; spot: Spot } | null = null
    let most = -Infinity
    for (const index of open) {
      const best = (cheapest[index] ??= leastOf(spots[index]!, k))
      if (!best[0] || best[0].price === Infinity) continue
      // A vehicle that is not there costs as much as leaving the request out.
      const left = unservedPrice[requests[index]!]!
      const least = best[0].price
      let regret = 0
      for (let nth = 1; nth < k; nth += 1) {
        regret += Math.min(left, best[nth]?.price ?? Infinity) - least
      }
      const isBetter = regret > most || (regret === most && least < chosen!.spot.price)
      if (!isBetter) continue
      most = regret
      chosen = { index, spot: best[0] }
    }
    return chosen
  }
}

function mayTake({ pairs, pairRow, vehicles }: Problem, request: number, vehicle: number): boolean {
  const row = pairRow[request]!
  return row < 0 || pairs.allowed[row * vehicles + vehicle] === 1
}

/** The `k` cheapest, in their order; of equal ones the lower vehicle first. */
function leastOf(spots: readonly (Spot | null)[], k: number): Spot[] {
  const least: Spot[] = []
  for (const spot of spots) {
    if (!spot) continue
    let at = least.length
    while (at > 0 && spot.price < least[at - 1]!.price) at -= 1
    if (at < k) least.splice(at, 0, spot)
    if (least.length > k) least.pop()
  }
  return least
}
