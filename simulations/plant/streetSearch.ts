// Finds the ways from one junction to all others: Dijkstra over arcs, with a ring of buckets (Dial).
import type { StreetNet } from './streetNet.ts'

export interface StreetSearch {
  /** Finds the ways from a junction; the answers stay until the next run. */
  run: (from: number) => void
  /** Infinity where no way leads. */
  deciseconds: (to: number) => number
  meters: (to: number) => number
  /** Longitude and latitude in turn; a vehicle may leave a junction in any direction. */
  line: (from: number, to: number) => number[]
}

const unreached = 2 ** 30
const atRoot = -1

export function openStreetSearch(net: StreetNet): StreetSearch {
  const arcs = net.from.length
  const junctions = net.lon.length
  const { first, arc: nextArcs, weight: turnWeights } = net.turns
  // Of each arc: what it costs to have driven it to its end, and from which arc one came.
  const costs = new Int32Array(arcs)
  const via = new Int32Array(arcs)
  const settled = new Uint8Array(arcs)
  const tenths = new Float64Array(arcs)
  const lengths = new Float64Array(arcs)
  /** The arc by which each junction is reached best. */
  const arrival = new Int32Array(junctions)
  const leaving = Array.from({ length: junctions }, (): number[] => [])
  for (let arc = 0; arc < arcs; arc += 1) leaving[net.from[arc]!]?.push(arc)
  const step = highest(net.weight) + highest(turnWeights) + 1
  const mask = 2 ** Math.ceil(Math.log2(step + 1)) - 1
  const buckets = Array.from({ length: mask + 1 }, (): number[] => [])
  let root = -1

  return {
    run,
    deciseconds: (to) => (to === root ? 0 : reach(tenths, to)),
    meters: (to) => (to === root ? 0 : reach(lengths, to)),
    line(from, to) {
      if (from !== root) run(from)
      return from === to ? [net.lon[from]!, net.lat[from]!] : lineTo(to)
    },
  }

  function reach(totals: Float64Array, to: number): number {
    return arrival[to]! < 0 ? Infinity : totals[arrival[to]!]!
  }

  function run(from: number): void {
    root = from
    costs.fill(unreached)
    settled.fill(0)
    arrival.fill(-1)
    let waiting = 0
    for (const arc of leaving[from] ?? []) {
      const cost = net.weight[arc]!
      costs[arc] = cost
      via[arc] = atRoot
      buckets[cost & mask]!.push(arc)
      waiting += 1
    }
    for (let now = 0; waiting > 0; now += 1) {
      const bucket = buckets[now & mask]!
      while (bucket.length > 0) {
        const arc = bucket.pop()!
        waiting -= 1
        if (settled[arc] === 1 || costs[arc] !== now) continue
        settle(arc)
        waiting += relax(arc, now)
      }
    }
  }

  function settle(arc: number): void {
    settled[arc] = 1
    const before = via[arc]!
    const turn = before === atRoot ? -1 : turnBetween(before, arc)
    const turned = turn < 0 ? 0 : net.turns.deciseconds[turn]!
    tenths[arc] = net.deciseconds[arc]! + turned + (before === atRoot ? 0 : tenths[before]!)
    lengths[arc] = net.meters[arc]! + (before === atRoot ? 0 : lengths[before]!)
    const to = net.to[arc]!
    if (arrival[to]! < 0) arrival[to] = arc
  }

  function turnBetween(arc: number, next: number): number {
    for (let turn = first[arc]!; turn < first[arc + 1]!; turn += 1) {
      if (nextArcs[turn] === next) return turn
    }
    return -1
  }

  function relax(arc: number, now: number): number {
    let pushed = 0
    for (let turn = first[arc]!; turn < first[arc + 1]!; turn += 1) {
      const next = nextArcs[turn]!
      const total = now + turnWeights[turn]! + net.weight[next]!
      if (total >= costs[next]!) continue
      costs[next] = total
      via[next] = arc
      buckets[total & mask]!.push(next)
      pushed += 1
    }
    return pushed
  }

  function lineTo(to: number): number[] {
    const way: number[] = []
    for (let arc = arrival[to]!; arc >= 0; arc = via[arc]!) way.push(arc)
    const line: number[] = []
    for (const arc of way.toReversed()) {
      const points = net.lineOf(arc)
      line.push(...(line.length === 0 ? points : points.slice(2)))
    }
    return line
  }
}

function highest(values: Int32Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
