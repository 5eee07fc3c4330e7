// The engine's problem made of the facts of a batch: what may move where, at which price, and what has to stay.
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { BatchFacts } from './batchFacts.ts'
import {
  createProblem,
  deliveryOf,
  pickupOf,
  setPair,
  setRequest,
  setVehicle,
  travelTable,
  type PairFacts,
  type Problem,
  type StopFacts,
  type TravelTable,
} from './engine/problem.ts'
import type { DispatchRequest, FleetVehicle, RouteStop } from './facts.ts'
import { makerFor, queuesOf, type MachineQueue } from './machineQueues.ts'
import { movesOf, type Move } from './moves.ts'
import { endMsOf, mostLitresOf, type Standing } from './planPrice.ts'

export interface PlanProblem {
  problem: Problem
  /** By the engine's number of a request. */
  moves: Move[]
  /** By vehicle: so many first stops stay where they are. */
  committed: number[]
  /** By vehicle and machine. */
  queues: MachineQueue[][]
  /** By stop as it stood, and by the id of one that is open: the engine's node. */
  nodes: ReadonlyMap<RouteStop | string, number>
}

export interface ProblemFacts {
  facts: BatchFacts
  rules: DispatchRules
  standing: Standing
  /** Of a request that was placed one by one, its vehicle: what it takes there is not there twice. */
  assigned: ReadonlyMap<string, string>
  /** By request: the vehicles that are worth planning with, beside the one where it stands. */
  nearest: ReadonlyMap<string, readonly string[]>
}

export function problemOf(given: ProblemFacts): PlanProblem {
  const { facts, rules } = given
  const { vehicles } = facts
  const { moves, committed } = movesOf(given)
  const queues = queuesOf(given, moves)
  const { table, placeOf } = tableFor(facts)
  const asked = moves.reduce((sum, { request }) => sum + (request ? 1 : 0), 0)
  const rows = new Map(vehicles.map(({ vehicleId }, row) => [vehicleId, row]))
  let pairRow = 0
  const size = {
    vehicles: vehicles.length,
    requests: moves.length,
    pairRows: asked,
    machines: vehicles.reduce((sum, { machines }) => sum + machines.length, 0),
  }
  const weights = weightsOf(rules)
  const problem = createProblem(size, table, { weights, limits: limitsOf(rules) })
  for (const [row, vehicle] of vehicles.entries()) {
    setVehicle(problem, row, vehicleFacts(given, vehicle, row, queues[row]!, placeOf))
  }
  for (const [number, move] of moves.entries()) {
    setRequest(problem, number, {
      ...requestFacts(given, move, placeOf),
      pairRow: move.request ? pairRow : -1,
    })
    if (!move.request) continue
    for (const row of rowsFor(move, given, rows)) {
      const pair = pairOf(given, move, number, vehicles[row]!, row, queues[row]!)
      if (pair) setPair(problem, pairRow, row, pair)
    }
    pairRow += 1
  }
  return { problem, moves, committed, queues, nodes: nodesOf(problem, moves) }
}

function nodesOf(problem: Problem, moves: readonly Move[]): PlanProblem['nodes'] {
  const nodes = new Map<RouteStop | string, number>()
  for (const [number, { drop, pickup, row }] of moves.entries()) {
    const isOpen = row < 0
    nodes.set(isOpen ? drop.stopId : drop, deliveryOf(problem, number))
    if (pickup) nodes.set(isOpen ? pickup.stopId : pickup, pickupOf(problem, number))
  }
  return nodes
}

function weightsOf({ weights }: DispatchRules) {
  return {
    driveSecond: weights.deviationMinutes / 60,
    meter: weights.deviationKilometres / 1000,
    lateSecond: weights.latenessMinutes / 60,
    waitSecond: weights.waitingMinutes / 60,
    fairness: weights.driverFairness,
  }
}

function limitsOf(rules: DispatchRules) {
  return {
    detourSeconds: rules.maxDeviationMinutes * 60,
    detourMeters: rules.maxDeviationMeters,
    waitSeconds: rules.maxWaitingMinutes * 60,
  }
}

type PlaceOf = (at: number) => number

/** The travel's own where it has one; else one of the places that occur, each leg asked once. */
function tableFor({ vehicles, travel, requests }: BatchFacts): {
  table: TravelTable
  placeOf: PlaceOf
} {
  const asked = requests.flatMap((request) =>
    request.kind === 'fetched' ? [request.at, request.pickup.at] : [request.at],
  )
  const onRoutes = vehicles.flatMap(({ at, stops }) => [at, ...stops.map((stop) => stop.at)])
  const places = [...new Set([...onRoutes, ...asked])]
  const whole = travel.table
  if (whole && places.every((at) => at >= 0 && at < whole.places)) {
    return { table: whole, placeOf: (at) => at }
  }
  const index = new Map(places.map((at, place) => [at, place]))
  const table = travelTable(
    places.length,
    (from, to) => travel.seconds(places[from]!, places[to]!),
    (from, to) => travel.meters(places[from]!, places[to]!),
  )
  return { table, placeOf: (at) => index.get(at) ?? -1 }
}

function vehicleFacts(
  { facts: { nowMs }, rules, standing }: ProblemFacts,
  vehicle: FleetVehicle,
  row: number,
  queues: readonly MachineQueue[],
  placeOf: PlaceOf,
) {
  const { table } = standing
  const startMs = table.startMs[row]!
  const endsMs = Math.max(vehicle.shiftEndsAtMs, endMsOf(table, row))
  const room = Math.max(vehicle.capacityLitres ?? Infinity, mostLitresOf(table, row))
  const isUnderWay = vehicle.stops.length > 0 && vehicle.committedStops > 0
  return {
    startPlace: placeOf(vehicle.at),
    startAt: ((isUnderWay ? startMs : Math.max(startMs, nowMs)) - nowMs) / 1000,
    shiftEndsAt: (endsMs - nowMs) / 1000,
    capacity: room,
    startLoad: vehicle.loadLitres ?? 0,
    fixedPrice: vehicle.stops.length === 0 ? rules.weights.newVehicle : 0,
    drivenSeconds: vehicle.drivenSeconds ?? 0,
    machinesFree: queues.map(({ freeMs }) => (freeMs - nowMs) / 1000),
  }
}

function requestFacts(given: ProblemFacts, move: Move, placeOf: PlaceOf) {
  const { facts, rules } = given
  const { request, drop, pickup } = move
  const delivery: StopFacts = {
    ...stopFacts(given, move, drop, placeOf),
    ...(request ? { startPrice: rules.weights.minutesToBuyer / 60 } : {}),
  }
  if (request && !move.dropStood) {
    const seconds = (ms: number) => (ms - facts.nowMs) / 1000
    const lateMs = (rules.maxLatenessMinutes ?? Infinity) * 60e3
    const latestMs = Math.min((request.dueAtMs ?? Infinity) + lateMs, drop.closesAtMs ?? Infinity)
    delivery.due = seconds(request.dueAtMs ?? Infinity)
    delivery.latest = seconds(latestMs)
  }
  return {
    ...(pickup ? { pickup: stopFacts(given, move, pickup, placeOf) } : {}),
    delivery,
    movable: move.isMovable,
  }
}

/** A promise that stands holds as one insertion would have to keep it, and is priced from its time on. */
function stopFacts(
  { facts: { nowMs }, rules }: ProblemFacts,
  { dropStood, isMade }: Move,
  stop: DropOrPickup,
  placeOf: PlaceOf,
): StopFacts {
  const seconds = (ms: number) => (ms - nowMs) / 1000
  const promisedMs = dropStood ? (stop.dueAtMs ?? Infinity) : Infinity
  const delayedMs = promisedMs + rules.maxStopDelayMinutes * 60e3
  const readyMs = isMade ? -Infinity : stop.readyAtMs
  return {
    place: placeOf(stop.at),
    serviceSeconds: stop.serviceSeconds,
    earliest: seconds(Math.max(readyMs, stop.opensAtMs ?? -Infinity)),
    due: seconds(promisedMs),
    latest: seconds(Math.min(delayedMs, stop.closesAtMs ?? Infinity)),
    load: stop.loadLitres ?? 0,
  }
}

type DropOrPickup = Move['drop']

/** The vehicles that are worth a look, and the one where it stands; not those that are planned without. */
function rowsFor(
  { request, row, boundTo }: Move,
  { nearest }: ProblemFacts,
  rows: ReadonlyMap<string, number>,
): Iterable<number> {
  if (boundTo >= 0) return [boundTo]
  const near = request && nearest.get(request.requestId)
  const those = new Set([...(near ?? [])].flatMap((vehicleId) => rows.get(vehicleId) ?? []))
  return row < 0 ? those : those.add(row)
}

/** Null where this vehicle cannot have it. */
function pairOf(
  given: ProblemFacts,
  move: Move,
  number: number,
  vehicle: FleetVehicle,
  row: number,
  queues: readonly MachineQueue[],
): PairFacts | null {
  const { request } = move
  const stands = move.row === row
  if (!stands && !mayTake(request, vehicle)) return null
  if (!move.isMade || request?.kind !== 'made_on_board') return {}
  const maker = makerFor(request, vehicle, queues, number)
  if (!maker) return null
  const seconds = (ms: number) => (ms - given.facts.nowMs) / 1000
  return {
    price: (maker.making.scrapShare ?? 0) * given.rules.weights.scrapRisk,
    making: {
      machine: maker.machine,
      from: seconds(maker.making.notBeforeMs ?? given.facts.nowMs),
      makeSeconds: (maker.making.makingMinutes + maker.making.coolDownMinutes) * 60,
    },
  }
}

function mayTake(request: DispatchRequest | null, vehicle: FleetVehicle): boolean {
  if (!request || !vehicle.inService) return false
  return !request.vehicleIds || request.vehicleIds.includes(vehicle.vehicleId)
}
