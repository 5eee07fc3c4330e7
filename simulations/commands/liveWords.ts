// A run in words: figures and orders of plan and reality beside each other.
import type { Cell } from '../day.ts'
import { figureFacts, figureText } from '../experiments/figures.ts'
import { timeText } from '../live/dayClock.ts'
import { behindInWords, type LiveResult } from '../live/liveResult.ts'
import { table } from './screen.ts'

/** More are in the tables that `--out` keeps. */
const shownOrders = 12

export function liveInWords(result: LiveResult): string {
  const { scenario, design, behind } = result
  return [
    `${scenario.name}, seed ${design.seed}, replication ${design.replication}, at speed ${design.speed}: run ${design.run}`,
    '',
    table(['figure', 'plan', 'reality', 'difference'], figureRows(result)),
    '',
    behindInWords(behind),
    '',
    ordersInWords(result),
  ].join('\n')
}

function figureRows({ sides }: LiveResult): string[][] {
  return sides.map(({ figure: name, plan, reality }) => {
    const isKnown = plan !== null && reality !== null
    const text = (value: number | null) => (value === null ? 'unknown' : figureText(name, value))
    const difference = isKnown ? figureText(name, reality - plan, { signed: true }) : ''
    return [figureFacts[name].label, text(plan), text(reality), difference]
  })
}

function ordersInWords({ orders }: LiveResult): string {
  const rows = orders.rows.toSorted((one, other) => apart(other) - apart(one))
  const shown = rows
    .slice(0, shownOrders)
    .toSorted((one, other) => Number(one['order']) - Number(other['order']))
    .map((row) => [
      `${String(row['order'])} ${String(row['item'])}`,
      timeText(Number(row['placedSecond'])),
      ending(row['plannedBy'], row['plannedMinutes'], row['plannedLoss']),
      ending(row['broughtBy'], row['realMinutes'], row['realLoss']),
    ])
  const more = rows.length - shown.length
  const head = ['order', 'placed', 'plan', 'reality']
  return [
    table(head, shown),
    ...(more > 0 ? [`  and ${more} more, which differ less: --out keeps all`] : []),
  ].join('\n')
}

const minutes = (value: number) => value.toFixed(1)

type Row = Record<string, Cell>

/** Whoever was served on one side alone differs most. */
function apart({ plannedMinutes = null, realMinutes = null }: Row): number {
  if (plannedMinutes === null && realMinutes === null) return 0
  if (plannedMinutes === null || realMinutes === null) return Infinity
  return Math.abs(Number(realMinutes) - Number(plannedMinutes))
}

function ending(by: Cell = null, waited: Cell = null, loss: Cell = null): string {
  if (waited === null) return String(loss ?? 'unknown').replaceAll('_', ' ')
  return `${String(by)}, ${minutes(Number(waited))} min`
}
