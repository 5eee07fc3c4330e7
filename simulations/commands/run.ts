// `npm run sim -- run`: one scenario, day after day, until its figures are known well enough.
import { figureNames } from '../day.ts'
import type { HashedScenario } from '../experiments/experiment.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import { type Result, writeResult } from '../experiments/resultFolder.ts'
import { type Simulator, stoppedBy } from '../experiments/model.ts'
import { runScenario, type RunResult } from '../experiments/run.ts'
import { openThreads } from '../experiments/threads.ts'
import { type Command, type Context, readFlags } from './command.ts'
import { designFlags, designHelp, figuresHelp, readDesign, readThreads } from './designFlags.ts'
import { proveWritable } from './outFolder.ts'
import { type Screen, table } from './screen.ts'

const help = `Usage: npm run sim -- run <scenario.json> [flags]

Simulates days of a scenario and shows each figure with its interval.

${designHelp}
  --out DIR              keeps the result and a typical day with all its tables
                         there, for \`report\`

${figuresHelp}`

export const run: Command = {
  summary: 'simulates days of a scenario: each figure with its interval',
  help,
  async run(args, context) {
    const flags = { ...designFlags, out: { type: 'string' } } as const
    const { values, positionals } = readFlags(args, flags, ['a scenario file'])
    const design = readDesign(values)
    const scenario = await context.openScenario(positionals[0]!)
    if (values.out !== undefined) await proveWritable(values.out)
    const found = await withThreads(context, readThreads(values), (simulator) => {
      return metered(context, `Simulating ${scenario.name}`, (onProgress) =>
        runScenario(scenario, design, { simulator, onProgress }),
      )
    })
    context.screen.say(runInWords(found, context.screen))
    await keepIn(values.out, found, context)
  },
}

/** Opens threads, and closes them whatever comes. */
export async function withThreads<T>(
  { modelUrl, signal }: Context,
  threads: number | undefined,
  work: (simulator: Simulator) => Promise<T>,
): Promise<T> {
  const simulator = openThreads({ modelUrl, threads })
  try {
    return await work(stoppedBy(simulator, signal))
  } finally {
    await simulator.close()
  }
}

/** Shows how far it is. */
export function metered<T>(
  { screen }: Context,
  title: string,
  work: (onProgress: (progress: { done: number; expected: number }) => void) => Promise<T>,
): Promise<T> {
  const meter = screen.progress(title)
  return work(({ done, expected }) => meter.at(done, expected)).finally(meter.end)
}

/** Where `--out` says so. */
export async function keepIn(
  dir: string | undefined,
  result: Result,
  { screen }: Context,
): Promise<void> {
  if (dir === undefined) return
  await writeResult(dir, result)
  screen.say(`\nKept in ${dir}: npm run sim -- report ${dir}`)
}

export const titleOf = ({ name, hash }: HashedScenario) => `${name} (${hash.slice(0, 12)})`

function runInWords(found: RunResult, { columns }: Screen): string {
  const { scenario, days, warmUpHours, design, intervals, reached, example } = found
  const rows = figureNames.map((name) => {
    const interval = intervals[name]
    const text = (value: number) => figureText(name, value)
    if (interval === null) return [figureFacts[name].label, '-', '', '']
    const { mean, halfWidth, low, high } = interval
    return [
      figureFacts[name].label,
      text(mean),
      `± ${text(halfWidth)}`,
      `${text(low)} to ${text(high)}`,
    ]
  })
  const level = `${Math.round(design.level * 1000) / 10} % interval`
  const warmUp = warmUpHours === 0 ? '' : `, without the first ${warmUpHours} h`
  return [
    `${titleOf(scenario)}: ${days.length} days, seed ${design.seed}${warmUp}`,
    '',
    table(['figure', 'mean', '', level], rows, columns),
    '',
    `The day nearest to the means is replication ${example.replication}, trace ${example.traceHash.slice(0, 12)}.`,
    ...(reached
      ? []
      : ['A half-width that was asked for was not reached: allow more replications.']),
  ].join('\n')
}
