// What a sweep finds is said in full, and its rules are those that the platform takes.
import { expect, test } from '@jest/globals'
import { readSpace } from '../../../simulations/experiments/space.ts'
import { labelsOf, objectiveInWords } from '../../../simulations/experiments/tunePlan.ts'
import { tunedRules } from '../../../simulations/experiments/tunedRules.ts'
import { checkRules } from '../../../simulations/recording/format.ts'
import { loadScenario } from '../../../simulations/scenario/load.ts'

const tuned = (dispatch: object, parameters: string[] = []) =>
  tunedRules(loadScenario({ name: 'tuned', rules: { dispatch } }).scenario, parameters)

test('the rules of the best scenario are dispatch rules, and gather as the platform does', () => {
  const rules = tuned({ maxStopDelayMinutes: 5 })
  expect(rules).not.toHaveProperty('batchIntervalMs')
  expect(checkRules(rules, 'rules.json')).toMatchObject({
    maxStopDelayMinutes: 5,
    batchIntervalMs: 400,
  })
})

test('an interval that was asked for is kept', () => {
  expect(tuned({ batchIntervalMs: 30_000 })).toHaveProperty('batchIntervalMs', 30_000)
  expect(tuned({}, ['/rules/dispatch/batchIntervalMs'])).toHaveProperty('batchIntervalMs', 0)
})

test('a scenario without dispatch rules has none to accept', () => {
  expect(tunedRules({ name: 'queue' }, [])).toBeNull()
})

test('parameters of one name are told apart by what they belong to', () => {
  const bounds = { from: 1, to: 4 }
  const label = labelsOf({
    parameters: { '/trucks/0/count': bounds, '/couriers/0/count': bounds, '/a/b': bounds },
  })
  expect(['/trucks/0/count', '/couriers/0/count', '/a/b'].map(label)).toEqual([
    'trucks/0/count',
    'couriers/0/count',
    'b',
  ])
})

test('the objective is said with its weights, signs and units', () => {
  const space = { method: 'grid', parameters: { '/a': { from: 1, to: 2 } } }
  expect(objectiveInWords(readSpace(space))).toBe(
    'orders lost + lateness, mean (min) + deviation per order (min) + 0.01 x cost per order (cents)',
  )
  const wished = { ...space, objective: { servedOnTimeShare: 100, minutesToBuyerP50: 1 } }
  expect(objectiveInWords(readSpace(wished))).toBe(
    '- 100 x served on time (0 to 1) + time to the buyer, median (min)',
  )
})
