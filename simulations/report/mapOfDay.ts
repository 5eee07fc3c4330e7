// Packs streets, drives and orders of a day for the map of a report: whole numbers in steps of a metre.
import { readFileSync } from 'node:fs'
import { cityOsm } from '../../services/router/city.ts'
import { buildGraph } from '../../services/router/graph.ts'
import { osmOf } from '../../services/router/osm.ts'
import type { Cell, DayTables } from '../day.ts'
import type { ScenarioDocument } from '../experiments/model.ts'

/** Lines go on from point to point: x, y, then steps. A step is 1e-5 degrees. */
export interface PackedMap {
  /** Metres per step east, and of one north. */
  scale: [number, number]
  streets: number[][]
  vehicles: { name: string; drives: PackedDrive[] }[]
  /** Vehicles that drove and are not shown. */
  leftOut: number
  orders: PackedOrder[]
  sites: { name: string; x: number; y: number }[]
  fromSecond: number
  toSecond: number
}

/** Leaves, arrives, and the line in between. */
type PackedDrive = [number, number, number[]]
/** Number, x, y, placed, due, served; null where there is no such time. */
type PackedOrder = [number, number, number, number | null, number | null, number | null]

const perDegree = 1e5
const metersPerDegree = 111_320
/** More would make a file that no browser likes to open. */
const mostVehicles = 120

export function mapOfDay(document: ScenarioDocument, { legs, orders }: DayTables): PackedMap {
  const streets = streetsOf(document)
  const byVehicle = Map.groupBy(legs.rows, (row) => text(row['vehicle']))
  const busiest = [...byVehicle].toSorted(
    ([, one], [, other]) => served(other) - served(one) || other.length - one.length,
  )
  const vehicles = busiest
    .slice(0, mostVehicles)
    .map(([name, rows]) => ({ name, drives: rows.map(driveOf) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const times = legs.rows.flatMap((row) => [
    Number(row['leaveSecond']),
    Number(row['arriveSecond']),
  ])
  const placed = orders.rows.map((row) => Number(row['placedSecond'] ?? 0))
  const drives = vehicles.flatMap((vehicle) => vehicle.drives.map(([, , line]) => line))
  const lines = streets.length > 0 ? streets : drives
  const latitude = (lines[0]?.[1] ?? 0) / perDegree
  const north = metersPerDegree / perDegree
  return {
    scale: [north * Math.cos((latitude * Math.PI) / 180), north],
    streets,
    vehicles,
    leftOut: byVehicle.size - vehicles.length,
    orders: orders.rows.map(orderOf),
    sites: sitesOf(document),
    fromSecond: least([...times, ...placed]),
    toSecond: greatest([...times, ...placed]),
  }
}

const served = (rows: readonly Record<string, Cell>[]) =>
  rows.filter((row) => (row['order'] ?? null) !== null).length

/** Of the map that the scenario names; what cannot be read any more is left out of the picture. */
function streetsOf(document: ScenarioDocument): number[][] {
  const map: MapField = Object(document['map'])
  if (map.junctions && map.junctions.length > 0) return drawnStreets(map)
  try {
    const osm = map.file ? readFileSync(map.file) : Buffer.from(cityOsm(map.demoCity ?? undefined))
    const { stretches } = buildGraph(osmOf(osm, map.file ?? 'the demo city'))
    const { first, lon, lat } = stretches
    return Array.from({ length: first.length - 1 }, (_, at) => {
      const [from, to] = [first[at]!, first[at + 1]!]
      return packed(Array.from({ length: to - from }, (_p, n) => [lon[from + n]!, lat[from + n]!]))
    })
  } catch {
    return []
  }
}

interface MapField {
  junctions?: { name: string; place: { lon: number; lat: number } }[]
  roads?: { from: string; to: string }[]
  file?: string | null
  demoCity?: number | null
}

function drawnStreets({ junctions = [], roads = [] }: MapField): number[][] {
  const places = new Map(junctions.map(({ name, place: { lon, lat } }) => [name, [lon, lat]]))
  return roads.map(({ from, to }) => packed([places.get(from) ?? [0, 0], places.get(to) ?? [0, 0]]))
}

function driveOf(row: Record<string, Cell>): PackedDrive {
  const degrees = text(row['way']).split(' ').filter(Boolean).map(Number)
  const points = Array.from({ length: degrees.length / 2 }, (_, at) =>
    degrees.slice(2 * at, 2 * at + 2),
  )
  const straight = [
    [Number(row['fromLon']), Number(row['fromLat'])],
    [Number(row['toLon']), Number(row['toLat'])],
  ]
  const line = packed(points.length > 1 ? points : straight)
  return [Number(row['leaveSecond']), Number(row['arriveSecond']), line]
}

function orderOf(row: Record<string, Cell>): PackedOrder {
  const second = (name: string) => (typeof row[name] === 'number' ? row[name] : null)
  const place = ['lon', 'lat'].map((name) => Math.round(Number(row[name]) * perDegree))
  return [
    Number(row['order']),
    place[0]!,
    place[1]!,
    second('placedSecond'),
    second('dueSecond'),
    second('servedSecond'),
  ]
}

function sitesOf(document: ScenarioDocument): PackedMap['sites'] {
  const sites: unknown = document['sites']
  if (!Array.isArray(sites)) return []
  return sites.flatMap((site: { id?: string; place?: { lon: number; lat: number } | null }) => {
    if (!site.place) return []
    const { lon, lat } = site.place
    return [{ name: site.id ?? '', x: Math.round(lon * perDegree), y: Math.round(lat * perDegree) }]
  })
}

function packed(points: readonly (readonly number[])[]): number[] {
  let [lastX, lastY] = [0, 0]
  return points.flatMap(([lon = 0, lat = 0]) => {
    const [x, y] = [Math.round(lon * perDegree), Math.round(lat * perDegree)]
    const step = [x - lastX, y - lastY]
    ;[lastX, lastY] = [x, y]
    return step
  })
}

const text = (cell: Cell | undefined) => (cell === undefined || cell === null ? '' : String(cell))
const least = (list: readonly number[]) =>
  list.reduce((found, value) => Math.min(found, value), list[0] ?? 0)
const greatest = (list: readonly number[]) =>
  list.reduce((found, value) => Math.max(found, value), list[0] ?? 0)
