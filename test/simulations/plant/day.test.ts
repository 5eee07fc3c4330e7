// A simulated day is the same everywhere, loses no order, and has nothing in two places at once.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import type { Cell, Day } from '../../../simulations/day.ts'
import { simulateDay } from '../../../simulations/plant/day.ts'
import { prepare, type Prepared } from '../../../simulations/plant/prepare.ts'
import { placeAt, town } from './town.ts'

const request = { seed: 1, replication: 0, warmUpHours: 0, tables: true }
const day = (prepared: Prepared, changes = {}) => simulateDay(prepared, { ...request, ...changes })
const inTown = prepare(town)

test('the same day is the same to the last event, on every machine', () => {
  const { traceHash, events, figures } = day(inTown)
  expect({ traceHash, events }).toEqual({ traceHash: '72f90fd867414c70', events: 665 })
  expect(day(prepare(town))).toEqual(day(inTown))
  expect(day(inTown, { tables: false })).toMatchObject({ traceHash, figures, tables: null })
})

test('another seed or replication is another day', () => {
  const hashes = [{}, { seed: 2 }, { replication: 1 }].map((one) => day(inTown, one).traceHash)
  expect(new Set(hashes).size).toBe(3)
})

function placedIn({ tables }: Day) {
  return tables!.orders.rows.map(({ placedSecond, lon, lat, item }) => {
    return [placedSecond, lon, lat, item]
  })
}

function rounds({ layout }: Prepared) {
  return layout.vehicles.filter(({ id }) => id.startsWith('truck')).map(({ round }) => round)
}

describe('draws that rules do not move', () => {
  const patient = prepare({ ...town, rules: { dispatch: { weights: { minutesToBuyer: 0 } } } })
  test('orders come as before, and are decided otherwise', () => {
    const [one, other] = [day(inTown), day(patient)]
    expect(placedIn(other)).toEqual(placedIn(one))
    expect(other.decisions).not.toEqual(one.decisions)
  })

  test('a truck that is added moves no other and none of the orders', () => {
    const trucks = [...town.trucks, { id: 'extra', count: 2, machines: [{ model: 'Swift S' }] }]
    const more = prepare({ ...town, trucks })
    expect(placedIn(day(more))).toEqual(placedIn(day(inTown)))
    expect(rounds(more)).toEqual(rounds(inTown))
  })
})

test('what is decided in batches is the same again, and another day than one by one', () => {
  const dispatch = { batchIntervalMs: 60_000, improvementIterations: 50 }
  const together = prepare({ ...town, rules: { dispatch } })
  expect(day(together)).toEqual(day(together))
  expect(placedIn(day(together))).toEqual(placedIn(day(inTown)))
  expect(day(together).traceHash).not.toBe(day(inTown).traceHash)
})

test('a warm-up is left out of the figures of the day and stays in those of its hours', () => {
  const [whole, settled] = [day(inTown), day(inTown, { warmUpHours: 1 })]
  expect(whole.hourly).toHaveLength(3)
  expect(settled.hourly).toEqual(whole.hourly)
  const placed = whole.hourly.map(({ ordersPlaced }) => ordersPlaced)
  expect(whole.figures.ordersPlaced).toBe(placed[0]! + placed[1]! + placed[2]!)
  expect(settled.figures.ordersPlaced).toBe(placed[1]! + placed[2]!)
})

const scenarios = fc.record({
  perDay: fc.integer({ min: 0, max: 500 }),
  trucks: fc.integer({ min: 0, max: 4 }),
  couriers: fc.integer({ min: 0, max: 2 }),
  compartments: fc.integer({ min: 1, max: 5 }),
  failures: fc.constantFrom(0, 1, 30),
  patience: fc.integer({ min: 10, max: 150 }),
  refusal: fc.constantFrom(0, 0.3, 1),
  capacity: fc.integer({ min: 1, max: 6 }),
  maxWaiting: fc.constantFrom(0, 5, 30),
  stopDelay: fc.constantFrom(0, 15),
  broken: fc.boolean(),
  suppliedBy: fc.constantFrom(null, 'warehouse'),
  takenBackAfterMinutes: fc.constantFrom(null, 5, 30),
  neverFetchedShare: fc.constantFrom(0, 0.5),
  batchIntervalMs: fc.constantFrom(0, 400, 120_000),
  seed: fc.integer({ min: 0, max: 1e6 }),
})
type Drawn = typeof scenarios extends fc.Arbitrary<infer One> ? One : never

function townOf(drawn: Drawn) {
  const [warehouse, lockers] = town.sites
  const { compartments, suppliedBy, takenBackAfterMinutes, neverFetchedShare } = drawn
  const trucks = town.trucks.map((group) => ({
    ...group,
    count: Math.max(1, drawn.trucks),
    capacity: drawn.capacity,
    refusalShare: drawn.refusal,
  }))
  const first = drawn.trucks > 1 ? 'truck-1' : 'truck'
  return {
    ...town,
    sites: [warehouse, { ...lockers, compartments, suppliedBy, takenBackAfterMinutes }],
    trucks: drawn.trucks === 0 ? [] : trucks,
    couriers: drawn.couriers === 0 ? [] : [{ ...town.couriers[0], count: drawn.couriers }],
    orders: { generator: { perDay: drawn.perDay } },
    wear: { failures: drawn.failures },
    buyers: { patienceMinutes: { mean: drawn.patience, deviation: 20 }, neverFetchedShare },
    rules: {
      dispatch: {
        maxWaitingMinutes: drawn.maxWaiting,
        maxStopDelayMinutes: drawn.stopDelay,
        batchIntervalMs: drawn.batchIntervalMs,
        improvementIterations: 20,
      },
    },
    incidents: [
      { kind: 'machines_stop', at: 'lockers', hour: 9, minutes: 30 },
      ...(drawn.broken && drawn.trucks > 0
        ? [{ kind: 'truck_breaks_down', at: first, hour: 8.7, minutes: 45 }]
        : []),
    ],
  }
}

test('each order ends once, and every vehicle is in one place at a time', () => {
  fc.assert(
    fc.property(scenarios, (drawn) => {
      const { tables, figures, decisions } = day(prepare(townOf(drawn)), { seed: drawn.seed })
      const orders = tables!.orders.rows
      expect(orders).toHaveLength(figures.ordersPlaced)
      expect(figures.ordersServed + figures.ordersLost).toBe(orders.length)
      for (const { servedSecond, lostBecause, by } of orders) {
        expect([servedSecond, lostBecause].filter((end) => end === null)).toHaveLength(1)
        if (servedSecond !== null) expect(by).not.toBeNull()
      }
      for (let nth = 0; nth < decisions.length; nth += 3) {
        expect(decisions[nth + 1]!).toBeGreaterThanOrEqual(seconds(orders[decisions[nth]!]!))
      }
      const legs = Map.groupBy(tables!.legs.rows, ({ vehicle }) => vehicle)
      for (const driven of legs.values()) expect(gaps(driven)).toEqual([])
    }),
    { numRuns: 30, seed: 4 },
  )
})

function seconds({ placedSecond }: Record<string, Cell>): number {
  return Number(placedSecond)
}

/** Drives that begin before the last one ended, or elsewhere. */
function gaps(legs: readonly Record<string, Cell>[]): unknown[] {
  return legs.filter((leg, at) => {
    const last = legs[at - 1]
    if (!last) return false
    const isElsewhere = leg['fromLon'] !== last['toLon'] || leg['fromLat'] !== last['toLat']
    return isElsewhere || Number(leg['leaveSecond']) < Number(last['arriveSecond'])
  })
}

test('ways are told in cents and vehicles in points, each with what it was chosen from', () => {
  const { tables } = day(inTown)
  const { rows } = tables!.decisions
  const questions = [...Map.groupBy(rows, ({ decision, about }) => `${decision} ${about}`).values()]
  const units = new Map(rows.map(({ about, unit }) => [about === 'way', unit]))
  expect(new Set(rows.map(({ about, unit }) => `${about === 'way'} ${unit}`)).size).toBe(2)
  expect(units).toEqual(new Map([true, false].map((isWay) => [isWay, isWay ? 'cents' : 'points'])))
  for (const question of questions) {
    const scores = question.flatMap(({ score }) => (score === null ? [] : [Number(score)]))
    expect(scores).toEqual(scores.toSorted((one, other) => one - other))
    const taken = question.filter(({ chosen }) => chosen === true)
    expect(taken.length).toBeLessThanOrEqual(1)
    for (const { candidate, about, decision } of taken) {
      if (about !== 'way') continue
      const [kind, by] = String(candidate).split('/')
      const vehicles = rows.filter((row) => row['decision'] === decision && row['chosen'] === true)
      const names = vehicles.map((row) => [row['about'], row['candidate']])
      const isBrought = kind !== 'pickup'
      expect(names.slice(1).map(([, name]) => name)).toEqual(isBrought ? [by] : [])
    }
  }
})

test('buyers who would fetch it ask for no vehicle', () => {
  const buyers = { pickupShare: 1, deliveryShare: 0 }
  const { tables } = day(prepare({ ...town, buyers }))
  const { rows } = tables!.decisions
  expect(rows.length).toBeGreaterThan(5)
  expect(new Set(rows.map(({ about }) => about))).toEqual(new Set(['way']))
})

test('an order that nobody can bring, and one that nobody fetches, are lost with the reason', () => {
  const nobody = { ...town, trucks: [], couriers: [], buyers: { pickupShare: 0 } }
  const lost = day(prepare(nobody)).tables!.orders.rows.map(({ lostBecause }) => lostBecause)
  expect(new Set(lost)).toEqual(new Set(['no_way_to_fulfil']))
  const buyers = { pickupShare: 1, deliveryShare: 0, neverFetchedShare: 1 }
  const left = day(prepare({ ...town, buyers: { ...buyers, maxPickupMeters: { mean: 9_000 } } }))
  const codes = new Set(left.tables!.orders.rows.map(({ lostBecause }) => lostBecause))
  expect(codes).toContain('never_fetched')
  expect(left.figures.ordersServed).toBe(0)
})

test('orders that are listed come when and where they are listed', () => {
  const listed = [
    { hour: 8.5, place: placeAt(3), item: 'gear' },
    { hour: 8.25, place: placeAt(7), item: 'wall hook' },
  ]
  const { tables } = day(prepare({ ...town, orders: { listed } }))
  expect(tables!.orders.rows.map(({ placedSecond, item }) => [placedSecond, item])).toEqual([
    [29_700, 'wall hook'],
    [30_600, 'gear'],
  ])
})
