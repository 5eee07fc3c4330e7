// Inserts one delivery into the routes of trucks that are already driving: the cheapest position
// that breaks no promise.
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { Decision } from '../model/order.ts'
import type { DeliveryRequest, FleetVehicle, Making, VehicleRoute } from './facts.ts'
import { openFleet } from './fleet.ts'
import type { Placement } from './placement.ts'
import type { Travel } from './routeTimes.ts'

export type { DeliveryRequest, RouteStop, VehicleRoute } from './facts.ts'

/** One stop put into one route, of something that a machine on board makes. */
export interface Insertion extends Placement {
  machineId: string
  makeStartsAtMs: number
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
  const { nowMs, ...asked } = request
  const making: Record<string, Making> = {}
  const fleet = openFleet({
    vehicles: vehicles.map((vehicle) => forAny(vehicle, making)),
    travel,
    rules,
    nowMs,
  })
  const choice = fleet.judge({ kind: 'made_on_board', requestId: '', ...asked, making }, nowMs)
  const feasible = choice.ranked().flatMap(asInsertion)
  return {
    chosen: feasible[0] ?? null,
    feasible,
    decision: choice.decision(),
    dataVersion: choice.dataVersion,
  }
}

/** Each machine is of its own kind, with the time that it was given for this part. */
function forAny(vehicle: VehicleRoute, making: Record<string, Making>): FleetVehicle {
  const machines = vehicle.machines.map((machine) => {
    const { machineId, freeAtMs, ...own } = machine
    const kind = `${vehicle.vehicleId}/${machineId}`
    making[kind] = own
    return { machineId, kind, freeAtMs }
  })
  return { ...vehicle, machines }
}

function asInsertion(placement: Placement): Insertion[] {
  const { machineId, makeStartsAtMs } = placement
  if (machineId === null || makeStartsAtMs === null) return []
  return [{ ...placement, machineId, makeStartsAtMs }]
}
