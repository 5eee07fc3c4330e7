// Plan and reality side by side: each figure, each order, and how far the platform lagged behind the clock.
import {
  type Cell,
  type Day,
  type DayTables,
  figureNames,
  type FigureName,
  type Table,
} from '../day.ts'
import type { HashedScenario } from '../experiments/experiment.ts'
import type { PlayedOrder } from './play.ts'

export interface LiveResult {
  kind: 'live'
  scenario: HashedScenario
  design: { seed: number; replication: number; speed: number; run: string }
  /** What of the scenario neither side played. */
  leftOut: string[]
  behind: Behind
  /** In the order of the figures: null where the side does not know it. */
  sides: { figure: FigureName; plan: number | null; reality: number | null }[]
  orders: Table
  plan: Day & { tables: DayTables }
  reality: Day & { tables: DayTables }
}

/** How far the platform lagged behind the clock, in minutes of the day. */
export interface Behind {
  /** From when an order was wanted until the platform had it. */
  ordered: Spread
  /** From when a part could have been begun until its machine began. */
  begun: Spread
}

export interface Spread {
  p50: number
  p95: number
  most: number
}

type Parts = Pick<LiveResult, 'scenario' | 'design' | 'leftOut' | 'plan' | 'reality'> & {
  played: readonly PlayedOrder[]
  /** Of each part, in minutes of the day. */
  begunLate: readonly number[]
}

export function liveResult({ played, begunLate, ...parts }: Parts): LiveResult {
  const { plan, reality } = parts
  const sides = figureNames.map((figure) => {
    return { figure, plan: known(plan.figures[figure]), reality: known(reality.figures[figure]) }
  })
  const orders = sideBySide(plan.tables.orders, reality.tables.orders, played)
  return { kind: 'live', ...parts, behind: behindOf(played, begunLate), sides, orders }
}

const known = (value: number) => (Number.isFinite(value) ? value : null)

export function behindOf(played: readonly PlayedOrder[], begunLate: readonly number[]): Behind {
  const ordered = played.filter(({ bought }) => bought !== null)
  return {
    ordered: spreadOf(ordered.map(({ behindSeconds }) => behindSeconds / 60)),
    begun: spreadOf(begunLate),
  }
}

function spreadOf(minutes: readonly number[]): Spread {
  const sorted = minutes.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { p50: at(0.5), p95: at(0.95), most: sorted.at(-1) ?? 0 }
}

export function behindInWords({ ordered, begun }: Behind): string {
  return [
    'How far the platform lagged behind the clock, in minutes of the day:',
    `  until it had an order: ${spreadText(ordered)}`,
    `  until a part was begun that could be: ${spreadText(begun)}`,
  ].join('\n')
}

function spreadText({ p50, p95, most }: Spread): string {
  const [half, nearlyAll, last] = [p50, p95, most].map((minutes) => minutes.toFixed(1))
  return `half within ${half} min, 95 % within ${nearlyAll}, the last after ${last}`
}

/** A few minutes of the day are what the platform needs; beyond that it is not the day that is measured. */
const tooFarBehindMinutes = 4

/** Null where the platform kept up. */
export function lagInWords({ ordered, begun }: Behind, speed: number): string | null {
  const most = Math.max(ordered.p95, begun.p95)
  if (most <= tooFarBehindMinutes) return null
  const enough = Math.max(1, Math.floor((speed * tooFarBehindMinutes) / most))
  return `Speed ${speed} asks more than this platform can do: one step in twenty came ${most.toFixed(1)} minutes of the day late, and so did what follows. --speed ${enough} should do.`
}

function sideBySide(plan: Table, reality: Table, played: readonly PlayedOrder[]): Table {
  const rows = plan.rows.map((planned, at): Record<string, Cell> => {
    const real = reality.rows[at] ?? {}
    return {
      order: planned['order'] ?? null,
      item: planned['item'] ?? null,
      placedSecond: planned['placedSecond'] ?? null,
      plannedBy: planned['by'] ?? null,
      broughtBy: real['by'] ?? null,
      plannedMinutes: waited(planned),
      realMinutes: waited(real),
      plannedLateMinutes: late(planned),
      realLateMinutes: late(real),
      plannedLoss: planned['lostBecause'] ?? null,
      realLoss: real['lostBecause'] ?? null,
      behindMinutes: played[at]?.bought ? played[at].behindSeconds / 60 : null,
    }
  })
  const columns: Table['columns'] = {
    order: 'number',
    item: 'string',
    placedSecond: 'number',
    plannedBy: 'string',
    broughtBy: 'string',
    plannedMinutes: 'number',
    realMinutes: 'number',
    plannedLateMinutes: 'number',
    realLateMinutes: 'number',
    plannedLoss: 'string',
    realLoss: 'string',
    behindMinutes: 'number',
  }
  return { columns, rows }
}

type Row = Record<string, Cell>

function waited({ servedSecond = null, placedSecond = null }: Row): number | null {
  if (servedSecond === null) return null
  return (Number(servedSecond) - Number(placedSecond)) / 60
}

function late({ servedSecond = null, dueSecond = null }: Row): number | null {
  if (servedSecond === null || dueSecond === null) return null
  return Math.max(0, Number(servedSecond) - Number(dueSecond)) / 60
}
