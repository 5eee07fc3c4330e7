// The part of a report that sets a day on the platform beside its plan: every figure, every hour, every order.
import type { Cell, FigureName } from '../day.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import type { KeptResult } from '../experiments/resultFolder.ts'
import { behindInWords, lagInWords } from '../live/liveResult.ts'
import { timeText } from '../live/dayClock.ts'
import type { Sections } from './page.ts'
import { escaped } from './svg.ts'

/** More would make a page that nobody reads. */
const shownOrders = 300

type Kept = Extract<KeptResult, { kind: 'live' }>

export function liveSections(result: Kept): Sections {
  const { scenario, design, leftOut, behind } = result
  const { rows } = result.orders
  const more = rows.length - shownOrders
  const lag = lagInWords(behind, design.speed)
  const out = leftOut.map((sentence) => `<li>${escaped(sentence)}</li>`).join('')
  return {
    title: `${scenario.name}: plan and reality`,
    about: `Replication ${design.replication} of seed ${design.seed}, played at ${design.speed} times the clock, run ${design.run}. Scenario ${scenario.hash.slice(0, 16)}.`,
    body: `<section class="card verdict">${behindInWords(behind)
      .split('\n')
      .map((line) => `<p>${escaped(line)}</p>`)
      .join('')}${lag === null ? '' : `<p class="worse">${escaped(lag)}</p>`}</section>
<section class="card"><h2>Figures</h2>
<table><tr><th>figure</th><th class="figure">plan</th><th class="figure">reality</th><th class="figure">difference</th></tr>
${result.sides.map(figureRow).join('\n')}</table>
${out === '' ? '' : `<p class="soft">Left out on both sides:</p><ul class="soft">${out}</ul>`}</section>
<section class="card"><h2>Orders</h2>
<table><tr><th>order</th><th>item</th><th>placed</th><th>planned by</th><th class="figure">minutes</th><th>brought by</th><th class="figure">minutes</th><th class="figure">difference</th></tr>
${rows.slice(0, shownOrders).map(orderRow).join('\n')}</table>${more > 0 ? `<p class="soft">and ${more} more: they are in the tables.</p>` : ''}</section>`,
  }
}

function figureRow({ figure: name, plan, reality }: Kept['sides'][number]): string {
  const text = (value: number | null) =>
    value === null ? '<span class="soft">unknown</span>' : figureText(name, value)
  const difference = plan === null || reality === null ? null : reality - plan
  const told = difference === null ? '' : figureText(name, difference, { signed: true })
  return `<tr><td>${escaped(figureFacts[name].label)}</td><td class="figure">${text(plan)}</td><td class="figure">${text(reality)}</td><td class="figure ${judgement(name, difference)}">${told}</td></tr>`
}

function judgement(name: FigureName, difference: number | null): string {
  const { better } = figureFacts[name]
  if (better === null || difference === null || Math.abs(difference) < 1e-9) return ''
  return difference > 0 === (better === 'more') ? 'better' : 'worse'
}

function orderRow(row: Record<string, Cell>): string {
  const { plannedMinutes = null, realMinutes = null } = row
  const isBoth = plannedMinutes !== null && realMinutes !== null
  const difference = isBoth ? Number(realMinutes) - Number(plannedMinutes) : null
  const sign = difference !== null && difference > 0 ? '+' : ''
  const cells = [
    `<td>${String(row['order'])}</td><td>${escaped(String(row['item']))}</td>`,
    `<td>${timeText(Number(row['placedSecond']))}</td>`,
    side(row['plannedBy'], plannedMinutes, row['plannedLoss']),
    side(row['broughtBy'], realMinutes, row['realLoss']),
    `<td class="figure">${difference === null ? '' : `${sign}${difference.toFixed(1)}`}</td>`,
  ]
  return `<tr>${cells.join('')}</tr>`
}

function side(by: Cell = null, waited: Cell = null, loss: Cell = null): string {
  if (waited === null) {
    return `<td class="worse" colspan="2">${escaped(String(loss ?? 'unknown').replaceAll('_', ' '))}</td>`
  }
  return `<td>${escaped(String(by))}</td><td class="figure">${Number(waited).toFixed(1)}</td>`
}
