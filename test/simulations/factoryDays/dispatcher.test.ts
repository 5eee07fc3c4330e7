// Days between factories under the engine: every rule kept, nothing known before its time, and the
// same day again for the same facts.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { breachesOf } from '../../../simulations/factoryDays/breaches.ts'
import { runFactoryDay } from '../../../simulations/factoryDays/day.ts'
import { openDispatcher } from '../../../simulations/factoryDays/dispatcher.ts'
import type { Dispatcher } from '../../../simulations/factoryDays/dispatching.ts'
import type { FactoryDay } from '../../../simulations/factoryDays/factoryDay.ts'
import { defaultFactoryRules } from '../../../simulations/factoryDays/rules.ts'
import { resultOf, scoreOf } from '../../../simulations/factoryDays/score.ts'
import { oneByOne } from './oneByOne.ts'
import { smallTown, until } from './smallTown.ts'

const rules = { ...defaultFactoryRules, iterations: 10, rounds: 2 }
const sizes = fc.record({
  factories: fc.integer({ min: 2, max: 8 }),
  vehicles: fc.integer({ min: 2, max: 6 }),
  orders: fc.integer({ min: 1, max: 16 }),
  docks: fc.integer({ min: 1, max: 3 }),
})

/** What a dispatcher answered at each decision, in the order of their times. */
function decisionsOf(day: FactoryDay, atMostSeconds: number): string[] {
  const dispatcher = openDispatcher(day, rules)
  const decisions: string[] = []
  const recorded: Dispatcher = (situation) => {
    const plans = dispatcher(situation)
    if (situation.atSeconds <= atMostSeconds) decisions.push(JSON.stringify(plans))
    return plans
  }
  runFactoryDay(day, recorded)
  return decisions
}

test('every rule is kept and every order delivered', () => {
  fc.assert(
    fc.property(fc.nat(1_000), sizes, (seed, size) => {
      const day = smallTown(seed, size)
      const driven = runFactoryDay(day, openDispatcher(day, rules))
      expect(breachesOf(day, driven)).toEqual([])
    }),
    { numRuns: 8 },
  )
})

test('a decision is the same without the orders that come after it', () => {
  fc.assert(
    fc.property(fc.nat(1_000), sizes, fc.integer({ min: 1, max: 60 }), (seed, size, decision) => {
      const day = smallTown(seed, size)
      const atSeconds = 600 * decision
      const shorter = until(day, atSeconds)
      if (shorter.orders.length === 0) return
      // The shorter day ends when all that it knows is delivered.
      const known = decisionsOf(shorter, atSeconds)
      expect(decisionsOf(day, atSeconds).slice(0, known.length)).toEqual(known)
    }),
    { numRuns: 8 },
  )
})

test('equal days are driven alike', () => {
  const [day, again] = [0, 1].map(() => smallTown(3, { factories: 6, vehicles: 4, orders: 40 }))
  const driven = [day!, again!].map((one) => runFactoryDay(one, openDispatcher(one, rules)))
  expect(resultOf(again!, driven[1]!)).toEqual(resultOf(day!, driven[0]!))
})

test('bundled, with fewer kilometres and less lateness than one load at a time', () => {
  for (const seed of [1, 2]) {
    const day = smallTown(seed, { factories: 6, vehicles: 3, orders: 40 })
    const planned = scoreOf(day, runFactoryDay(day, openDispatcher(day, rules)))
    const plain = scoreOf(day, runFactoryDay(day, oneByOne(day.vehicles.length)))
    expect(planned.kilometres).toBeLessThan(0.8 * plain.kilometres)
    expect(planned.lateSeconds).toBeLessThan(0.2 * plain.lateSeconds)
  }
})
