// What a batch may move and what it must leave: the stops that stand on routes, and what is asked for anew.
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { DispatchRequest, FleetVehicle, RouteStop } from './facts.ts'
import type { ProblemFacts } from './planProblem.ts'
import { openDropStop, pickupStop } from './routeChanges.ts'

/** One stop, or a pick-up with its delivery, that is planned as a whole. */
export interface Move {
  drop: RouteStop
  pickup: RouteStop | null
  /** Null for a stop that is only passed. */
  request: DispatchRequest | null
  /** Whether it stands on a route already, and whoever waits there was told a time. */
  dropStood: boolean
  /** Index of that vehicle; -1 for what is open. */
  row: number
  isMovable: boolean
  /** Only this vehicle can do it; -1: whichever may. */
  boundTo: number
  /** Whether its part is made while the plan is driven, in the order of the stops. */
  isMade: boolean
}

export function movesOf(given: ProblemFacts): { moves: Move[]; committed: number[] } {
  const { facts, rules } = given
  const asked = new Map(facts.requests.map((request) => [request.requestId, request]))
  const committed = facts.vehicles.map((vehicle, row) => committedOf(given, vehicle, row))
  const moves: Move[] = []
  const planned = new Set<string>()
  for (const [row, vehicle] of facts.vehicles.entries()) {
    for (const [index, stop] of vehicle.stops.entries()) {
      const request = (stop.requestId && asked.get(stop.requestId)) || null
      if (request) planned.add(request.requestId)
      const own = request ? vehicle.stops.filter((one) => one.requestId === stop.requestId) : [stop]
      const first = vehicle.stops.indexOf(own[0]!)
      const isFree = request !== null && first >= committed[row]!
      if (!isFree) moves.push(passed(stop, row))
      else if (index === first) moves.push(standing(own, request, row, facts.nowMs, rules))
    }
  }
  for (const request of facts.requests) {
    const isOpen = !planned.has(request.requestId)
    if (isOpen && isWithin(given, request)) moves.push(open(given, request))
  }
  return { moves, committed }
}

/** What the vehicle sets off for within the horizon stays, and what waits for material with all before it. */
function committedOf(
  { facts: { nowMs }, rules, standing: { table } }: ProblemFacts,
  { inService, committedStops, stops }: FleetVehicle,
  row: number,
): number {
  if (!inService) return stops.length
  const untilMs = nowMs + rules.commitHorizonMinutes * 60e3
  const first = table.begin[row]!
  const fed = stops.findLastIndex(({ readyAfter }) => readyAfter !== undefined)
  let committed = Math.min(Math.max(committedStops, fed + 1), stops.length)
  // Before its first stop a vehicle stands where it is, however soon it could leave.
  while (
    committed > 0 &&
    committed < stops.length &&
    table.departsMs[first + committed - 1]! < untilMs
  ) {
    committed += 1
  }
  return committed
}

function passed(stop: RouteStop, row: number): Move {
  return {
    drop: stop,
    pickup: null,
    request: null,
    dropStood: true,
    row,
    isMovable: false,
    boundTo: row,
    isMade: false,
  }
}

/** What has begun, or is on board already, stays with its vehicle. */
function standing(
  stops: readonly RouteStop[],
  request: DispatchRequest,
  row: number,
  nowMs: number,
  rules: DispatchRules,
): Move {
  const drop = stops.at(-1)!
  const pickup = stops.length > 1 ? stops[0]! : null
  const untilMs = nowMs + rules.commitHorizonMinutes * 60e3
  const isMade =
    request.kind === 'made_on_board' &&
    drop.madeBy !== undefined &&
    drop.madeBy.startsAtMs > untilMs
  const isFree = isMade || pickup !== null
  const boundTo = isFree ? -1 : row
  return { drop, pickup, request, dropStood: true, row, isMovable: true, boundTo, isMade }
}

/** What a vehicle has but one of, or a locker, was taken one by one: whoever got nothing gets nothing here. */
function isWithin({ assigned }: ProblemFacts, request: DispatchRequest): boolean {
  return !isSingle(request) || assigned.has(request.requestId)
}

function isSingle({ kind }: DispatchRequest): boolean {
  return kind === 'stocked_on_board' || kind === 'handed_over'
}

function open({ facts, assigned }: ProblemFacts, request: DispatchRequest): Move {
  const vehicleId = assigned.get(request.requestId)
  return {
    drop: openDropStop(request),
    pickup: request.kind === 'fetched' ? pickupStop(request) : null,
    request,
    dropStood: false,
    row: -1,
    isMovable: true,
    boundTo: isSingle(request)
      ? facts.vehicles.findIndex((one) => one.vehicleId === vehicleId)
      : -1,
    isMade: request.kind === 'made_on_board',
  }
}
