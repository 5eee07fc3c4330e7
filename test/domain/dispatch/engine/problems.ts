// Draws small planning problems of every kind, and plans for them, for the laws of the engine.
import * as fc from 'fast-check'
import {
  createProblem,
  deliveryOf,
  pickupOf,
  setPair,
  setQueues,
  setRequest,
  setVehicle,
  travelTable,
  type Problem,
  type StopFacts,
  type Weights,
} from '../../../../domain/dispatch/engine/problem.ts'
import type { Queues } from '../../../../domain/dispatch/engine/queues.ts'
import { randomOf, type Random } from '../../../../domain/dispatch/engine/random.ts'

/** Which features a problem has; everything else follows from the seed. */
export interface Recipe {
  seed: number
  vehicles: number
  requests: number
  /** Nothing but ways, hard windows and loads, whatever the others say. */
  plain: boolean
  hardWindows: boolean
  prices: boolean
  making: boolean
  lifo: boolean
  visits: boolean
  /** Of vehicles at the begin of visits. */
  queues: boolean
  limits: boolean
}

export const recipes = fc.record<Recipe>({
  seed: fc.nat(1_000_000),
  vehicles: fc.integer({ min: 1, max: 4 }),
  requests: fc.integer({ min: 1, max: 9 }),
  plain: fc.nat(3).map((drawn) => drawn === 0),
  hardWindows: fc.boolean(),
  prices: fc.boolean(),
  making: fc.boolean(),
  lifo: fc.boolean(),
  visits: fc.boolean(),
  queues: fc.boolean(),
  limits: fc.boolean(),
})

const places = 7

const plainly = {
  hardWindows: true,
  prices: false,
  making: false,
  lifo: false,
  visits: false,
  queues: false,
  limits: false,
}

/** Whole numbers throughout: sums are exact, in whatever order they are added. */
export function problemOf(wanted: Recipe): Problem {
  const recipe = wanted.plain ? { ...wanted, ...plainly } : wanted
  const random = randomOf(recipe.seed)
  const { vehicles, requests } = recipe
  const travel = streets(random)
  const problem = createProblem(
    { vehicles, requests, pairRows: requests, machines: vehicles * 2 },
    travel,
    {
      weights: recipe.prices ? drawWeights(random) : { meter: 1 },
      lifo: recipe.lifo,
      visitSeconds: recipe.visits ? 40 : 0,
      limits: recipe.limits ? { detourSeconds: 150, detourMeters: 400, waitSeconds: 120 } : {},
    },
  )
  for (let vehicle = 0; vehicle < vehicles; vehicle += 1) {
    setVehicle(problem, vehicle, {
      startPlace: random.below(places),
      startAt: random.below(50),
      capacity: 6,
      fixedPrice: 10 * random.below(3),
      drivenSeconds: 1_000 * random.below(3),
      machinesFree: [random.below(60), random.below(60)],
      ...(recipe.plain || random.below(2) === 0 ? { endPlace: random.below(places) } : {}),
      ...(recipe.hardWindows ? { shiftEndsAt: 900 + random.below(600) } : {}),
    })
  }
  for (let request = 0; request < requests; request += 1)
    addRequest(problem, request, recipe, random)
  if (recipe.visits && recipe.queues) setQueues(problem, drawQueues(random))
  if (recipe.visits && recipe.prices) {
    for (let place = 0; place < places; place += 1) problem.visitPrice[place] = random.below(200)
  }
  return problem
}

/** Waiting, and time to the buyer, have a price in every other problem. */
function drawWeights(random: Random): Partial<Weights> {
  const [buyerSecond, waitSecond] = [random.below(2), 3 * random.below(2)]
  return { driveSecond: 2, meter: 1, lateSecond: 5, buyerSecond, waitSecond, fairness: 7 }
}

/** Whose turn comes never later by coming earlier. */
function drawQueues(random: Random): Queues {
  const [steps, stepSeconds] = [12, 50]
  const seconds = new Float64Array(places * steps)
  for (let place = 0; place < places; place += 1) {
    let turn = 0
    for (let step = 0; step < steps; step += 1) {
      turn = Math.max(turn + 30 * random.below(4), step * stepSeconds)
      seconds[place * steps + step] = turn - step * stepSeconds
    }
  }
  return { from: 0, stepSeconds, steps, seconds }
}

/** Shortest ways keep the triangle inequality; they differ there and back. */
function streets(random: Random) {
  const away = Array.from({ length: places * places }, (_, at) =>
    at % (places + 1) === 0 ? 0 : 10 + random.below(90),
  )
  for (let by = 0; by < places; by += 1) {
    for (let from = 0; from < places; from += 1) {
      for (let to = 0; to < places; to += 1) {
        const round = away[from * places + by]! + away[by * places + to]!
        if (round < away[from * places + to]!) away[from * places + to] = round
      }
    }
  }
  const seconds = (from: number, to: number) => away[from * places + to]!
  return travelTable(places, seconds, (from, to) => 3 * seconds(from, to))
}

function addRequest(problem: Problem, request: number, recipe: Recipe, random: Random): void {
  const isPair = recipe.plain || random.below(2) === 0
  const load = 1 + random.below(3)
  const hasRow = !recipe.plain && random.below(3) > 0
  const stop = (change: number): StopFacts => {
    const earliest = random.below(3) === 0 ? random.below(400) : 0
    return {
      place: random.below(places),
      serviceSeconds: random.below(20),
      earliest,
      due: earliest + 50 + random.below(300),
      load: change,
      ...(recipe.hardWindows ? { latest: earliest + 200 + random.below(600) } : {}),
    }
  }
  setRequest(problem, request, {
    ...(isPair ? { pickup: stop(load) } : {}),
    delivery: stop(isPair ? -load : -random.below(2)),
    stackHeight: request,
    pairRow: hasRow ? request : -1,
  })
  if (!hasRow) return
  for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
    if (random.below(4) === 0) continue
    const makes = recipe.making && !isPair && random.below(2) === 0
    setPair(problem, request, vehicle, {
      price: random.below(30),
      ready: random.below(200),
      ...(makes
        ? {
            making: {
              machine: random.below(2),
              from: random.below(100),
              makeSeconds: 20 + random.below(150),
              coolSeconds: random.below(30),
            },
          }
        : {}),
    })
  }
}

export function nodesOf(problem: Problem, request: number): number[] {
  const delivery = deliveryOf(problem, request)
  return problem.hasPickup[request] === 1 ? [pickupOf(problem, request), delivery] : [delivery]
}
