// Remembers the best spot of a request in a route for as long as the route stays as it is: ruin and
// recreate ask the same again and again, as most routes are left alone.
import type { Changes } from './changes.ts'
import type { Insertions } from './insertion.ts'
import { vehicleOfRequest, type Routes, type Spot } from './routes.ts'

type InVehicle = Pick<Insertions, 'bestInVehicle'>

/** Above so many pairs of request and vehicle the memory would cost more than it saves. */
const mostPairs = 2_000_000

export function remember(routes: Routes, changes: Changes, insertions: InVehicle): InVehicle {
  const { vehicles } = routes.problem
  const [slots, many] = slotsOf(routes)
  const pairs = vehicles * many
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
    const at = slots[request]! * vehicles + vehicle
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

/** What may be asked for is numbered, and counted: most stops of a fleet stay where they are. */
function slotsOf(routes: Routes): [slots: Int32Array, many: number] {
  const { requests, movable, used } = routes.problem
  const slots = new Int32Array(requests)
  let many = 0
  for (let request = 0; request < requests; request += 1) {
    const stays = movable[request] === 0 && vehicleOfRequest(routes, request) !== -1
    if (used[request] === 0 || stays) continue
    slots[request] = many
    many += 1
  }
  return [slots, many]
}
