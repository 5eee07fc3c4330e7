// What a whole plan costs under the rules, term by term, and whether it keeps what stood before: the measure by which
// plans of different makers are compared.
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { BatchFacts, PlanPrice } from './batchFacts.ts'
import type { DispatchRequest, FleetVehicle, RouteStop } from './facts.ts'
import { openTable, writeVehicle, type FleetTable } from './fleetTable.ts'

export function isCheaper(one: PlanPrice, other: PlanPrice): boolean {
  return (
    one.unserved < other.unserved || (one.unserved === other.unserved && one.score < other.score)
  )
}

/** How things stood before anything was planned: nothing of it may be broken worse. */
export interface Standing {
  table: FleetTable
  /** By vehicle. */
  endsMs: ReadonlyMap<string, number>
  mostLitres: ReadonlyMap<string, number>
  /** By the name of the stop. */
  stops: ReadonlyMap<string, StandingStop>
}

export interface StandingStop {
  stop: RouteStop
  vehicleId: string
  arrivesMs: number
  startsMs: number
}

/** A stop of a request is known wherever it goes; the others belong to their vehicle. */
export function nameOf(vehicleId: string, stop: RouteStop): string {
  return stop.requestId === undefined ? `${vehicleId} ${stop.stopId}` : stop.stopId
}

export function standingOf(
  { vehicles, travel, nowMs }: BatchFacts,
  rules: DispatchRules,
): Standing {
  const table = openTable(travel, rules, vehicles.length, 8)
  const stops = new Map<string, StandingStop>()
  const endsMs = new Map<string, number>()
  const mostLitres = new Map<string, number>()
  for (const [row, vehicle] of vehicles.entries()) {
    writeVehicle(table, row, vehicle, nowMs)
    const first = row * table.stride
    endsMs.set(vehicle.vehicleId, endOf(table, row))
    mostLitres.set(vehicle.vehicleId, table.mostLoadFrom[first]!)
    for (const [index, stop] of vehicle.stops.entries()) {
      stops.set(nameOf(vehicle.vehicleId, stop), {
        stop,
        vehicleId: vehicle.vehicleId,
        arrivesMs: table.arrivesMs[first + index]!,
        startsMs: table.startsMs[first + index]!,
      })
    }
  }
  return { table, stops, endsMs, mostLitres }
}

function endOf(table: FleetTable, row: number): number {
  const stops = table.stops[row]!
  return stops === 0 ? -Infinity : table.departsMs[row * table.stride + stops - 1]!
}

/** A millisecond, since each insertion may round its times once more. */
const rounding = 1

/** Null where the plan breaks what must be kept. */
export function judgePlan(
  vehicles: readonly FleetVehicle[],
  standing: Standing,
  facts: BatchFacts,
  rules: DispatchRules,
): PlanPrice | null {
  const table = openTable(facts.travel, rules, vehicles.length, 8)
  const asked = new Map(facts.requests.map((request) => [request.requestId, request]))
  const served = new Set<string>()
  let score = 0
  for (const [row, vehicle] of vehicles.entries()) {
    writeVehicle(table, row, vehicle, facts.nowMs)
    if (!keepsVehicle(table, row, standing)) return null
    score += priceOfVehicle(table, row, standing)
    for (let index = 0; index < vehicle.stops.length; index += 1) {
      if (!keepsStop(table, row, index, standing)) return null
      score += priceOfStop(table, row, index, standing, asked, facts.nowMs)
      const { requestId } = vehicle.stops[index]!
      if (requestId !== undefined) served.add(requestId)
    }
  }
  const unserved = facts.requests.filter(({ requestId }) => !served.has(requestId)).length
  return { unserved, score }
}

function keepsVehicle(table: FleetTable, row: number, { endsMs, mostLitres }: Standing): boolean {
  const { vehicleId } = table.vehicles[row]!
  const latestMs = Math.max(table.shiftEndsMs[row]!, endsMs.get(vehicleId) ?? -Infinity)
  const room = Math.max(table.capacity[row]!, mostLitres.get(vehicleId) ?? -Infinity)
  return endOf(table, row) <= latestMs + rounding && table.mostLoadFrom[row * table.stride]! <= room
}

function keepsStop(table: FleetTable, row: number, index: number, { stops }: Standing): boolean {
  const vehicle = table.vehicles[row]!
  const stop = vehicle.stops[index]!
  const at = row * table.stride + index
  const stood = stops.get(nameOf(vehicle.vehicleId, stop))
  const closesMs = Math.max(stop.closesAtMs ?? Infinity, stood?.startsMs ?? -Infinity)
  if (!(table.startsMs[at]! <= closesMs + rounding) || !(table.departsMs[at]! < Infinity))
    return false
  if (!stood || stood.stop.dueAtMs === null) return true
  const promisedMs = stood.stop.dueAtMs + table.rules.maxStopDelayMinutes * 60e3
  return table.arrivesMs[at]! <= Math.max(promisedMs, stood.arrivesMs) + rounding
}

function priceOfVehicle(table: FleetTable, row: number, { endsMs }: Standing): number {
  const { weights } = table.rules
  const before = table.drivenSeconds[row]! / 3600
  const after = before + table.driveSeconds[row]! / 3600
  const first = row * table.stride
  const stops = table.stops[row]!
  let meters = 0
  for (let at = first; at < first + stops; at += 1) meters += table.legMeters[at]!
  const isNew = stops > 0 && endsMs.get(table.vehicles[row]!.vehicleId) === -Infinity
  return (
    (table.driveSeconds[row]! / 60) * weights.deviationMinutes +
    (meters / 1000) * weights.deviationKilometres +
    (isNew ? weights.newVehicle : 0) +
    (after * after - before * before) * weights.driverFairness
  )
}

function priceOfStop(
  table: FleetTable,
  row: number,
  index: number,
  standing: Standing,
  asked: ReadonlyMap<string, DispatchRequest>,
  nowMs: number,
): number {
  const { weights } = table.rules
  const vehicle = table.vehicles[row]!
  const stop = vehicle.stops[index]!
  const at = row * table.stride + index
  const startsMs = table.startsMs[at]!
  const request = stop.requestId === undefined ? undefined : asked.get(stop.requestId)
  const isDrop = request !== undefined && stop === lastStopOf(vehicle, request.requestId)
  const stood = standing.stops.get(nameOf(vehicle.vehicleId, stop))
  const dueMs = (stood ? stood.stop.dueAtMs : isDrop ? request.dueAtMs : null) ?? Infinity
  return (
    ((startsMs - table.arrivesMs[at]!) / 60e3) * weights.waitingMinutes +
    (Math.max(0, startsMs - dueMs) / 60e3) * weights.latenessMinutes +
    (isDrop ? ((startsMs - nowMs) / 60e3) * weights.minutesToBuyer : 0) +
    (isDrop ? scrapShareOf(vehicle, stop, request) * weights.scrapRisk : 0)
  )
}

export function lastStopOf({ stops }: FleetVehicle, requestId: string): RouteStop | undefined {
  return stops.findLast((stop) => stop.requestId === requestId)
}

function scrapShareOf(vehicle: FleetVehicle, stop: RouteStop, request: DispatchRequest): number {
  if (request.kind !== 'made_on_board') return 0
  const machine = vehicle.machines.find(({ machineId }) => machineId === stop.madeBy?.machineId)
  return (machine && request.making[machine.kind ?? machine.machineId]?.scrapShare) ?? 0
}
