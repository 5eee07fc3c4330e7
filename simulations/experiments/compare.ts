// Compares two scenarios on common random numbers: day by day with the same draws, so that what differs is
// what was decided and not who ordered.
import type { Day } from '../day.ts'
import {
  type Bench,
  type BriefDay,
  type Design,
  dayTask,
  type HashedScenario,
  inBrief,
  warmUpHoursOf,
} from './experiment.ts'
import { type Parting, partingOf, whereTheyPart } from './parting.ts'
import { looksOf, replicate } from './replications.ts'
import { type Differences, differences, type Intervals, summarize } from './summary.ts'

export interface CompareResult {
  kind: 'compare'
  scenarios: [HashedScenario, HashedScenario]
  design: Design
  warmUpHours: number
  days: [BriefDay[], BriefDay[]]
  intervals: [Intervals, Intervals]
  /** Second minus first. */
  differences: Differences
  reached: boolean
  /** Null where every decision of every day was the same. */
  parting: Parting | null
  /** Of one and the same replication, with their tables: where the two part, if they do. */
  examples: [Day, Day]
}

interface Pair {
  first: BriefDay
  second: BriefDay
  /** The number of the decision in which the two days part; null where they do not. */
  partsAt: number | null
}

export async function compareScenarios(
  scenarios: [HashedScenario, HashedScenario],
  design: Design,
  bench: Bench,
): Promise<CompareResult> {
  const { simulator, onProgress } = bench
  const { seed, stopping, level } = design
  const looks = looksOf(stopping)
  const warmUpHours = await warmUpHoursOf(scenarios, design, bench)
  const both = (replication: number, tables = false): Promise<[Day, Day]> => {
    const [first, second] = scenarios.map((scenario) =>
      simulator.simulate(dayTask(scenario, { seed, replication, warmUpHours, tables })),
    )
    return Promise.all([first!, second!])
  }
  const { results: pairs, reached } = await replicate<Pair>({
    stopping,
    atOnce: simulator.atOnce,
    run: async (replication) => {
      const [first, second] = await both(replication)
      return { first: inBrief(first), second: inBrief(second), partsAt: partingOf(first, second) }
    },
    intervals: (soFar) => differences(firsts(soFar), seconds(soFar), level, looks),
    onProgress,
  })
  const parting = pairs.find(({ partsAt }) => partsAt !== null)
  const examples = await both(parting?.first.replication ?? 0, true)
  return {
    kind: 'compare',
    scenarios,
    design,
    warmUpHours,
    days: [firsts(pairs), seconds(pairs)],
    intervals: [summarize(firsts(pairs), level, looks), summarize(seconds(pairs), level, looks)],
    differences: differences(firsts(pairs), seconds(pairs), level, looks),
    reached,
    parting: whereTheyPart(examples, parting?.partsAt ?? null),
    examples,
  }
}

const firsts = (pairs: readonly Pair[]) => pairs.map(({ first }) => first)
const seconds = (pairs: readonly Pair[]) => pairs.map(({ second }) => second)
