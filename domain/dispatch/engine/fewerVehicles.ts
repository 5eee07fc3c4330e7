// Serves all requests with fewer vehicles: gives up one vehicle after the other, and lets ruin and
// recreate find room for what is left out.
import { openChanges } from './changes.ts'
import { openNeighbours } from './neighbours.ts'
import { isPlain } from './plainInsertion.ts'
import { randomOf, type Random } from './random.ts'
import { openRecreate } from './recreate.ts'
import { openRuin, usualRuin, type RuinRules } from './ruin.ts'
import { requestOf } from './problem.ts'
import { gatherOpen, refresh, stopsOf, takeOut, type Routes } from './routes.ts'
import { openSnapshot } from './snapshot.ts'

export interface FewerVehiclesOptions {
  seed: number
  iterations: number
  ruin?: Partial<RuinRules>
  blinkShare?: number
  /** With so few it is content. */
  atLeast?: number
  /** The share of the budget that is used up, asked every 32 iterations; 1 ends the search. */
  progress?: (iteration: number) => number
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
  routes.isPlain = isPlain(routes.problem)
  const changes = openChanges(routes)
  const neighbours = openNeighbours(routes.problem)
  const ruiner = openRuin(routes, changes, neighbours, random, { ...usualRuin, ...options.ruin })
  const builder = openRecreate(routes, changes, random, options.blinkShare)
  const progress = options.progress ?? ((iteration: number) => iteration / options.iterations)
  const served = openSnapshot(routes)
  const absences = new Float64Array(routes.problem.requests)
  const { open } = ruiner
  const backup = new Int32Array(open.length)
  const atLeast = options.atLeast ?? 1
  let many = gatherOpen(routes, open)
  /** One fewer than these are to do. */
  let vehicles = many > 0 ? routes.problem.vehicles + 1 : vehiclesInUse(routes)
  let iteration = 0
  for (; iteration < options.iterations; iteration += 1) {
    if (iteration % 32 === 0 && progress(iteration) >= 1) break
    if (many === 0) {
      served.save()
      vehicles = vehiclesInUse(routes)
      if (vehicles <= atLeast) break
      many = giveUp(routes, open, absences, random)
      if (many === 0) break
    }
    for (let index = 0; index < many; index += 1) backup[index] = open[index]!
    const left = builder.recreate(open, ruiner.ruin(many), vehicles - 1)
    const before = sumOf(backup, many)
    const after = sumOf(open, left)
    for (let index = 0; index < left; index += 1) absences[open[index]!]! += 1
    const isBetter = left === 0 || after < before || (after === before && left <= many)
    if (isBetter && changes.fits()) {
      changes.keep()
      many = left
      continue
    }
    changes.undo()
    for (let index = 0; index < many; index += 1) open[index] = backup[index]!
  }
  if (many === 0) served.save()
  routes.isPlain = false
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
