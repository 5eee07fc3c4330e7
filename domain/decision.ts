// How every decision shows its work: all candidates, each with its score terms or the reason
// against it, best first.
import type { Candidate, Decision } from './model/order.ts'

export type Terms = Record<string, number>
export type Details = Candidate['details']

/** The reason against something, with the figures that were compared. */
export interface Reason {
  code: string
  details: Details
}

export function reason(code: string, details: Details = {}): Reason {
  return { code, details }
}

/** A candidate that passed: its score is the weighted sum of its terms, and less is better. */
export function scored(
  id: string,
  terms: Terms,
  weights: Readonly<Record<string, number>>,
  details: Details = {},
): Candidate {
  return { id, score: weightedSum(terms, weights), terms, reason: null, details }
}

export function ruledOut(id: string, why: Reason, terms: Terms = {}): Candidate {
  return { id, score: null, terms, reason: why.code, details: why.details }
}

/** Puts those that passed first, by score and then by id, and those ruled out behind them by id. */
export function decide(kind: Decision['kind'], candidates: readonly Candidate[]): Decision {
  const ordered = candidates.toSorted(byScoreThenId)
  const best = ordered[0]
  return { kind, chosen: best?.score == null ? null : best.id, candidates: ordered }
}

export function byScoreThenId(a: Candidate, b: Candidate): number {
  if (a.score === null || b.score === null) {
    if (a.score === b.score) return byId(a.id, b.id)
    return a.score === null ? 1 : -1
  }
  return a.score - b.score || byId(a.id, b.id)
}

/** By code unit, the same on every machine whatever its locale. */
export function byId(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function weightedSum(terms: Terms, weights: Readonly<Record<string, number>>): number {
  return Object.entries(terms).reduce((sum, [name, value]) => sum + value * (weights[name] ?? 0), 0)
}
