// The router that needs nothing beside it: the map in memory, Dijkstra over its roads.
import { setImmediate } from 'node:timers/promises'
import type { Place } from '../../domain/model/place.ts'
import { buildGraph, type RoadGraph } from './graph.ts'
import { createMemory, type Memory } from './memory.ts'
import { readOsm, type OsmMap } from './osm.ts'
import { checkPlaces, clockOf, RouterError, SNAP_METERS, type Clock } from './router.ts'
import type { Deadline, Leg, Route, Router, Snapped, Table } from './router.ts'
import { createSearch, targetsOf, type Cost, type Search } from './search.ts'
import { createSnapper, type OnRoad, type Snapper } from './snap.ts'

export async function openEmbeddedRouter(mapPath: string): Promise<Router> {
  return embeddedRouter(await readOsm(mapPath))
}

export function embeddedRouter(map: OsmMap): Router {
  const graph = buildGraph(map)
  const search = createSearch(graph)
  const memory = createMemory(graph, search)
  const engine = { graph, snapper: createSnapper(graph), search, memory }
  return {
    route: async (stops, options) => route(engine, stops, clockOf(options)),
    table: async (sources, destinations, options) =>
      table(engine, sources, destinations, clockOf(options)),
    nearest: async (place, options) => nearest(engine, place, options),
    dataVersion: async () => graph.version,
    close: async () => {},
  }
}

interface Engine {
  graph: RoadGraph
  snapper: Snapper
  search: Search
  memory: Memory
}

function nearest({ graph, snapper }: Engine, place: Place, options?: Deadline): Snapped {
  checkPlaces('nearest', [place], 1)
  clockOf(options).check()
  const on = snapper.nearest(place) ?? noSegment(0)
  const name = graph.stretches.names[on.stretch] ?? ''
  return { place: rounded(on.place), meters: on.meters, name, dataVersion: graph.version }
}

async function route(engine: Engine, stops: readonly Place[], clock: Clock): Promise<Route> {
  checkPlaces('route', stops, 2)
  const { graph, search, snapper } = engine
  const points = snapper.together(stops).map((point, index) => point ?? noSegment(index))
  const line: Place[] = []
  const legs: Leg[] = []
  for (const [index, to] of points.entries()) {
    const from = points[index - 1]
    if (!from) continue
    clock.check()
    const targets = targetsOf(graph, [to], 'out')
    const target = targets.points[0]!
    search.run(from, targets)
    const cost = search.costTo(target)
    if (!cost) throw new RouterError('NoRoute', `no road leads from stop ${index - 1} to ${index}`)
    legs.push(legOf(cost))
    draw(graph, search.path(target), line, from, to)
    await setImmediate()
  }
  return {
    meters: tenths(legs.reduce((sum, leg) => sum + leg.meters, 0)),
    seconds: tenths(legs.reduce((sum, leg) => sum + leg.seconds, 0)),
    line,
    legs,
    dataVersion: graph.version,
  }
}

/** Searches are synchronous; between them others get their turn after this long. */
const BREATH_MS = 8

async function table(
  { graph, search, memory, snapper }: Engine,
  sources: readonly Place[],
  destinations: readonly Place[],
  clock: Clock,
): Promise<Table> {
  checkPlaces('sources', sources, 1)
  checkPlaces('destinations', destinations, 1)
  const points = snapper.together([...sources, ...destinations])
  const from = points.slice(0, sources.length)
  const to = points.slice(sources.length)
  const empty = () => sources.map(() => Array<number | null>(destinations.length).fill(null))
  const answer: Table = { seconds: empty(), meters: empty(), dataVersion: graph.version }

  // One search for each place on the shorter side.
  const outwards = from.length <= to.length
  const [roots, ends] = outwards ? [from, to] : [to, from]
  const direction = outwards ? 'out' : 'into'
  const fill = (rootIndex: number, endIndex: number, cost: Cost | null | undefined) => {
    if (!cost) return
    const [row, column] = outwards ? [rootIndex, endIndex] : [endIndex, rootIndex]
    const leg = legOf(cost)
    answer.seconds[row]![column] = leg.seconds
    answer.meters[row]![column] = leg.meters
  }
  const [hub] = roots
  const remembered = roots.length === 1 && hub ? memory.costs(direction, hub, ends) : null
  if (remembered) {
    for (const [endIndex, cost] of remembered.entries()) fill(0, endIndex, cost)
    return answer
  }
  const targets = targetsOf(graph, ends, direction)
  let breathMs = performance.now()
  for (const [rootIndex, root] of roots.entries()) {
    clock.check()
    if (!root) continue
    search.run(root, targets)
    for (const [endIndex, end] of targets.points.entries()) {
      fill(rootIndex, endIndex, end && search.costTo(end))
    }
    if (performance.now() - breathMs < BREATH_MS) continue
    await setImmediate()
    breathMs = performance.now()
  }
  return answer
}

function legOf({ deciseconds, meters }: Cost): Leg {
  return { meters: tenths(meters), seconds: deciseconds / 10 }
}

function draw(
  graph: RoadGraph,
  path: readonly number[],
  line: Place[],
  from: OnRoad,
  to: OnRoad,
): void {
  const { first, offset, lon, lat } = graph.stretches
  append(line, from.place)
  for (const [index, arc] of path.entries()) {
    const stretch = graph.stretch[arc]!
    const begin = first[stretch]!
    const end = first[stretch + 1]! - 1
    const ahead = graph.along[arc] === 1
    const length = offset[end]!
    // Where on the stretch this arc is entered and left.
    const enterAt = index === 0 ? from.at : ahead ? 0 : length
    const leaveAt = index === path.length - 1 ? to.at : ahead ? length : 0
    for (let step = 0; step <= end - begin; step++) {
      const point = ahead ? begin + step : end - step
      const at = offset[point]!
      if (ahead ? at < enterAt || at > leaveAt : at > enterAt || at < leaveAt) continue
      append(line, { lon: lon[point]!, lat: lat[point]! })
    }
  }
  append(line, to.place)
}

function append(line: Place[], place: Place): void {
  const point = rounded(place)
  const last = line.at(-1)
  if (!last || last.lon !== point.lon || last.lat !== point.lat) line.push(point)
}

function rounded({ lon, lat }: Place): Place {
  return { lon: Math.round(lon * 1e6) / 1e6, lat: Math.round(lat * 1e6) / 1e6 }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

function noSegment(index: number): never {
  throw new RouterError('NoSegment', `no road within ${SNAP_METERS} m of place ${index}`)
}
