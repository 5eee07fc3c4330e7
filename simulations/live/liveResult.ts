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

/** Minutes of the day from when an order was wanted until the platform had it. */
export interface Behind {
  p50Minutes: number
  p95Minutes: number
  mostMinutes: number
}

type Parts = Pick<LiveResult, 'scenario' | 'design' | 'leftOut' | 'plan' | 'reality'> & {
  played: readonly PlayedOrder[]
}

export function liveResult({ played, ...parts }: Parts): LiveResult {
  const { plan, reality } = parts
  const sides = figureNames.map((figure) => {
    return { figure, plan: known(plan.figures[figure]), reality: known(reality.figures[figure]) }
  })
  const orders = sideBySide(plan.tables.orders, reality.tables.orders, played)
  return { kind: 'live', ...parts, behind: behindOf(played), sides, orders }
}

const known = (value: number) => (Number.isFinite(value) ? value : null)

export function behindOf(played: readonly PlayedOrder[]): Behind {
  const minutes = played
    .filter(({ bought }) => bought !== null)
    .map(({ behindSeconds }) => behindSeconds / 60)
    .toSorted((one, other) => one - other)
  const at = (share: number) => minutes[Math.max(0, Math.ceil(share * minutes.length) - 1)] ?? 0
  return { p50Minutes: at(0.5), p95Minutes: at(0.95), mostMinutes: minutes.at(-1) ?? 0 }
}

/** A minute or two is what the platform needs to answer; beyond that it is not the day that is measured. */
const tooFarBehindMinutes = 3

/** Null where the platform kept up. */
export function lagInWords({ p95Minutes }: Behind, speed: number): string | null {
  if (p95Minutes <= tooFarBehindMinutes) return null
  const enough = Math.max(1, Math.floor((speed * tooFarBehindMinutes) / p95Minutes))
  return `Speed ${speed} asks more than this platform can do: one order in twenty came ${p95Minutes.toFixed(1)} minutes of the day later than it was wanted. --speed ${enough} should do.`
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
