// Puts what a ruin took out back into the plan, greedily and with blinks: each in turn at its cheapest
// spot, now and then looking away from a vehicle.
import { deliveryOf, pickupOf, type Problem } from './problem.ts'
import { openInsertions } from './insertion.ts'
import { remember } from './memory.ts'
import { openPlainInsertions } from './plainInsertion.ts'
import { emptySpot, insertAt, type Routes } from './routes.ts'
import type { Changes } from './changes.ts'
import type { Random } from './random.ts'

export interface Recreate {
  /**
   * Inserts what it can of the first `many` in `open`; the rest moves to the front and is counted. With
   * fewer than all vehicles, whatever leaving out costs.
   */
  recreate(open: Int32Array, many: number, mostVehicles: number): number
}

/** How often each order of insertion is taken, of all: SISR's, with those of time windows. */
const orders = { random: 4, load: 4, far: 2, close: 1, window: 2, opens: 2, closes: 2 }

export function openRecreate(
  routes: Routes,
  changes: Changes,
  random: Random,
  blinkShare = 0.01,
): Recreate {
  const { problem } = routes
  const { vehicles, kind, unservedPrice } = problem
  const insertions = remember(
    routes,
    changes,
    routes.isPlain ? openPlainInsertions(routes) : openInsertions(routes),
  )
  const keys = keysOf(problem)
  const shares = Object.values(orders)
  const allShares = shares.reduce((sum, share) => sum + share, 0)
  const drawn = new Float64Array(problem.requests)
  const spot = emptySpot()
  /** How many more vehicles may be used, and whether leaving out is no way out. */
  let spare = 0
  let isForced = false
  return { recreate }

  function recreate(open: Int32Array, many: number, mostVehicles: number): number {
    sort(open, many)
    let left = 0
    spare = mostVehicles
    for (let other = 0; other < vehicles; other += 1) if (routes.stops[other]! > 0) spare -= 1
    isForced = mostVehicles < vehicles
    for (let index = 0; index < many; index += 1) {
      const request = open[index]!
      if (place(request)) continue
      open[left] = request
      left += 1
    }
    return left
  }

  function place(request: number): boolean {
    let bound = isForced ? Infinity : unservedPrice[request]!
    let vehicle = -1
    let emptyKind = NaN
    for (let other = 0; other < vehicles; other += 1) {
      if (routes.stops[other] === 0) {
        if (spare <= 0 || kind[other] === emptyKind) continue
        emptyKind = kind[other]!
      }
      if (random.uniform() < blinkShare) continue
      if (!insertions.bestInVehicle(request, other, bound, spot)) continue
      bound = spot.price
      vehicle = other
    }
    if (vehicle < 0) return false
    changes.touch(vehicle)
    if (routes.stops[vehicle] === 0) spare -= 1
    insertAt(routes, request, spot)
    return true
  }

  function sort(open: Int32Array, many: number): void {
    let share = random.uniform() * allShares
    let order = 0
    while (order < shares.length - 1 && share >= shares[order]!) {
      share -= shares[order]!
      order += 1
    }
    const key = order === 0 ? drawn : keys[order - 1]!
    if (order === 0) {
      for (let index = 0; index < many; index += 1) drawn[open[index]!] = random.uniform()
    }
    for (let index = 1; index < many; index += 1) {
      const request = open[index]!
      let at = index
      for (; at > 0 && key[open[at - 1]!]! > key[request]!; at -= 1) open[at] = open[at - 1]!
      open[at] = request
    }
  }
}

/** By request, least first, in the order of `orders` after the random one. */
function keysOf(problem: Problem): Float64Array[] {
  const { place, travel, load, earliest, latest, due, requests } = problem
  const keys = Array.from({ length: 6 }, () => new Float64Array(requests))
  for (let request = 0; request < requests; request += 1) {
    if (problem.used[request] === 0) continue
    const delivery = deliveryOf(problem, request)
    const first = problem.hasPickup[request] === 1 ? pickupOf(problem, request) : delivery
    const home = place[0]! * travel.places
    const far = travel.seconds[home + place[first]!]! + travel.seconds[home + place[delivery]!]!
    const closes = Math.min(latest[delivery]!, due[delivery]!)
    keys[0]![request] = -Math.abs(load[delivery]!)
    keys[1]![request] = -far
    keys[2]![request] = far
    keys[3]![request] = closes === Infinity ? Infinity : closes - earliest[first]!
    keys[4]![request] = earliest[first]!
    keys[5]![request] = -closes
  }
  return keys
}
