// `npm run sim -- compare`: which of two scenarios is better, and how sure that is.
import { type FigureName, figureNames } from '../day.ts'
import { compareScenarios, type CompareResult } from '../experiments/compare.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import {
  type Question,
  questionInWords,
  questionsOf,
  type Side,
  termsInWords,
} from '../experiments/parting.ts'
import { judge, verdict } from '../experiments/verdict.ts'
import { type Command, readFlags } from './command.ts'
import { designFlags, designHelp, figuresHelp, readDesign, readThreads } from './designFlags.ts'
import { keepIn, metered, titleOf, withThreads } from './run.ts'
import { proveWritable } from './outFolder.ts'
import { type Screen, table } from './screen.ts'

const help = `Usage: npm run sim -- compare <a.json> <b.json> [flags]

Simulates the same days under both: the same buyers at the same times, the same
luck with machines and streets. What differs is what was decided. Differences
are second minus first, day by day; half-widths with --replications auto are
those of the differences.

${designHelp}
  --out DIR              keeps the result and one day of each with all tables
                         there, for \`report\`

${figuresHelp}`

export const compare: Command = {
  summary: 'two scenarios on the same days: what differs, and how sure that is',
  help,
  async run(args, context) {
    const flags = { ...designFlags, out: { type: 'string' } } as const
    const { values, positionals } = readFlags(args, flags, ['two scenario files', 'a second file'])
    const design = readDesign(values)
    const first = await context.openScenario(positionals[0]!)
    const second = await context.openScenario(positionals[1]!)
    if (values.out !== undefined) await proveWritable(values.out)
    const found = await withThreads(context, readThreads(values), (simulator) => {
      return metered(context, `Comparing ${first.name} and ${second.name}`, (onProgress) =>
        compareScenarios([first, second], design, { simulator, onProgress }),
      )
    })
    context.screen.say(compareInWords(found, context.screen))
    await keepIn(values.out, found, context)
  },
}

function compareInWords(found: CompareResult, { columns }: Screen): string {
  const { scenarios, days, design, intervals, parting, reached } = found
  const [first, second] = scenarios
  const rows = figureNames.map((name) => {
    const means = intervals.map((side) => figureText(name, side[name]?.mean ?? Number.NaN))
    return [figureFacts[name].label, ...means].concat(differenceCells(found, name))
  })
  const level = `${Math.round(design.level * 1000) / 10} % interval`
  return [
    `first:  ${titleOf(first)}`,
    `second: ${titleOf(second)}`,
    '',
    table(['figure', 'first', 'second', 'difference', level, 'second is'], rows, columns),
    '',
    verdict([first.name, second.name], found.differences, days[0].length),
    ...(reached
      ? []
      : ['A half-width that was asked for was not reached: allow more replications.']),
    '',
    ...(parting === null
      ? ['Both decided the same on every day.']
      : [
          `They part in decision ${parting.decision + 1} of day ${parting.replication}:`,
          sideInWords('first', parting.first),
          sideInWords('second', parting.second),
        ]),
  ].join('\n')
}

function differenceCells({ differences }: CompareResult, name: FigureName): string[] {
  const difference = differences[name]
  if (difference === null) return ['-', '', '']
  const text = (value: number) => figureText(name, value, { signed: true })
  const { mean, low, high } = difference
  const judgement = judge(name, difference)
  const said = judgement === 'open' || judgement === 'same' ? '' : judgement
  return [text(mean), `${text(low)} to ${text(high)}`, said]
}

const shownCandidates = 4

function sideInWords(name: string, side: Side): string {
  const { order, second, chosen } = side
  if (order === null) return `  ${name}: has no decision left`
  const at = new Date((second ?? 0) * 1000).toISOString().slice(11, 19)
  const asked = questionsOf(side).flatMap(questionRows)
  return [`  ${name}: order ${order} at ${at} goes to ${chosen ?? 'nobody'}`, ...asked].join('\n')
}

function questionRows(question: Question): string[] {
  const { candidates } = question
  const rows = candidates.slice(0, shownCandidates).map((row) => {
    const { candidate, score, terms, reason, chosen } = row
    const why =
      score === null
        ? `ruled out: ${reason}`
        : `score ${Number(score).toFixed(2)}: ${termsInWords(String(terms))}`
    return `      ${chosen === true ? '*' : ' '} ${candidate}  ${why}`
  })
  const more = candidates.length - shownCandidates
  if (more > 0) rows.push(`        and ${more} more`)
  return [`    ${questionInWords(question)}:`, ...rows]
}
