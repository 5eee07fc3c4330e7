// How coarse a recording tells where orders came from: by squares that several buyers share, the smallest that do.
import type { Place } from '../../domain/model/place.ts'
import { metersPerLat, metersPerLon } from '../../services/router/geo.ts'

/** A square by its centre and its side. */
export interface Cell extends Place {
  meters: number
}

export interface Origin {
  buyerId: string
  place: Place | null
}

/** Sides of squares; what is alone even in the largest has no place at all. */
const sides = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000]
/** So many different buyers share a square that a recording names. */
export const leastBuyers = 3

/**
 * By the place of each order. What shares its square with too few goes into the next larger one, with those alone that
 * were too few as well: nobody is found by taking the small squares from a large one.
 */
export function coarseCells(origins: readonly Origin[]): (Cell | null)[] {
  const cells = origins.map((): Cell | null => null)
  let left = [...origins.keys()]
  for (const meters of sides) {
    const squares = Map.groupBy(left, (nth) => keyOf(origins[nth]!, meters))
    left = []
    for (const [key, members] of squares) {
      const buyers = new Set(members.map((nth) => origins[nth]!.buyerId))
      if (key === '' || buyers.size < leastBuyers) left.push(...members)
      else for (const nth of members) cells[nth] = cellOf(origins[nth]!.place!, meters)
    }
  }
  return cells
}

function keyOf({ place }: Origin, meters: number): string {
  if (place === null) return ''
  const { lon, lat } = cellOf(place, meters)
  return `${lon} ${lat}`
}

/** Of a grid that is the same on every day; a hundred-thousandth of a degree is a metre. */
function cellOf({ lon, lat }: Place, meters: number): Cell {
  const latDegrees = meters / metersPerLat(0)
  const middleLat = (Math.floor(lat / latDegrees) + 0.5) * latDegrees
  const lonDegrees = meters / metersPerLon(middleLat)
  const middleLon = (Math.floor(lon / lonDegrees) + 0.5) * lonDegrees
  return { lon: rounded(middleLon), lat: rounded(middleLat), meters }
}

const rounded = (degrees: number) => Math.round(degrees * 1e5) / 1e5

/** To a metre, which the rounding of its centre may take. */
export function isInCell({ lon, lat }: Place, cell: Cell): boolean {
  const half = cell.meters / 2 + 1
  return (
    Math.abs(lat - cell.lat) * metersPerLat(0) <= half &&
    Math.abs(lon - cell.lon) * metersPerLon(cell.lat) <= half
  )
}
