// Tells of a plan what became of each request, and why: every vehicle as it would be with all else
// of the plan as it is.
import { decide, reason, ruledOut } from '../decision.ts'
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { Decision } from '../model/order.ts'
import type { BatchFacts, BatchPlan, PlannedRequest } from './batchFacts.ts'
import type { DispatchRequest, Fetched, FleetVehicle, RouteStop } from './facts.ts'
import { openFleet, type Fleet } from './fleet.ts'
import type { Standing } from './planPrice.ts'
import { withoutRequest } from './routeChanges.ts'

interface Planned {
  facts: BatchFacts
  rules: DispatchRules
  standing: Standing
  vehicles: readonly FleetVehicle[]
  /** By request: why it was not even looked at. */
  refused: ReadonlyMap<string, string>
}

export function decisionsOf(planned: Planned): Pick<BatchPlan, 'vehicles' | 'requests'> {
  const { facts, rules, refused } = planned
  const { travel, nowMs } = facts
  const vehicles = withTimesTold(planned)
  const fleet = openFleet({ vehicles, travel, rules, nowMs })
  const holders = holdersOf(vehicles)
  const before = holdersOf(facts.vehicles)
  const requests = facts.requests.map((request): PlannedRequest => {
    const { requestId } = request
    const cameFrom = before.get(requestId)?.vehicleId ?? null
    const holder = holders.get(requestId)
    const asked = { request, cameFrom, fleet, nowMs }
    return holder ? placed(asked, holder) : nowhere(asked, refused.get(requestId))
  })
  return { vehicles, requests }
}

/** Whoever was not told a time yet is told the planned one. */
function withTimesTold({ facts, rules, standing, vehicles }: Planned): FleetVehicle[] {
  const { travel, nowMs } = facts
  const fleet = openFleet({ vehicles, travel, rules, nowMs })
  const asked = new Set(facts.requests.map(({ requestId }) => requestId))
  const isOpen = ({ requestId, stopId }: RouteStop) =>
    requestId !== undefined && asked.has(requestId) && !standing.stops.has(stopId)
  return vehicles.map((vehicle) => {
    if (!vehicle.stops.some(isOpen)) return vehicle
    const { arrivesAtMs } = fleet.times(vehicle.vehicleId)
    const stops = vehicle.stops.map((stop, index) =>
      isOpen(stop) && !isPickup(vehicle, index)
        ? Object.assign({}, stop, { dueAtMs: arrivesAtMs[index] })
        : stop,
    )
    return Object.assign({}, vehicle, { stops })
  })
}

function isPickup({ stops }: FleetVehicle, index: number): boolean {
  const { requestId } = stops[index]!
  return stops.some((stop, at) => at > index && stop.requestId === requestId)
}

function holdersOf(vehicles: readonly FleetVehicle[]): Map<string, FleetVehicle> {
  return new Map(
    vehicles.flatMap((vehicle) =>
      vehicle.stops.flatMap(({ requestId }) =>
        requestId === undefined ? [] : [[requestId, vehicle] as const],
      ),
    ),
  )
}

interface Asked {
  request: DispatchRequest
  cameFrom: string | null
  fleet: Fleet
  nowMs: number
}

function nowhere(
  { request, cameFrom, fleet, nowMs }: Asked,
  code: string | undefined,
): PlannedRequest {
  const decision =
    code === undefined
      ? fleet.insert(request, nowMs).decision()
      : decide(
          'dispatch',
          fleet.ids().map((id) => ruledOut(id, reason(code))),
        )
  return {
    requestId: request.requestId,
    vehicleId: null,
    cameFrom,
    machineId: null,
    makeStartsAtMs: null,
    readyAtMs: 0,
    pickup: null,
    arrivesAtMs: null,
    handsOverAtMs: null,
    leavesAtMs: null,
    decision: { ...decision, chosen: null },
  }
}

function placed(asked: Asked, vehicle: FleetVehicle): PlannedRequest {
  const { request, cameFrom, fleet } = asked
  const { requestId } = request
  const { vehicleId, stops } = vehicle
  const times = fleet.times(vehicleId)
  const drop = stops.findLastIndex((stop) => stop.requestId === requestId)
  const first = stops.findIndex((stop) => stop.requestId === requestId)
  const { madeBy, readyAtMs } = stops[drop]!
  let decision: Decision | null = null
  return {
    requestId,
    vehicleId,
    cameFrom,
    machineId: madeBy?.machineId ?? null,
    makeStartsAtMs: madeBy?.startsAtMs ?? null,
    readyAtMs,
    pickup:
      first === drop
        ? null
        : { arrivesAtMs: times.arrivesAtMs[first]!, startsAtMs: times.startsAtMs[first]! },
    arrivesAtMs: times.arrivesAtMs[drop]!,
    handsOverAtMs: times.startsAtMs[drop]!,
    leavesAtMs: times.departsAtMs[drop]!,
    // Made when somebody asks: it looks at every vehicle once more.
    get decision() {
      decision ??= decisionFor(asked, vehicle)
      return decision
    },
  }
}

/** The request is taken out, asked for again, and put back: its machine keeps its turn for it. */
function decisionFor({ request, fleet, nowMs }: Asked, vehicle: FleetVehicle): Decision {
  const { vehicleId } = vehicle
  const isHers = (stop: RouteStop) => stop.requestId === request.requestId
  const drop = vehicle.stops.findLastIndex(isHers)
  const pickup = vehicle.stops.findIndex(isHers)
  const isPair = pickup !== drop
  const asked = request.kind === 'fetched' && !isPair ? onBoard(request, vehicleId) : request
  const without = withoutStops(vehicle, request)
  const { madeBy } = vehicle.stops[drop]!
  const machines = without.machines.filter(({ machineId }) => machineId === madeBy?.machineId)
  fleet.put({ ...without, machines }, nowMs)
  const position = isPair ? drop - 1 : drop
  const pickupPosition = isPair ? pickup : -1
  const own = fleet.judgeAt(asked, nowMs, { vehicleId, position, pickupPosition })
  fleet.put(without, nowMs)
  const { candidates } = fleet.insert(asked, nowMs).decision()
  fleet.put(vehicle, nowMs)
  const others = candidates.filter(({ id }) => id !== vehicleId)
  return { ...decide('dispatch', [own, ...others]), chosen: vehicleId }
}

/** What was picked up already can only be brought by who has it. */
function onBoard(request: Fetched, vehicleId: string): DispatchRequest {
  const { pickup: _, ...same } = request
  const lockerId = ''
  return { ...same, kind: 'handed_over', direction: 'to_locker', lockerId, vehicleIds: [vehicleId] }
}

function withoutStops(vehicle: FleetVehicle, request: DispatchRequest): FleetVehicle {
  const { requestId } = request
  const madeBy = vehicle.stops.findLast((stop) => stop.requestId === requestId)?.madeBy
  const machines = vehicle.machines.map((machine) =>
    machine.machineId === madeBy?.machineId
      ? Object.assign({}, machine, { freeAtMs: madeBy.startsAtMs })
      : machine,
  )
  const left = { ...withoutRequest(vehicle, requestId), machines }
  if (request.kind !== 'stocked_on_board') return left
  return { ...left, stock: [...(vehicle.stock ?? []), request.itemId] }
}
