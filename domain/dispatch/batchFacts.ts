// What a batch is decided from, and the plan that comes of it.
import type { Candidate, Decision } from '../model/order.ts'
import type { DispatchRequest, FleetVehicle, LockerBank } from './facts.ts'
import type { Travel } from './routeTimes.ts'

/** Everything that a batch is decided from. */
export interface BatchFacts {
  nowMs: number
  vehicles: readonly FleetVehicle[]
  /**
   * What is asked for: the open ones in the order in which they came, and those that stand on a route already, known by
   * the `requestId` of their stops. Of those, what is not committed may be moved to another place or vehicle.
   */
  requests: readonly DispatchRequest[]
  travel: Travel
  /** Where nothing is said of a locker it has room for all. */
  lockers?: readonly LockerBank[]
}

export interface BatchPlan {
  /** With their new routes and machines; the same object where nothing changed. */
  vehicles: FleetVehicle[]
  /** In the order of the facts: what was open, and what stands on vehicles that were planned anew. */
  requests: PlannedRequest[]
  /** Of this plan, and of the one that deciding one by one would have made: what they add to what stood. */
  price: PlanPrice
  oneByOnePrice: PlanPrice
  foundBy: 'one_by_one' | 'together'
  /** Of the map that all travel times came from. */
  dataVersion: string
}

export interface PlanPrice {
  /** Requests that no vehicle takes: fewer is better, whatever it costs. */
  unserved: number
  /** All terms of all vehicles and requests under the weights of the rules. */
  score: number
}

export interface PlannedRequest {
  requestId: string
  /** Null where no vehicle can take it. */
  vehicleId: string | null
  /** The vehicle on whose route it stood; null where it was open. */
  cameFrom: string | null
  /** Null where it is not made on board. */
  machineId: string | null
  makeStartsAtMs: number | null
  readyAtMs: number
  /** Null where nothing is fetched, or it is on board already. */
  pickup: { arrivesAtMs: number; startsAtMs: number } | null
  /** Null where no vehicle takes it. */
  arrivesAtMs: number | null
  handsOverAtMs: number | null
  leavesAtMs: number | null
  /** What its place costs, term by term, with all else of the plan as it is; nothing where no vehicle takes it. */
  terms: Candidate['terms']
  /** Why there: every vehicle as it would be with all else of the plan as it is. */
  decision: Decision
}
