// Knows which stops lie near which: the order in which a ruin spreads from where it begins.
import { pickupOf, type Problem } from './problem.ts'

export interface Neighbours {
  /** The stops in use by their distance from this one, itself first; at most `most` of them. */
  of(node: number): Int32Array
}

/** Sorted when first asked for: a short improvement touches few of them. */
export function openNeighbours(problem: Problem, most = 400): Neighbours {
  const lists: (Int32Array | undefined)[] = []
  let stops: Int32Array | null = null
  return { of: (node) => (lists[node] ??= near(node)) }

  function near(node: number): Int32Array {
    stops ??= stopsInUse(problem)
    const { place, travel } = problem
    const away = new Float64Array(problem.nodes)
    for (const stop of stops) {
      away[stop] = stop === node ? -1 : travel.seconds[place[node]! * travel.places + place[stop]!]!
    }
    const sorted = stops.toSorted((one, other) => away[one]! - away[other]! || one - other)
    return sorted.slice(0, most)
  }
}

function stopsInUse(problem: Problem): Int32Array {
  const stops: number[] = []
  for (let request = 0; request < problem.requests; request += 1) {
    if (problem.used[request] === 0) continue
    const pickup = pickupOf(problem, request)
    if (problem.hasPickup[request] === 1) stops.push(pickup)
    stops.push(pickup + 1)
  }
  return Int32Array.from(stops)
}
