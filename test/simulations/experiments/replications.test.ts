// How many days are enough: the same number whatever finishes first, and no more than that are looked at.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { runScenario } from '../../../simulations/experiments/run.ts'
import { replicate, type Stopping } from '../../../simulations/experiments/replications.ts'
import { byFigure, summarize } from '../../../simulations/experiments/summary.ts'
import { theoreticalWaitSeconds } from '../../../simulations/reference/queue.ts'
import { inProcess } from './inProcess.ts'
import { queueScenario, usualQueue } from './queueModel.ts'

const untilHalfMinute: Stopping = {
  halfWidths: [{ figure: 'minutesToBuyerP50', atMost: 0.5, relative: false }],
  least: 5,
  most: 400,
}
const design = { seed: 7, stopping: untilHalfMinute, warmUp: { hours: 0 }, level: 0.95 }

test('days are run until the half-width is reached, and no longer', async () => {
  const { days, intervals, reached } = await runScenario(queueScenario(), design, {
    simulator: inProcess(),
  })
  expect(reached).toBe(true)
  expect(intervals.minutesToBuyerP50!.halfWidth).toBeLessThanOrEqual(0.5)
  const before = summarize(days.slice(0, -1), 0.95, 'after_each').minutesToBuyerP50!
  expect(before.halfWidth).toBeGreaterThan(0.5)
  const { arrivalsPerMinute, serviceMinutes } = usualQueue
  const theory = theoreticalWaitSeconds({
    ...usualQueue,
    arrivalsPerSecond: arrivalsPerMinute / 60,
    meanServiceSeconds: serviceMinutes * 60,
    seed: 0,
  })
  // An empty start makes 500 customers wait somewhat less than theory's endless line.
  expect(intervals.minutesToBuyerP50!.mean).toBeGreaterThan(0.75 * (theory / 60))
  expect(intervals.minutesToBuyerP50!.mean).toBeLessThan(1.05 * (theory / 60))
})

test('the number of days does not depend on how many are simulated at once', async () => {
  const counts = [1, 2, 7].map(async (atOnce) => {
    const found = await runScenario(queueScenario(), design, { simulator: inProcess(atOnce) })
    return { days: found.days, example: found.example.traceHash }
  })
  const [one, two, seven] = await Promise.all(counts)
  expect(two).toEqual(one)
  expect(seven).toEqual(one)
})

test('a half-width relative to the mean, and one that the most days do not reach', async () => {
  const bench = { simulator: inProcess() }
  const figure = 'minutesToBuyerP50' as const
  const relative = { halfWidths: [{ figure, atMost: 0.1, relative: true }], least: 5, most: 400 }
  const found = await runScenario(queueScenario(), { ...design, stopping: relative }, bench)
  const { halfWidth, mean } = found.intervals.minutesToBuyerP50!
  expect(halfWidth / mean).toBeLessThanOrEqual(0.1)
  const impossible = { halfWidths: [{ figure, atMost: 1e-6, relative: false }], least: 5, most: 9 }
  const short = await runScenario(queueScenario(), { ...design, stopping: impossible }, bench)
  expect(short.reached).toBe(false)
  expect(short.days).toHaveLength(9)
})

test('results come in their order, whatever finishes first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 6 }),
      async (turns, atOnce) => {
        let [running, mostRunning] = [0, 0]
        const { results } = await replicate({
          stopping: { replications: turns.length },
          atOnce,
          run: async (replication) => {
            mostRunning = Math.max(mostRunning, (running += 1))
            for (let turn = 0; turn < turns[replication]!; turn += 1) await Promise.resolve()
            running -= 1
            return replication
          },
          intervals: () => byFigure(() => null),
        })
        expect(results).toEqual(turns.map((_, at) => at))
        expect(mostRunning).toBeLessThanOrEqual(atOnce)
      },
    ),
  )
})

test('the estimate of days to come is there from the first and ends where it ends', async () => {
  const expected: number[] = []
  const { days } = await runScenario(queueScenario(), design, {
    simulator: inProcess(),
    onProgress: (progress) => expected.push(progress.expected),
  })
  expect(expected).toHaveLength(days.length)
  expect(expected[0]).toBe(5)
  expect(expected.at(-1)).toBe(days.length)
})
