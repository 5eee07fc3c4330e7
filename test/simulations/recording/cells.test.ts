// A recording says where orders came from only as far as several buyers share it.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { coarseCells, isInCell, leastBuyers } from '../../../simulations/recording/cells.ts'

const metersPerDegree = 111_000
/** Some clusters over 40 km, so that squares of every size are needed. */
const origin = fc.record({
  buyer: fc.integer({ min: 0, max: 30 }),
  cluster: fc.integer({ min: 0, max: 4 }),
  east: fc.integer({ min: 0, max: 900 }),
  north: fc.integer({ min: 0, max: 900 }),
  isKnown: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn > 0),
})
type Drawn = typeof origin extends fc.Arbitrary<infer One> ? One : never

function originOf({ buyer, cluster, east, north, isKnown }: Drawn) {
  const lat = 51 + (cluster ** 2 * 2_500 + north) / metersPerDegree
  const lon = -0.2 + (cluster * 5_000 + east) / (metersPerDegree * 0.63)
  return { buyerId: `buy_${buyer}`, place: isKnown ? { lon, lat } : null }
}

test('every square that is named is shared by several buyers, and holds all who share it', () => {
  fc.assert(
    fc.property(fc.array(origin, { maxLength: 80 }), (drawn) => {
      const origins = drawn.map(originOf)
      const cells = coarseCells(origins)
      const named = origins.flatMap((one, nth) =>
        cells[nth] ? [{ ...one, cell: cells[nth] }] : [],
      )
      for (const sharing of Map.groupBy(named, ({ cell }) => JSON.stringify(cell)).values()) {
        const buyers = new Set(sharing.map(({ buyerId }) => buyerId))
        expect(buyers.size).toBeGreaterThanOrEqual(leastBuyers)
      }
      for (const { cell, place } of named) expect(isInCell(place!, cell)).toBe(true)
    }),
    { seed: 6 },
  )
})

const home = { lon: -89.65, lat: 39.8 }
const east = (meters: number) => ({ ...home, lon: home.lon + meters / (metersPerDegree * 0.77) })
const of = (buyerId: string, place: typeof home | null) => ({ buyerId, place })

test('neighbours share the smallest square, one who lives far off is nowhere', () => {
  const [one, , other, far, unknown] = coarseCells([
    of('a', home),
    of('b', home),
    of('c', home),
    of('d', east(90_000)),
    of('e', null),
  ])
  expect(one).toMatchObject({ meters: 250 })
  expect(other).toEqual(one)
  expect([far, unknown]).toEqual([null, null])
})

test('who orders often is one buyer, and goes into a larger square with others', () => {
  const often = Array.from({ length: 9 }, () => of('a', home))
  const cells = coarseCells([...often, of('b', east(600)), of('c', east(-600))])
  expect(cells[0]!.meters).toBeGreaterThan(500)
  expect(new Set(cells.map((cell) => JSON.stringify(cell))).size).toBe(1)
})
