// Finds the first decision in which two days with the same draws part, and what each had to choose from.
import type { Cell, Day } from '../day.ts'

export interface Parting {
  replication: number
  /** Its place among the decisions of both days, from 0. */
  decision: number
  first: Side
  second: Side
}

/** One day's side of it. Without an order where that day had no decision left. */
export interface Side {
  order: number | null
  second: number | null
  /** As the candidates call it; null where nothing was chosen. */
  chosen: string | null
  /** The rows of the day's table of decisions, the best first. */
  candidates: Record<string, Cell>[]
}

export interface Question {
  about: string
  candidates: Record<string, Cell>[]
}

/** Scores of one question compare; those of another are in another unit. */
export function questionsOf({ candidates }: Side): Question[] {
  const byAbout = Map.groupBy(candidates, ({ about }) => String(about ?? ''))
  return [...byAbout].map(([about, rows]) => ({ about, candidates: rows }))
}

/** What its scores are: `way, in cents`. */
export function questionInWords({ about, candidates }: Question): string {
  const unit = candidates[0]?.['unit'] ?? null
  const asked = about.replace('/', ', ').replaceAll('_', ' ')
  return unit === null ? asked : `${asked}, in ${String(unit)}`
}

/** The terms of a candidate, without those that are nothing. */
export function termsInWords(json: string): string {
  const terms: Record<string, number> = JSON.parse(json)
  const said = Object.entries(terms).filter(([, value]) => Math.abs(value) >= 0.005)
  return said.map(([name, value]) => `${inWords(name)} ${Number(value.toFixed(2))}`).join(', ')
}

const inWords = (name: string) =>
  name.replaceAll(/(?<=[a-z])[A-Z]/g, (sign) => ` ${sign.toLowerCase()}`)

/** Three numbers a decision: order, second, choice. */
const width = 3

export function partingOf(
  { decisions: first }: Pick<Day, 'decisions'>,
  { decisions: second }: Pick<Day, 'decisions'>,
): number | null {
  const common = Math.min(first.length, second.length)
  for (let at = 0; at < common; at += 1) {
    if (first[at] !== second[at]) return Math.floor(at / width)
  }
  return first.length === second.length ? null : Math.floor(common / width)
}

export function whereTheyPart(
  [first, second]: readonly [Day, Day],
  decision: number | null,
): Parting | null {
  if (decision === null) return null
  const { replication } = first
  return { replication, decision, first: sideOf(first, decision), second: sideOf(second, decision) }
}

function sideOf({ decisions, tables }: Day, decision: number): Side {
  const [order, second] = decisions.subarray(decision * width, decision * width + width)
  const rows = tables?.decisions.rows ?? []
  const candidates = rows.filter((row) => row['decision'] === decision)
  const chosen = candidates.find((row) => row['chosen'] === true)?.['candidate']
  return {
    order: order ?? null,
    second: second ?? null,
    chosen: chosen === undefined ? null : String(chosen),
    candidates,
  }
}
