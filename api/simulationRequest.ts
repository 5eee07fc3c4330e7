// Reads which scenarios a planner asks for: one that ships by its name, or a document, with other rules if need be.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DispatchRules } from '../domain/model/dispatchRules.ts'
import { loadScenario, ScenarioError } from '../simulations/scenario/load.ts'
import type { SimulationScenario } from '../storage/simulations.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'

export interface AskedScenario {
  scenario: string | Record<string, unknown>
  rules?: DispatchRules
  name?: string
}

const shippedDir = fileURLToPath(new URL('../simulations/scenarios', import.meta.url))
const shipped: ReadonlySet<string> = new Set(
  readdirSync(shippedDir).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []),
)

/** Completed with every default; whatever is wrong is named by its place in the request. */
export function scenarioOf(asked: AskedScenario, param: string): SimulationScenario {
  try {
    const document = documentOf(asked, `${param}/scenario`)
    const { scenario, hash } = loadScenario(withRules(document, asked.rules))
    return { name: asked.name ?? scenario.name, hash, document: { ...scenario } }
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    const errors = error.faults.slice(0, limits.reportedErrors).map(({ path, message }) => ({
      param: `${param}/scenario${path}`,
      message,
    }))
    const [first] = errors
    throw refuse('invalid_request', {
      ...(first ? { param: first.param, detail: `${first.param} ${first.message}.` } : {}),
      errors,
    })
  }
}

function documentOf({ scenario }: AskedScenario, param: string): object {
  if (typeof scenario === 'string') {
    if (shipped.has(scenario)) return loadScenario(join(shippedDir, `${scenario}.json`)).scenario
    throw unusable(param, `is none that ships: ${[...shipped].join(', ')}`)
  }
  refuseFiles(scenario, param)
  return scenario
}

/** Those of dispatch alone: what a scenario says of offers and machines stays. */
function withRules(document: object, dispatch: DispatchRules | undefined): object {
  if (dispatch === undefined) return document
  const others: unknown = 'rules' in document ? document.rules : {}
  return { ...document, rules: { ...Object(others), dispatch } }
}

/** Files are the server's own: whoever asks from outside names none. */
function refuseFiles(scenario: Record<string, unknown>, param: string): void {
  const named = [
    ['/extends', scenario['extends']],
    ['/map/file', Object(scenario['map']).file],
    ['/orders/recording', Object(scenario['orders']).recording],
    ['/orders/fittedTo', Object(scenario['orders']).fittedTo],
  ] as const
  const found = named.find(([, file]) => file !== undefined && file !== null)
  if (found) throw unusable(`${param}${found[0]}`, 'names a file, which the API does not read')
}

function unusable(param: string, message: string) {
  return refuse('invalid_request', { param, errors: [{ param, message }] })
}
