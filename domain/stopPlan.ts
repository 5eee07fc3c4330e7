// Decides which trucks bring what waits: for production as for the replay of a recording.
import { planBatch } from './dispatch/batch.ts'
import type { PlannedRequest } from './dispatch/batchFacts.ts'
import type { FleetVehicle, MadeOnBoard, OnBoardMachine, RouteStop } from './dispatch/facts.ts'
import { insertStop } from './dispatch/insert.ts'
import type { FailureCode, FailureFacts } from './failure.ts'
import { type LegTable, travelOf } from './legTable.ts'
import type { DispatchRules } from './model/dispatchRules.ts'
import type { Decision } from './model/order.ts'

/** Everything that a plan is decided from, as plain data: ids, indexes and figures, and no place. */
export interface StopFacts {
  nowMs: number
  seed: number
  vehicles: FleetVehicle[]
  /** What is open, in the order in which it was asked for, and what stands on routes and may still be moved. */
  requests: MadeOnBoard[]
  /** What an operator wants on a certain truck, before all else. */
  named: NamedStop[]
  legs: LegTable
}

/** No limit keeps it from its truck: an operator who names one knows why. */
export interface NamedStop {
  requestId: string
  vehicleId: string
  at: number
  serviceSeconds: number
  dueAtMs: number | null
  machines: OnBoardMachine[]
}

export interface StopPlan {
  /** Of the vehicles whose stops are others now, or in another order. */
  routes: { vehicleId: string; stops: PlacedStop[] }[]
  /** What was named, then what was open, then what stood on a route and moved. */
  stops: PlannedStop[]
}

export type PlacedStop = Pick<RouteStop, 'stopId' | 'readyAtMs' | 'dueAtMs'> & {
  /** Where the stop is for somebody's order. */
  requestId?: string
}

export interface PlannedStop {
  requestId: string
  /** Null where no truck brings it. */
  brought: Brought | null
  decision: Decision
  refusal: { code: FailureCode; facts: FailureFacts } | null
}

export interface Brought {
  vehicleId: string
  /** The truck on whose list it stood. */
  cameFrom: string | null
  machineId: string
  /** Whether it keeps the time that is booked for it. */
  inOwnSlot: boolean
  makeStartsAtMs: number
  readyAtMs: number
  arrivesAtMs: number
  handsOverAtMs: number
  beforeStopId: string | null
  deviationMeters: number
  deviationMinutes: number
}

export function planStops(facts: StopFacts, rules: DispatchRules): StopPlan {
  const travel = travelOf(facts.legs)
  const { nowMs, seed, requests } = facts
  const { vehicles, stops } = withNamed(facts, travel, rules)
  const isAsked = requests.length > 0
  const batch = isAsked ? planBatch({ nowMs, vehicles, requests, travel }, rules, seed) : null
  const planned = batch?.vehicles ?? vehicles
  const before = new Map(facts.vehicles.map((vehicle) => [vehicle.vehicleId, vehicle]))
  return {
    routes: planned.flatMap((vehicle) => changedRoute(before.get(vehicle.vehicleId), vehicle)),
    stops: [
      ...stops,
      ...(batch?.requests ?? []).flatMap((request) => plannedStop(request, planned)),
    ],
  }
}

/** How the stop of a fulfilment is called on every list. */
const stopIdOf = (requestId: string) => `${stopPrefix}${requestId}`
export const requestIdOf = (stopId: string) => stopId.slice(stopPrefix.length)
const stopPrefix = 'stop-'

/** A booked slot looks like a machine of its own, which nothing else is made on. */
export const slotOf = (machineId: string, requestId: string) =>
  `${machineId}${slotMark}${requestId}`
const slotMark = ' for '

function machineOf(machineId: string): { machineId: string; inOwnSlot: boolean } {
  const at = machineId.indexOf(slotMark)
  return at < 0
    ? { machineId, inOwnSlot: false }
    : { machineId: machineId.slice(0, at), inOwnSlot: true }
}

function withNamed(
  { nowMs, named, vehicles }: StopFacts,
  travel: ReturnType<typeof travelOf>,
  rules: DispatchRules,
): { vehicles: FleetVehicle[]; stops: PlannedStop[] } {
  const routes = new Map(vehicles.map((vehicle) => [vehicle.vehicleId, vehicle]))
  const stops = named.map((one): PlannedStop => {
    const { requestId, vehicleId, machines, ...asked } = one
    const route = routes.get(vehicleId)
    const alone = route ? [{ ...route, machines }] : []
    const choice = insertStop({ ...asked, nowMs }, alone, travel, withoutLimits(rules))
    const { chosen, decision } = choice
    if (!route || !chosen) return refused(requestId, 'vehicle_out_of_service', decision)
    const { position, readyAtMs, arrivesAtMs, ...placed } = chosen
    const { at, serviceSeconds } = asked
    const stopId = stopIdOf(requestId)
    const stop: RouteStop = { stopId, at, serviceSeconds, readyAtMs, dueAtMs: arrivesAtMs }
    routes.set(vehicleId, { ...route, stops: route.stops.toSpliced(position, 0, stop) })
    const brought: Brought = {
      vehicleId,
      cameFrom: null,
      ...machineOf(placed.machineId),
      makeStartsAtMs: placed.makeStartsAtMs,
      readyAtMs,
      arrivesAtMs,
      handsOverAtMs: placed.handsOverAtMs,
      beforeStopId: placed.beforeStopId,
      deviationMeters: placed.deviationMeters,
      deviationMinutes: placed.deviationSeconds / 60,
    }
    return { requestId, brought, decision, refusal: null }
  })
  return { vehicles: [...routes.values()], stops }
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

function refused(requestId: string, code: FailureCode, decision: Decision): PlannedStop {
  const reasons = decision.candidates.map(({ id, reason }) => [id, reason] as const)
  return {
    requestId,
    brought: null,
    decision,
    refusal: { code, facts: Object.fromEntries(reasons) },
  }
}

/** What stands where it stood says nothing. */
function plannedStop(request: PlannedRequest, vehicles: readonly FleetVehicle[]): PlannedStop[] {
  const { requestId, vehicleId, cameFrom, decision } = request
  if (vehicleId === null) {
    return cameFrom === null ? [refused(requestId, 'no_vehicle_fits', withMachines(decision))] : []
  }
  const slot = machineOf(request.machineId ?? '')
  if (vehicleId === cameFrom && (request.machineId === null || slot.inOwnSlot)) return []
  const { makeStartsAtMs, readyAtMs, arrivesAtMs, handsOverAtMs } = request
  const route = vehicles.find((vehicle) => vehicle.vehicleId === vehicleId)
  const at = route?.stops.findIndex(({ stopId }) => stopId === stopIdOf(requestId)) ?? -1
  const { deviationKilometres = 0, deviationMinutes = 0 } = request.terms
  const brought: Brought = {
    vehicleId,
    cameFrom,
    ...slot,
    makeStartsAtMs: makeStartsAtMs ?? readyAtMs,
    readyAtMs,
    arrivesAtMs: arrivesAtMs ?? readyAtMs,
    handsOverAtMs: handsOverAtMs ?? readyAtMs,
    beforeStopId: route?.stops[at + 1]?.stopId ?? null,
    deviationMeters: deviationKilometres * 1000,
    deviationMinutes,
  }
  return [{ requestId, brought, decision: withMachines(decision), refusal: null }]
}

/** Whoever reads it knows machines, not the slots on them. */
function withMachines(decision: Decision): Decision {
  return { ...decision, candidates: decision.candidates.map(withMachine) }
}

function withMachine(candidate: Decision['candidates'][number]): Decision['candidates'][number] {
  const { details } = candidate
  const told = details['machineId']
  if (typeof told !== 'string') return candidate
  return { ...candidate, details: { ...details, machineId: machineOf(told).machineId } }
}

function changedRoute(before: FleetVehicle | undefined, after: FleetVehicle): StopPlan['routes'] {
  const isSame =
    before?.stops.length === after.stops.length &&
    after.stops.every(({ stopId }, nth) => stopId === before.stops[nth]?.stopId)
  if (isSame) return []
  const stops = after.stops.map(({ stopId, readyAtMs, dueAtMs, requestId }) =>
    requestId === undefined
      ? { stopId, readyAtMs, dueAtMs }
      : { stopId, readyAtMs, dueAtMs, requestId },
  )
  return [{ vehicleId: after.vehicleId, stops }]
}
