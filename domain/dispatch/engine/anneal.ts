// Improves a plan by ruin and recreate under simulated annealing, and ends with the best plan it met.
import { openChanges } from './changes.ts'
import { openNeighbours } from './neighbours.ts'
import { isPlain } from './plainInsertion.ts'
import { randomOf } from './random.ts'
import { openRecreate } from './recreate.ts'
import { openRuin, usualRuin, type RuinRules } from './ruin.ts'
import { gatherOpen, planPrice, type Routes } from './routes.ts'
import { openSnapshot } from './snapshot.ts'

export interface ImproveOptions {
  seed: number
  iterations: number
  /**
   * A plan that costs so much more is accepted with probability 1/e at the start, and at the end; 0
   * accepts none. Made from the price of a stop where nothing is said.
   */
  startTemperature?: number
  endTemperature?: number
  ruin?: Partial<RuinRules>
  /** How often an insertion looks away from a vehicle. */
  blinkShare?: number
  /**
   * The share of the budget that is used up, asked every 32 iterations; 1 ends the search. For a
   * bench with a time instead of a count; without it equal input gives equal output.
   */
  progress?: (iteration: number) => number
}

export interface Improvement {
  priceBefore: number
  price: number
  iterations: number
}

/** Committed stops stay; requests that are in no route are tried again and again. */
export function improve(routes: Routes, options: ImproveOptions): Improvement {
  const random = randomOf(options.seed)
  routes.isPlain = isPlain(routes.problem)
  const changes = openChanges(routes)
  const neighbours = openNeighbours(routes.problem)
  const ruiner = openRuin(routes, changes, neighbours, random, { ...usualRuin, ...options.ruin })
  const builder = openRecreate(routes, changes, random, options.blinkShare)
  const best = openSnapshot(routes)
  const progress = options.progress ?? ((iteration: number) => iteration / options.iterations)
  const priceBefore = planPrice(routes)
  const hottest = options.startTemperature ?? usualTemperature(routes)
  const coolest = options.endTemperature ?? hottest / 100
  const { open } = ruiner
  const backup = new Int32Array(open.length)
  let many = gatherOpen(routes, open)
  let price = priceBefore
  let least = priceBefore
  let temperature = hottest
  let iteration = 0
  for (; iteration < options.iterations; iteration += 1) {
    if (iteration % 32 === 0) {
      const share = progress(iteration)
      if (share >= 1) break
      temperature = hottest > 0 ? hottest * (coolest / hottest) ** share : 0
    }
    for (let index = 0; index < many; index += 1) backup[index] = open[index]!
    const left = builder.recreate(open, ruiner.ruin(many), routes.problem.vehicles)
    const change =
      changes.priceAfter() - changes.priceBefore() + unserved(open, left) - unserved(backup, many)
    const margin = -temperature * Math.log(random.uniform() || Number.MIN_VALUE)
    if (change >= margin || !changes.fits()) {
      changes.undo()
      for (let index = 0; index < many; index += 1) open[index] = backup[index]!
      continue
    }
    changes.keep()
    many = left
    price += change
    if (price < least - 1e-9) {
      least = price
      best.save()
    }
  }
  routes.isPlain = false
  best.restore()
  return { priceBefore, price: planPrice(routes), iterations: iteration }

  function unserved(requests: Int32Array, count: number): number {
    let sum = 0
    for (let index = 0; index < count; index += 1) {
      sum += routes.problem.unservedPrice[requests[index]!]!
    }
    return sum
  }
}

function usualTemperature(routes: Routes): number {
  const price = routes.price.reduce((sum, one) => sum + Math.abs(one), 0)
  const stops = routes.stops.reduce((sum, one) => sum + one, 0)
  return Math.max(price / Math.max(stops, 1) / 2, 1e-6)
}
