// Runs what a planner asked for over the API with the functions of the command line, in the threads of this worker.
import type { Experiment, ExperimentDeps } from '../activities/experimenting.ts'
import { ApplicationFailure } from '@temporalio/common'
import { type Day, figureNames } from '../simulations/day.ts'
import { compareScenarios } from '../simulations/experiments/compare.ts'
import type { Design, HashedScenario } from '../simulations/experiments/experiment.ts'
import { type Simulator, stoppedBy } from '../simulations/experiments/model.ts'
import type { KeptDay, KeptExperiment, Result } from '../simulations/experiments/resultFolder.ts'
import { runScenario } from '../simulations/experiments/run.ts'
import { verdict } from '../simulations/experiments/verdict.ts'
import { reportPage } from '../simulations/report/page.ts'
import type { SimulationDesign } from '../storage/simulations.ts'

type CheckScenario = (document: unknown, name: string) => HashedScenario

export function experimentsIn(simulator: Simulator, check: CheckScenario): ExperimentDeps['run'] {
  return async ({ kind, scenarios, design }, { signal, at }) => {
    const [first, second] = scenarios.map(({ document, name }) => checked(check, document, name))
    if (!first || (kind === 'compare' && !second)) {
      throw ApplicationFailure.nonRetryable('a scenario is missing')
    }
    const bench = {
      simulator: stoppedBy(simulator, signal),
      onProgress: ({ done, expected }: { done: number; expected: number }) => at(done, expected),
    }
    const found =
      kind === 'run' || !second
        ? await runScenario(first, designOf(design), bench)
        : await compareScenarios([first, second], designOf(design), bench)
    return experimentOf(found)
  }
}

/** What was a scenario when it was asked for, and is none for this worker, is so however often it is tried. */
function checked(check: CheckScenario, document: unknown, name: string): HashedScenario {
  try {
    return check(document, name)
  } catch (error) {
    throw ApplicationFailure.nonRetryable(error instanceof Error ? error.message : String(error))
  }
}

function designOf({ replications, seed, level, warmUpHours }: SimulationDesign): Design {
  return { seed, level, stopping: { replications }, warmUp: { hours: warmUpHours } }
}

/** What can be asked for over the API. */
type Asked = Extract<Result, { kind: 'run' | 'compare' }>

function experimentOf(found: Asked): Experiment {
  const page = reportPage(keptExperiment(found))
  const { result, said } = found.kind === 'run' ? ofRun(found) : ofCompare(found)
  return {
    result,
    said,
    files: [
      { name: 'report.html', mediaType: 'text/html', content: page },
      { name: 'result.json', mediaType: 'application/json', content: JSON.stringify(result) },
    ],
  }
}

/** As the command line keeps it for its report. */
function keptExperiment(found: Asked): KeptExperiment {
  if (found.kind === 'run') {
    const { example, ...result } = found
    return { result, days: [{ name: found.scenario.name, day: keptDay(example) }] }
  }
  const { examples, ...result } = found
  const names = found.scenarios.map(({ name }) => name)
  const days = examples.map((day, nth) => ({ name: names[nth] ?? '', day: keptDay(day) }))
  return { result, days }
}

function keptDay(day: Day): KeptDay {
  const { decisions: _, ...kept } = day
  return kept
}

function ofRun({ intervals, days, scenario }: Extract<Result, { kind: 'run' }>) {
  const figures = Object.fromEntries(figureNames.map((name) => [name, intervals[name]]))
  return { result: { figures }, said: `${days.length} days of ${scenario.name} are simulated` }
}

function ofCompare(found: Extract<Result, { kind: 'compare' }>) {
  const { intervals, differences, scenarios, days } = found
  const figures = Object.fromEntries(
    figureNames.map((name) => [
      name,
      {
        first: intervals[0][name],
        second: intervals[1][name],
        difference: differences[name],
      },
    ]),
  )
  const said = verdict([scenarios[0].name, scenarios[1].name], differences, days[0].length)
  return { result: { verdict: said, figures }, said }
}
