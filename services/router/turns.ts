// Links arc to arc through junctions: what a turn costs, which are forbidden, where to turn back.
import { RESTRICTED_SECONDS, turnSeconds, UTURN_SECONDS } from './carProfile.ts'
import { bearing } from './geo.ts'
import type { Arcs } from './graph.ts'
import type { OsmMap } from './osm.ts'

/** Turns out of each arc, and into each arc: row a is first[a] .. first[a + 1] - 1. */
export interface Turns {
  out: TurnList
  into: TurnList
}

export interface TurnList {
  first: Int32Array
  /** The arc whose row a turn is in, and the arc that it leads to. */
  from: Int32Array
  arc: Int32Array
  weight: Int32Array
  deciseconds: Int32Array
  /** For the search, side by side: the next arc, and the weight of this arc and the turn. */
  steps: Int32Array
}

export function linkTurns(
  map: OsmMap,
  arcs: Arcs,
  nodeOf: readonly number[],
  delays: readonly number[],
): Turns {
  const leaving = groupBy(arcs.from, nodeOf.length)
  const roadsAt = roadCounts(arcs, nodeOf.length)
  const forbidden = forbiddenTurns(map)
  const found: Found = { from: [], to: [], weight: [], deciseconds: [] }

  for (let arc = 0; arc < arcs.arcCount; arc++) {
    const vertex = arcs.to[arc] ?? 0
    const node = nodeOf[vertex] ?? 0
    const isBack = (next: number) =>
      arcs.stretch[next] === arcs.stretch[arc] && arcs.along[next] !== arcs.along[arc]
    const nexts = leaving(vertex)
    const ahead = nexts.filter(
      (next) => !isBack(next) && !forbidden(wayOf(arcs, arc), node, wayOf(arcs, next)),
    )
    const delay = delays[vertex] ?? 0
    for (const next of ahead) {
      const seconds = delay + (roadsAt(vertex) > 2 ? turnSeconds(angleOf(arcs, arc, next)) : 0)
      push(found, arc, next, seconds, arcs)
    }
    // Turning back is for dead ends only.
    const back = ahead.length === 0 ? nexts.find(isBack) : undefined
    if (back !== undefined) push(found, arc, back, delay + UTURN_SECONDS, arcs)
  }
  return {
    out: listOf(found, found.from, found.to, arcs),
    into: listOf(found, found.to, found.from, arcs),
  }
}

interface Found {
  from: number[]
  to: number[]
  weight: number[]
  deciseconds: number[]
}

function push(found: Found, arc: number, next: number, seconds: number, arcs: Arcs): void {
  const enters = arcs.restricted[next] === 1 && arcs.restricted[arc] === 0
  found.from.push(arc)
  found.to.push(next)
  found.deciseconds.push(Math.round(seconds * 10))
  found.weight.push(Math.round((enters ? RESTRICTED_SECONDS : seconds) * 10))
}

/** Sorts the found turns by one of their ends into rows. */
function listOf(found: Found, keys: number[], others: number[], arcs: Arcs): TurnList {
  const { arcCount } = arcs
  const first = new Int32Array(arcCount + 1)
  for (const key of keys) first[key + 1] = (first[key + 1] ?? 0) + 1
  for (let arc = 0; arc < arcCount; arc++)
    first[arc + 1] = (first[arc + 1] ?? 0) + (first[arc] ?? 0)
  const fill = first.slice()
  const list: TurnList = {
    first,
    from: new Int32Array(keys.length),
    arc: new Int32Array(keys.length),
    weight: new Int32Array(keys.length),
    deciseconds: new Int32Array(keys.length),
    steps: new Int32Array(2 * keys.length),
  }
  keys.forEach((key, index) => {
    const at = fill[key] ?? 0
    fill[key] = at + 1
    list.from[at] = key
    list.arc[at] = others[index] ?? 0
    list.weight[at] = found.weight[index] ?? 0
    list.deciseconds[at] = found.deciseconds[index] ?? 0
    list.steps[2 * at] = others[index] ?? 0
    list.steps[2 * at + 1] = (arcs.weight[key] ?? 0) + (found.weight[index] ?? 0)
  })
  return list
}

function groupBy(keys: Int32Array, count: number): (key: number) => number[] {
  const groups: number[][] = Array.from({ length: count }, () => [])
  keys.forEach((key, index) => groups[key]?.push(index))
  return (key) => groups[key] ?? []
}

/** How many roads meet at a junction, in whichever direction they may be driven. */
function roadCounts(arcs: Arcs, count: number): (vertex: number) => number {
  const roads = new Uint16Array(count)
  for (let arc = 0; arc < arcs.arcCount; arc++) {
    const { forward } = arcs.stretches
    const isCounted = arcs.along[arc] === 0 && (forward[arcs.stretch[arc] ?? 0] ?? -1) >= 0
    if (isCounted) continue
    for (const vertex of [arcs.from[arc] ?? 0, arcs.to[arc] ?? 0]) {
      roads[vertex] = (roads[vertex] ?? 0) + 1
    }
  }
  return (vertex) => roads[vertex] ?? 0
}

function wayOf(arcs: Arcs, arc: number): number {
  return arcs.stretches.wayId[arcs.stretch[arc] ?? 0] ?? 0
}

function forbiddenTurns(map: OsmMap): (from: number, node: number, to: number) => boolean {
  const rules = Map.groupBy(map.restrictions, ({ via, from }) => `${via}/${from}`)
  if (rules.size === 0) return () => false
  return (from, node, to) =>
    (rules.get(`${node}/${from}`) ?? []).some((rule) => (rule.to === to) !== rule.only)
}

/** A bend is judged over this length, so that a junction's last metres do not decide. */
const SIGHT_METERS = 10

/** Degrees between going straight on and the turn: right positive, left negative. */
function angleOf(arcs: Arcs, arc: number, next: number): number {
  const turned = headingFrom(arcs, next) - headingInto(arcs, arc)
  return turned > 180 ? turned - 360 : turned < -180 ? turned + 360 : turned
}

function headingFrom(arcs: Arcs, arc: number): number {
  const [here, there] = lookAlong(arcs, arc, arcs.along[arc] === 1)
  const { lon, lat } = arcs.stretches
  return bearing(lon[here] ?? 0, lat[here] ?? 0, lon[there] ?? 0, lat[there] ?? 0)
}

function headingInto(arcs: Arcs, arc: number): number {
  const [here, there] = lookAlong(arcs, arc, arcs.along[arc] !== 1)
  const { lon, lat } = arcs.stretches
  return bearing(lon[there] ?? 0, lat[there] ?? 0, lon[here] ?? 0, lat[here] ?? 0)
}

/** The stretch's end point and the first point that is in sight from it. */
function lookAlong(arcs: Arcs, arc: number, fromBegin: boolean): [number, number] {
  const stretch = arcs.stretch[arc] ?? 0
  const { first, offset } = arcs.stretches
  const begin = first[stretch] ?? 0
  const end = (first[stretch + 1] ?? 0) - 1
  const here = fromBegin ? begin : end
  const step = fromBegin ? 1 : -1
  let there = here + step
  const last = fromBegin ? end : begin
  while (there !== last && Math.abs((offset[there] ?? 0) - (offset[here] ?? 0)) < SIGHT_METERS) {
    there += step
  }
  return [here, there]
}
