// Serves all requests with fewer vehicles: gives up one vehicle after the other, and lets ruin and
// recreate find room for what is left out.
import { openMoves, type SearchOptions } from './moves.ts'
import { randomOf, type Random } from './random.ts'
import { requestOf } from './problem.ts'
import { refresh, stopsOf, takeOut, type Routes } from './routes.ts'
import { openSnapshot } from './snapshot.ts'

export interface FewerVehiclesOptions extends SearchOptions {
  /** With so few it is content. */
  atLeast?: number
}

export interface FewerVehicles {
  vehicles: number
  iterations: number
}

/**
 * The absence counters of SISR: a request counts how often it was left out, and a plan is taken over
 * when what it leaves out counts less than what is left out now, so that awkward requests get in
 * first. What is in no route at the start is put in before a vehicle is given up. Prices have no say
 * here: improve the plan afterwards.
 */
export function fewerVehicles(routes: Routes, options: FewerVehiclesOptions): FewerVehicles {
  const random = randomOf(options.seed)
  const moves = openMoves(routes, random, options)
  const { changes, open, before } = moves
  const served = openSnapshot(routes)
  const absences = new Float64Array(routes.problem.requests)
  const atLeast = options.atLeast ?? 1
  let many = moves.openAtStart
  /** One fewer than these are to do. */
  let vehicles = many > 0 ? routes.problem.vehicles + 1 : vehiclesInUse(routes)
  let iteration = 0
  for (; iteration < options.iterations; iteration += 1) {
    if (iteration % 32 === 0 && moves.progress(iteration) >= 1) break
    if (many === 0) {
      served.save()
      vehicles = vehiclesInUse(routes)
      if (vehicles <= atLeast) break
      many = giveUp(routes, open, absences, random)
      if (many === 0) break
    }
    const left = moves.make(many, vehicles - 1)
    const wasOut = sumOf(before, many)
    const isOut = sumOf(open, left)
    for (let index = 0; index < left; index += 1) absences[open[index]!]! += 1
    const isBetter = left === 0 || isOut < wasOut || (isOut === wasOut && left <= many)
    if (isBetter && changes.fits()) {
      changes.keep()
      many = left
      continue
    }
    moves.takeBack(many)
  }
  if (many === 0) served.save()
  moves.end()
  served.restore()
  return { vehicles: vehiclesInUse(routes), iterations: iteration }

  function sumOf(requests: Int32Array, count: number): number {
    let sum = 0
    for (let index = 0; index < count; index += 1) sum += absences[requests[index]!]!
    return sum
  }
}

export function vehiclesInUse({ stops }: Routes): number {
  return stops.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)
}

/** Empties the vehicle whose requests were left out least; 0 where all have something that stays. */
function giveUp(routes: Routes, open: Int32Array, absences: Float64Array, random: Random): number {
  const { problem, stops } = routes
  let chosen = -1
  let least = Infinity
  for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
    if (stops[vehicle] === 0) continue
    const requests = stopsOf(routes, vehicle).map((node) => requestOf(problem, node))
    if (requests.some((request) => routes.pinned[request] === 1)) continue
    const sum = requests.reduce((all, request) => all + absences[request]!, random.uniform())
    if (sum >= least) continue
    least = sum
    chosen = vehicle
  }
  if (chosen < 0) return 0
  const requests = new Set(stopsOf(routes, chosen).map((node) => requestOf(problem, node)))
  let many = 0
  for (const request of requests) {
    takeOut(routes, request)
    open[many] = request
    many += 1
  }
  refresh(routes, chosen)
  return many
}
