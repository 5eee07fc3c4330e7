// `npm run sim -- replay`: decides a recorded day again: all is equal, or what other rules change.
import { readRecording, readRules } from '../recording/file.ts'
import type { Recording } from '../recording/recording.ts'
import {
  type Changed,
  type Difference,
  replay as decideAgain,
  whatIf,
  type WhatIf,
} from '../recording/replay.ts'
import { type Command, type Context, readFlags } from './command.ts'
import { type Screen, table } from './screen.ts'

const help = `Usage: npm run sim -- replay <recording.json.gz> [--rules <rules.json>]

Takes every recorded decision again from the facts of its time, with the
function that production uses.
Without --rules: with the rules of that time. All must be equal; the first
difference is told, and the command fails.
With --rules: what those rules would have decided. Each decision stands alone:
what would have followed from having decided otherwise before is told by a
simulation (npm run sim -- compare).

  --rules FILE  dispatch rules as JSON; what is left out is as by default`

export const replay: Command = {
  summary: 'decides a recorded day again: all equal, or what other rules change',
  help,
  async run(args, context) {
    const { values, positionals } = readFlags(args, { rules: { type: 'string' } }, ['a recording'])
    const recording = await readRecording(positionals[0]!)
    if (values.rules === undefined) return again(recording, context)
    const rules = await readRules(values.rules)
    const found = watched(recording, context, (onDecision) => whatIf(recording, rules, onDecision))
    context.screen.say(whatIfInWords(found, context.screen))
  },
}

function again(recording: Recording, context: Context): void {
  const found = watched(recording, context, (onDecision) => decideAgain(recording, onDecision))
  const { decisions, stops, equal, first } = found
  const share = Math.floor((1000 * equal) / Math.max(1, decisions)) / 10
  const said = `${decisions} decisions about ${stops} stops on ${recording.day}: ${equal} equal (${share} %)`
  if (first) throw new Error(`${said}\n${differenceInWords(first)}`)
  context.screen.say(said)
}

function watched<T>(
  { decisions, day }: Recording,
  { screen }: Context,
  work: (onDecision: (done: number) => void) => T,
): T {
  const meter = screen.progress(`Deciding ${day} again`)
  try {
    return work((done) => meter.at(done, decisions.length))
  } finally {
    meter.end()
  }
}

function differenceInWords({ decision, decidedAtMs, requestId, was, is }: Difference): string {
  const about = requestId === null ? '' : ` about ${requestId}`
  const when = new Date(decidedAtMs).toISOString()
  return `They part in decision ${decision}${about} at ${when}:\n  was ${was}\n  is  ${is}`
}

const toldAtMost = 20
const figure = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(1))

function whatIfInWords({ stops, changed, mean, unbrought }: WhatIf, { columns }: Screen): string {
  const share = Math.round((1000 * changed.length) / Math.max(1, stops)) / 10
  const rows = [
    [
      'minutes to the buyer, mean',
      figure(mean.was?.minutesToBuyer),
      figure(mean.is?.minutesToBuyer),
    ],
    [
      'minutes of deviation, mean',
      figure(mean.was?.deviationMinutes),
      figure(mean.is?.deviationMinutes),
    ],
    ['stops that no truck brings', String(unbrought.was), String(unbrought.is)],
  ]
  const left = changed.length - toldAtMost
  return [
    `${changed.length} of ${stops} stops (${share} %) would have been decided otherwise`,
    '',
    table(['', 'as it was', 'with these rules'], rows, columns),
    ...(changed.length > 0
      ? ['', table(changedHead, changed.slice(0, toldAtMost).map(changedRow), columns)]
      : []),
    ...(left > 0 ? [`and ${left} more`] : []),
  ].join('\n')
}

const changedHead = ['stop', 'at', 'was', 'is', 'minutes later', 'deviation more']

function changedRow({ requestId, decidedAtMs, was, is }: Changed): string[] {
  const more = (of: 'minutesToBuyer' | 'deviationMinutes') =>
    was && is ? (is[of] - was[of]).toFixed(1) : '-'
  return [
    requestId,
    new Date(decidedAtMs).toISOString().slice(11, 19),
    was?.vehicleId ?? 'none',
    is?.vehicleId ?? 'none',
    more('minutesToBuyer'),
    more('deviationMinutes'),
  ]
}
