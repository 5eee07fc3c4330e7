// Remembers the best spot of a request in a route for as long as the route stays as it is: ruin and
// recreate ask the same again and again, as most routes are left alone.
import type { Changes } from './changes.ts'
import type { Insertions } from './insertion.ts'
import type { Routes, Spot } from './routes.ts'

type InVehicle = Pick<Insertions, 'bestInVehicle'>

/** Above so many pairs of request and vehicle the memory would cost more than it saves. */
const mostPairs = 2_000_000

export function remember(routes: Routes, changes: Changes, insertions: InVehicle): InVehicle {
  const { vehicles, requests } = routes.problem
  const pairs = vehicles * requests
  if (pairs > mostPairs) return insertions
  const { version } = routes
  const { isTouched } = changes
  const versions = new Int32Array(pairs)
  const prices = new Float64Array(pairs)
  const pickups = new Int32Array(pairs)
  const deliveries = new Int32Array(pairs)
  return { bestInVehicle }

  function bestInVehicle(request: number, vehicle: number, bound: number, spot: Spot): boolean {
    // A route that this iteration changed may be put back, with the version it had: what is
    // known of that one must not be lost.
    if (isTouched[vehicle] === 1) return insertions.bestInVehicle(request, vehicle, bound, spot)
    const at = request * vehicles + vehicle
    const isKnown = versions[at] === version[vehicle]
    if (isKnown && prices[at]! >= bound) return false
    if (!isKnown || deliveries[at]! < 0) {
      const isFound = insertions.bestInVehicle(request, vehicle, bound, spot)
      versions[at] = version[vehicle]!
      prices[at] = isFound ? spot.price : bound
      pickups[at] = spot.afterPickup
      deliveries[at] = isFound ? spot.afterDelivery : -1
      return isFound
    }
    spot.vehicle = vehicle
    spot.afterPickup = pickups[at]!
    spot.afterDelivery = deliveries[at]!
    spot.price = prices[at]!
    return true
  }
}
