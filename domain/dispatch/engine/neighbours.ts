// Knows which stops lie near which: the order in which a ruin spreads from where it begins.
import { pickupOf, type Problem } from './problem.ts'

export interface Neighbours {
  /** The stops that may move by their distance from this one, itself first; at most `most` of them. */
  of(node: number): Int32Array
}

/** Sorted when first asked for: a short improvement touches few of them. */
export function openNeighbours(problem: Problem, most = 400): Neighbours {
  const lists: (Int32Array | undefined)[] = []
  const away = new Float64Array(problem.nodes)
  let stops: Int32Array | null = null
  return { of: (node) => (lists[node] ??= near(node)) }

  function near(node: number): Int32Array {
    stops ??= movableStops(problem)
    const { place, travel } = problem
    const from = place[node]! * travel.places
    for (const stop of stops) away[stop] = stop === node ? -1 : travel.seconds[from + place[stop]!]!
    const limit = distanceOfNearest(stops)
    return stops
      .filter((stop) => away[stop]! <= limit)
      .toSorted((one, other) => away[one]! - away[other]! || one - other)
      .slice(0, most)
  }

  /** Plain numbers are sorted much faster than stops by their distance. */
  function distanceOfNearest(all: Int32Array): number {
    if (all.length <= most) return Infinity
    return Float64Array.from(all, (stop) => away[stop]!).toSorted()[most - 1]!
  }
}

function movableStops(problem: Problem): Int32Array {
  const stops: number[] = []
  for (let request = 0; request < problem.requests; request += 1) {
    if (problem.used[request] === 0 || problem.movable[request] === 0) continue
    const pickup = pickupOf(problem, request)
    if (problem.hasPickup[request] === 1) stops.push(pickup)
    stops.push(pickup + 1)
  }
  return Int32Array.from(stops)
}
