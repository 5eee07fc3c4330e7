// Keeps goods in the order of a stack, last in first out: what a stop does to it, and where a
// delivery that lies in it may come.
import { endOf, requestOf, startOf } from './problem.ts'
import type { Routes } from './routes.ts'

export interface Stack {
  /** 1 where a stop lays something on top that is delivered later, -1 where it takes it off. */
  change(node: number): number
  /** Whether goods on board may be delivered after `at`: nothing lies on them, they lie on nothing. */
  mayUnload(request: number, at: number, vehicle: number): boolean
}

export function openStack(routes: Routes): Stack {
  const { problem, next } = routes
  const { hasPickup, load, stackHeight } = problem
  return { change, mayUnload }

  function change(node: number): number {
    if (hasPickup[requestOf(problem, node)] === 1) return (node & 1) === 0 ? 1 : -1
    // What was on board before all that is picked up lies under it.
    return load[node]! < 0 ? -1 : 0
  }

  function mayUnload(request: number, at: number, vehicle: number): boolean {
    const height = stackHeight[request]!
    const end = endOf(problem, vehicle)
    let depth = 0
    let isBefore = true
    for (let node = startOf(vehicle); node !== end; node = next[node]!) {
      if (node >= 2 * problem.vehicles) {
        const other = requestOf(problem, node)
        if (hasPickup[other] === 1) depth += isBefore ? change(node) : 0
        else if (load[node]! < 0 && stackHeight[other]! < height === isBefore) return false
      }
      if (node === at) isBefore = false
    }
    return depth === 0
  }
}
