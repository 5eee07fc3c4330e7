// How a vehicle changes: it moves on, leaves a stop behind, gets stops and loses them. Each makes a new vehicle.
import type { DispatchRequest, FleetMachine, FleetVehicle, RouteStop } from './facts.ts'
import type { Placement } from './placement.ts'

export function withMoved(vehicle: FleetVehicle, at: number, freeAtMs: number): FleetVehicle {
  return { ...vehicle, at, freeAtMs }
}

/** Without its first stop, at whose place it now is; what that stop loaded is on board from then on. */
export function withLeft(vehicle: FleetVehicle, leftAtMs: number): FleetVehicle {
  const [first, ...rest] = vehicle.stops
  if (!first) throw new RangeError(`${vehicle.vehicleId} has no stop to leave`)
  return {
    ...vehicle,
    at: first.at,
    freeAtMs: leftAtMs,
    stops: rest.map((stop) => stopAfter(stop, first, leftAtMs)),
    machines: vehicle.machines.map((machine) => machineAfter(machine, first, leftAtMs)),
    committedStops: Math.max(0, vehicle.committedStops - 1),
    ...withLoad(vehicle, first.loadLitres ?? 0),
  }
}

function stopAfter(stop: RouteStop, left: RouteStop, leftAtMs: number): RouteStop {
  const { readyAfter, ...same } = stop
  if (readyAfter?.stopId !== left.stopId) return stop
  const readyAtMs = Math.max(stop.readyAtMs, leftAtMs + readyAfter.minutes * 60e3)
  return { ...same, readyAtMs }
}

function machineAfter(machine: FleetMachine, left: RouteStop, leftAtMs: number): FleetMachine {
  const fed = withMaterials(machine, left.loadsMaterials)
  const { freeAfter, ...same } = fed
  if (freeAfter?.stopId !== left.stopId) return fed
  return { ...same, freeAtMs: Math.max(fed.freeAtMs, leftAtMs + freeAfter.minutes * 60e3) }
}

function withMaterials(machine: FleetMachine, loaded: readonly string[] = []): FleetMachine {
  const { materials } = machine
  if (!materials || loaded.length === 0) return machine
  return { ...machine, materials: [...new Set([...materials, ...loaded])] }
}

function withLoad({ loadLitres }: FleetVehicle, change: number): { loadLitres?: number } {
  return change === 0 ? {} : { loadLitres: (loadLitres ?? 0) + change }
}

/** With the stops of what was chosen for it; the buyer is told the planned arrival. */
export function withPlaced(
  vehicle: FleetVehicle,
  request: DispatchRequest,
  placement: Placement,
): FleetVehicle {
  const stops = [...vehicle.stops]
  stops.splice(placement.position, 0, dropStop(request, placement))
  if (request.kind === 'fetched') {
    stops.splice(placement.pickup!.position, 0, pickupStop(request))
  }
  const { stock } = vehicle
  return {
    ...vehicle,
    stops,
    machines: vehicle.machines.map((machine) => queued(machine, placement)),
    ...(request.kind === 'stocked_on_board' && stock
      ? { stock: stock.toSpliced(stock.indexOf(request.itemId), 1) }
      : {}),
  }
}

/** How the stops of a request are called on every list. */
export const dropStopId = (requestId: string) => `stop-${requestId}`
export const pickupStopId = (requestId: string) => `pickup-${requestId}`

function dropStop(request: DispatchRequest, placement: Placement): RouteStop {
  const { readyAtMs, arrivesAtMs, readyAfter } = placement
  return {
    ...openDropStop(request),
    readyAtMs,
    dueAtMs: arrivesAtMs,
    ...(readyAfter ? { readyAfter } : {}),
    ...madeBy(placement),
  }
}

/** Before anybody was told a time, or knows when it is ready. */
export function openDropStop(request: DispatchRequest): RouteStop {
  const { requestId, at, serviceSeconds, opensAtMs, closesAtMs } = request
  const litres = 'litres' in request ? (request.litres ?? 0) : 0
  const comesOnBoard = request.kind === 'handed_over' && request.direction === 'to_vehicle'
  return {
    stopId: dropStopId(requestId),
    requestId,
    at,
    serviceSeconds,
    readyAtMs: request.kind === 'handed_over' ? (request.readyAtMs ?? 0) : 0,
    dueAtMs: null,
    ...(opensAtMs === undefined ? {} : { opensAtMs }),
    ...(closesAtMs === undefined ? {} : { closesAtMs }),
    ...(litres === 0 ? {} : { loadLitres: comesOnBoard ? litres : -litres }),
  }
}

function madeBy({ machineId, makeStartsAtMs }: Placement): Pick<RouteStop, 'madeBy'> {
  if (machineId === null || makeStartsAtMs === null) return {}
  return { madeBy: { machineId, startsAtMs: makeStartsAtMs } }
}

export function pickupStop({
  requestId,
  pickup,
  litres = 0,
}: DispatchRequest & { kind: 'fetched' }): RouteStop {
  return {
    stopId: pickupStopId(requestId),
    requestId,
    dueAtMs: null,
    loadLitres: litres,
    ...pickup,
  }
}

function queued(machine: FleetMachine, placement: Placement): FleetMachine {
  if (machine.machineId !== placement.machineId) return machine
  const { readyAtMs, readyAfter } = placement
  const busy = { ...machine, freeAtMs: Math.max(machine.freeAtMs, readyAtMs) }
  return readyAfter ? { ...busy, freeAfter: readyAfter } : busy
}

export function withoutRequest(vehicle: FleetVehicle, requestId: string): FleetVehicle {
  const committed = vehicle.stops.slice(0, vehicle.committedStops)
  const gone = committed.filter((stop) => stop.requestId === requestId).length
  return {
    ...vehicle,
    stops: vehicle.stops.filter((stop) => stop.requestId !== requestId),
    committedStops: vehicle.committedStops - gone,
  }
}
