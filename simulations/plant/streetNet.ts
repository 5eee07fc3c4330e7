// The net of streets that a search goes through: arcs from junction to junction, and turns between them.
import { createHash } from 'node:crypto'
import type { RoadGraph } from '../../services/router/graph.ts'
import { ScenarioError } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'

export interface StreetNet {
  version: string
  /** Where the scenario names it. */
  path: string
  /** Of the junctions; the net has none that does not belong to it. */
  lon: Float64Array
  lat: Float64Array
  names: readonly string[]
  /** Arcs by number; `weight` is what the search minimises. */
  from: Int32Array
  to: Int32Array
  weight: Int32Array
  deciseconds: Int32Array
  meters: Float64Array
  turns: TurnRows
  /** The points of an arc, both ends included: longitude and latitude in turn. */
  lineOf: (arc: number) => number[]
}

/** Of arc a: those from firstTurn[a] to firstTurn[a + 1] - 1. */
interface TurnRows {
  first: Int32Array
  arc: Int32Array
  weight: Int32Array
  deciseconds: Int32Array
}

/** The largest part of a map whose junctions all reach each other; islands are left out. */
export function netOf(graph: RoadGraph, path: string): StreetNet {
  const largest = largestComponent(graph)
  const numbers = new Map<number, number>()
  const numberOf = (vertex: number) => {
    const number = numbers.get(vertex) ?? numbers.size
    numbers.set(vertex, number)
    return number
  }
  const arcs = Array.from({ length: graph.arcCount }, (_, arc) => arc)
  const inNet = (arc: number) => graph.component[arc] === largest
  const ends = (vertices: Int32Array) =>
    Int32Array.from(arcs, (arc) => (inNet(arc) ? numberOf(vertices[arc]!) : -1))
  const [from, to] = [ends(graph.from), ends(graph.to)]
  if (numbers.size < 2) throw new ScenarioError([{ path, message: 'has no streets to drive on' }])
  const lon = new Float64Array(numbers.size)
  const lat = new Float64Array(numbers.size)
  const { first, lon: lons, lat: lats } = graph.stretches
  for (const arc of arcs) {
    if (!inNet(arc)) continue
    const stretch = graph.stretch[arc]!
    const point = graph.along[arc] === 1 ? first[stretch]! : first[stretch + 1]! - 1
    lon[from[arc]!] = lons[point]!
    lat[from[arc]!] = lats[point]!
  }
  const { out } = graph.turns
  const turns = {
    first: out.first,
    arc: out.arc,
    weight: out.weight,
    deciseconds: out.deciseconds,
  }
  const { version, weight, deciseconds, meters } = graph
  const lineOf = (arc: number) => pointsOf(graph, arc)
  const names: string[] = []
  return { version, path, lon, lat, names, from, to, weight, deciseconds, meters, turns, lineOf }
}

function largestComponent({ component }: RoadGraph): number {
  const sizes = new Map<number, number>()
  for (const id of component) sizes.set(id, (sizes.get(id) ?? 0) + 1)
  const [largest] = [...sizes].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])
  return largest?.[0] ?? -1
}

function pointsOf({ stretch, along, stretches }: RoadGraph, arc: number): number[] {
  const { first, lon, lat } = stretches
  const begin = first[stretch[arc]!]!
  const length = first[stretch[arc]! + 1]! - begin
  return Array.from({ length }, (_, nth) => {
    const point = along[arc] === 1 ? begin + nth : begin + length - 1 - nth
    return [lon[point]!, lat[point]!]
  }).flat()
}

/** A map drawn by hand: straight roads, and turns that cost nothing. */
export function drawnNet(
  junctions: Scenario['map']['junctions'],
  roads: Scenario['map']['roads'],
): StreetNet {
  const numbers = new Map(junctions.map(({ name }, number) => [name, number]))
  const numberOf = (name: string) => numbers.get(name) ?? -1
  const arcs = roads.flatMap(({ from, to, minutes, kilometres, oneWay }) => {
    const there = { from: numberOf(from), to: numberOf(to), minutes, kilometres }
    return oneWay ? [there] : [there, { ...there, from: there.to, to: there.from }]
  })
  const deciseconds = Int32Array.from(arcs, ({ minutes }) => Math.round(minutes * 600))
  const lon = Float64Array.from(junctions, ({ place }) => place.lon)
  const lat = Float64Array.from(junctions, ({ place }) => place.lat)
  return {
    version: createHash('sha256')
      .update(JSON.stringify([junctions, roads]))
      .digest('hex')
      .slice(0, 16),
    path: '/map/roads',
    lon,
    lat,
    names: junctions.map(({ name }) => `"${name}"`),
    from: Int32Array.from(arcs, ({ from }) => from),
    to: Int32Array.from(arcs, ({ to }) => to),
    weight: deciseconds,
    deciseconds,
    meters: Float64Array.from(arcs, ({ kilometres }) => kilometres * 1_000),
    turns: freeTurns(arcs),
    lineOf: (arc) =>
      [arcs[arc]!.from, arcs[arc]!.to].flatMap((junction) => [lon[junction]!, lat[junction]!]),
  }
}

function freeTurns(arcs: readonly { from: number; to: number }[]): TurnRows {
  const leaving = Map.groupBy(arcs.keys(), (arc) => arcs[arc]!.from)
  const rows = arcs.map(({ to }) => leaving.get(to) ?? [])
  const first = new Int32Array(arcs.length + 1)
  for (const [arc, row] of rows.entries()) first[arc + 1] = first[arc]! + row.length
  const turns = rows.flat()
  const free = new Int32Array(turns.length)
  return { first, arc: Int32Array.from(turns), weight: free, deciseconds: free }
}
