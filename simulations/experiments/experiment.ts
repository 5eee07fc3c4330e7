// What run, compare and tune have in common: a scenario, its draws, how long and how sure.
import type { Day } from '../day.ts'
import type { DayTask, ScenarioDocument, Simulator } from './model.ts'
import type { Progress, Stopping } from './replications.ts'
import { type WarmUpWish, welchDays, welchHours } from './warmUp.ts'

export interface HashedScenario {
  /** As people call it: its file, or what is changed in it. */
  name: string
  document: ScenarioDocument
  hash: string
}

export interface Design {
  seed: number
  stopping: Stopping
  warmUp: WarmUpWish
  /** Of the intervals. */
  level: number
}

export interface Bench {
  simulator: Simulator
  onProgress?: ((progress: Progress) => void) | undefined
}

export function dayTask(
  { document, hash }: HashedScenario,
  request: Pick<DayTask, 'seed' | 'replication' | 'warmUpHours'> & { tables?: boolean },
): DayTask {
  return { tables: false, ...request, scenario: document, scenarioHash: hash }
}

/** By Welch's rule over days that are run for it alone; the longest of several scenarios. */
export async function warmUpHoursOf(
  scenarios: readonly HashedScenario[],
  { seed, warmUp }: Pick<Design, 'seed' | 'warmUp'>,
  { simulator }: Bench,
): Promise<number> {
  if ('hours' in warmUp) return warmUp.hours
  const pilots = scenarios.map(async (scenario) => {
    const days = Array.from({ length: welchDays }, (_, replication) =>
      simulator.simulate(dayTask(scenario, { seed, replication, warmUpHours: 0 })),
    )
    return welchHours(await Promise.all(days), warmUp.welch)
  })
  return Math.max(...(await Promise.all(pilots)))
}

/** What of a day goes into result files and over the wire. */
export type BriefDay = Pick<Day, 'seed' | 'replication' | 'figures' | 'hourly' | 'traceHash'>

export function inBrief({ seed, replication, figures, hourly, traceHash }: Day): BriefDay {
  return { seed, replication, figures, hourly, traceHash }
}
