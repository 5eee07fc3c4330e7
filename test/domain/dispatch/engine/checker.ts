// Judges plans by the rules alone, one event after the other, with nothing of the engine but its facts.
import { expect } from '@jest/globals'
import type { Queues } from '../../../../domain/dispatch/engine/queues.ts'
import type { Problem } from '../../../../domain/dispatch/engine/problem.ts'
import { stopsOf, type Routes } from '../../../../domain/dispatch/engine/routes.ts'

export interface Judged {
  wrong: string[]
  price: number
  seconds: number
  meters: number
  /** By node. */
  waits: Map<number, number>
}

/** Every route keeps the rules, costs what its schedule says, and no stop is in two. */
export function expectSound(routes: Routes): void {
  const { problem } = routes
  const seen = new Set<number>()
  for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
    const stops = stopsOf(routes, vehicle)
    const { wrong, price } = drive(problem, vehicle, stops)
    expect(wrong).toEqual([])
    expect(routes.price[vehicle]).toBeCloseTo(price, 6)
    expect(routes.stops[vehicle]).toBe(stops.length)
    for (const node of stops) expect(seen.has(node)).toBe(false)
    for (const node of stops) seen.add(node)
  }
}

/** What is left of the queue that stood there when the step began. */
function queueOf({ from, stepSeconds, steps, seconds }: Queues, place: number, at: number): number {
  for (let step = 0; step < steps; step += 1) {
    const passed = at - from - step * stepSeconds
    if (passed < 0 || (passed >= stepSeconds && step < steps - 1)) continue
    return Math.max(0, seconds[place * steps + step]! - passed)
  }
  return 0
}

/** One vehicle's stops, driven as they stand. */
export function drive(problem: Problem, vehicle: number, stops: readonly number[]): Judged {
  const { travel, weights } = problem
  const V = problem.vehicles
  const wrong: string[] = []
  const way = { from: problem.place[vehicle]!, seconds: 0, meters: 0 }
  const goTo = (place: number) => {
    const leg = way.from * travel.places + place
    way.seconds += travel.seconds[leg]!
    way.meters += travel.meters[leg]!
    way.from = place
    return travel.seconds[leg]!
  }
  const free = [...problem.machineFree]
  let clock = problem.earliest[vehicle]!
  let price = stops.length > 0 ? problem.fixedPrice[vehicle]! : 0
  let load = problem.startLoad[vehicle]!
  let visitBegan = clock
  const waits = new Map<number, number>()
  for (const [index, node] of stops.entries()) {
    const request = (node - 2 * V - (node % 2)) / 2
    const isDelivery = node % 2 === 1
    const isSameVisit = problem.visitSeconds > 0 && index > 0 && way.from === problem.place[node]
    clock += goTo(problem.place[node]!)
    if (!isSameVisit && problem.visitSeconds > 0) price += problem.visitPrice[way.from]!
    const arrived = clock
    let docking = 0
    if (!isSameVisit) {
      visitBegan = clock
      docking = problem.visitSeconds
      if (problem.queues) clock += queueOf(problem.queues, way.from, clock)
      clock += docking
    }
    clock = Math.max(clock, problem.earliest[node]!)
    if (isDelivery && problem.pairRow[request]! >= 0) {
      const pair = problem.pairRow[request]! * V + vehicle
      const { pairs } = problem
      if (pairs.allowed[pair] !== 1) wrong.push(`${request} must not be in ${vehicle}`)
      price += pairs.price[pair]!
      const machine = pairs.machine[pair]!
      if (machine < 0) clock = Math.max(clock, pairs.ready[pair]!)
      else {
        free[machine] = Math.max(free[machine]!, pairs.makeFrom[pair]!) + pairs.makeSeconds[pair]!
        clock = Math.max(clock, free[machine] + pairs.coolSeconds[pair]!)
      }
    }
    if (clock > problem.latest[node]!) wrong.push(`${node} starts at ${clock}`)
    const waited = clock - arrived - docking
    waits.set(node, waited)
    price += weights.waitSecond * waited + problem.startPrice[node]! * clock
    const counted = problem.visitSeconds > 0 ? visitBegan : clock
    if (counted > problem.due[node]!)
      price += problem.latePrice[node]! * (counted - problem.due[node]!)
    clock += problem.service[node]!
    load += problem.load[node]!
    if (load > problem.capacity[vehicle]!) wrong.push(`${load} on board after ${node}`)
  }
  wrong.push(...wrongOnBoard(problem, stops))
  const end = problem.place[V + vehicle]!
  if (end >= 0) clock += goTo(end)
  if (clock > problem.latest[V + vehicle]!) wrong.push(`${vehicle} ends at ${clock}`)
  price += weights.driveSecond * way.seconds + weights.meter * way.meters
  const before = problem.drivenSeconds[vehicle]! / 3600
  price += weights.fairness * ((before + way.seconds / 3600) ** 2 - before ** 2)
  return { wrong, price, seconds: way.seconds, meters: way.meters, waits }
}

/** Deliveries without their pick-up, and what does not come from the top of the stack where it must. */
function wrongOnBoard(problem: Problem, stops: readonly number[]): string[] {
  const wrong: string[] = []
  const stack: number[] = []
  let heightsLeft = Infinity
  for (const node of stops) {
    const request = (node - 2 * problem.vehicles - (node % 2)) / 2
    const isDelivery = node % 2 === 1
    if (problem.hasPickup[request] === 1) {
      if (!isDelivery) stack.push(request)
      else if (!stack.includes(request)) wrong.push(`${request} delivered before it is picked up`)
      else if (problem.lifo && stack.at(-1) !== request) wrong.push(`${request} is not on top`)
      if (isDelivery) stack.splice(stack.indexOf(request), 1)
    } else if (problem.lifo && problem.load[node]! < 0) {
      if (stack.length > 0) wrong.push(`something lies on ${request}`)
      if (problem.stackHeight[request]! > heightsLeft) wrong.push(`${request} lay under another`)
      heightsLeft = problem.stackHeight[request]!
    }
  }
  if (stack.length > 0) wrong.push(`${stack.join()} stay on board`)
  return wrong
}
