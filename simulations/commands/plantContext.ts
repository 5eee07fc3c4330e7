// Where the commands find the plant: its scenarios, and the module that simulates their days.
import { loadScenario, ScenarioError } from '../scenario/load.ts'
import type { HashedScenario } from '../experiments/experiment.ts'
import type { Context } from './command.ts'

export const plantContext: Pick<Context, 'modelUrl' | 'openScenario' | 'checkScenario'> = {
  modelUrl: new URL('../plant/model.ts', import.meta.url).href,
  openScenario: async (path) => hashed(path, path),
  checkScenario: (document, name) => hashed(Object(document), name),
}

/** One slip in a list is a fault of each of its entries. */
const mostFaults = 12

function hashed(source: string | object, name: string): HashedScenario {
  try {
    const { scenario, hash } = loadScenario(source)
    const isFile = typeof source === 'string'
    return { name: isFile ? scenario.name : name, document: scenario, hash }
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    const lines = error.message.split('\n')
    const shown = lines.slice(0, mostFaults)
    if (lines.length > mostFaults) shown.push(`and ${lines.length - mostFaults} more`)
    const said = shown.map((line) => `  ${line}`).join('\n')
    throw new Error(`${name} cannot be simulated:\n${said}`, { cause: error })
  }
}
