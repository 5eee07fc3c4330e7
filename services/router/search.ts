// Dijkstra over arcs and turns. Costs are small integers, so the queue is an array of buckets (Dial).
import type { RoadGraph } from './graph.ts'
import type { OnRoad } from './snap.ts'

/** What a way costs. The search minimises weight; the others are carried along. */
export interface Cost {
  weight: number
  deciseconds: number
  meters: number
}

export interface Search {
  /**
   * Finds the ways from one point to all targets ('out'), or from all targets to it ('into'), and
   * stops when every arc of `targets` is settled. Answers stay valid until the next run.
   */
  run(root: OnRoad, targets: Targets, direction: 'out' | 'into'): void
  costTo(target: OnRoad): Cost | null
  /** The arcs from the root's to the target's, both included; after a run in direction 'out'. */
  path(target: OnRoad): number[]
}

export interface Targets {
  wanted: Uint8Array
  count: number
}

export function targetsOf(graph: RoadGraph, points: readonly (OnRoad | null)[]): Targets {
  const wanted = new Uint8Array(graph.arcCount)
  let count = 0
  for (const arc of points.flatMap((point) => point?.arcs ?? [])) {
    if (wanted[arc] === 0) count++
    wanted[arc] = 1
  }
  return { wanted, count }
}

export function createSearch(graph: RoadGraph): Search {
  const labels = {
    weight: new Int32Array(graph.arcCount),
    deciseconds: new Int32Array(graph.arcCount),
    meters: new Float64Array(graph.arcCount),
    /** The arc before; for the first ones, the complement of the root's arc. */
    parent: new Int32Array(graph.arcCount),
    /** The run in which an arc was reached: spares clearing. */
    seen: new Int32Array(graph.arcCount),
  }
  const queue = createBuckets(graph)
  const { weight, deciseconds, meters, parent, seen } = labels
  let runs = 0
  let root: OnRoad
  let forwards = true

  function run(from: OnRoad, targets: Targets, direction: 'out' | 'into'): void {
    root = from
    forwards = direction === 'out'
    runs++
    queue.clear()
    const turns = graph.turns[direction]
    const relax = (from: number, w: number, d: number, m: number, origin: number) => {
      for (let turn = turns.first[from]!; turn < turns.first[from + 1]!; turn++) {
        const next = turns.arc[turn]!
        const total = w + turns.weight[turn]!
        if (seen[next] === runs && weight[next]! <= total) continue
        seen[next] = runs
        weight[next] = total
        deciseconds[next] = d + turns.deciseconds[turn]!
        meters[next] = m
        parent[next] = origin
        queue.push(next, total)
      }
    }
    for (const arc of from.arcs) {
      const rest = partOf(graph, arc, from, forwards ? 'after' : 'before')
      relax(arc, rest.weight, rest.deciseconds, rest.meters, ~arc)
    }
    let left = targets.count
    for (let arc = queue.pop(weight); arc >= 0; arc = queue.pop(weight)) {
      if (targets.wanted[arc] === 1 && --left === 0) break
      relax(
        arc,
        weight[arc]! + graph.weight[arc]!,
        deciseconds[arc]! + graph.deciseconds[arc]!,
        meters[arc]! + graph.meters[arc]!,
        arc,
      )
    }
  }

  function best(target: OnRoad): { cost: Cost; arc: number; direct: boolean } | null {
    let found: { cost: Cost; arc: number; direct: boolean } | null = null
    const offer = (cost: Cost, arc: number, direct: boolean) => {
      if (!found || cost.weight < found.cost.weight) found = { cost, arc, direct }
    }
    for (const arc of target.arcs) {
      const head = partOf(graph, arc, target, forwards ? 'before' : 'after')
      if (root.arcs.includes(arc)) {
        const start = partOf(graph, arc, root, forwards ? 'before' : 'after')
        // Further along the very arc on which the way begins: no turn at all.
        if (head.meters >= start.meters) offer(minus(head, start), arc, true)
      }
      if (seen[arc] !== runs) continue
      const cost = {
        weight: weight[arc]! + head.weight,
        deciseconds: deciseconds[arc]! + head.deciseconds,
        meters: meters[arc]! + head.meters,
      }
      offer(cost, arc, false)
    }
    return found
  }

  return {
    run,
    costTo: (target) => best(target)?.cost ?? null,
    path(target) {
      const end = best(target)
      if (!end) return []
      if (end.direct) return [end.arc]
      const arcs = [end.arc]
      for (let arc = parent[end.arc]!; ; arc = parent[arc]!) {
        arcs.push(arc < 0 ? ~arc : arc)
        if (arc < 0) return arcs.toReversed()
      }
    },
  }
}

/** The cost of an arc before or after a point on it, in whole units that add up to the arc's. */
function partOf(graph: RoadGraph, arc: number, point: OnRoad, side: 'before' | 'after'): Cost {
  const length = graph.meters[arc]!
  const done = graph.along[arc] === 1 ? point.at : length - point.at
  const share = length > 0 ? done / length : 0
  const before = {
    weight: Math.round(graph.weight[arc]! * share),
    deciseconds: Math.round(graph.deciseconds[arc]! * share),
    meters: done,
  }
  if (side === 'before') return before
  const whole = { weight: graph.weight[arc]!, deciseconds: graph.deciseconds[arc]!, meters: length }
  return minus(whole, before)
}

function minus(a: Cost, b: Cost): Cost {
  return {
    weight: a.weight - b.weight,
    deciseconds: a.deciseconds - b.deciseconds,
    meters: a.meters - b.meters,
  }
}

/**
 * A queue of arcs by integer weight: a ring of linked lists, as wide as the longest step. Arcs are
 * pushed again when their weight falls; the entries left behind are passed over when popped.
 */
function createBuckets(graph: RoadGraph) {
  const { out } = graph.turns
  const step = highest(graph.weight) + highest(out.weight) + 1
  const size = 2 ** Math.ceil(Math.log2(2 * step))
  const heads = new Int32Array(size).fill(-1)
  const arcs = new Int32Array(3 * out.arc.length + 16)
  const nexts = new Int32Array(arcs.length)
  let entries = 0
  let now = 0
  let last = 0
  let waiting = 0

  return {
    clear() {
      if (waiting > 0) {
        if (last - now >= size - 1) heads.fill(-1)
        else for (let time = now; time <= last; time++) heads[time & (size - 1)] = -1
      }
      entries = 0
      now = 0
      last = 0
      waiting = 0
    },
    push(arc: number, time: number): void {
      const slot = time & (size - 1)
      arcs[entries] = arc
      nexts[entries] = heads[slot]!
      heads[slot] = entries++
      waiting++
      if (time > last) last = time
    },
    /** The arc with the least weight, or -1. Times only go up. */
    pop(weight: Int32Array): number {
      while (waiting > 0) {
        const slot = now & (size - 1)
        const entry = heads[slot]!
        if (entry < 0) {
          now++
          continue
        }
        heads[slot] = nexts[entry]!
        waiting--
        if (weight[arcs[entry]!] === now) return arcs[entry]!
      }
      return -1
    },
  }
}

function highest(values: Int32Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
