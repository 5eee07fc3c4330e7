// Puts a comparison into a sentence: what is surely better, what is surely worse, and what nobody can tell yet.
import { type FigureName, figureNames } from '../day.ts'
import { figureFacts, figureText } from './figures.ts'
import type { Difference, Differences } from './summary.ts'

export type Judgement = 'better' | 'worse' | 'differs' | 'same' | 'open'

/** Of the second against the first. */
export function judge(name: FigureName, difference: Difference | null): Judgement {
  if (difference === null) return 'open'
  if (difference.low === 0 && difference.high === 0) return 'same'
  if (!difference.excludesZero) return 'open'
  const { better } = figureFacts[name]
  if (better === null) return 'differs'
  return difference.mean > 0 === (better === 'more') ? 'better' : 'worse'
}

export function verdict(
  names: readonly [string, string],
  found: Differences,
  days: number,
): string {
  const { ordersPlaced: placed } = found
  const said = judged(names, found, `over ${days} days with the same draws`)
  if (placed === null || judge('ordersPlaced', placed) === 'same') return said
  return `${said} But they were not asked for the same: ${inWords('ordersPlaced', placed)}.`
}

function judged(
  [first, second]: readonly [string, string],
  found: Differences,
  over: string,
): string {
  const named = (wanted: Judgement) =>
    figureNames.filter((name) => judge(name, found[name]) === wanted)
  const better = named('better').map((name) => inWords(name, found[name]))
  const worse = named('worse').map((name) => inWords(name, found[name]))
  if (better.length + worse.length === 0) {
    return figureNames.every((name) => judge(name, found[name]) === 'same')
      ? `${second} and ${first} did exactly the same, ${over}.`
      : `${second} is neither surely better nor surely worse than ${first} ${over}: more days would tell.`
  }
  if (worse.length === 0) return `${second} is better than ${first} ${over}: ${listed(better)}.`
  if (better.length === 0) return `${second} is worse than ${first} ${over}: ${listed(worse)}.`
  return `${second} trades against ${first} ${over}: better by ${listed(better)}; worse by ${listed(worse)}.`
}

function inWords(name: FigureName, difference: Difference | null): string {
  const { mean, low, high } = difference!
  const text = (value: number) => figureText(name, value, { signed: true })
  return `${figureFacts[name].label} ${text(mean)} (${text(low)} to ${text(high)})`
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
