// Parcels change between vehicles and lockers: made elsewhere they are brought, and what nobody fetches is taken back.
import { describe, expect, test } from '@jest/globals'
import type { Cell, Day } from '../../../simulations/day.ts'
import { simulateDay } from '../../../simulations/plant/day.ts'
import { prepare } from '../../../simulations/plant/prepare.ts'
import { placeAt, town } from './town.ts'

const [warehouse, lockers] = town.sites
const fetching = { pickupShare: 1, deliveryShare: 0, maxPickupMeters: { mean: 9_000 } }
const empty = { ...lockers, machines: [], suppliedBy: 'warehouse' }

function dayIn(changes: object, buyers: object = {}): Day {
  const prepared = prepare({ ...town, buyers: { ...fetching, ...buyers }, ...changes })
  return simulateDay(prepared, { seed: 1, replication: 0, warmUpHours: 0, tables: true })
}

const rowsOf = (day: Day, table: 'orders' | 'legs' | 'decisions') => day.tables![table].rows
const isAt = (leg: Record<string, Cell>, place: number) => {
  const { lon, lat } = placeAt(place)
  return leg['toLon'] === lon && leg['toLat'] === lat
}

describe.each([
  ['one by one', {}],
  ['in batches', { batchIntervalMs: 60_000, improvementIterations: 30 }],
])('lockers without machines, decided %s', (_how, dispatch) => {
  const day = dayIn({ sites: [warehouse, empty], rules: { dispatch } })
  const served = rowsOf(day, 'orders').filter(({ servedSecond }) => servedSecond !== null)

  test('are filled by vehicles that come from the site that supplies them', () => {
    expect(served.length).toBeGreaterThan(3)
    expect(new Set(served.map(({ kind, locker }) => `${kind} ${locker}`))).toEqual(
      new Set(['via_locker lockers']),
    )
    for (const { order, by, servedSecond } of served) {
      const legs = rowsOf(day, 'legs').filter((leg) => leg['order'] === order)
      const [pickup, drop] = legs.slice(-2)
      expect([pickup!['vehicle'], drop!['vehicle']]).toEqual([by, by])
      expect([isAt(pickup!, 0), isAt(drop!, 10)]).toEqual([true, true])
      expect(Number(servedSecond)).toBeGreaterThanOrEqual(Number(drop!['arriveSecond']))
    }
  })

  test('are decided by dispatch, with every vehicle that was looked at', () => {
    const asked = rowsOf(day, 'decisions').filter(({ about }) => about === 'via_locker/lockers')
    const vehicles = new Set(asked.map(({ candidate }) => candidate))
    expect(vehicles).toEqual(new Set(['truck-1', 'truck-2', 'truck-3', 'courier']))
    expect(asked.filter(({ chosen }) => chosen === true).length).toBeGreaterThanOrEqual(
      served.length,
    )
    const ways = rowsOf(day, 'decisions').filter(({ about }) => about === 'way')
    expect(new Set(ways.map(({ candidate }) => candidate))).toEqual(new Set(['via_locker/lockers']))
  })
})

test('without a supplier, or a vehicle, lockers without machines serve nobody', () => {
  const alone = { ...empty, suppliedBy: null }
  expect(dayIn({ sites: [warehouse, alone] }).figures.ordersServed).toBe(0)
  const still = { trucks: [], couriers: [], sites: [warehouse, empty] }
  expect(dayIn(still).figures.ordersServed).toBe(0)
})

test('a buyer who gives up gives the compartment back', () => {
  const buyers = {
    patienceMinutes: { mean: 40, deviation: 4 },
    fetchMinutes: { mean: 1, deviation: 0 },
  }
  const traffic = { noise: 1 }
  const day = dayIn({ traffic, sites: [warehouse, { ...empty, compartments: 1 }] }, buyers)
  const held = rowsOf(day, 'orders').filter(({ locker }) => locker !== null)
  const gaveUp = held.findIndex(({ lostBecause }) => lostBecause === 'gave_up_waiting')
  expect(gaveUp).toBeGreaterThanOrEqual(0)
  expect(held.slice(gaveUp + 1).some(({ servedSecond }) => servedSecond !== null)).toBe(true)
})

test('where parts are made at the lockers too, buyers take what is better for them', () => {
  const both = { ...lockers, suppliedBy: 'warehouse' }
  const kinds = rowsOf(dayIn({ sites: [warehouse, both] }), 'orders').map(({ kind }) => kind)
  expect(kinds).toEqual(expect.arrayContaining(['pickup', 'via_locker']))
})

describe('what nobody fetches', () => {
  const one = { ...lockers, compartments: 1 }
  const none = { neverFetchedShare: 1 }
  test('keeps its compartment to the end of the day', () => {
    const orders = rowsOf(dayIn({ sites: [warehouse, one] }, none), 'orders')
    expect(orders.filter(({ locker }) => locker !== null)).toHaveLength(1)
  })

  test('or is taken back by a vehicle that passes, and makes room for the next', () => {
    const day = dayIn({ sites: [warehouse, { ...one, takenBackAfterMinutes: 10 }] }, none)
    const held = rowsOf(day, 'orders').filter(({ locker }) => locker !== null)
    const back = held.filter(({ takenBackSecond }) => takenBackSecond !== null)
    expect(back.length).toBeGreaterThan(1)
    expect(held.length).toBeLessThanOrEqual(back.length + 1)
    for (const { order, lostBecause, takenBackSecond } of back) {
      expect(lostBecause).toBe('never_fetched')
      const leg = rowsOf(day, 'legs').find((row) => row['order'] === order)
      expect(isAt(leg!, 10)).toBe(true)
      expect(Number(takenBackSecond)).toBeGreaterThan(Number(leg!['arriveSecond']))
    }
  })

  test('of buyers who come later than that is lost for them', () => {
    const late = { neverFetchedShare: 0, fetchMinutes: { mean: 60, deviation: 0 } }
    const day = dayIn({ sites: [warehouse, { ...one, takenBackAfterMinutes: 10 }] }, late)
    expect(day.figures.ordersServed).toBe(0)
    expect(rowsOf(day, 'orders').some((row) => row['takenBackSecond'] !== null)).toBe(true)
  })
})

test.each([
  [{ ...lockers, suppliedBy: 'moon' }, '/sites/1/suppliedBy "moon" is not a site'],
  [{ ...lockers, suppliedBy: 'lockers' }, '/sites/1/suppliedBy is the site itself'],
  [{ ...lockers, takenBackAfterMinutes: 0 }, '/sites/1/takenBackAfterMinutes'],
])('a scenario of lockers that cannot be is refused', (wrong, message) => {
  expect(() => dayIn({ sites: [warehouse, wrong] })).toThrow(message)
  const hall = { ...warehouse, suppliedBy: 'lockers' }
  expect(() => dayIn({ sites: [hall, lockers] })).toThrow('/sites/0/suppliedBy is for lockers')
})
