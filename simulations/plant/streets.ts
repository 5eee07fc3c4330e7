// The streets of a scenario as tables: from every junction to every other, how long, how far, and by which way.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plane } from '../../domain/dispatch/routeTimes.ts'
import type { Place } from '../../domain/model/place.ts'
import { cityOsm } from '../../services/router/city.ts'
import { metersBetween, metersPerLat, metersPerLon } from '../../services/router/geo.ts'
import { buildGraph } from '../../services/router/graph.ts'
import { osmOf, type OsmMap } from '../../services/router/osm.ts'
import { ScenarioError } from '../scenario/load.ts'
import { plainly } from '../scenario/plainWords.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { drawnNet, netOf, type StreetNet } from './streetNet.ts'
import { openStreetSearch, type StreetSearch } from './streetSearch.ts'

/** Whole numbers, as narrow as they fit: of what is looked up all day, more stays near the processor. */
type Figures = Uint16Array | Int32Array

/** Places are junctions by their number; the tables go row by row: `from * places + to`. */
export interface Streets {
  dataVersion: string
  places: number
  lon: Float64Array
  lat: Float64Array
  seconds: Figures
  meters: Figures
  /** Of a place and another, side by side: seconds and metres from there, seconds and metres back. */
  legs: Figures
  /** Null where drawn roads are shorter than straight lines. */
  plane: Plane | null
  /** The junction nearest to a place. */
  nearest: (place: Place) => number
  /** Longitude and latitude in turn, along the way from one junction to another. */
  lineOf: (from: number, to: number) => number[]
}

type Tables = Pick<Streets, 'lon' | 'lat' | 'seconds' | 'meters'>

/** Tables of so many places take 100 MB; of a larger map, so many junctions are picked evenly. */
const mostPlaces = 2_500

/** The tables of a map are the same for every scenario on it. */
const known = new Map<string, Streets>()
const knownAtOnce = 3

export function streetsOf(map: Scenario['map']): Streets {
  const key = createHash('sha256').update(JSON.stringify(map)).digest('hex')
  const streets = known.get(key) ?? tablesOf(readNet(map))
  known.delete(key)
  known.set(key, streets)
  const [oldest] = known.keys()
  if (known.size > knownAtOnce && oldest !== undefined) known.delete(oldest)
  return streets
}

function readNet({ junctions, roads, file, demoCity }: Scenario['map']): StreetNet {
  if (junctions.length > 0) return drawnNet(junctions, roads)
  if (file !== null) {
    return netOf(buildGraph(mapIn(file)), '/map/file')
  }
  const osm = Buffer.from(cityOsm(demoCity ?? undefined))
  return netOf(buildGraph(osmOf(osm, 'the demo city')), '/map/demoCity')
}

function mapIn(file: string): OsmMap {
  try {
    return osmOf(readFileSync(file), file)
  } catch (error) {
    const message = `${file} cannot be read as a map: ${plainly(error)}`
    throw new ScenarioError([{ path: '/map/file', message }])
  }
}

function tablesOf(net: StreetNet): Streets {
  const chosen = evenly(net.lon.length)
  const places = chosen.length
  const search = openStreetSearch(net)
  const seconds = new Int32Array(places * places)
  const meters = new Int32Array(places * places)
  for (let from = 0; from < places; from += 1) {
    search.run(chosen[from]!)
    for (let to = 0; to < places; to += 1) {
      const cell = from * places + to
      const deciseconds = search.deciseconds(chosen[to]!)
      if (deciseconds === Infinity) refuseGap(net, chosen[from]!, chosen[to]!)
      seconds[cell] = Math.round(deciseconds / 10)
      meters[cell] = Math.round(search.meters(chosen[to]!))
    }
  }
  const lon = Float64Array.from(chosen, (junction) => net.lon[junction]!)
  const lat = Float64Array.from(chosen, (junction) => net.lat[junction]!)
  return {
    dataVersion: net.version,
    places,
    lon,
    lat,
    seconds: narrowed(seconds),
    meters: narrowed(meters),
    legs: bothWays(narrowed(seconds), narrowed(meters), places),
    plane: planeOf({ lon, lat, seconds, meters }),
    nearest: (place) => nearestOf(lon, lat, place),
    lineOf: lineFinder(search, chosen),
  }
}

/** Who asks for one of the four mostly asks for the others. */
function bothWays(seconds: Figures, meters: Figures, places: number): Figures {
  const isNarrow = seconds instanceof Uint16Array && meters instanceof Uint16Array
  const legs = new (isNarrow ? Uint16Array : Int32Array)(4 * seconds.length)
  for (let from = 0; from < places; from += 1) {
    for (let to = 0; to < places; to += 1) {
      const [there, back] = [from * places + to, to * places + from]
      legs[4 * back] = seconds[there]!
      legs[4 * back + 1] = meters[there]!
      legs[4 * there + 2] = seconds[there]!
      legs[4 * there + 3] = meters[there]!
    }
  }
  return legs
}

function narrowed(figures: Int32Array): Figures {
  return figures.every((figure) => figure < 2 ** 16) ? Uint16Array.from(figures) : figures
}

function evenly(junctions: number): Int32Array {
  const count = Math.min(junctions, mostPlaces)
  return Int32Array.from({ length: count }, (_, nth) => Math.floor((nth * junctions) / count))
}

function refuseGap({ names, path }: StreetNet, from: number, to: number): never {
  const [one, other] = [names[from] ?? `junction ${from}`, names[to] ?? `junction ${to}`]
  throw new ScenarioError([{ path, message: `is not connected: no way from ${one} to ${other}` }])
}

/** Shrunk so that no table entry is shorter than a straight line on it, however the map was rounded. */
function planeOf({ lon, lat, seconds, meters }: Tables): Plane | null {
  const places = lon.length
  const lonMeters = metersPerLon(lat[0]!)
  const latMeters = metersPerLat(lat[0]!)
  const x = Float64Array.from(lon, (degrees) => (degrees - lon[0]!) * lonMeters)
  const y = Float64Array.from(lat, (degrees) => (degrees - lat[0]!) * latMeters)
  let shrink = 1
  let fastest = 0
  for (let from = 0; from < places; from += 1) {
    for (let to = 0; to < places; to += 1) {
      const straight = Math.sqrt((x[from]! - x[to]!) ** 2 + (y[from]! - y[to]!) ** 2)
      if (straight === 0) continue
      const cell = from * places + to
      shrink = Math.min(shrink, meters[cell]! / straight)
      fastest = Math.max(fastest, straight / seconds[cell]!)
    }
  }
  if (shrink < leastShrink || !(fastest < Infinity)) return null
  const shrunk = (values: Float64Array) => values.map((meter) => meter * shrink)
  return { xMeters: shrunk(x), yMeters: shrunk(y), fastestMetersPerSecond: fastest }
}

/** On a plane that is smaller yet, hardly a vehicle is far enough away to be left out. */
const leastShrink = 0.5

function nearestOf(lon: Float64Array, lat: Float64Array, place: Place): number {
  let nearest = 0
  let least = Infinity
  for (let junction = 0; junction < lon.length; junction += 1) {
    const meters = metersBetween(lon[junction]!, lat[junction]!, place.lon, place.lat)
    if (meters >= least) continue
    least = meters
    nearest = junction
  }
  return nearest
}

/** Vehicles drive the same ways again and again. */
function lineFinder(search: StreetSearch, chosen: Int32Array): Streets['lineOf'] {
  const lines = new Map<number, number[]>()
  return (from, to) => {
    const key = from * chosen.length + to
    const line = lines.get(key) ?? search.line(chosen[from]!, chosen[to]!)
    lines.set(key, line)
    return line
  }
}
