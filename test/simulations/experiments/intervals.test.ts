// Intervals are as good as their word: over many experiments they hold the truth at the rate that they claim.
import { describe, expect, test } from '@jest/globals'
import { compareScenarios } from '../../../simulations/experiments/compare.ts'
import { runScenario } from '../../../simulations/experiments/run.ts'
import { normal } from '../../../simulations/kernel/distributions.ts'
import { confidenceInterval, type Looks } from '../../../simulations/kernel/intervals.ts'
import { openStreams } from '../../../simulations/kernel/streams.ts'
import { studentQuantile } from '../../../simulations/kernel/student.ts'
import { inProcess } from './inProcess.ts'
import { queueScenario } from './queueModel.ts'

const experiments = 200
const design = { stopping: { replications: 8 }, warmUp: { hours: 0 }, level: 0.9 }
/** Three standard errors of a rate of nine in ten over so many experiments. */
const tolerance = 3 * Math.sqrt((0.9 * 0.1) / experiments)

test('of one scenario: the share of customers sent to the right is known', async () => {
  const scenario = queueScenario({ customers: 40, leftShare: 0.4 })
  const truth = 300 * 0.6
  const held = await rate(async (seed) => {
    const found = await runScenario(scenario, { ...design, seed }, { simulator: inProcess() })
    const { low, high } = found.intervals.costCentsPerOrder!
    return low <= truth && truth <= high
  })
  expect(Math.abs(held - 0.9)).toBeLessThan(tolerance)
})

test('of a difference: so is the share that another rule sends elsewhere', async () => {
  const customers = 40
  const scenarios = [0.4, 0.7].map((leftShare) => queueScenario({ customers, leftShare }))
  const truth = -300 * 0.3
  const held = await rate(async (seed) => {
    const found = await compareScenarios(
      [scenarios[0]!, scenarios[1]!],
      { ...design, seed },
      { simulator: inProcess() },
    )
    const { low, high } = found.differences.costCentsPerOrder!
    return low <= truth && truth <= high
  })
  expect(Math.abs(held - 0.9)).toBeLessThan(tolerance)
})

describe('looked at after each value until it is narrow enough', () => {
  const levels = [0.9, 0.95]
  const enough = [8, 20, 50]
  test.each(levels.flatMap((level) => enough.map((values) => [level, values] as const)))(
    'at %d, where %d values would do, it still holds at its rate',
    (level, values) => {
      const tries = 3_000
      const atMost = studentQuantile((1 + level) / 2, 1e6) / Math.sqrt(values)
      const held = heldWhenStopped({ level, atMost, tries, looks: 'after_each' })
      expect(held).toBeGreaterThan(level - 3 * Math.sqrt((level * (1 - level)) / tries))
      expect(held).toBeLessThan(level + (1 - level) / 2)
    },
  )

  test('which a plain interval does not', () => {
    const atMost = studentQuantile(0.975, 1e6) / Math.sqrt(20)
    const held = heldWhenStopped({ level: 0.95, atMost, tries: 4_000, looks: 'once' })
    expect(held).toBeLessThan(0.943)
  })
})

interface Stopped {
  level: number
  atMost: number
  tries: number
  looks: Looks
}

/** Of normal values around nothing: how often the interval holds that, when the first narrow one is taken. */
function heldWhenStopped({ level, atMost, tries, looks }: Stopped): number {
  const draws = openStreams(12).purpose('values')
  let held = 0
  for (let one = 0; one < tries; one += 1) {
    const stream = draws.of(one)
    const values = Array.from({ length: 10 }, () => normal(stream, 0, 1))
    for (;;) {
      const { low, high, halfWidth } = confidenceInterval(values, level, looks)
      if (halfWidth <= atMost) {
        if (low <= 0 && high >= 0) held += 1
        break
      }
      values.push(normal(stream, 0, 1))
    }
  }
  return held / tries
}

async function rate(holds: (seed: number) => Promise<boolean>): Promise<number> {
  let held = 0
  for (let seed = 1; seed <= experiments; seed += 1) if (await holds(seed)) held += 1
  return held / experiments
}
