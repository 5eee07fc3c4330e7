// A generator fitted to a day that it drew draws such days again.
import { expect, test } from '@jest/globals'
import { drawsOf } from '../../../simulations/plant/draws.ts'
import { prepare } from '../../../simulations/plant/prepare.ts'
import { fitOrders, type PastOrder } from '../../../simulations/scenario/fit.ts'
import { placeAt, town } from '../plant/town.ts'

const whole = { fromHour: 0, toHour: 24 }
const dayMs = 86_400_000

function days(prepared: ReturnType<typeof prepare>, count: number): PastOrder[] {
  const { source, streets, scenario, midnightMs } = prepared
  return Array.from({ length: count }, (_, day) => {
    const orders = source.draw(drawsOf(5, day))
    return Array.from({ length: orders.count }, (_order, nth) => ({
      placedAtMs: midnightMs + day * dayMs + orders.second[nth]! * 1_000,
      lon: streets.lon[orders.at[nth]!]!,
      lat: streets.lat[orders.at[nth]!]!,
      itemId: scenario.items[orders.item[nth]!]!.id,
    }))
  }).flat()
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, one) => total + one, 0)
}

function morningShare(hours: readonly number[]): number {
  return sum(hours.slice(0, 12)) / sum(hours)
}

test('hours, places and items come back as they were', () => {
  const generator = {
    perDay: 400,
    hours: Array.from({ length: 24 }, (_, hour) => (hour < 12 ? 1 : 3)),
    places: [
      { place: placeAt(0), weight: 1, radiusMeters: 100 },
      { place: placeAt(15), weight: 3, radiusMeters: 100 },
    ],
  }
  const given = prepare({ ...town, hours: whole, orders: { generator } })
  const past = days(given, 20)
  const fitted = fitOrders(past, 500)

  expect(fitted.generator.perDay).toBeCloseTo(past.length / 20, 9)
  expect(fitted.generator.places).toHaveLength(2)
  const [near, far] = fitted.generator.places.toSorted((a, b) => a.weight - b.weight)
  expect(far!.weight / near!.weight).toBeCloseTo(3, 0)
  expect(morningShare(fitted.generator.hours)).toBeCloseTo(0.25, 1)
  expect(Object.keys(fitted.itemShares).toSorted()).toEqual(['gear', 'phone cover', 'wall hook'])

  const again = prepare({ ...town, hours: whole, orders: { generator: fitted.generator } })
  expect(days(again, 20).length / past.length).toBeCloseTo(1, 1)
})

test('no past orders are no pattern', () => {
  expect(() => fitOrders([])).toThrow('no past orders')
})
