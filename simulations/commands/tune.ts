// `npm run sim -- tune`: which rules are best, what they trade, and which of them matter.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { warmUpHoursOf } from '../experiments/experiment.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import { programHash } from '../experiments/program.ts'
import { writeResult, writeWhole } from '../experiments/resultFolder.ts'
import { readSpace } from '../experiments/space.ts'
import { tune as tuneHere, type TuneProgress } from '../experiments/tune.ts'
import {
  changedBy,
  expandPlan,
  labelsOf,
  objectiveInWords,
  type TunePlan,
} from '../experiments/tunePlan.ts'
import { tunedRules } from '../experiments/tunedRules.ts'
import type { TunedPoint, TuneResult } from '../experiments/tuneResult.ts'
import { plainly } from '../scenario/plainWords.ts'
import { type Command, type Context, readFlags, UsageError } from './command.ts'
import { designFlags, figuresHelp, readDesign, readThreads } from './designFlags.ts'
import { titleOf, withThreads } from './run.ts'
import { proveWritable } from './outFolder.ts'
import { type Screen, table } from './screen.ts'
import { tuneOnTemporal } from './tuneOnTemporal.ts'

const help = `Usage: npm run sim -- tune <scenario.json> --rules <space.json> [flags]

Tries combinations of rules on the same days and shows the best, the Pareto
front, and what each rule moves alone. Days are kept in the out folder: a sweep
that was interrupted goes on where it was, with the same result.

  --rules FILE           what is tuned, as below
  --out DIR              where days and the result are kept; may be left out
                         with --temporal
  --temporal HOST:PORT   spreads the days over the workers of the task queue
                         \`simulations\`; the workflow goes on when this command
                         is stopped, and the same command finds it again
  --namespace NAME       of Temporal (default)
  --warm-up HOURS        as of run, or welch
  --seed N               of all draws (1)
  --level SHARE          of the intervals (0.95)
  --threads N            days at once (as many as there are processors)

What is tuned is a file such as simulations/spaces/detours.json:

  {"method": "grid" | "latinHypercube" | "halving",
   "parameters": {"/rules/dispatch/maxDeviationMinutes":
     {"from": 8, "to": 40, "steps": 3, "scale": "linear" | "log", "whole": true}
     or {"values": [...]}},
   "points": combinations but for a grid, "replications": days of each,
   "halving": {"firstReplications", "keepShare"},
   "objective": {figure: weight}, "front": [figures]}

docs/reference/scenario.md has each field of a space with its default.

${figuresHelp}`

const flags = {
  'warm-up': designFlags['warm-up'],
  seed: designFlags.seed,
  level: designFlags.level,
  threads: designFlags.threads,
  rules: { type: 'string' },
  out: { type: 'string' },
  temporal: { type: 'string' },
  namespace: { type: 'string' },
} as const

export const tune: Command = {
  summary: 'tries rules: the best, the Pareto front, what each rule moves',
  help,
  whenStopped:
    'the same command goes on where it was; what was begun on Temporal goes on by itself',
  async run(args, context) {
    const { values, positionals } = readFlags(args, flags, ['a scenario file'])
    const { rules, out, temporal: address, namespace = 'default' } = values
    if (rules === undefined) throw new UsageError('name what is tuned with --rules')
    if (out === undefined && address === undefined) {
      throw new UsageError('say with --out where the days are kept')
    }
    const { stopping: _, ...design } = readDesign(values)
    const space = await readSpaceFile(rules)
    const scenario = await context.openScenario(positionals[0]!)
    const program = await programHash()
    const { seed, level } = design
    // Whatever is wrong with any combination is said before the first day runs.
    const points = expandPlan({ scenario, space, seed }, context.checkScenario)
    if (out !== undefined) await proveWritable(out)
    context.screen.say(`${titleOf(scenario)}: ${points.length} combinations`)
    const found = await withThreads(context, readThreads(values), async (simulator) => {
      const warmUpHours = await warmUpHoursOf([scenario], design, { simulator })
      const plan: TunePlan = { scenario, space, seed, level, warmUpHours, program }
      const { onProgress, end } = meterOf(context)
      const sweep =
        address === undefined
          ? tuneHere(plan, {
              simulator,
              check: context.checkScenario,
              cacheDir: join(out!, 'days'),
              onProgress,
            })
          : tuneOnTemporal(plan, { address, namespace, context, onProgress })
      return await sweep.finally(end)
    })
    context.screen.say(`\n${tuneInWords(found, context.screen)}`)
    if (out !== undefined) await keep(out, found, context)
  },
}

async function readSpaceFile(path: string) {
  try {
    return readSpace(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    const isOurs = error instanceof Error && !('code' in error || error.name === 'SyntaxError')
    const lines = (isOurs ? error.message : plainly(error)).split('\n')
    throw new Error(`${path} cannot be tuned:\n${lines.map((line) => `  ${line}`).join('\n')}`, {
      cause: error,
    })
  }
}

function meterOf({ screen }: Context) {
  let round = 0
  let meter: ReturnType<typeof screen.progress> | null = null
  const end = () => meter?.end()
  const onProgress = (now: TuneProgress) => {
    if (now.round !== round) {
      end()
      round = now.round
      meter = screen.progress(now.rounds === 1 ? 'Tuning' : `Round ${round} of ${now.rounds}`)
    }
    meter?.at(now.done, now.expected)
  }
  return { onProgress, end }
}

/** With what is added to it, a name stays as short as scenarios ask for. */
const mostName = 34

/** Beside the result, the scenario with the best rules, and the rules of dispatch as the platform takes them. */
async function keep(out: string, found: TuneResult, { screen }: Context): Promise<void> {
  await writeResult(out, found)
  const { document } = found.scenario
  const best: Record<string, unknown> = {
    ...changedBy(document, found.points[found.best]!.point),
  }
  const { name } = best
  if (typeof name === 'string') best['name'] = `${name.slice(0, mostName)} tuned`
  const write = (file: string, value: unknown) =>
    writeWhole(join(out, file), `${JSON.stringify(value, null, 2)}\n`)
  await write('best.json', best)
  const rules = tunedRules(best, Object.keys(found.plan.space.parameters))
  if (rules !== null) await write('rules.json', rules)
  const kept = rules === null ? '' : ', its dispatch rules alone as rules.json'
  screen.say(`\nKept in ${out}, the best as best.json${kept}: npm run sim -- report ${out}`)
}

const shownPoints = 12

function tuneInWords(found: TuneResult, { columns }: Screen): string {
  const { points, front, best, plan } = found
  const figures = plan.space.front
  const row = (at: number): string[] => {
    const point = points[at]!
    const means = figures.map((name) => figureText(name, point.intervals[name]?.mean ?? Number.NaN))
    return [`${at === best ? '* ' : '  '}${point.name}`, objectiveText(point), ...means]
  }
  const byObjective = (one: number, other: number) =>
    (points[one]?.objective?.mean ?? 0) - (points[other]?.objective?.mean ?? 0)
  const shown = front.toSorted(byObjective).slice(0, shownPoints)
  if (!shown.includes(best)) shown.unshift(best)
  if (!shown.includes(0)) shown.push(0)
  const head = ['combination', 'objective', ...figures.map((name) => figureFacts[name].label)]
  const more = front.length > shownPoints ? [`  and ${front.length - shownPoints} more`] : []
  return [
    'What no other combination beats in all of these (* the best by the objective; less is better):',
    '',
    table(head, shown.map(row), columns),
    ...more,
    '',
    `  objective: ${objectiveInWords(plan.space)}`,
    '',
    'What each parameter moves by itself, all others as they are:',
    '',
    tornadoTable(found, columns),
  ].join('\n')
}

const objectiveText = ({ objective }: TunedPoint) =>
  objective === null ? '-' : `${objective.mean.toFixed(3)} ± ${objective.halfWidth.toFixed(3)}`

function tornadoTable({ tornado, plan }: TuneResult, columns: number): string {
  const figures = plan.space.front
  const label = labelsOf(plan.space)
  const rows = tornado.flatMap(({ parameter, ends }) =>
    ends.map(({ value, differences }) => {
      const moved = figures.map((name) => {
        const difference = differences[name]
        const text = figureText(name, difference?.mean ?? Number.NaN, { signed: true })
        return difference?.excludesZero ? `${text} !` : `${text}  `
      })
      return [`${label(parameter)} ${value}`, ...moved]
    }),
  )
  const head = ['parameter', ...figures.map((name) => figureFacts[name].label)]
  return `${table(head, rows, columns)}\n\n  ! surely so: the interval excludes zero`
}
