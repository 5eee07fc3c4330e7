// What a subcommand of the simulator is, and how it reads its flags.
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { isNativeError } from 'node:util/types'
import type { HashedScenario } from '../experiments/experiment.ts'
import type { Screen } from './screen.ts'

export interface Command {
  /** What stands behind its name in the list of commands. */
  summary: string
  help: string
  run: (args: string[], context: Context) => Promise<void>
  /** What becomes of it when it is stopped by hand. */
  whenStopped?: string
}

export interface Context {
  screen: Screen
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
  /** The module of the model that days are simulated with. */
  modelUrl: string
  openScenario: (path: string) => Promise<HashedScenario>
  /** The same from a document, as when a rule in it was changed. */
  checkScenario: (document: unknown, name: string) => HashedScenario
  env: Readonly<Record<string, string | undefined>>
}

/** The command was called wrongly: nothing has been done. */
export class UsageError extends Error {}

type Flags = NonNullable<ParseArgsConfig['options']>

/** The flags and just so many names beside them; what is not understood is refused. */
export function readFlags<F extends Flags>(args: string[], options: F, names: readonly string[]) {
  const { values, positionals } = parsed(args, options)
  const missing = names[positionals.length]
  if (missing !== undefined) throw new UsageError(`name ${missing}`)
  if (positionals.length > names.length) {
    throw new UsageError(`"${positionals[names.length]}" is too much`)
  }
  return { values, positionals }
}

function parsed<F extends Flags>(args: string[], options: F) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(misread(error, Object.keys(options)))
  }
}

/** What Node says of flags that it cannot read is for whoever wrote the program. */
function misread(error: unknown, known: readonly string[]): string {
  const said = isNativeError(error) ? error.message : String(error)
  const [, flag = ''] = /'(?:-\w, )?(-{1,2}[^' ]*)/.exec(said) ?? []
  if (said.startsWith('Unknown option')) {
    const names = known.map((name) => `--${name}`).join(', ')
    return `there is no flag ${flag}${names === '' ? '' : `: choose of ${names}`}`
  }
  if (said.includes('does not take an argument')) return `${flag} takes no value`
  const dashed = said.includes('ambiguous') ? `; one that begins with a dash as ${flag}=-1` : ''
  return flag === '' ? said : `${flag} needs a value${dashed}`
}

interface Limits {
  least: number
  most: number
  whole?: boolean
}

export function numberFlag(name: string, text: string, { least, most, whole }: Limits): number {
  const value = Number(text)
  const fits = text.trim() !== '' && value >= least && value <= most
  if (fits && (!whole || Number.isInteger(value))) return value
  const kind = whole ? 'a whole number' : 'a number'
  throw new UsageError(`--${name} must be ${kind} from ${least} to ${most}, not "${text}"`)
}
