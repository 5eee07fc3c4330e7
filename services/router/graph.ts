// The road graph: each direction of each stretch of road between two junctions is an arc, and turns
// lead from arc to arc, so that a turn can cost time or be forbidden.
import { obstacleSeconds, roadRules, type Drive, type RoadRules } from './carProfile.ts'
import { markComponents } from './components.ts'
import { metersBetween } from './geo.ts'
import type { OsmMap } from './osm.ts'
import { linkTurns, type Turns } from './turns.ts'

/** All costs are whole deciseconds, as in OSRM; weight is what the search minimises. */
export interface RoadGraph {
  version: string
  arcCount: number
  from: Int32Array
  to: Int32Array
  weight: Int32Array
  deciseconds: Int32Array
  meters: Float64Array
  stretch: Int32Array
  /** 1 when the arc runs in the direction in which its stretch is drawn. */
  along: Uint8Array
  restricted: Uint8Array
  /** Strongly connected component; `big` marks those that are worth being taken to. */
  component: Int32Array
  big: Uint8Array
  turns: Turns
  stretches: Stretches
}

/** The drawn lines; points of stretch s are first[s] .. first[s + 1] - 1. */
export interface Stretches {
  first: Int32Array
  lon: Float64Array
  lat: Float64Array
  /** Metres from the stretch's beginning. */
  offset: Float64Array
  forward: Int32Array
  backward: Int32Array
  wayId: Float64Array
  names: string[]
}

export function buildGraph(map: OsmMap): RoadGraph {
  const roads = map.ways.flatMap((way) => {
    const rules = way.nodes.length > 1 ? roadRules(way.tags) : null
    return rules ? [{ way, rules }] : []
  })
  const vertices = vertexNumbers(map, roads)
  const draft = emptyDraft()
  for (const { way, rules } of roads) {
    const { nodes } = way
    for (let begin = 0, end = 1; end < nodes.length; end++) {
      if (vertices.of(nodes[end] ?? 0) < 0 && end < nodes.length - 1) continue
      addStretch(draft, {
        map,
        nodes: nodes.subarray(begin, end + 1),
        from: vertices.enter(nodes[begin] ?? 0),
        to: vertices.enter(nodes[end] ?? 0),
        rules,
        wayId: way.id,
        name: way.tags['name'] ?? way.tags['ref'] ?? '',
      })
      begin = end
    }
  }
  const arcs = finished(draft)
  const turns = linkTurns(map, arcs, vertices.nodes, vertices.delays)
  const components = markComponents(arcs.arcCount, turns)
  return { version: map.version, ...arcs, turns, ...components }
}

export type Arcs = ReturnType<typeof finished>

interface Road {
  way: OsmMap['ways'][number]
  rules: RoadRules
}

/** Numbers the junctions: where roads meet or end, or something makes cars wait. */
function vertexNumbers(map: OsmMap, roads: readonly Road[]) {
  const uses = new Uint8Array(map.lon.length)
  for (const { way } of roads) {
    way.nodes.forEach((node, index) => {
      const isEnd = index === 0 || index === way.nodes.length - 1
      uses[node] = Math.min(2, (uses[node] ?? 0) + (isEnd ? 2 : 1))
    })
  }
  const numbers = new Int32Array(map.lon.length).fill(-1)
  const nodes: number[] = []
  const delays: number[] = []
  const blocked = new Set<number>()
  const add = (node: number, delay: number) => {
    nodes.push(node)
    delays.push(delay)
    return nodes.length - 1
  }
  for (const [node, tags] of map.obstacles) {
    const seconds = obstacleSeconds(tags)
    if (seconds === null) blocked.add(node)
    else if (seconds > 0 && uses[node]) numbers[node] = add(node, seconds)
  }
  uses.forEach((use, node) => {
    if (use > 1 && (numbers[node] ?? -1) < 0) numbers[node] = add(node, 0)
    else if (use > 0 && blocked.has(node)) numbers[node] = add(node, 0)
  })
  return {
    nodes,
    delays,
    of: (node: number) => numbers[node] ?? -1,
    /** Each road ends for itself at a barrier, so nothing leads across. */
    enter: (node: number) => (blocked.has(node) ? add(node, 0) : (numbers[node] ?? -1)),
  }
}

interface Piece {
  map: OsmMap
  nodes: Int32Array
  from: number
  to: number
  rules: RoadRules
  wayId: number
  name: string
}

const numbers = (): number[] => []

function emptyDraft() {
  return {
    arcs: {
      from: numbers(),
      to: numbers(),
      weight: numbers(),
      deciseconds: numbers(),
      meters: numbers(),
      stretch: numbers(),
      along: numbers(),
      restricted: numbers(),
    },
    lines: {
      first: [0],
      lon: numbers(),
      lat: numbers(),
      offset: numbers(),
      forward: numbers(),
      backward: numbers(),
      wayId: numbers(),
    },
    names: [] as string[],
  }
}

type Draft = ReturnType<typeof emptyDraft>

function addStretch(draft: Draft, piece: Piece): void {
  const { map, nodes, rules } = piece
  const { lines, names } = draft
  const lengths: number[] = []
  let offset = 0
  nodes.forEach((node, index) => {
    const [lon, lat] = [map.lon[node] ?? 0, map.lat[node] ?? 0]
    if (index > 0) {
      lengths.push(metersBetween(lines.lon.at(-1) ?? 0, lines.lat.at(-1) ?? 0, lon, lat))
      offset += lengths.at(-1) ?? 0
    }
    lines.lon.push(lon)
    lines.lat.push(lat)
    lines.offset.push(offset)
  })
  lines.first.push(lines.lon.length)
  lines.forward.push(addArc(draft, piece, rules.forward, true, lengths))
  lines.backward.push(addArc(draft, piece, rules.backward, false, lengths))
  lines.wayId.push(piece.wayId)
  names.push(piece.name)
}

/** Adds one direction of the stretch that comes next; -1 where it may not be driven. */
function addArc(
  { arcs, names }: Draft,
  piece: Piece,
  drive: Drive | null,
  along: boolean,
  lengths: readonly number[],
): number {
  if (!drive) return -1
  // Rounded segment by segment, as OSRM does.
  const cost = (perSecond: number) =>
    lengths.reduce((sum, length) => sum + Math.max(1, Math.round((length / perSecond) * 10)), 0)
  arcs.from.push(along ? piece.from : piece.to)
  arcs.to.push(along ? piece.to : piece.from)
  arcs.weight.push(cost(drive.rate))
  arcs.deciseconds.push(cost(drive.metersPerSecond))
  arcs.meters.push(lengths.reduce((sum, length) => sum + length, 0))
  arcs.stretch.push(names.length)
  arcs.along.push(along ? 1 : 0)
  arcs.restricted.push(piece.rules.restricted ? 1 : 0)
  return arcs.from.length - 1
}

function finished({ arcs, lines, names }: Draft) {
  return {
    arcCount: arcs.from.length,
    from: Int32Array.from(arcs.from),
    to: Int32Array.from(arcs.to),
    weight: Int32Array.from(arcs.weight),
    deciseconds: Int32Array.from(arcs.deciseconds),
    meters: Float64Array.from(arcs.meters),
    stretch: Int32Array.from(arcs.stretch),
    along: Uint8Array.from(arcs.along),
    restricted: Uint8Array.from(arcs.restricted),
    stretches: {
      first: Int32Array.from(lines.first),
      lon: Float64Array.from(lines.lon),
      lat: Float64Array.from(lines.lat),
      offset: Float64Array.from(lines.offset),
      forward: Int32Array.from(lines.forward),
      backward: Int32Array.from(lines.backward),
      wayId: Float64Array.from(lines.wayId),
      names,
    },
  }
}
