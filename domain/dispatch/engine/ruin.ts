// Takes strings of neighbouring stops out of neighbouring routes: the ruin of SISR (Christiaens and
// Vanden Berghe, "Slack induction by string removals", 2020).
import { deliveryOf, endOf, requestOf, startOf, type Problem } from './problem.ts'
import { refresh, takeOut, type Routes } from './routes.ts'
import type { Changes } from './changes.ts'
import type { Neighbours } from './neighbours.ts'
import type { Random } from './random.ts'

export interface RuinRules {
  /** Stops taken out on average. */
  averageStops: number
  longestString: number
  /** How often a string keeps some stops in its middle. */
  splitShare: number
  /** How often it keeps one more of them. */
  splitDepth: number
}

export const usualRuin: RuinRules = {
  averageStops: 10,
  longestString: 10,
  splitShare: 0.5,
  splitDepth: 0.01,
}

export interface Ruin {
  /** Requests taken out and not yet put back, from 0 to `count` of the last ruin. */
  readonly open: Int32Array
  /** Takes requests out, adds them to the `many` that are open, and returns how many are. */
  ruin(many: number): number
}

export function openRuin(
  routes: Routes,
  changes: Changes,
  neighbours: Neighbours,
  random: Random,
  rules: RuinRules = usualRuin,
): Ruin {
  const { problem, next, previous } = routes
  const open = new Int32Array(problem.requests)
  const seeds = seedsOf(problem)
  const isRuined = new Uint8Array(problem.vehicles)
  const ruined = new Int32Array(problem.vehicles)
  const chosen = new Int32Array(problem.nodes)
  let count = 0
  let strings = 0
  return { open, ruin }

  function ruin(many: number): number {
    count = many
    strings = 0
    if (seeds.length === 0) return count
    const longest = Math.min(rules.longestString, averageStops())
    const most = (4 * rules.averageStops) / (1 + longest) - 1
    const wanted = Math.floor(random.uniform() * most + 1)
    const near = neighbours.of(seeds[random.below(seeds.length)]!)
    for (let index = 0; index < near.length && strings < wanted; index += 1) {
      const node = near[index]!
      const vehicle = routes.vehicle[node]!
      if (vehicle < 0 || isRuined[vehicle] === 1) continue
      if (routes.pinned[requestOf(problem, node)] === 1) continue
      isRuined[vehicle] = 1
      ruined[strings] = vehicle
      strings += 1
      const limit = Math.min(longest, routes.stops[vehicle]!)
      removeString(node, vehicle, Math.floor(random.uniform() * limit + 1))
      refresh(routes, vehicle)
    }
    for (let index = 0; index < strings; index += 1) isRuined[ruined[index]!] = 0
    return count
  }

  function averageStops(): number {
    let stops = 0
    let vehicles = 0
    for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
      stops += routes.stops[vehicle]!
      if (routes.stops[vehicle]! > 0) vehicles += 1
    }
    return vehicles === 0 ? 1 : stops / vehicles
  }

  /** So many stops around this one, with their requests; some in the middle may stay. */
  function removeString(node: number, vehicle: number, length: number): void {
    changes.touch(vehicle)
    const stops = routes.stops[vehicle]!
    let kept = 0
    if (length > 1 && length < stops && random.uniform() < rules.splitShare) {
      kept = 1
      while (length + kept < stops && random.uniform() < rules.splitDepth) kept += 1
    }
    const whole = length + kept
    const back = stopsBefore(node, vehicle, whole - 1)
    const forth = stopsAfter(node, vehicle, whole - 1)
    // The string begins so far before the stop that it has room in the route.
    const least = Math.max(0, whole - 1 - forth)
    let at = node
    for (let steps = least + random.below(back - least + 1); steps > 0; steps -= 1) {
      at = previous[at]!
    }
    const keepsFrom = kept === 0 ? whole : 1 + random.below(length - 1)
    for (let index = 0; index < whole; index += 1) {
      const stays = index >= keepsFrom && index < keepsFrom + kept
      chosen[index] = stays ? -1 : at
      at = next[at]!
    }
    for (let index = 0; index < whole; index += 1) {
      if (chosen[index]! >= 0) remove(chosen[index]!)
    }
  }

  function remove(node: number): void {
    const request = requestOf(problem, node)
    // A partner may have taken it along.
    if (routes.vehicle[node] === -1 || routes.pinned[request] === 1) return
    takeOut(routes, request)
    open[count] = request
    count += 1
  }

  function stopsBefore(node: number, vehicle: number, most: number): number {
    let stops = 0
    let at = previous[node]!
    for (; stops < most && at !== startOf(vehicle); at = previous[at]!) stops += 1
    return stops
  }

  function stopsAfter(node: number, vehicle: number, most: number): number {
    let stops = 0
    let at = next[node]!
    for (; stops < most && at !== endOf(problem, vehicle); at = next[at]!) stops += 1
    return stops
  }
}

function seedsOf(problem: Problem): Int32Array {
  const seeds: number[] = []
  for (let request = 0; request < problem.requests; request += 1) {
    if (problem.used[request] === 0 || problem.movable[request] === 0) continue
    const delivery = deliveryOf(problem, request)
    if (problem.hasPickup[request] === 1) seeds.push(delivery - 1)
    seeds.push(delivery)
  }
  return Int32Array.from(seeds)
}
