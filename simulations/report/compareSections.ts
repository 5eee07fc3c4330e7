// The part of a report that tells two scenarios apart: the verdict, every difference, and where they part.
import { figureNames } from '../day.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import {
  type Parting,
  type Question,
  questionInWords,
  questionsOf,
  type Side,
  termsInWords,
} from '../experiments/parting.ts'
import type { KeptResult } from '../experiments/resultFolder.ts'
import { judge, verdict } from '../experiments/verdict.ts'
import { differenceStrip } from './charts.ts'
import type { Sections } from './page.ts'
import { fromHourOf, hoursSection, levelText } from './runSections.ts'
import { escaped } from './svg.ts'

type Kept = Extract<KeptResult, { kind: 'compare' }>

export function compareSections(result: Kept): Sections {
  const { scenarios, days, design, warmUpHours, differences, parting, reached } = result
  const [first, second] = scenarios
  const warmUp = warmUpHours === 0 ? '' : `, without the first ${warmUpHours} h`
  const short = reached
    ? ''
    : '<p class="worse">A half-width that was asked for was not reached.</p>'
  const sides = [
    { days: days[0], name: first.name, className: 'first' },
    { days: days[1], name: second.name, className: 'second' },
  ]
  return {
    title: `${second.name} against ${first.name}`,
    about: `${days[0].length} days from seed ${design.seed}, the same draws for both${warmUp}. Scenarios ${first.hash.slice(0, 12)} and ${second.hash.slice(0, 12)}.`,
    body: `<section class="card verdict"><p>${escaped(verdict([first.name, second.name], differences, days[0].length))}</p>${short}</section>
<section class="card"><h2>Differences, second minus first, day by day</h2>
<table><tr><th>figure</th><th class="figure">first</th><th class="figure">second</th><th class="figure">difference</th><th class="figure">${levelText(design.level)} interval</th><th>against zero</th><th></th></tr>
${differenceRows(result)}</table></section>
${partingSection(parting, [first.name, second.name])}
${hoursSection(sides, fromHourOf(first.document))}`,
  }
}

function differenceRows({ intervals, differences }: Kept): string {
  const rows = figureNames.map((name) => {
    const means = intervals.map((side) => figureText(name, side[name]?.mean ?? Number.NaN))
    const cells = [figureFacts[name].label, ...means]
    const difference = differences[name]
    if (difference === null)
      return `<tr>${tableCells(cells)}<td class="soft" colspan="4">too few days have it</td></tr>`
    const text = (value: number) => figureText(name, value, { signed: true })
    const judgement = judge(name, difference)
    const said = judgement === 'better' || judgement === 'worse' ? judgement : ''
    return `<tr>${tableCells(cells)}<td class="figure ${said}">${text(difference.mean)}</td>
<td class="figure soft">${text(difference.low)} to ${text(difference.high)}</td><td>${differenceStrip(name, difference, judgement)}</td><td class="${said}">${said}</td></tr>`
  })
  return rows.join('\n')
}

const tableCells = ([name = '', ...figures]: readonly string[]) =>
  `<td>${escaped(name)}</td>${figures.map((figure) => `<td class="figure">${escaped(figure)}</td>`).join('')}`

function partingSection(parting: Parting | null, names: readonly [string, string]): string {
  if (parting === null)
    return '<section class="card"><h2>Where they part</h2><p>Nowhere: every decision of every day is the same.</p></section>'
  const { replication, decision, first, second } = parting
  return `<section class="card"><h2>Where they part</h2>
<p class="soft">Up to decision ${decision + 1} of day ${replication} both decided the same.</p>
<div class="columns">${sideCard(names[0], first)}${sideCard(names[1], second)}</div></section>`
}

const shownCandidates = 8

function sideCard(name: string, side: Side): string {
  const { order, second, chosen } = side
  if (order === null) return `<div><h3>${escaped(name)}</h3><p>has no decision left.</p></div>`
  const at = new Date((second ?? 0) * 1000).toISOString().slice(11, 19)
  const tables = questionsOf(side).map(questionTable).join('')
  return `<div><h3>${escaped(name)}</h3><p>Order ${order} at ${at} goes to ${escaped(chosen ?? 'nobody')}.</p>
${tables}</div>`
}

function questionTable(question: Question): string {
  const { candidates } = question
  const rows = candidates.slice(0, shownCandidates).map((row) => {
    const { candidate, score, terms, reason } = row
    const isChosen = row['chosen'] === true
    const why = score === null ? String(reason).replaceAll('_', ' ') : termsInWords(String(terms))
    const shownScore = score === null ? '' : Number(score).toFixed(3)
    return `<tr class="${isChosen ? 'chosen' : score === null ? 'ruled' : ''}"><td>${escaped(String(candidate))}${isChosen ? ' ✓' : ''}</td><td class="figure">${shownScore}</td><td class="terms">${escaped(why)}</td></tr>`
  })
  const more = candidates.length - shownCandidates
  return `<p class="soft">${escaped(questionInWords(question))}</p>
<table><tr><th>candidate</th><th class="figure">score</th><th>terms, or why not</th></tr>${rows.join('')}</table>${more > 0 ? `<p class="soft">and ${more} more</p>` : ''}`
}
