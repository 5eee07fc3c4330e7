// Two scenarios on common random numbers: narrow differences, a sentence that says no more than is known, and
// the decision in which they part.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { compareScenarios } from '../../../simulations/experiments/compare.ts'
import { partingOf } from '../../../simulations/experiments/parting.ts'
import { summarize } from '../../../simulations/experiments/summary.ts'
import { verdict } from '../../../simulations/experiments/verdict.ts'
import { inProcess } from './inProcess.ts'
import { type Queue, queueScenario } from './queueModel.ts'

const design = { seed: 3, stopping: { replications: 20 }, warmUp: { hours: 0 }, level: 0.95 }

const compare = (first: Partial<Queue>, second: Partial<Queue>) =>
  compareScenarios([queueScenario(first), queueScenario(second)], design, {
    simulator: inProcess(),
  })

test('both sides are given the same draws, and a difference is much surer than its sides', async () => {
  const simulator = inProcess()
  const scenarios = [queueScenario(), queueScenario({ serviceMinutes: 0.78 })] as const
  const found = await compareScenarios([...scenarios], design, { simulator })
  const asked = scenarios.map(({ hash }) =>
    simulator.asked
      .filter(({ scenarioHash, tables }) => scenarioHash === hash && !tables)
      .map(({ seed, replication }) => [seed, replication]),
  )
  expect(asked[0]).toHaveLength(20)
  expect(asked[1]).toEqual(asked[0])
  const { halfWidth, excludesZero, mean } = found.differences.minutesToBuyerP50!
  expect(excludesZero).toBe(true)
  expect(mean).toBeLessThan(0)
  expect(halfWidth).toBeLessThan(found.intervals[0].minutesToBuyerP50!.halfWidth / 3)
  // With draws of its own for each side the same days tell nothing.
  const apart = await compareScenarios([scenarios[0], scenarios[0]], design, {
    simulator: { atOnce: 1, simulate: (task) => simulator.simulate(task) },
  })
  expect(apart.differences.minutesToBuyerP50).toMatchObject({ mean: 0, halfWidth: 0 })
})

test('the sentence names what is surely better or worse, and claims nothing else', async () => {
  const names = ['as it is', 'faster'] as const
  const faster = await compare({}, { serviceMinutes: 0.78 })
  const better = verdict(names, faster.differences, 20)
  expect(better).toMatch(
    /^faster is better than as it is over 20 days with the same draws: served on/,
  )
  expect(better).toMatch(
    /time to the buyer, median -\d\.\d\d min \(-\d\.\d\d min to -\d\.\d\d min\)/,
  )
  const slower = await compare({ serviceMinutes: 0.78 }, {})
  expect(verdict(names, slower.differences, 20)).toMatch(/^faster is worse than/)
  const traded = await compare({}, { serviceMinutes: 0.78, leftShare: 0.3 })
  expect(verdict(names, traded.differences, 20)).toMatch(
    /trades against .*; worse by cost per order/,
  )
  const same = await compare({}, {})
  expect(verdict(names, same.differences, 20)).toMatch(/did exactly the same/)
  expect(same.parting).toBeNull()
  const open = await compare({}, { servers: 1, leftShare: 0.5001 })
  expect(verdict(names, open.differences, 20)).toMatch(
    /neither surely better nor surely worse|same/,
  )
})

test('who was asked for something else is not just better: the sentence says so', async () => {
  const fewer = await compare({}, { customers: 40 })
  expect(verdict(['all', 'half'], fewer.differences, 20)).toMatch(
    /\. But they were not asked for the same: orders placed -[\d.]+ \(-[\d.]+ to -[\d.]+\)\.$/,
  )
  const equal = await compare({}, { serviceMinutes: 0.78 })
  expect(verdict(['one', 'other'], equal.differences, 20)).not.toContain('not asked')
})

test('the first decision in which they part is shown with its candidates from both sides', async () => {
  const { parting, examples } = await compare({}, { leftShare: 0.45 })
  const { decision, first, second, replication } = parting!
  expect([first.chosen, second.chosen]).toEqual(['left', 'right'])
  expect([first.order, second.order]).toEqual([decision, decision])
  expect(first.candidates.map(({ candidate }) => candidate)).toEqual(['left', 'right'])
  const [one, other] = examples
  expect([one.replication, other.replication]).toEqual([replication, replication])
  const common = decision * 3
  expect(one.decisions.slice(0, common)).toEqual(other.decisions.slice(0, common))
})

test('days part where their first different decision is, or where one of them ends', () => {
  const triple = fc.tuple(...Array.from({ length: 3 }, () => fc.integer({ min: 0, max: 1 })))
  const days = fc.array(triple, { maxLength: 8 })
  fc.assert(
    fc.property(days, days, (first, second) => {
      const length = Math.max(first.length, second.length)
      const numbers = Array.from({ length }, (_, at) => at)
      const parts = numbers.find((at) => first[at]?.join() !== second[at]?.join()) ?? null
      const [one, other] = [first, second].map((day) => ({
        decisions: Int32Array.from(day.flat()),
      }))
      expect(partingOf(one!, other!)).toBe(parts)
    }),
  )
})

test('a figure that only some days have is summed up over those', async () => {
  const request = { seed: 1, warmUpHours: 0, tables: false, scenario: {}, scenarioHash: '' }
  const { simulate } = inProcess()
  const days = [0, 1, 2].map((replication) => simulate({ ...request, replication }))
  const [first, second, third] = await Promise.all(days)
  const without = { figures: { ...third!.figures, minutesToBuyerP50: Number.NaN } }
  const intervals = summarize([first!, second!, without])
  expect(intervals.minutesToBuyerP50?.count).toBe(2)
  expect(intervals.minutesToBuyerP95?.count).toBe(3)
  expect(summarize([first!]).minutesToBuyerP50).toBeNull()
})
