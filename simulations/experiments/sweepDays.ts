// A worker's part in a sweep: days by their place in the plan, which it expands once.
import { dayTask, type HashedScenario } from './experiment.ts'
import type { Simulator } from './model.ts'
import {
  expandPlan,
  type KnownDay,
  nextRound,
  type Round,
  type TunePlan,
  type TunePoint,
  type TuneTask,
} from './tunePlan.ts'

export interface SweepDays {
  nextRound: (plan: TunePlan, known: readonly KnownDay[]) => Round
  simulate: (plan: TunePlan, task: TuneTask, signal: AbortSignal) => Promise<KnownDay>
}

export function openSweepDays(
  simulator: Simulator,
  check: (document: unknown, name: string) => HashedScenario,
): SweepDays {
  let last: { key: string; points: TunePoint[] } | null = null
  /** Sweeps come one after the other; that of the last one is enough. */
  const pointsOf = ({ scenario, space, seed }: TunePlan): TunePoint[] => {
    const key = JSON.stringify([scenario.hash, space, seed])
    if (last?.key !== key) last = { key, points: expandPlan({ scenario, space, seed }, check) }
    return last.points
  }
  return {
    nextRound: (plan, known) => nextRound(plan, pointsOf(plan), known),
    async simulate(plan, { at, replication }, signal) {
      const { seed, warmUpHours } = plan
      const { scenario } = pointsOf(plan)[at]!
      const { figures } = await simulator.simulate(
        dayTask(scenario, { seed, replication, warmUpHours }),
        signal,
      )
      return { at, replication, figures }
    },
  }
}
