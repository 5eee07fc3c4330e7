// Brings places onto roads: the nearest point of the nearest stretch, by a grid over its segments.
import type { Place } from '../../domain/model/place.ts'
import { metersPerLat, metersPerLon } from './geo.ts'
import type { RoadGraph } from './graph.ts'
import { SNAP_METERS } from './router.ts'

/** A point on a stretch of road, with the arcs on which one may be there. */
export interface OnRoad {
  place: Place
  /** How far the asked place is away. */
  meters: number
  stretch: number
  /** Metres from the stretch's beginning. */
  at: number
  arcs: number[]
}

export interface Snapper {
  nearest(place: Place): OnRoad | null
  /**
   * Snaps places that are to be connected: to the nearest roads when those belong together (an
   * island of its own), else to the nearest roads of a real network, as OSRM does.
   */
  together(places: readonly Place[]): (OnRoad | null)[]
}

export function createSnapper(graph: RoadGraph): Snapper {
  const grid = createGrid(graph)
  const bigRoad = (arc: number) => graph.big[arc] === 1
  const snapped = new WeakMap<Place, OnRoad | null>()
  /** Stops and sites are asked for with every quote: a place that is still the same object is on the same road. */
  const nearest = (place: Place): OnRoad | null => {
    const known = snapped.get(place)
    if (known !== undefined) return known
    const on = grid.nearest(place, anyRoad)
    snapped.set(place, on)
    return on
  }
  return {
    nearest,
    together(places) {
      const near = places.map(nearest)
      const components = new Set(near.flatMap((on) => (on ? [componentOf(graph, on)] : [])))
      if (components.size < 2) return near
      return near.map((on, index) => {
        const place = places[index]
        if (!on || !place || on.arcs.some(bigRoad)) return on
        return grid.nearest(place, bigRoad) ?? on
      })
    },
  }
}

const anyRoad = () => true

/** Where one direction of a road is part of the network and the other is not, the first counts. */
function componentOf(graph: RoadGraph, { arcs }: OnRoad): number {
  const arc = arcs.find((each) => graph.big[each] === 1) ?? arcs[0]!
  return graph.component[arc]!
}

const CELL_METERS = 250
const MOST_CELLS = 4_000_000

function createGrid(graph: RoadGraph) {
  const { stretches } = graph
  const box = boxOf(stretches.lon, stretches.lat)
  const lonMeters = metersPerLon((box.south + box.north) / 2)
  const latMeters = metersPerLat((box.south + box.north) / 2)
  const width = (box.east - box.west) * lonMeters
  const height = (box.north - box.south) * latMeters
  const cellMeters = Math.max(CELL_METERS, Math.sqrt((width * height) / MOST_CELLS))
  const columns = Math.floor(width / cellMeters) + 1
  const rows = Math.floor(height / cellMeters) + 1
  const column = (lon: number) => Math.floor(((lon - box.west) * lonMeters) / cellMeters)
  const row = (lat: number) => Math.floor(((lat - box.south) * latMeters) / cellMeters)
  const cells = fillCells(graph, columns, rows, column, row)

  function nearest(place: Place, accept: (arc: number) => boolean): OnRoad | null {
    const best: Best = { meters: SNAP_METERS, segment: -1, fraction: 0 }
    const [x, y] = [column(place.lon), row(place.lat)]
    // Cells are squares at the map's middle; at its edges they are up to a little narrower.
    const reach = Math.ceil(SNAP_METERS / cellMeters) + 1
    const scale = { lon: metersPerLon(place.lat), lat: metersPerLat(place.lat) }
    for (let ring = 0; ring <= reach; ring++) {
      if (best.segment >= 0 && (ring - 1) * cellMeters * 0.98 > best.meters) break
      eachOnRing(x, y, ring, columns, rows, (cell) => {
        for (let at = cells.first[cell]!; at < cells.first[cell + 1]!; at++) {
          trySegment(graph, cells.segments[at]!, cells.stretchOf, place, scale, best, accept)
        }
      })
    }
    return best.segment < 0 ? null : onRoad(graph, best, cells.stretchOf)
  }
  return { nearest }
}

function boxOf(lon: Float64Array, lat: Float64Array) {
  const box = { west: Infinity, east: -Infinity, south: Infinity, north: -Infinity }
  lon.forEach((value) => {
    box.west = Math.min(box.west, value)
    box.east = Math.max(box.east, value)
  })
  lat.forEach((value) => {
    box.south = Math.min(box.south, value)
    box.north = Math.max(box.north, value)
  })
  return lon.length > 0 ? box : { west: 0, east: 0, south: 0, north: 0 }
}

interface Cells {
  first: Int32Array
  /** A segment goes by the index of its first point. */
  segments: Int32Array
  stretchOf: Int32Array
}

function fillCells(
  { stretches }: RoadGraph,
  columns: number,
  rows: number,
  column: (lon: number) => number,
  row: (lat: number) => number,
): Cells {
  const { first, lon, lat } = stretches
  const stretchOf = new Int32Array(lon.length)
  const cellOf: number[] = []
  const segmentOf: number[] = []
  for (let stretch = 0; stretch + 1 < first.length; stretch++) {
    for (let point = first[stretch]!; point < first[stretch + 1]!; point++) {
      stretchOf[point] = stretch
      if (point + 1 === first[stretch + 1]) continue
      const [x1, x2] = [column(lon[point]!), column(lon[point + 1]!)]
      const [y1, y2] = [row(lat[point]!), row(lat[point + 1]!)]
      for (let y = Math.min(y1, y2); y <= Math.max(y1, y2); y++) {
        for (let x = Math.min(x1, x2); x <= Math.max(x1, x2); x++) {
          cellOf.push(y * columns + x)
          segmentOf.push(point)
        }
      }
    }
  }
  const starts = new Int32Array(columns * rows + 1)
  for (const cell of cellOf) starts[cell + 1]!++
  for (let cell = 0; cell < columns * rows; cell++) starts[cell + 1]! += starts[cell]!
  const fill = starts.slice()
  const segments = new Int32Array(cellOf.length)
  cellOf.forEach((cell, index) => (segments[fill[cell]!++] = segmentOf[index]!))
  return { first: starts, segments, stretchOf }
}

function eachOnRing(
  x: number,
  y: number,
  ring: number,
  columns: number,
  rows: number,
  visit: (cell: number) => void,
): void {
  for (let cy = Math.max(0, y - ring); cy <= Math.min(rows - 1, y + ring); cy++) {
    const step = Math.abs(cy - y) === ring || ring === 0 ? 1 : 2 * ring
    for (let cx = x - ring; cx <= x + ring; cx += step) {
      if (cx >= 0 && cx < columns) visit(cy * columns + cx)
    }
  }
}

interface Best {
  meters: number
  segment: number
  fraction: number
}

function trySegment(
  graph: RoadGraph,
  segment: number,
  stretchOf: Int32Array,
  place: Place,
  scale: Place,
  best: Best,
  accept: (arc: number) => boolean,
): void {
  const { lon, lat } = graph.stretches
  const ax = (lon[segment]! - place.lon) * scale.lon
  const ay = (lat[segment]! - place.lat) * scale.lat
  const dx = (lon[segment + 1]! - lon[segment]!) * scale.lon
  const dy = (lat[segment + 1]! - lat[segment]!) * scale.lat
  const square = dx * dx + dy * dy
  const fraction = square === 0 ? 0 : Math.min(1, Math.max(0, -(ax * dx + ay * dy) / square))
  const meters = Math.hypot(ax + fraction * dx, ay + fraction * dy)
  if (meters >= best.meters || !arcsOf(graph, stretchOf[segment]!).some(accept)) return
  best.meters = meters
  best.segment = segment
  best.fraction = fraction
}

function arcsOf(graph: RoadGraph, stretch: number): number[] {
  const { forward, backward } = graph.stretches
  return [forward[stretch]!, backward[stretch]!].filter((arc) => arc >= 0)
}

function onRoad(
  graph: RoadGraph,
  { segment, fraction, meters }: Best,
  stretchOf: Int32Array,
): OnRoad {
  const { lon, lat, offset } = graph.stretches
  const between = (values: Float64Array) =>
    values[segment]! + fraction * (values[segment + 1]! - values[segment]!)
  const stretch = stretchOf[segment]!
  return {
    place: { lon: between(lon), lat: between(lat) },
    meters,
    stretch,
    at: between(offset),
    arcs: arcsOf(graph, stretch),
  }
}
