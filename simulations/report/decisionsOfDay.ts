// Picks the decisions that a report lets one drill into: orders that went wrong first, candidates best first.
import type { Cell, DayTables } from '../day.ts'

export interface ShownOrder {
  order: number
  kind: string
  placedSecond: number
  dueSecond: number | null
  servedSecond: number | null
  by: string | null
  lostBecause: string | null
  /** The lockers where a compartment was kept for it, and when a vehicle took it back from there. */
  locker: string | null
  takenBackSecond: number | null
  decisions: ShownDecision[]
}

export interface ShownDecision {
  second: number
  questions: ShownQuestion[]
}

/** Which way, or which vehicle for one: scores compare within, and have a unit of their own. */
export interface ShownQuestion {
  about: string
  unit: string
  candidates: {
    name: string
    chosen: boolean
    score: number | null
    terms: Record<string, number>
    reason: string | null
    details: Record<string, unknown>
  }[]
  /** Of those that are not shown: how many, by the reason against them. */
  others: Record<string, number>
}

/** An order of which nothing went wrong says little; so many are enough to look around in. */
const mostOrders = 300
const mostCandidates = 12

export function decisionsOfDay({ orders, decisions }: DayTables): ShownOrder[] {
  const byOrder = Map.groupBy(decisions.rows, (row) => Number(row['order']))
  const wrongFirst = orders.rows.toSorted((one, other) => trouble(other) - trouble(one))
  return wrongFirst
    .slice(0, mostOrders)
    .map((row): ShownOrder => {
      const order = Number(row['order'])
      const ofOrder = Map.groupBy(byOrder.get(order) ?? [], (each) => Number(each['decision']))
      return {
        order,
        kind: textOf(row['kind']) ?? '',
        placedSecond: Number(row['placedSecond']),
        dueSecond: numberOf(row['dueSecond']),
        servedSecond: numberOf(row['servedSecond']),
        by: textOf(row['by']),
        lostBecause: textOf(row['lostBecause']),
        locker: textOf(row['locker']),
        takenBackSecond: numberOf(row['takenBackSecond']),
        decisions: [...ofOrder.values()].map(decisionOf),
      }
    })
    .toSorted((one, other) => one.order - other.order)
}

/** Lost orders, then late ones by how late; those on time as they come. */
function trouble(row: Record<string, Cell>): number {
  const [due, served] = [numberOf(row['dueSecond']), numberOf(row['servedSecond'])]
  if (served === null) return Number.MAX_SAFE_INTEGER
  return due === null ? 0 : Math.max(0, served - due)
}

function decisionOf(rows: readonly Record<string, Cell>[]): ShownDecision {
  const questions = Map.groupBy(rows, (row) => textOf(row['about']) ?? '')
  return {
    second: Number(rows[0]?.['second'] ?? 0),
    questions: [...questions.values()].map(questionOf),
  }
}

function questionOf(rows: readonly Record<string, Cell>[]): ShownQuestion {
  const others: Record<string, number> = {}
  for (const row of rows.slice(mostCandidates)) {
    const reason = textOf(row['reason']) ?? 'dearer'
    others[reason] = (others[reason] ?? 0) + 1
  }
  const candidates = rows.slice(0, mostCandidates).map((row) => ({
    name: textOf(row['candidate']) ?? '',
    chosen: row['chosen'] === true,
    score: numberOf(row['score']),
    terms: JSON.parse(textOf(row['terms']) ?? '{}'),
    reason: textOf(row['reason']),
    details: JSON.parse(textOf(row['details']) ?? '{}'),
  }))
  const [about, unit] = ['about', 'unit'].map((name) => textOf(rows[0]?.[name]) ?? '')
  return { about: about ?? '', unit: unit ?? '', candidates, others }
}

/** Of a result of before a column was there: nothing. */
const textOf = (cell: Cell | undefined) =>
  cell === undefined || cell === null ? null : String(cell)
const numberOf = (cell: Cell | undefined) => (typeof cell === 'number' ? cell : null)
