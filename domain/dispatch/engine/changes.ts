// Remembers routes as they were before an iteration touched them, to put them back when it was no gain.
import { endOf, startOf } from './problem.ts'
import { refresh, type Routes } from './routes.ts'

export interface Changes {
  /** By vehicle: 1 after its touch. */
  readonly isTouched: Uint8Array
  /** Before the first change of a vehicle's route. */
  touch(vehicle: number): void
  /** What the touched routes cost before. */
  priceBefore(): number
  priceAfter(): number
  /** Whether no more vehicles than before carry more than they take. */
  fits(): boolean
  /** Puts all back as it was. */
  undo(): void
  /** Lets the changes stand. */
  keep(): void
}

export function openChanges(routes: Routes): Changes {
  const { problem, next, previous } = routes
  const touched = new Int32Array(problem.vehicles)
  const isTouched = new Uint8Array(problem.vehicles)
  const counts = new Int32Array(problem.vehicles)
  const versions = new Int32Array(problem.vehicles)
  const nodes = new Int32Array(problem.nodes)
  const pairs = new Int32Array(problem.nodes)
  const prices = new Float64Array(1)
  let many = 0
  let size = 0
  let overloaded = 0
  return { isTouched, touch, priceBefore: () => prices[0]!, priceAfter, fits, undo, keep }

  function touch(vehicle: number): void {
    if (isTouched[vehicle] === 1) return
    isTouched[vehicle] = 1
    prices[0]! += routes.price[vehicle]!
    overloaded += routes.isOverloaded[vehicle]!
    const end = endOf(problem, vehicle)
    for (let node = next[startOf(vehicle)]!; node !== end; node = next[node]!) {
      nodes[size] = node
      pairs[size] = routes.pair[node]!
      size += 1
    }
    counts[many] = routes.stops[vehicle]!
    versions[many] = routes.version[vehicle]!
    touched[many] = vehicle
    many += 1
  }

  function priceAfter(): number {
    let sum = 0
    for (let index = 0; index < many; index += 1) sum += routes.price[touched[index]!]!
    return sum
  }

  function fits(): boolean {
    let now = 0
    for (let index = 0; index < many; index += 1) now += routes.isOverloaded[touched[index]!]!
    return now <= overloaded
  }

  function undo(): void {
    for (let index = 0; index < many; index += 1) detach(touched[index]!)
    let from = 0
    for (let index = 0; index < many; index += 1) {
      const vehicle = touched[index]!
      const count = counts[index]!
      let last = startOf(vehicle)
      for (let at = from; at < from + count; at += 1) {
        const node = nodes[at]!
        next[last] = node
        previous[node] = last
        routes.vehicle[node] = vehicle
        routes.pair[node] = pairs[at]!
        last = node
      }
      next[last] = endOf(problem, vehicle)
      previous[next[last]!] = last
      routes.stops[vehicle] = count
      refresh(routes, vehicle)
      routes.version[vehicle] = versions[index]!
      from += count
    }
    keep()
  }

  function detach(vehicle: number): void {
    const end = endOf(problem, vehicle)
    for (let node = next[startOf(vehicle)]!; node !== end; node = next[node]!) {
      routes.vehicle[node] = -1
    }
  }

  function keep(): void {
    for (let index = 0; index < many; index += 1) isTouched[touched[index]!] = 0
    many = 0
    size = 0
    prices[0] = 0
    overloaded = 0
  }
}
