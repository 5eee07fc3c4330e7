// Moving along a line on the map: how long it is, and where one is after so many metres.
import type { Place } from '../../../domain/model/place.ts'

const METRES_PER_DEGREE = 111_195

/** Good for the length of a street: the earth is flat between two points of a line. */
export function metresBetween(a: Place, b: Place): number {
  const east = (b.lon - a.lon) * Math.cos(((a.lat + b.lat) / 2) * (Math.PI / 180))
  return Math.hypot(east, b.lat - a.lat) * METRES_PER_DEGREE
}

export interface OnLine {
  place: Place
  heading: number
  /** Whether the end was reached. */
  ended: boolean
}

export function alongLine(line: readonly Place[], metres: number): OnLine {
  let left = metres
  let heading = 0
  for (const [index, to] of line.entries()) {
    const from = line[index - 1]
    if (!from) continue
    const length = metresBetween(from, to)
    if (length > 0) heading = headingOf(from, to)
    if (left < length) {
      const share = left / length
      const place = {
        lon: from.lon + (to.lon - from.lon) * share,
        lat: from.lat + (to.lat - from.lat) * share,
      }
      return { place, heading, ended: false }
    }
    left -= length
  }
  return { place: line.at(-1) ?? { lon: 0, lat: 0 }, heading, ended: true }
}

export function lengthOf(line: readonly Place[]): number {
  return line.reduce((sum, to, index) => sum + metresBetween(line[index - 1] ?? to, to), 0)
}

/** The line from where one is: to its nearest point, and on from there. */
export function joining(here: Place, line: readonly Place[]): Place[] {
  let nearest = 0
  let least = Number.POSITIVE_INFINITY
  for (const [index, point] of line.entries()) {
    const metres = metresBetween(here, point)
    if (metres < least) [nearest, least] = [index, metres]
  }
  return [here, ...line.slice(nearest)]
}

/** Degrees from north, clockwise. */
function headingOf(from: Place, to: Place): number {
  const east = (to.lon - from.lon) * Math.cos(from.lat * (Math.PI / 180))
  const degrees = Math.atan2(east, to.lat - from.lat) * (180 / Math.PI)
  return Math.round((degrees + 360) % 360)
}
