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
  /** Of those, what was planned together. */
  here: BatchFacts
  rules: DispatchRules
  standing: Standing
  /** The vehicles of here as planned, in their order. */
  planned: readonly FleetVehicle[]
  /** By request: why it was not even looked at. */
  refused: ReadonlyMap<string, string>
}

export function decisionsOf(plan: Planned): Pick<BatchPlan, 'vehicles' | 'requests'> {
  const { facts, here, rules, refused } = plan
  const { travel, nowMs } = facts
  const asked = new Set(here.requests.map(({ requestId }) => requestId))
  const holding = plan.planned.filter(({ stops }) =>
    stops.some(({ requestId }) => requestId !== undefined && asked.has(requestId)),
  )
  const holders = openFleet({ vehicles: holding, travel, rules, nowMs })
  const told = withTimesTold(plan, holding, holders, asked)
  const vehicles = facts.vehicles.map((vehicle) => told.get(vehicle.vehicleId) ?? vehicle)
  const holderOf = holdersOf(holding.map((vehicle) => told.get(vehicle.vehicleId)!))
  const before = holdersOf(here.vehicles)
  let everyone: Fleet | null = null
  const all = () => (everyone ??= openFleet({ vehicles, travel, rules, nowMs }))
  const requests = here.requests.map((request): PlannedRequest => {
    const { requestId } = request
    const cameFrom = before.get(requestId)?.vehicleId ?? null
    const holder = holderOf.get(requestId)
    const question = { request, cameFrom, holders, all, nowMs }
    return holder ? placed(question, holder) : nowhere(question, refused.get(requestId))
  })
  return { vehicles, requests }
}

/** Whoever was not told a time yet is told the planned one. */
function withTimesTold(
  { facts: { nowMs }, here, standing, planned }: Planned,
  holding: readonly FleetVehicle[],
  fleet: Fleet,
  asked: ReadonlySet<string>,
): Map<string, FleetVehicle> {
  const isOpen = ({ requestId }: RouteStop) =>
    requestId !== undefined && asked.has(requestId) && !standing.holders.has(requestId)
  const changed = planned.filter((vehicle, row) => vehicle !== here.vehicles[row])
  const told = new Map([...changed, ...holding].map((vehicle) => [vehicle.vehicleId, vehicle]))
  for (const vehicle of holding) {
    const { vehicleId } = vehicle
    if (!vehicle.stops.some(isOpen)) continue
    const { arrivesAtMs } = fleet.times(vehicleId)
    const stops = vehicle.stops.map((stop, index) =>
      isOpen(stop) && !isPickup(vehicle, index)
        ? Object.assign({}, stop, { dueAtMs: arrivesAtMs[index] })
        : stop,
    )
    told.set(vehicleId, Object.assign({}, vehicle, { stops }))
    fleet.put(told.get(vehicleId)!, nowMs)
  }
  return told
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
  /** Whoever has something that was asked for, as planned. */
  holders: Fleet
  /** Every vehicle, as planned. */
  all: () => Fleet
  nowMs: number
}

function nowhere({ request, cameFrom, all, nowMs }: Asked, code?: string): PlannedRequest {
  const decision = (): Decision =>
    code === undefined
      ? all().insert(request, nowMs).decision()
      : decide(
          'dispatch',
          all()
            .ids()
            .map((id) => ruledOut(id, reason(code))),
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
    terms: {},
    get decision() {
      return { ...decision(), chosen: null }
    },
  }
}

function placed(asked: Asked, vehicle: FleetVehicle): PlannedRequest {
  const { request, cameFrom, holders } = asked
  const { requestId } = request
  const { vehicleId, stops } = vehicle
  const times = holders.times(vehicleId)
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
    // Made when somebody asks.
    get terms() {
      return ownPlace(asked.holders, asked, vehicle).own.terms
    },
    // It looks at every vehicle once more.
    get decision() {
      decision ??= decisionFor(asked, vehicle)
      return decision
    },
  }
}

/** What its place costs with all else of the plan as it is: it is taken out, judged, and put back. */
function ownPlace(fleet: Fleet, { request, nowMs }: Asked, vehicle: FleetVehicle) {
  const { vehicleId } = vehicle
  const isHers = (stop: RouteStop) => stop.requestId === request.requestId
  const drop = vehicle.stops.findLastIndex(isHers)
  const pickup = vehicle.stops.findIndex(isHers)
  const isPair = pickup !== drop
  const question = request.kind === 'fetched' && !isPair ? onBoard(request, vehicleId) : request
  const without = withoutStops(vehicle, request)
  const { madeBy } = vehicle.stops[drop]!
  // Its machine keeps its turn for it.
  const machines = without.machines.filter(({ machineId }) => machineId === madeBy?.machineId)
  fleet.put({ ...without, machines }, nowMs)
  const position = isPair ? drop - 1 : drop
  const pickupPosition = isPair ? pickup : -1
  const own = fleet.judgeAt(question, nowMs, { vehicleId, position, pickupPosition })
  fleet.put(vehicle, nowMs)
  return { own, question, without }
}

function decisionFor(asked: Asked, vehicle: FleetVehicle): Decision {
  const { all, nowMs } = asked
  const { vehicleId } = vehicle
  const { own, question, without } = ownPlace(all(), asked, vehicle)
  all().put(without, nowMs)
  const { candidates } = all().insert(question, nowMs).decision()
  all().put(vehicle, nowMs)
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
