// Experiments on the plant itself: draws that are truly common, and warm-ups that count where they should.
import { expect, test } from '@jest/globals'
import type { Day } from '../../../simulations/day.ts'
import { compareScenarios } from '../../../simulations/experiments/compare.ts'
import { plantContext } from '../../../simulations/commands/plantContext.ts'
import { simulator, town } from './town.ts'

const scenario = (rules: object) =>
  plantContext.checkScenario({ ...town, rules: { dispatch: rules } }, 'town')

test('under other rules the same buyers order the same at the same time, in every pair of days', async () => {
  const found = await compareScenarios(
    [scenario({}), scenario({ maxDeviationMinutes: 4, weights: { deviationMinutes: 5 } })],
    { seed: 11, stopping: { replications: 2 }, warmUp: { hours: 0 }, level: 0.95 },
    { simulator },
  )
  expect(found.parting).not.toBeNull()
  const [first, second] = found.examples
  expect(ordered(second)).toEqual(ordered(first))
  expect(ordered(first).length).toBeGreaterThan(20)
  expect(found.differences.ordersPlaced).toMatchObject({ mean: 0, halfWidth: 0 })
  const { parting, examples } = found
  const before = parting!.decision * 3
  const [one, other] = examples.map(({ decisions }) => decisions.slice(0, before))
  expect(one).toEqual(other)
  expect(parting!.first.candidates.some((row) => row['chosen'] === true)).toBe(true)
})

test('days of a replication are those of no other', async () => {
  const { document, hash } = scenario({})
  const days = [0, 1, 2].map((replication) =>
    simulator.simulate({
      scenario: document,
      scenarioHash: hash,
      seed: 11,
      replication,
      warmUpHours: 0,
      tables: true,
    }),
  )
  const texts = (await Promise.all(days)).map((day) => JSON.stringify(ordered(day)))
  expect(new Set(texts).size).toBe(3)
})

function ordered({ tables }: Day) {
  return tables!.orders.rows.map(({ order, item, placedSecond, lon, lat }) => {
    return { order, item, placedSecond, lon, lat }
  })
}
