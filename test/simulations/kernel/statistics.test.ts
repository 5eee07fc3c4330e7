// Statistics say what was seen, and intervals cover the truth as often as they claim.
import { describe, expect, test } from '@jest/globals'
import { exponential, normal } from '../../../simulations/kernel/distributions.ts'
import {
  batchMeans,
  confidenceInterval,
  pairedDifference,
} from '../../../simulations/kernel/intervals.ts'
import { openLevel, openTally } from '../../../simulations/kernel/statistics.ts'
import { openStreams } from '../../../simulations/kernel/streams.ts'
import { studentProbability, studentQuantile } from '../../../simulations/kernel/student.ts'
import { warmUpLength, welchCurve } from '../../../simulations/kernel/warmUp.ts'
import { runQueue } from '../../../simulations/reference/queue.ts'

describe('what was seen', () => {
  test('a tally keeps its digits beside a large mean', () => {
    const tally = openTally()
    for (const value of [4, 7, 13, 16]) tally.add(1e9 + value)
    expect([tally.count(), tally.mean(), tally.variance()]).toEqual([4, 1e9 + 10, 30])
    expect([tally.least(), tally.greatest()]).toEqual([1e9 + 4, 1e9 + 16])
    tally.restart()
    expect([tally.count(), tally.mean(), tally.variance()]).toEqual([0, Number.NaN, Number.NaN])
  })

  test('a level counts for as long as it held', () => {
    const queue = openLevel(10)
    queue.change(12, 3)
    queue.set(16, 1)
    expect([queue.value(), queue.greatest(), queue.mean(20)]).toEqual([1, 3, (4 * 3 + 4 * 1) / 10])
    queue.restart(20)
    expect([queue.mean(30), queue.greatest()]).toEqual([1, 1])
    expect(() => queue.set(19, 0)).toThrow('a level known at 20 s is not asked about 19 s')
  })
})

describe('intervals', () => {
  test.each([
    [0.975, 1, 12.706204736174694],
    [0.975, 9, 2.262157162798205],
    [0.995, 4, 4.604094871349992],
    [0.975, 30, 2.0422724563012378],
    [0.9995, 2, 31.599054576445365],
    [0.975, 1e6, 1.959966356814107],
  ])("Student's quantile %d for %d degrees of freedom", (probability, freedom, quantile) => {
    expect(Math.abs(studentQuantile(probability, freedom) / quantile - 1)).toBeLessThan(1e-9)
    expect(studentQuantile(1 - probability, freedom)).toBeCloseTo(-quantile, 6)
    expect(studentProbability(quantile, freedom)).toBeCloseTo(probability, 10)
  })

  test.each([
    [0.8, 3],
    [0.95, 5],
    [0.99, 10],
  ])('of %d cover the mean that often, from %d values', (level, size) => {
    const runs = 2_000
    const stream = openStreams(1).purpose(`coverage ${level}`).of(0)
    let covered = 0
    for (let run = 0; run < runs; run += 1) {
      const values = Array.from({ length: size }, () => normal(stream, 50, 9))
      const { low, high } = confidenceInterval(values, level)
      if (low <= 50 && 50 <= high) covered += 1
    }
    const error = Math.sqrt((level * (1 - level)) / runs)
    expect(Math.abs(covered / runs - level)).toBeLessThan(4 * error)
  })

  test('of batch means cover the wait in a queue, whose values lean on each other', () => {
    const scenario = {
      arrivalsPerSecond: 0.5,
      servers: 1,
      meanServiceSeconds: 1,
      customers: 20_000,
    }
    const runs = 100
    let [byBatches, asIfIndependent] = [0, 0]
    for (let seed = 1; seed <= runs; seed += 1) {
      const { waitSeconds } = runQueue({ ...scenario, seed })
      const batches = batchMeans(waitSeconds, { batches: 20 })
      if (batches.low <= 1 && 1 <= batches.high) byBatches += 1
      const naive = confidenceInterval(waitSeconds)
      if (naive.low <= 1 && 1 <= naive.high) asIfIndependent += 1
      expect(Math.abs(batches.nextCorrelation)).toBeLessThan(0.85)
    }
    expect(byBatches / runs).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / runs))
    expect(asIfIndependent / runs).toBeLessThan(0.7)
  })

  test('of pairs see past what both runs share', () => {
    const streams = openStreams(3)
    const shared = streams.purpose('day').of(0)
    const own = streams.purpose('rule').of(0)
    const days = Array.from({ length: 10 }, () => exponential(shared, 100))
    const better = days.map((minutes) => minutes - 2 + normal(own, 0, 0.5))
    const paired = pairedDifference(days, better)
    expect(paired.excludesZero).toBe(true)
    expect(paired.low < -2 && -2 < paired.high).toBe(true)
    expect(confidenceInterval(days).halfWidth).toBeGreaterThan(20 * paired.halfWidth)
    expect(pairedDifference([1, 2, 3], [2, 1, 3]).excludesZero).toBe(false)
  })

  test('what says nothing is refused', () => {
    expect(() => confidenceInterval([1])).toThrow('two values')
    expect(() => confidenceInterval([1, 2], 1)).toThrow('a level')
    expect(() => pairedDifference([1, 2], [1])).toThrow('one length')
    expect(() => batchMeans([1, 2, 3], { batches: 4 })).toThrow('do not fill')
  })
})

describe('warm-up', () => {
  const stream = openStreams(1).purpose('warm-up').of(0)
  const replications = Array.from({ length: 20 }, () =>
    Float64Array.from(
      { length: 600 },
      (_, at) => 10 - 9 * Math.exp(-at / 40) + normal(stream, 0, 1),
    ),
  )

  test("Welch's ends where the smoothed mean has settled", () => {
    const length = warmUpLength(replications, { welch: { window: 15, tolerance: 0.05 } })
    // The mean itself is within 5 % of 10 from 40 ln(18) = 116 on.
    expect(length).toBeGreaterThan(95)
    expect(length).toBeLessThan(160)
  })

  test('a run that still climbs at its end has no warm-up that is over', () => {
    const climbing = [Array.from({ length: 100 }, (_, at) => at)]
    expect(warmUpLength(climbing, { welch: { window: 5, tolerance: 0.05 } })).toBeNull()
    expect(warmUpLength(climbing, { fixed: 100 })).toBeNull()
    expect(warmUpLength(climbing, { fixed: 30 })).toBe(30)
  })

  test('the curve is the mean over runs and neighbours, of which the first values have fewer', () => {
    expect(
      welchCurve(
        [
          [1, 2, 9, 4],
          [3, 4, 3, 4],
        ],
        1,
      ),
    ).toEqual([2, 11 / 3, 13 / 3])
    expect(() => welchCurve([[1, 2]], 1)).toThrow('cannot be smoothed')
  })
})
