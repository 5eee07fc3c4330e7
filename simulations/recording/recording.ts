// A recorded day: what was ordered, every dispatch decision with exactly what it was decided from, and how that ended.
import type { DeliveryMethod } from '../../domain/model/offer.ts'
import type { StopFacts, StopPlan } from '../../domain/stopPlan.ts'
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import type { Cell } from './cells.ts'

/** Rises when the shape changes; older ones are read, and what a reader does not know is refused. */
export const recordingVersion = 2

/**
 * Ids of vehicles, machines and own stops are as in the platform; fulfilments have numbers. Orders have no id and no
 * buyer, and their places are squares that several buyers share.
 */
export interface Recording {
  format: 'fabroute-recording'
  version: typeof recordingVersion
  /** YYYY-MM-DD, in UTC. */
  day: string
  /** Null: of all regions. */
  region: string | null
  /** By region and version, as `region/version`. */
  rules: Record<string, DispatchRules>
  /** In the order in which they were placed. */
  orders: RecordedOrder[]
  decisions: RecordedDecision[]
  outcomes: RecordedOutcome[]
}

/** One line of an order. Null is what version 1 did not tell, and what has not happened. */
export interface RecordedOrder {
  /** Whole seconds. */
  placedAtMs: number
  /** Null where too few shared even the largest square. */
  cell: Cell | null
  item: string | null
  units: number
  method: DeliveryMethod | null
  /** How long the buyer agreed to wait. */
  promisedMinutes: number | null
  deliveredMinutes: number | null
  /** From lying ready until it was fetched. */
  fetchedMinutes: number | null
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
