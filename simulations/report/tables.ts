// Decides which tables a result is handed on as: the figures of every day, and all that the days with tables hold.
import { type Cell, figureNames, type Table } from '../day.ts'
import type { BriefDay } from '../experiments/experiment.ts'
import type { KeptExperiment } from '../experiments/resultFolder.ts'
import type { TuneResult } from '../experiments/tuneResult.ts'

/** By the name of their file, without its ending. */
export function tablesOf({ result, days }: KeptExperiment): Map<string, Table> {
  const tables = new Map<string, Table>()
  if (result.kind === 'run') tables.set('days', daysTable([result.days], [result.scenario.name]))
  if (result.kind === 'compare') {
    const names = result.scenarios.map(({ name }) => name)
    tables.set('days', daysTable(result.days, names))
  }
  if (result.kind === 'tune') tables.set('points', pointsTable(result))
  if (result.kind === 'live') tables.set('plan-and-reality', result.orders)
  for (const [at, { name: called, day }] of days.entries()) {
    const prefix = prefixOf(result, called, at, days.length)
    for (const [name, table] of Object.entries(day.tables ?? {})) tables.set(prefix + name, table)
  }
  return tables
}

function prefixOf(
  { kind }: KeptExperiment['result'],
  called: string,
  at: number,
  days: number,
): string {
  if (kind === 'live') return `${called}-`
  if (days === 1) return ''
  return at === 0 ? 'first-' : 'second-'
}

function daysTable(sides: readonly BriefDay[][], names: readonly string[]): Table {
  const rows = sides.flatMap((days, side) =>
    days.map(({ seed, replication, traceHash, figures }): Record<string, Cell> => {
      const about = { scenario: names[side] ?? '', seed, replication, traceHash }
      return Object.assign(about, figures)
    }),
  )
  const figures = Object.fromEntries(figureNames.map((name) => [name, 'number' as const]))
  return {
    columns: {
      scenario: 'string',
      seed: 'number',
      replication: 'number',
      traceHash: 'string',
      ...figures,
    },
    rows,
  }
}

function pointsTable({ points, front, best, plan }: TuneResult): Table {
  const parameters = Object.keys(plan.space.parameters)
  const columns: Table['columns'] = {
    point: 'number',
    name: 'string',
    days: 'number',
    isBest: 'boolean',
    onFront: 'boolean',
    objective: 'number',
  }
  for (const pointer of parameters) columns[pointer] = 'string'
  for (const name of figureNames) {
    columns[name] = 'number'
    columns[`${name}HalfWidth`] = 'number'
  }
  const rows = points.map((point, at) => {
    const row: Record<string, Cell> = {
      point: at,
      name: point.name,
      days: point.days,
      isBest: at === best,
      onFront: front.includes(at),
      objective: point.objective?.mean ?? null,
    }
    for (const pointer of parameters) row[pointer] = textOf(point.point[pointer])
    for (const name of figureNames) {
      row[name] = point.intervals[name]?.mean ?? null
      row[`${name}HalfWidth`] = point.intervals[name]?.halfWidth ?? null
    }
    return row
  })
  return { columns, rows }
}

/** A parameter that a point does not name is as it is in the scenario. */
const textOf = (value: Cell | undefined) => (value === undefined ? null : String(value))
