// Places by squares of the plane: how far it is by road from the nearest place of a square, at the least.
import type { Plane, Travel } from './routeTimes.ts'

/** A square, and behind all of them a wider one of several, is a zone by its number. */
export interface Zones {
  /** -1 for a place that nobody knows. */
  zoneOf(place: number): number
  /** The wider one that a zone is part of; -1 for that itself. */
  around(zone: number): number
  /** To a place from the nearest of each zone: seconds and metres, in turn. */
  roadsTo(place: number): Roads
}

/** Whole numbers, not above what it is: of few bytes many stay near the processor. */
export type Roads = Uint16Array
const farthest = 2 ** 16 - 1

const placesPerZone = 8
const widening = 4

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
  const wideSide = Math.ceil(side / widening)
  const [columns, lines] = [slices(plane.xMeters, side), slices(plane.yMeters, side)]
  const zones = Int32Array.from(columns, (column, place) => column * side + lines[place]!)
  const roads: (Roads | undefined)[] = []
  return {
    zoneOf: (place) => zones[place] ?? -1,
    around,
    roadsTo: (place) => (roads[place] ??= measure(legsOf(place))),
  }

  function around(zone: number): number {
    if (zone >= side * side) return -1
    const column = Math.floor(zone / side / widening)
    return side * side + column * wideSide + Math.floor((zone % side) / widening)
  }

  function measure(legs: ArrayLike<number>): Roads {
    const nearest = new Uint16Array(2 * (side * side + wideSide * wideSide)).fill(farthest)
    const lower = (zone: number, seconds: number, meters: number) => {
      const at = 2 * zone
      if (seconds < nearest[at]!) nearest[at] = seconds
      if (meters < nearest[at + 1]!) nearest[at + 1] = meters
    }
    for (let place = 0; place < places; place += 1) {
      lower(zones[place]!, legs[4 * place]!, legs[4 * place + 1]!)
    }
    for (let zone = 0; zone < side * side; zone += 1) {
      lower(around(zone), nearest[2 * zone]!, nearest[2 * zone + 1]!)
    }
    return nearest
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
