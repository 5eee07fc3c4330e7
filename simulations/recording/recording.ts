// A recorded day: every dispatch decision with exactly what it was decided from, and what became of what was decided.
import type { StopFacts, StopPlan } from '../../domain/stopPlan.ts'
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'

/** Rises when the shape changes; a reader refuses what it does not know. */
export const recordingVersion = 1

/** Ids of vehicles, machines and own stops are as in the platform; fulfilments have numbers, and nobody has a place. */
export interface Recording {
  format: 'fabroute-recording'
  version: typeof recordingVersion
  /** YYYY-MM-DD, in UTC. */
  day: string
  /** Null: of all regions. */
  region: string | null
  /** By region and version, as `region/version`. */
  rules: Record<string, DispatchRules>
  decisions: RecordedDecision[]
  outcomes: RecordedOutcome[]
}

export interface RecordedDecision {
  region: string
  decidedAtMs: number
  rulesVersion: number
  facts: StopFacts
  plan: StopPlan
}

/** What became of one stop. */
export interface RecordedOutcome {
  requestId: string
  state: string
  vehicleId: string | null
  /** What the buyer was promised. */
  p50AtMs: number
  p95AtMs: number
  deliveredAtMs: number | null
  parts: RecordedPart[]
}

export interface RecordedPart {
  machineId: string | null
  machineModel: string | null
  attempts: number
  printedSeconds: number | null
  grams: number | null
  failureCode: string | null
}

export const rulesKey = (region: string, version: number) => `${region}/${version}`
