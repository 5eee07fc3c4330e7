// Intervals are as good as their word: over many experiments they hold the truth at the rate that they claim.
import { expect, test } from '@jest/globals'
import { compareScenarios } from '../../../simulations/experiments/compare.ts'
import { runScenario } from '../../../simulations/experiments/run.ts'
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

async function rate(holds: (seed: number) => Promise<boolean>): Promise<number> {
  let held = 0
  for (let seed = 1; seed <= experiments; seed += 1) if (await holds(seed)) held += 1
  return held / experiments
}
