// Dijkstra over arcs and turns. Costs are small integers, so the queue is a ring of buckets (Dial).
import type { RoadGraph } from './graph.ts'
import type { OnRoad } from './snap.ts'
import type { TurnList } from './turns.ts'

/** What a way costs. The search minimises weight; the others are carried along. */
export interface Cost {
  weight: number
  deciseconds: number
  meters: number
}

export interface Search {
  /**
   * Finds the ways from one point to all targets ('out'), or from all targets to it ('into'), and
   * stops when every arc of the targets is settled. Answers stay valid until the next run.
   */
  run(root: OnRoad, targets: Targets): void
  costTo(target: Target): Cost | null
  /** The arcs from the root's to the target's, both included; after a run outwards. */
  path(target: Target): number[]
  /** Costs by arc from the end of this one to the beginning of each, or ('into') back; valid until the next run. */
  everywhere(arc: number, direction: Direction): Reached
}

export interface Reached {
  /** UNREACHED where no road leads; there the others say nothing. */
  weight: Int32Array
  deciseconds: Int32Array
  meters: Float64Array
}

export type Direction = 'out' | 'into'

/** A point with what it costs on each of its arcs to get there from the search's side. */
export type Target = { arc: number; part: Cost }[]

export interface Targets {
  direction: Direction
  points: (Target | null)[]
  wanted: Uint8Array
  /** How many arcs are wanted. */
  count: number
}

export function targetsOf(
  graph: RoadGraph,
  points: readonly (OnRoad | null)[],
  direction: Direction,
): Targets {
  const wanted = new Uint8Array(graph.arcCount)
  let count = 0
  for (const arc of points.flatMap((point) => point?.arcs ?? [])) {
    if (wanted[arc] === 0) count++
    wanted[arc] = 1
  }
  const near = direction === 'out' ? 'before' : 'after'
  return {
    direction,
    points: points.map((point) => point && targetOf(graph, point, near)),
    wanted,
    count,
  }
}

function targetOf(graph: RoadGraph, point: OnRoad, side: 'before' | 'after'): Target {
  return point.arcs.map((arc) => ({ arc, part: partOf(graph, arc, point, side) }))
}

/** What lies before and after a point, on each arc on which one may be there. */
export function partsOf(graph: RoadGraph, point: OnRoad) {
  return point.arcs.map((arc) => ({
    arc,
    before: partOf(graph, arc, point, 'before'),
    after: partOf(graph, arc, point, 'after'),
  }))
}

export function createSearch(graph: RoadGraph): Search {
  const { arcCount } = graph
  const state: State = {
    graph,
    weight: new Int32Array(arcCount),
    via: new Int32Array(arcCount),
    deciseconds: new Int32Array(arcCount),
    meters: new Float64Array(arcCount),
    queue: createBuckets(graph),
    turns: graph.turns.out,
    starts: [],
    leaves: [],
  }
  const nowhere = { wanted: new Uint8Array(arcCount), count: Infinity }
  return {
    run(root, targets) {
      const [near, far] =
        targets.direction === 'out'
          ? (['before', 'after'] as const)
          : (['after', 'before'] as const)
      state.starts = targetOf(graph, root, near)
      state.leaves = targetOf(graph, root, far)
      begin(state, targets.direction)
      spread(state, targets)
    },
    everywhere(arc, direction) {
      state.starts = []
      state.leaves = [{ arc, part: { weight: 0, deciseconds: 0, meters: 0 } }]
      begin(state, direction)
      spread(state, nowhere)
      return state
    },
    costTo: (target) => best(state, target)?.cost ?? null,
    path: (target) => pathTo(state, target),
  }
}

interface State {
  graph: RoadGraph
  weight: Int32Array
  /** The turn by which an arc was reached best; its complement where that was the first turn. */
  via: Int32Array
  deciseconds: Int32Array
  meters: Float64Array
  queue: ReturnType<typeof createBuckets>
  turns: TurnList
  /** The root on its arcs: what lies on the near side of it, and what remains to be driven. */
  starts: Target
  leaves: Target
}

function begin(state: State, direction: Direction): void {
  const { graph, queue, via, weight } = state
  const turns = graph.turns[direction]
  state.turns = turns
  weight.fill(UNREACHED)
  queue.clear()
  for (const { arc, part } of state.leaves) {
    for (let turn = turns.first[arc]!; turn < turns.first[arc + 1]!; turn++) {
      const next = turns.arc[turn]!
      const total = part.weight + turns.weight[turn]!
      if (total >= weight[next]!) continue
      weight[next] = total
      via[next] = ~turn
      queue.push(next, total)
    }
  }
}

/** The hot loop: 20,000 turns a run over the demo city. Nothing is allocated in it. */
function spread(state: State, { wanted, count }: Pick<Targets, 'wanted' | 'count'>): void {
  const { queue, via, weight } = state
  const { first, steps } = state.turns
  const { arcs: queued, heads, mask, nexts } = queue
  let left = count
  let { now, last, entries, waiting } = queue.state
  while (waiting > 0) {
    const entry = heads[now & mask]!
    if (entry < 0) {
      now++
      continue
    }
    heads[now & mask] = nexts[entry]!
    waiting--
    const arc = queued[entry]!
    // An entry left behind when the arc was reached more cheaply.
    if (weight[arc] !== now) continue
    settle(state, arc)
    if (wanted[arc] === 1 && --left === 0) break
    const end = first[arc + 1]!
    for (let turn = first[arc]!; turn < end; turn++) {
      const next = steps[2 * turn]!
      const total = now + steps[2 * turn + 1]!
      if (total >= weight[next]!) continue
      weight[next] = total
      via[next] = turn
      queued[entries] = next
      nexts[entries] = heads[total & mask]!
      heads[total & mask] = entries++
      waiting++
      if (total > last) last = total
    }
  }
  queue.state = { now, last, entries, waiting }
}

/** Adds up what the way costs besides its weight, once it is known for good. */
function settle({ graph, turns, via, deciseconds, meters, leaves }: State, arc: number): void {
  const turn = via[arc]! < 0 ? ~via[arc]! : via[arc]!
  const before = turns.from[turn]!
  if (via[arc]! < 0) {
    const { part } = leaves.find((leave) => leave.arc === before)!
    deciseconds[arc] = part.deciseconds + turns.deciseconds[turn]!
    meters[arc] = part.meters
  } else {
    deciseconds[arc] = deciseconds[before]! + graph.deciseconds[before]! + turns.deciseconds[turn]!
    meters[arc] = meters[before]! + graph.meters[before]!
  }
}

interface Arrival {
  cost: Cost
  arc: number
  /** The way never leaves the arc on which it began. */
  direct: boolean
}

function best({ weight, deciseconds, meters, starts }: State, target: Target): Arrival | null {
  let least = UNREACHED
  let last: Target[number] | null = null
  let direct: Cost | null = null
  for (const end of target) {
    const total = weight[end.arc]! + end.part.weight
    if (total < least) {
      least = total
      last = end
      direct = null
    }
    for (const start of starts) {
      // Further along the very arc on which the way begins: no turn at all.
      if (start.arc !== end.arc || end.part.meters < start.part.meters) continue
      const ahead = minus(end.part, start.part)
      if (ahead.weight > least) continue
      least = ahead.weight
      last = end
      direct = ahead
    }
  }
  if (!last) return null
  const { arc, part } = last
  const cost = direct ?? {
    weight: least,
    deciseconds: deciseconds[arc]! + part.deciseconds,
    meters: meters[arc]! + part.meters,
  }
  return { cost, arc, direct: direct !== null }
}

function pathTo(state: State, target: Target): number[] {
  const end = best(state, target)
  if (!end || end.direct) return end ? [end.arc] : []
  const arcs = [end.arc]
  for (let at = end.arc; ; at = arcs.at(-1)!) {
    const turn = state.via[at]!
    arcs.push(state.turns.from[turn < 0 ? ~turn : turn]!)
    if (turn < 0) return arcs.toReversed()
  }
}

/** Far above any weight, and still an integer after a part of an arc was added. */
export const UNREACHED = 2 ** 30

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
  const mask = 2 ** Math.ceil(Math.log2(2 * step)) - 1
  const heads = new Int32Array(mask + 1).fill(-1)
  // Each turn is taken at most once in a run, and those of the root's two arcs once more.
  const arcs = new Int32Array(2 * out.arc.length + 16)
  const nexts = new Int32Array(arcs.length)
  return {
    heads,
    mask,
    arcs,
    nexts,
    state: { now: 0, last: 0, entries: 0, waiting: 0 },
    clear() {
      const { now, last, waiting } = this.state
      if (waiting > 0) for (let time = now; time <= last; time++) heads[time & mask] = -1
      this.state = { now: 0, last: 0, entries: 0, waiting: 0 }
    },
    push(arc: number, time: number): void {
      const { state } = this
      arcs[state.entries] = arc
      nexts[state.entries] = heads[time & mask]!
      heads[time & mask] = state.entries++
      state.waiting++
      state.last = Math.max(state.last, time)
    },
  }
}

function highest(values: Int32Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
