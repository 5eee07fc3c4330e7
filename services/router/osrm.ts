// Our own client of OSRM's HTTP interface: routes, tables of any size, nearest roads.
import type { Place } from '../../domain/model/place.ts'
import { osrmHttp, type OsrmAnswer, type OsrmHttp, type Question } from './osrmHttp.ts'
import { checkPlaces, clockOf, RouterError, SNAP_METERS, type Clock } from './router.ts'
import type { Deadline, Leg, Route, Router, Snapped, Table } from './router.ts'
import { tilesOf, type Tile } from './tiles.ts'

export interface OsrmOptions {
  /** As in `http://127.0.0.1:5000`; a path is kept. */
  url: string
  /** The server's --max-table-size; found out when it is smaller. */
  maxTableSize?: number
  connections?: number
  profile?: string
}

export function osrmRouter(options: OsrmOptions): Router {
  const server: Server = {
    http: osrmHttp(options.url, options.connections ?? 8),
    profile: options.profile ?? 'driving',
    tableSize: options.maxTableSize ?? 100,
    takesPost: true,
  }
  return {
    route: async (stops, deadline) => route(server, stops, clockOf(deadline)),
    table: async (sources, destinations, deadline) =>
      table(server, sources, destinations, clockOf(deadline)),
    nearest: async (place, deadline) => nearest(server, place, clockOf(deadline)),
    dataVersion: async (deadline) => dataVersion(server, deadline),
    close: async () => server.http.close(),
  }
}

/** What is known of the server; the last two are learned from its answers. */
interface Server {
  http: OsrmHttp
  profile: string
  tableSize: number
  takesPost: boolean
}

/** Longer URLs are refused by proxies on the way. */
const LONGEST_URL = 7_500
/** Room that a place takes in a URL: itself, its radius and its index. */
const URL_PER_PLACE = 32

async function route(server: Server, stops: readonly Place[], clock: Clock): Promise<Route> {
  checkPlaces('route', stops, 2)
  const answer = await ask(server, 'route', stops, clock, {
    overview: 'full',
    geometries: 'geojson',
    // A vehicle that stops may turn: legs are then the same ways as a table's.
    continue_straight: false,
  })
  const first = answer.routes?.[0]
  if (!first) throw new RouterError('UnexpectedAnswer', 'a route without routes')
  const legs: Leg[] = first.legs.map((leg) => ({ meters: leg.distance, seconds: leg.duration }))
  const line = first.geometry.coordinates.map(([lon, lat]) => ({ lon, lat }))
  const { distance: meters, duration: seconds } = first
  return { meters, seconds, line, legs, dataVersion: versionOf(answer) }
}

async function nearest(server: Server, place: Place, clock: Clock): Promise<Snapped> {
  checkPlaces('nearest', [place], 1)
  const answer = await ask(server, 'nearest', [place], clock, {})
  const first = answer.waypoints?.[0]
  if (!first) throw new RouterError('UnexpectedAnswer', 'nearest without a waypoint')
  const [lon, lat] = first.location
  const { distance: meters, name } = first
  return { place: { lon, lat }, meters, name, dataVersion: versionOf(answer) }
}

async function dataVersion(server: Server, deadline?: Deadline): Promise<string> {
  // Anywhere will do: without a radius OSRM finds a road from the other end of the world.
  const path = `/nearest/v1/${server.profile}/0,0?generate_hints=false`
  return versionOf(await server.http.ask({ path }, clockOf(deadline)))
}

/** Empty when the data were prepared without --data_version. */
function versionOf(answer: OsrmAnswer): string {
  return answer.data_version ?? ''
}

async function table(
  server: Server,
  sources: readonly Place[],
  destinations: readonly Place[],
  clock: Clock,
): Promise<Table> {
  checkPlaces('sources', sources, 1)
  checkPlaces('destinations', destinations, 1)
  for (;;) {
    const size = server.tableSize
    try {
      const answer = await wholeTable(server, sources, destinations, clock)
      if (answer) return answer
    } catch (error) {
      if (!(error instanceof RouterError) || error.code !== 'TooBig' || size < 2) throw error
      // Other tables may have learned it meanwhile.
      if (server.tableSize === size) server.tableSize = Math.floor(size / 2)
    }
  }
}

/** All tiles, or null when the server's map changed between them: maps are never mixed. */
async function wholeTable(
  server: Server,
  sources: readonly Place[],
  destinations: readonly Place[],
  clock: Clock,
): Promise<Table | null> {
  const empty = () => sources.map(() => Array<number | null>(destinations.length).fill(null))
  const answer: Table = { seconds: empty(), meters: empty(), dataVersion: '' }
  const places = server.takesPost ? Infinity : Math.floor(LONGEST_URL / URL_PER_PLACE)
  const tiles = tilesOf(sources.length, destinations.length, { size: server.tableSize, places })
  const versions = await Promise.all(
    tiles.map((tile) => fillTile(server, sources, destinations, tile, answer, clock)),
  )
  const known = new Set(versions.filter((version) => version !== null))
  if (known.size > 1) return null
  answer.dataVersion = [...known][0] ?? (await dataVersion(server, { timeoutMs: clock.leftMs() }))
  return answer
}

/** Asks for one tile. Places without a road are left out one by one, so their cells stay null. */
async function fillTile(
  server: Server,
  sources: readonly Place[],
  destinations: readonly Place[],
  tile: Tile,
  into: Table,
  clock: Clock,
): Promise<string | null> {
  let rows = range(tile.sources)
  let columns = range(tile.destinations)
  while (rows.length > 0 && columns.length > 0) {
    try {
      const places = [
        ...rows.map((row) => sources[row]!),
        ...columns.map((column) => destinations[column]!),
      ]
      const answer = await ask(server, 'table', places, clock, {
        annotations: ['duration', 'distance'],
        sources: range([0, rows.length]),
        destinations: range([rows.length, places.length]),
        skip_waypoints: true,
      })
      const { durations, distances } = answer
      if (!durations || !distances) {
        throw new RouterError('UnexpectedAnswer', 'a table without durations or distances')
      }
      for (const [r, row] of rows.entries()) {
        for (const [c, column] of columns.entries()) {
          into.seconds[row]![column] = durations[r]?.[c] ?? null
          into.meters[row]![column] = distances[r]?.[c] ?? null
        }
      }
      return versionOf(answer)
    } catch (error) {
      const lost = roadless(error)
      if (lost === null) throw error
      const isLost = (place: number) => place === lost
      if (lost < rows.length) rows = rows.filter((_, index) => !isLost(index))
      else columns = columns.filter((_, index) => !isLost(index + rows.length))
    }
  }
  return null
}

function range([from, to]: [number, number]): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

/** Which place OSRM found no road for: "Could not find a matching segment for coordinate 3". */
function roadless(error: unknown): number | null {
  if (!(error instanceof RouterError) || error.code !== 'NoSegment') return null
  const index = /coordinate (\d+)/.exec(error.message)?.[1]
  return index === undefined ? null : Number(index)
}

type Options = Record<string, string | boolean | number[] | string[]>

async function ask(
  server: Server,
  service: 'route' | 'table' | 'nearest',
  places: readonly Place[],
  clock: Clock,
  options: Options,
): Promise<OsrmAnswer> {
  const get = byGet(server, service, places, options)
  const isLong = get.path.length > LONGEST_URL
  if (!isLong || !server.takesPost) return server.http.ask(get, clock)
  try {
    return await server.http.ask(byPost(server, service, places, options), clock)
  } catch (error) {
    const refused = error instanceof RouterError && error.code === 'UnexpectedAnswer'
    if (!refused) throw error
    // A server before 26.9: tables are cut smaller from now on, long routes try their luck.
    server.takesPost = false
    if (service === 'table') throw new RouterError('TooBig', 'the server takes no POST', error)
    return server.http.ask(get, clock)
  }
}

function byGet(
  { profile }: Server,
  service: string,
  places: readonly Place[],
  options: Options,
): Question {
  const coordinates = places.map(({ lon, lat }) => `${lon.toFixed(6)},${lat.toFixed(6)}`)
  const query = Object.entries({
    radiuses: places.map(() => SNAP_METERS),
    generate_hints: false,
    ...options,
  }).map(([name, value]) => {
    const separator = name === 'annotations' ? ',' : ';'
    return `${name}=${Array.isArray(value) ? value.join(separator) : String(value)}`
  })
  return { path: `/${service}/v1/${profile}/${coordinates.join(';')}?${query.join('&')}` }
}

function byPost(
  { profile }: Server,
  service: string,
  places: readonly Place[],
  options: Options,
): Question {
  const body = {
    coordinates: places.map(({ lon, lat }) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))]),
    radiuses: places.map(() => SNAP_METERS),
    generate_hints: false,
    ...options,
  }
  return { path: `/${service}/v1/${profile}`, body: JSON.stringify(body) }
}
