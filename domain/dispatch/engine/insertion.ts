// Finds the best spot for a request in one vehicle's route, with the exact change of the plan's price.
import { deliveryOf, endOf, pickupOf, startOf } from './problem.ts'
import { openStack } from './stack.ts'
import { openWalk } from './walk.ts'
import type { Routes, Spot } from './routes.ts'

export interface Insertions {
  /** Writes the best spot that costs less than `bound` into `spot`; false where there is none. */
  bestInVehicle(request: number, vehicle: number, bound: number, spot: Spot): boolean
  /** The same over all vehicles; of equal prices the lower vehicle and the earlier spot. */
  best(request: number, bound: number, spot: Spot): boolean
}

/** Over these routes as they are at each call. Travel times must keep the triangle inequality. */
export function openInsertions(routes: Routes): Insertions {
  const { problem, next, loadAfter } = routes
  const { vehicles, pairs, lifo, hasPickup, load, pairRow, kind, capacity } = problem
  const walk = openWalk(routes)
  const stack = openStack(routes)

  return { bestInVehicle, best }

  function best(request: number, bound: number, spot: Spot): boolean {
    let least = bound
    let emptyKind = NaN
    for (let vehicle = 0; vehicle < vehicles; vehicle += 1) {
      if (routes.stops[vehicle] === 0) {
        if (kind[vehicle] === emptyKind) continue
        emptyKind = kind[vehicle]!
      }
      if (bestInVehicle(request, vehicle, least, spot)) least = spot.price
    }
    return least < bound
  }

  function bestInVehicle(request: number, vehicle: number, bound: number, spot: Spot): boolean {
    const row = pairRow[request]!
    const pair = row < 0 ? -1 : row * vehicles + vehicle
    if (pair >= 0 && pairs.allowed[pair] === 0) return false
    const ownPrice = pair < 0 ? 0 : pairs.price[pair]!
    const fixed = ownPrice + (routes.stops[vehicle] === 0 ? problem.fixedPrice[vehicle]! : 0)
    walk.begin(deliveryOf(problem, request), vehicle, pair)
    return hasPickup[request] === 1
      ? bestPair(request, vehicle, bound, fixed, spot)
      : bestDelivery(request, vehicle, bound, fixed, spot)
  }

  function bestDelivery(
    request: number,
    vehicle: number,
    bound: number,
    fixed: number,
    spot: Spot,
  ): boolean {
    const delivery = deliveryOf(problem, request)
    const end = endOf(problem, vehicle)
    const brings = load[delivery]!
    const stacked = lifo && brings < 0
    const isTight = brings > 0 || (brings < 0 && routes.isOverloaded[vehicle] === 1)
    let least = bound
    let isOpen = false
    for (let at = startOf(vehicle); at !== end; at = next[at]!) {
      walk.pass(at)
      isOpen ||= at === routes.lock[vehicle]
      if (!isOpen || (stacked && !stack.mayUnload(request, at, vehicle))) continue
      // Where goods on board were taken out of the plan, what is too much must leave in time.
      if (isTight && loadAfter[at]! > capacity[vehicle]!) break
      if (isTight && !hasRoom(at, end, brings, vehicle)) continue
      walk.standAt(at, fixed)
      const price = walk.deliverBetween(at, next[at]!, least)
      if (price >= least) continue
      least = price
      spot.vehicle = vehicle
      spot.afterPickup = -1
      spot.afterDelivery = at
      spot.price = price
    }
    return least < bound
  }

  function bestPair(
    request: number,
    vehicle: number,
    bound: number,
    fixed: number,
    spot: Spot,
  ): boolean {
    const pickup = pickupOf(problem, request)
    const end = endOf(problem, vehicle)
    const most = capacity[vehicle]! - load[pickup]!
    let least = bound
    let isOpen = false
    for (let before = startOf(vehicle); before !== end; before = next[before]!) {
      walk.pass(before)
      isOpen ||= before === routes.lock[vehicle]
      if (!isOpen || loadAfter[before]! > most) continue
      walk.standAt(before, fixed)
      if (!walk.pickUp(before, pickup, least)) continue
      let at = pickup
      let depth = 0
      for (let following = next[before]!; ; following = next[following]!) {
        if (depth === 0) {
          const price = walk.deliverBetween(at, following, least)
          if (price < least) {
            least = price
            spot.vehicle = vehicle
            spot.afterPickup = before
            spot.afterDelivery = at
            spot.price = price
          }
        }
        if (following === end || loadAfter[following]! > most) break
        if (lifo) depth += stack.change(following)
        if (depth < 0 || !walk.step(at, following, least)) break
        at = following
      }
    }
    return least < bound
  }

  /** Whether everything from here on has room for more on board. */
  function hasRoom(at: number, end: number, more: number, vehicle: number): boolean {
    const most = capacity[vehicle]! - more
    for (let node = at; node !== end; node = next[node]!) {
      if (loadAfter[node]! > most) return false
    }
    return true
  }
}
