// Finds the best spot in problems that have nothing but ways, hard windows and loads: the same answer as
// the walk, at a constant cost for each position.
import { deliveryOf, endOf, pickupOf, type Problem } from './problem.ts'
import type { Insertions } from './insertion.ts'
import type { Routes, Spot } from './routes.ts'

/** Whether a price or a rule needs more than that, among the requests as they are now. */
export function isPlain(problem: Problem): boolean {
  const { weights, limits, vehicles } = problem
  if (problem.lifo || problem.visitSeconds > 0) return false
  if (weights.waitSecond > 0 || weights.fairness > 0) return false
  if (Object.values(limits).some((limit) => limit < Infinity)) return false
  for (let vehicle = 0; vehicle < vehicles; vehicle += 1) {
    if (problem.place[endOf(problem, vehicle)]! < 0) return false
  }
  for (let request = 0; request < problem.requests; request += 1) {
    if (problem.used[request] === 1 && !isPlainRequest(problem, request)) return false
  }
  return true
}

function isPlainRequest(problem: Problem, request: number): boolean {
  const delivery = deliveryOf(problem, request)
  const isPriced = (node: number) =>
    problem.startPrice[node]! > 0 || (problem.due[node]! < Infinity && problem.latePrice[node]! > 0)
  if (problem.pairRow[request]! >= 0 || isPriced(delivery)) return false
  return problem.hasPickup[request] === 1 && !isPriced(delivery - 1)
}

export function openPlainInsertions(routes: Routes): Pick<Insertions, 'bestInVehicle'> {
  const { problem, next, depart, latestStart, loadAfter, lock } = routes
  const { place, earliest, service, latest, load, capacity, fixedPrice } = problem
  const { places, seconds } = problem.travel
  const price = priceTable(problem)

  return { bestInVehicle }

  /**
   * By the triangle inequality arrivals only get later from position to position: the first that is too
   * late ends a loop. Longer than others so that all its figures stay in registers.
   */
  function bestInVehicle(request: number, vehicle: number, bound: number, spot: Spot): boolean {
    const pickup = pickupOf(problem, request)
    const delivery = deliveryOf(problem, request)
    const end = endOf(problem, vehicle)
    const [toP, toD] = [place[pickup]!, place[delivery]!]
    const [fromP, fromD] = [toP * places, toD * places]
    const [opensP, closesP, servesP] = [earliest[pickup]!, latest[pickup]!, service[pickup]!]
    const [opensD, closesD, servesD] = [earliest[delivery]!, latest[delivery]!, service[delivery]!]
    const most = capacity[vehicle]! - load[pickup]!
    const fixed = routes.stops[vehicle] === 0 ? fixedPrice[vehicle]! : 0
    const limit = bound - fixed
    let least = limit
    let bestP = -1
    let bestD = -1
    for (let a = lock[vehicle]!, n = 0; a !== end; a = n) {
      n = next[a]!
      const fromA = place[a]! * places
      let time = depart[a]! + seconds[fromA + toP]!
      if (time > closesP) break
      const toN = place[n]!
      const addsP = price[fromA + toP]! + price[fromP + toN]! - price[fromA + toN]!
      if (loadAfter[a]! > most || !(addsP < least)) continue
      time = (time > opensP ? time : opensP) + servesP
      let arrives = time + seconds[fromP + toD]!
      if (arrives > closesD) break
      if (time + seconds[fromP + toN]! > latestStart[n]!) continue
      const direct =
        price[fromA + toP]! + price[fromP + toD]! + price[fromD + toN]! - price[fromA + toN]!
      if (direct < least) {
        const leaves = (arrives > opensD ? arrives : opensD) + servesD
        if (leaves + seconds[fromD + toN]! <= latestStart[n]!) {
          least = direct
          bestP = a
          bestD = pickup
        }
      }
      time += seconds[fromP + toN]!
      for (let b = n; b !== end && loadAfter[b]! <= most;) {
        const fromB = place[b]! * places
        const m = next[b]!
        const toM = place[m]!
        time = (time > earliest[b]! ? time : earliest[b]!) + service[b]!
        arrives = time + seconds[fromB + toD]!
        if (arrives > closesD) break
        const adds = addsP + price[fromB + toD]! + price[fromD + toM]! - price[fromB + toM]!
        if (adds < least) {
          const leaves = (arrives > opensD ? arrives : opensD) + servesD
          if (leaves + seconds[fromD + toM]! <= latestStart[m]!) {
            least = adds
            bestP = a
            bestD = b
          }
        }
        time += seconds[fromB + toM]!
        if (time > latestStart[m]!) break
        b = m
      }
    }
    if (bestP < 0) return false
    spot.vehicle = vehicle
    spot.afterPickup = bestP
    spot.afterDelivery = bestD
    spot.price = least + fixed
    return true
  }
}

/** Of each way; the metres themselves where they are the price, so that they stay in the cache. */
function priceTable({ weights, travel }: Problem): Float64Array {
  const { driveSecond, meter } = weights
  if (driveSecond === 0 && meter === 1) return travel.meters
  return travel.seconds.map((each, at) => driveSecond * each + meter * travel.meters[at]!)
}
