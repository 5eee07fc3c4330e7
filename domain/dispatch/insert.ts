// Inserts one delivery into the routes of trucks that are already driving: the cheapest position
// that breaks no promise.
import { byId, decide, reason, ruledOut, scored, weightedSum, type Reason } from '../decision.ts'
import { latestArrivals, timeline, type RouteTimes, type Travel } from './routeTimes.ts'
import type { DispatchRules, DispatchWeights } from '../model/dispatchRules.ts'
import type { Candidate, Decision } from '../model/order.ts'

export interface RouteStop {
  stopId: string
  /** Index of its place in `travel`. */
  at: number
  serviceSeconds: number
  /** When what is handed over here is made; 0 where nothing has to be waited for. */
  readyAtMs: number
  /** Planned arrival; null where nobody was told a time. */
  dueAtMs: number | null
}

/** A machine on board that can make this part, with its time for it. */
export interface OnBoardMachine {
  machineId: string
  freeAtMs: number
  makingMinutes: number
  coolDownMinutes: number
}

export interface VehicleRoute {
  vehicleId: string
  inService: boolean
  /** Index of where it is now. */
  at: number
  stops: readonly RouteStop[]
  /**
   * So many first stops stay before anything new: 1 while the driver is on the way to the first.
   */
  committedStops: number
  shiftEndsAtMs: number
  machines: readonly OnBoardMachine[]
}

export interface DeliveryRequest {
  /** Index of the buyer's place. */
  at: number
  serviceSeconds: number
  dueAtMs: number | null
  nowMs: number
}

/**
 * One stop put into one route. Position 0 is before the first stop; `beforeStopId` is null at the
 * end.
 */
export interface Insertion {
  vehicleId: string
  machineId: string
  position: number
  beforeStopId: string | null
  makeStartsAtMs: number
  /** Made and cooled down. */
  readyAtMs: number
  arrivesAtMs: number
  /** When the buyer has it: on arrival, or when it is ready if that is later. */
  handsOverAtMs: number
  leavesAtMs: number
  deviationMeters: number
  deviationSeconds: number
  score: number
}

export interface DispatchChoice {
  chosen: Insertion | null
  /** The best insertion of each vehicle that can do it, best first. */
  feasible: Insertion[]
  decision: Decision
  /** Of the map that all travel times came from. */
  dataVersion: string
}

export function insertStop(
  request: DeliveryRequest,
  vehicles: readonly VehicleRoute[],
  travel: Travel,
  rules: DispatchRules,
): DispatchChoice {
  const insertions = new Map<string, Insertion>()
  const candidates = vehicles.map((vehicle) => {
    const best = bestInsertion(request, vehicle, travel, rules)
    if (best.insertion) insertions.set(vehicle.vehicleId, best.insertion)
    return best.candidate
  })
  const decision = decide('dispatch', candidates)
  const feasible = decision.candidates.flatMap(({ id }) => insertions.get(id) ?? [])
  return { chosen: feasible[0] ?? null, feasible, decision, dataVersion: travel.dataVersion }
}

interface Best {
  candidate: Candidate
  insertion: Insertion | null
}

/**
 * Every position costs O(1): what came before is known from the timeline, what may follow from the
 * latest arrivals.
 */
function bestInsertion(
  request: DeliveryRequest,
  vehicle: VehicleRoute,
  travel: Travel,
  rules: DispatchRules,
): Best {
  const { vehicleId } = vehicle
  const out = (why: Reason): Best => ({ candidate: ruledOut(vehicleId, why), insertion: null })
  if (!vehicle.inService) return out(reason('out_of_service'))
  const machine = soonestReady(vehicle.machines, request.nowMs)
  if (!machine) return out(reason('no_machine_on_board_fits'))

  const route = timeline(vehicle, travel, request.nowMs)
  const latest = latestArrivals(vehicle, route, travel, rules.maxStopDelayMinutes)
  const scene = { request, vehicle, travel, rules, route, latest, machine }
  const first = Math.min(vehicle.committedStops, vehicle.stops.length)
  let best: Trial | null = null
  for (let position = first; position <= vehicle.stops.length; position++) {
    const trial = tryPosition(scene, position)
    if (!best || isBetter(trial, best)) best = trial
  }
  if (!best) return out(reason('no_position'))
  const facts = factsOf(scene, best)
  if (best.why) {
    const details = { ...facts, ...best.why.details }
    const terms = best.why.code === 'unreachable' ? {} : best.terms
    return {
      candidate: ruledOut(vehicleId, { code: best.why.code, details }, terms),
      insertion: null,
    }
  }
  const candidate = scored(vehicleId, best.terms, { ...rules.weights }, facts)
  return { candidate, insertion: best.insertion }
}

interface Scene {
  request: DeliveryRequest
  vehicle: VehicleRoute
  travel: Travel
  rules: DispatchRules
  route: RouteTimes
  latest: ReturnType<typeof latestArrivals>
  machine: Ready
}

interface Trial {
  terms: Record<keyof DispatchWeights, number>
  insertion: Insertion
  why: Reason | null
}

/**
 * What fits before what does not; then the least score; then the earlier position, which was tried
 * first.
 */
function isBetter(trial: Trial, best: Trial): boolean {
  if ((trial.why === null) !== (best.why === null)) return trial.why === null
  return trial.insertion.score < best.insertion.score
}

function tryPosition(scene: Scene, position: number): Trial {
  const { request, vehicle, travel, rules, route, machine } = scene
  const previous = vehicle.stops[position - 1]
  const next = vehicle.stops[position]
  const from = previous?.at ?? vehicle.at
  const added = (cost: (a: number, b: number) => number) =>
    next
      ? cost(from, request.at) + cost(request.at, next.at) - cost(from, next.at)
      : cost(from, request.at)

  const departsAtMs = route.departsAtMs[position - 1] ?? request.nowMs
  const arrivesAtMs = departsAtMs + travel.seconds(from, request.at) * 1000
  const handsOverAtMs = Math.max(arrivesAtMs, machine.readyAtMs)
  const lateMs = request.dueAtMs === null ? 0 : Math.max(0, handsOverAtMs - request.dueAtMs)
  const deviationSeconds = added((a, b) => travel.seconds(a, b))
  const deviationMeters = added((a, b) => travel.meters(a, b))
  const terms = {
    minutesToBuyer: (handsOverAtMs - request.nowMs) / 60e3,
    latenessMinutes: lateMs / 60e3,
    deviationMinutes: deviationSeconds / 60,
    deviationKilometres: deviationMeters / 1000,
    waitingMinutes: (handsOverAtMs - arrivesAtMs) / 60e3,
    newVehicle: vehicle.stops.length === 0 ? 1 : 0,
    scrapRisk: 0,
    driverFairness: 0,
  }
  const insertion: Insertion = {
    vehicleId: vehicle.vehicleId,
    machineId: machine.machineId,
    position,
    beforeStopId: next?.stopId ?? null,
    makeStartsAtMs: machine.startsAtMs,
    readyAtMs: machine.readyAtMs,
    arrivesAtMs,
    handsOverAtMs,
    leavesAtMs: handsOverAtMs + request.serviceSeconds * 1000,
    deviationMeters,
    deviationSeconds,
    score: weightedSum(terms, { ...rules.weights }),
  }
  return { terms, insertion, why: reasonAgainst(scene, position, insertion, terms) }
}

function reasonAgainst(
  { request, vehicle, travel, rules, latest }: Scene,
  position: number,
  { leavesAtMs, deviationMeters, score }: Insertion,
  terms: Trial['terms'],
): Reason | null {
  if (!Number.isFinite(score) || !Number.isFinite(leavesAtMs + deviationMeters)) {
    return reason('unreachable')
  }
  if (terms.deviationMinutes > rules.maxDeviationMinutes) {
    return reason('deviation_too_long', { maxMinutes: rules.maxDeviationMinutes })
  }
  if (deviationMeters > rules.maxDeviationMeters) {
    return reason('deviation_too_far', { maxMeters: rules.maxDeviationMeters })
  }
  if (terms.waitingMinutes > rules.maxWaitingMinutes) {
    return reason('waits_too_long', { maxMinutes: rules.maxWaitingMinutes })
  }
  if (rules.maxLatenessMinutes !== null && terms.latenessMinutes > rules.maxLatenessMinutes) {
    return reason('too_late', { maxMinutes: rules.maxLatenessMinutes })
  }
  const next = vehicle.stops[position]
  const nextAtMs = next ? leavesAtMs + travel.seconds(request.at, next.at) * 1000 : leavesAtMs
  if (nextAtMs > (next ? (latest.byPromise[position] ?? 0) : Infinity)) {
    return reason('would_delay_other_stops', { maxMinutes: rules.maxStopDelayMinutes })
  }
  if (nextAtMs > (next ? (latest.byShift[position] ?? 0) : vehicle.shiftEndsAtMs)) {
    return reason('after_shift_end', { shiftEndsAtMs: vehicle.shiftEndsAtMs })
  }
  return null
}

/**
 * What a person compares: how far, how soon, how long. Infinite figures are left out; JSON has no
 * word for them.
 */
function factsOf({ request, vehicle, travel, machine }: Scene, { insertion }: Trial) {
  const facts = {
    metersAway: travel.meters(vehicle.at, request.at),
    freeInMinutes: Math.max(0, machine.freeAtMs - request.nowMs) / 60e3,
    makingMinutes: machine.makingMinutes,
    readyInMinutes: (machine.readyAtMs - request.nowMs) / 60e3,
    position: insertion.position,
    machineId: machine.machineId,
    beforeStopId: insertion.beforeStopId ?? 'at the end',
  }
  return Object.fromEntries(
    Object.entries(facts).filter(
      ([, value]) => typeof value === 'string' || Number.isFinite(value),
    ),
  )
}

interface Ready extends OnBoardMachine {
  startsAtMs: number
  readyAtMs: number
}

/**
 * Making goes on while the vehicle drives, so the machine that is ready first is never the worse
 * one.
 */
function soonestReady(machines: readonly OnBoardMachine[], nowMs: number): Ready | null {
  const ready = machines.map((machine) => {
    const startsAtMs = Math.max(nowMs, machine.freeAtMs)
    const minutes = machine.makingMinutes + machine.coolDownMinutes
    return { ...machine, startsAtMs, readyAtMs: startsAtMs + minutes * 60e3 }
  })
  const byReady = (a: Ready, b: Ready) =>
    a.readyAtMs - b.readyAtMs || byId(a.machineId, b.machineId)
  return ready.toSorted(byReady)[0] ?? null
}
