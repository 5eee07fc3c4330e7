// Runs one scenario until its figures are known well enough.
import { type Day, figureNames } from '../day.ts'
import {
  type Bench,
  type BriefDay,
  type Design,
  dayTask,
  type HashedScenario,
  inBrief,
  warmUpHoursOf,
} from './experiment.ts'
import { looksOf, replicate } from './replications.ts'
import { type Intervals, summarize } from './summary.ts'

export interface RunResult {
  kind: 'run'
  scenario: HashedScenario
  design: Design
  warmUpHours: number
  days: BriefDay[]
  intervals: Intervals
  /** False when a half-width that was asked for was not reached. */
  reached: boolean
  /** The day with its tables whose figures lie nearest to the means: the one to look at. */
  example: Day
}

export async function runScenario(
  scenario: HashedScenario,
  design: Design,
  bench: Bench,
): Promise<RunResult> {
  const { simulator, onProgress } = bench
  const { seed, stopping, level } = design
  const looks = looksOf(stopping)
  const warmUpHours = await warmUpHoursOf([scenario], design, bench)
  const { results: days, reached } = await replicate({
    stopping,
    atOnce: simulator.atOnce,
    run: async (replication) =>
      inBrief(await simulator.simulate(dayTask(scenario, { seed, replication, warmUpHours }))),
    intervals: (soFar) => summarize(soFar, level, looks),
    onProgress,
  })
  const intervals = summarize(days, level, looks)
  const replication = mostTypical(days, intervals)
  const example = await simulator.simulate(
    dayTask(scenario, { seed, replication, warmUpHours, tables: true }),
  )
  return { kind: 'run', scenario, design, warmUpHours, days, intervals, reached, example }
}

/** By the distance to the means in half-widths, so that no unit weighs more than another. */
function mostTypical(days: readonly BriefDay[], intervals: Intervals): number {
  const distance = ({ figures }: BriefDay) =>
    figureNames.reduce((sum, name) => {
      const { mean = 0, halfWidth = 0 } = intervals[name] ?? {}
      if (halfWidth === 0) return sum
      const off = (figures[name] - mean) / halfWidth
      return sum + (Number.isFinite(off) ? off ** 2 : 1e6)
    }, 0)
  const [nearest] = days.toSorted((one, other) => distance(one) - distance(other))
  return nearest?.replication ?? 0
}
