// Improves a plan by ruin and recreate under simulated annealing, and ends with the best plan it met.
import { openMoves, type SearchOptions } from './moves.ts'
import { randomOf } from './random.ts'
import { planPrice, type Routes } from './routes.ts'
import { openSnapshot } from './snapshot.ts'

export interface ImproveOptions extends SearchOptions {
  /**
   * A plan that costs so much more is accepted with probability 1/e at the start, and at the end; 0
   * accepts none. Made from the price of a stop where nothing is said.
   */
  startTemperature?: number
  endTemperature?: number
}

export interface Improvement {
  priceBefore: number
  price: number
  iterations: number
}

/** Committed stops stay; requests that are in no route are tried again and again. */
export function improve(routes: Routes, options: ImproveOptions): Improvement {
  const random = randomOf(options.seed)
  const moves = openMoves(routes, random, options)
  const { changes, open, before } = moves
  const best = openSnapshot(routes)
  const priceBefore = planPrice(routes)
  const hottest = options.startTemperature ?? usualTemperature(routes)
  const coolest = options.endTemperature ?? hottest / 100
  let many = moves.openAtStart
  let price = priceBefore
  let least = priceBefore
  let temperature = hottest
  let iteration = 0
  for (; iteration < options.iterations; iteration += 1) {
    if (iteration % 32 === 0) {
      const share = moves.progress(iteration)
      if (share >= 1) break
      temperature = hottest > 0 ? hottest * (coolest / hottest) ** share : 0
    }
    const left = moves.make(many, routes.problem.vehicles)
    const change =
      changes.priceAfter() - changes.priceBefore() + unserved(open, left) - unserved(before, many)
    const margin = -temperature * Math.log(random.uniform() || Number.MIN_VALUE)
    if (change >= margin || !changes.fits()) {
      moves.takeBack(many)
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
  moves.end()
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
