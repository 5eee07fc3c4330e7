// The rules of a day between factories: docks, last in first out, binding destinations.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { runFactoryDay } from '../../../simulations/factoryDays/day.ts'
import type { Dispatcher } from '../../../simulations/factoryDays/dispatching.ts'
import { knownFrom, type FactoryDay } from '../../../simulations/factoryDays/factoryDay.ts'
import { BrokenRule } from '../../../simulations/factoryDays/planRules.ts'
import { scoreOf } from '../../../simulations/factoryDays/score.ts'
import { breachesOf } from '../../../simulations/factoryDays/breaches.ts'
import { oneByOne } from './oneByOne.ts'
import { smallTown } from './smallTown.ts'

/** Two vehicles in factory 0, 10 minutes from factory 1 and 20 from factory 2. */
function threeFactories(orders: [pickup: number, delivery: number, pallets: number][]): FactoryDay {
  return {
    ...smallTown(1, { factories: 3, vehicles: 2, orders: 0 }),
    vehicles: ['V_1', 'V_2'].map((name) => ({ name, capacityQuarters: 60, start: 0 })),
    orders: orders.map(([pickup, delivery, pallets], at) => ({
      id: `order ${at}`,
      pickup,
      delivery,
      createdSeconds: at,
      dueSeconds: 3_600,
      itemQuarters: Array.from({ length: pallets }, () => 4),
    })),
    loads: orders.map(([, , pallets], order) => ({
      order,
      firstItem: 0,
      endItem: pallets,
      quarters: 4 * pallets,
    })),
    ways: {
      driveSeconds: Int32Array.of(0, 600, 1_200, 600, 0, 600, 1_200, 600, 0),
      kilometres: Float64Array.of(0, 5, 10, 5, 0, 5, 10, 5, 0),
    },
  }
}

type Plans = ReturnType<Dispatcher>

/** The plans of each decision in turn, the last ones for all that follow. */
function script(...decisions: Plans[]): Dispatcher {
  let at = 0
  return () => decisions[Math.min(at++, decisions.length - 1)]!
}

const stop = (factory: number, unload: number[], load: number[]) => ({ factory, unload, load })

test('drives, is served and scores by hand-made figures', () => {
  const day = threeFactories([[0, 2, 2]])
  const plan = [stop(0, [], [0]), stop(2, [0], [])]
  const driven = runFactoryDay(day, script([plan, []], [plan.slice(1), []]))
  // Parked, so it comes at the decision; 1,800 s to the dock and 240 s a pallet; 20 minutes on.
  expect(driven.stops[0]).toEqual([
    { ...plan[0], arrivesAtSeconds: 600, leavesAtSeconds: 2_880 },
    { ...plan[1], arrivesAtSeconds: 4_080, leavesAtSeconds: 6_360 },
  ])
  expect(driven.stops[1]).toEqual([])
  expect(scoreOf(day, driven)).toMatchObject({ kilometres: 10, lateOrders: 1, lateSeconds: 480 })
  expect(scoreOf(day, driven).score).toBeCloseTo(10 / 2 + (10_000 * 480) / 3_600)
})

test('one dock serves who comes first, and keeps the other waiting', () => {
  const day = threeFactories([
    [0, 1, 1],
    [0, 1, 1],
  ])
  const oneDock = { ...day, factories: day.factories.map(({ id }) => ({ id, docks: 1 })) }
  const driven = runFactoryDay(oneDock, oneByOne(2))
  expect(driven.stops[1]).toMatchObject([
    { arrivesAtSeconds: 600, leavesAtSeconds: 600 + 2 * 2_040 },
    { arrivesAtSeconds: 600 + 2 * 2_040 + 600 },
  ])
  expect(breachesOf(oneDock, driven)).toEqual([])
  expect(breachesOf(day, driven)).toContain('factory 0: waits for a free dock')
})

const one = threeFactories([[0, 1, 1]])
const two = threeFactories([
  [0, 1, 8],
  [0, 2, 8],
])
const refusals: { rule: string; says: string; day: FactoryDay; decisions: Plans[] }[] = [
  {
    rule: 'last in, first out',
    says: 'load 0 of order order 0 is not the last of what is on board',
    day: { ...two, vehicles: two.vehicles.map((each) => ({ ...each, capacityQuarters: 80 })) },
    decisions: [[[stop(0, [], [0, 1]), stop(1, [0], []), stop(2, [1], [])], []]],
  },
  {
    rule: 'a destination binds',
    says: 'its destination is binding: factory 2',
    day: one,
    decisions: [
      [[stop(2, [], [])], []],
      [[stop(1, [], [])], []],
    ],
  },
  {
    rule: 'no more than the capacity',
    says: 'no room for load 1 of order order 1',
    day: two,
    decisions: [[[stop(0, [], [0, 1]), stop(2, [1], []), stop(1, [0], [])], []]],
  },
  {
    rule: 'unloaded at its own factory',
    says: 'load 0 of order order 0 goes elsewhere',
    day: one,
    decisions: [[[stop(0, [], [0]), stop(2, [0], [])], []]],
  },
  {
    rule: 'loaded at its own factory',
    says: 'load 0 of order order 0 is elsewhere',
    day: one,
    decisions: [[[stop(2, [], [0]), stop(1, [0], [])], []]],
  },
  {
    rule: 'loaded once',
    says: 'load 0 of order order 0 is not there to be loaded',
    day: one,
    decisions: [[0, 1].map(() => [stop(0, [], [0]), stop(1, [0], [])])],
  },
  {
    rule: 'empty in the end',
    says: 'it ends with 1 loads on board',
    day: one,
    decisions: [[[stop(0, [], [0])], []]],
  },
  {
    rule: 'what is overdue is planned',
    says: 'order order 0 is overdue and in no plan',
    day: one,
    decisions: [[[], []]],
  },
]

test.each(refusals)('$rule: a plan that breaks it is refused', ({ says, day, decisions }) => {
  const run = () => runFactoryDay(day, script(...decisions))
  expect(run).toThrow(BrokenRule)
  expect(run).toThrow(says)
})

test('every day that is driven keeps every rule, seen from outside', () => {
  const sizes = fc.record({
    factories: fc.integer({ min: 2, max: 8 }),
    vehicles: fc.integer({ min: 1, max: 6 }),
    orders: fc.integer({ min: 1, max: 40 }),
    docks: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(fc.nat(1_000), sizes, (seed, size) => {
      const day = smallTown(seed, size)
      const known: number[] = []
      const driven = runFactoryDay(day, oneByOne(size.vehicles), ({ atSeconds, waiting }) => {
        for (const { order } of waiting) known.push(atSeconds - knownFrom(day.orders[order]!))
      })
      expect(Math.min(...known)).toBe(0)
      expect(breachesOf(day, driven)).toEqual([])
    }),
    { numRuns: 60 },
  )
})
