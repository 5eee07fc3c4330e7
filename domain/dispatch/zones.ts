// Places by squares of the plane: how far it is by road from the nearest place of a square, at the least.
import type { Plane, Travel } from './routeTimes.ts'

export interface Zones {
  /** -1 for a place that nobody knows. */
  zoneOf(place: number): number
  /** To a place from the nearest of each zone: seconds and metres, in turn. */
  roadsTo(place: number): Float64Array
}

const placesPerZone = 8

const known = new WeakMap<Travel, Zones>()

/** Null where not all legs of a place are to be had at once. */
export function zonesOf(travel: Travel): Zones | null {
  const { plane, legsOf } = travel
  if (!plane || !legsOf) return null
  const zones = known.get(travel) ?? openZones(plane, legsOf)
  known.set(travel, zones)
  return zones
}

function openZones(plane: Plane, legsOf: (place: number) => ArrayLike<number>): Zones {
  const places = plane.xMeters.length
  const side = Math.max(1, Math.floor(Math.sqrt(places / placesPerZone)))
  const [columns, lines] = [slices(plane.xMeters, side), slices(plane.yMeters, side)]
  const zones = Int32Array.from(columns, (column, place) => column * side + lines[place]!)
  const roads: (Float64Array | undefined)[] = []
  return {
    zoneOf: (place) => zones[place] ?? -1,
    roadsTo: (place) => (roads[place] ??= measure(legsOf(place), zones, side * side)),
  }
}

/** Of each place the slice in which it lies. */
function slices(meters: ArrayLike<number>, many: number): Int32Array {
  let [least, most] = [Infinity, -Infinity]
  for (let place = 0; place < meters.length; place += 1) {
    least = Math.min(least, meters[place]!)
    most = Math.max(most, meters[place]!)
  }
  const wide = Math.max((most - least) / many, 1)
  return Int32Array.from(meters, (at) => Math.min(many - 1, Math.floor((at - least) / wide)))
}

function measure(legs: ArrayLike<number>, zones: Int32Array, many: number): Float64Array {
  const roads = new Float64Array(2 * many).fill(Infinity)
  for (let place = 0; place < zones.length; place += 1) {
    const at = 2 * zones[place]!
    roads[at] = Math.min(roads[at]!, legs[4 * place]!)
    roads[at + 1] = Math.min(roads[at + 1]!, legs[4 * place + 1]!)
  }
  return roads
}
