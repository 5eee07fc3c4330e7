// Decides which trucks bring what waits to be brought: the plan that production writes and that a recording decides again.
import {
  type Insertion,
  insertStop,
  type OnBoardMachine,
  type VehicleRoute,
} from './dispatch/insert.ts'
import type { FailureCode, FailureFacts } from './failure.ts'
import { type LegTable, travelOf } from './legTable.ts'
import type { DispatchRules } from './model/dispatchRules.ts'
import type { Decision } from './model/order.ts'

/** Everything that a plan is decided from, as plain data: ids, indexes and figures, and no place. */
export interface StopFacts {
  nowMs: number
  vehicles: VehicleFacts[]
  requests: RequestFacts[]
  legs: LegTable
}

export type VehicleFacts = Omit<VehicleRoute, 'machines'>

export interface RequestFacts {
  /** The fulfilment that is to be brought. */
  requestId: string
  at: number
  serviceSeconds: number
  dueAtMs: number | null
  /** The truck that the buyer was offered, whose machine has its time: it goes first as long as it fits. */
  offeredVehicleId: string | null
  /** The truck that an operator named: no other is asked, and no limit keeps the stop from it. */
  wantedVehicleId: string | null
  /** By vehicle: what on board can make the part. */
  machines: Record<string, OnBoardMachine[]>
}

export interface StopPlan {
  /** In the order in which they were decided. */
  stops: PlannedStop[]
}

export interface PlannedStop {
  requestId: string
  /** Null where no truck brings it. */
  insertion: Insertion | null
  decision: Decision
  refusal: { code: FailureCode; facts: FailureFacts } | null
}

export function planStops(facts: StopFacts, rules: DispatchRules): StopPlan {
  const travel = travelOf(facts.legs)
  const routes = new Map(facts.vehicles.map((route) => [route.vehicleId, route]))
  const taken = new Map<string, number>()
  const stops = facts.requests.map((request) => {
    const vehicles = [...routes.values()].map((route) => manned(route, request, taken))
    const planned = planOne({ request, vehicles, nowMs: facts.nowMs }, travel, rules)
    const { insertion } = planned
    const route = insertion && routes.get(insertion.vehicleId)
    if (route) {
      routes.set(route.vehicleId, withStop(route, request, insertion))
      taken.set(insertion.machineId, insertion.readyAtMs)
    }
    return planned
  })
  return { stops }
}

/** How the stop of a fulfilment is called on every list. */
export const stopIdOf = (requestId: string) => `stop-${requestId}`

interface One {
  request: RequestFacts
  vehicles: readonly VehicleRoute[]
  nowMs: number
}

function planOne(
  { request, vehicles, nowMs }: One,
  travel: ReturnType<typeof travelOf>,
  inForce: DispatchRules,
): PlannedStop {
  const { requestId, at, serviceSeconds, dueAtMs, wantedVehicleId, offeredVehicleId } = request
  const asked = { at, serviceSeconds, dueAtMs, nowMs }
  const rules = wantedVehicleId === null ? inForce : withoutLimits(inForce)
  const first = wantedVehicleId ?? offeredVehicleId
  const alone = vehicles.filter(({ vehicleId }) => vehicleId === first)
  const offered = insertStop(asked, alone, travel, rules)
  const isEnough = offered.chosen !== null || wantedVehicleId !== null
  const choice = isEnough ? offered : insertStop(asked, vehicles, travel, rules)
  const { chosen: insertion, decision } = choice
  if (insertion) return { requestId, insertion, decision, refusal: null }
  const code = wantedVehicleId === null ? 'no_vehicle_fits' : 'vehicle_out_of_service'
  const reasons = decision.candidates.map(({ id, reason }) => [id, reason] as const)
  return { requestId, insertion, decision, refusal: { code, facts: Object.fromEntries(reasons) } }
}

function manned(
  route: VehicleFacts,
  { machines }: RequestFacts,
  taken: ReadonlyMap<string, number>,
): VehicleRoute {
  const onBoard = machines[route.vehicleId] ?? []
  return { ...route, machines: onBoard.map((machine) => busyUntil(taken, machine)) }
}

/** What was planned for others in the same breath keeps a machine busy. */
function busyUntil(taken: ReadonlyMap<string, number>, machine: OnBoardMachine): OnBoardMachine {
  const freeAtMs = Math.max(machine.freeAtMs, taken.get(machine.machineId) ?? 0)
  return { ...machine, freeAtMs }
}

function withStop(
  route: VehicleFacts,
  { requestId, at, serviceSeconds }: RequestFacts,
  { position, readyAtMs, arrivesAtMs }: Insertion,
): VehicleFacts {
  const stopId = stopIdOf(requestId)
  const stop = { stopId, at, serviceSeconds, readyAtMs, dueAtMs: arrivesAtMs }
  return { ...route, stops: route.stops.toSpliced(position, 0, stop) }
}

/** An operator who names a truck knows why; the stops that it has are served all the same. */
function withoutLimits(rules: DispatchRules): DispatchRules {
  return {
    ...rules,
    maxDeviationMinutes: Infinity,
    maxDeviationMeters: Infinity,
    maxStopDelayMinutes: Infinity,
    maxWaitingMinutes: Infinity,
    maxLatenessMinutes: null,
  }
}
