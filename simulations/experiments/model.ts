// What an experiment is made on: a model that prepares a scenario once and then simulates its days.
import type { Day, DayRequest } from '../day.ts'

/** A scenario with its rules, as it stands in its file: plain JSON, which goes to threads and machines. */
export type ScenarioDocument = Readonly<Record<string, unknown>>

/** A module that exports one as `model` is had by its address, by which threads import it. */
export interface Model<Prepared = unknown> {
  /** Reads streets, fits generators: whatever the days of a scenario have in common. */
  prepare: (scenario: ScenarioDocument) => Prepared | Promise<Prepared>
  simulateDay: (prepared: Prepared, request: DayRequest) => Day
}

export interface DayTask extends DayRequest {
  scenario: ScenarioDocument
  /** Tells scenarios apart, so that each is prepared once in each thread. */
  scenarioHash: string
}

/** Answers with a simulated day; where it is simulated is its own affair. */
export interface Simulator {
  /** Aborted, a day fails with the signal's reason at once, also in the middle of it. */
  simulate: (task: DayTask, signal?: AbortSignal) => Promise<Day>
  /** How many days it works on at once: asking for fewer leaves it idle. */
  atOnce: number
}

/** All its days end with the signal. */
export function stoppedBy({ atOnce, simulate }: Simulator, signal: AbortSignal): Simulator {
  return { atOnce, simulate: (task) => simulate(task, signal) }
}
