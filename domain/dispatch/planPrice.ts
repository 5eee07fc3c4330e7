// What a plan adds to the price of what stood, term by term under the rules, and whether it keeps that:
// the measure by which plans of different makers are compared.
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { BatchFacts, PlanPrice } from './batchFacts.ts'
import type { DispatchRequest, FleetVehicle, RouteStop } from './facts.ts'
import { openTable, writeVehicle, type FleetTable } from './fleetTable.ts'
import { boundRoute } from './routeBounds.ts'

export function isCheaper(one: PlanPrice, other: PlanPrice): boolean {
  return (
    one.unserved < other.unserved || (one.unserved === other.unserved && one.score < other.score)
  )
}

/** How things stood before anything was planned: nothing of it may be broken worse. */
export interface Standing {
  table: FleetTable
  /** By vehicle: its row in the table. */
  rows: ReadonlyMap<string, number>
  /** By request that stands on a route: the row of its vehicle. */
  holders: ReadonlyMap<string, number>
}

export function standingOf(
  { vehicles, travel, nowMs }: BatchFacts,
  rules: DispatchRules,
): Standing {
  const table = tableFor(vehicles, travel, rules)
  const rows = new Map<string, number>()
  const holders = new Map<string, number>()
  for (const [row, vehicle] of vehicles.entries()) {
    writeVehicle(table, row, vehicle, nowMs)
    rows.set(vehicle.vehicleId, row)
    for (const { requestId } of vehicle.stops) {
      if (requestId !== undefined) holders.set(requestId, row)
    }
  }
  return { table, rows, holders }
}

function tableFor(
  vehicles: readonly FleetVehicle[],
  travel: BatchFacts['travel'],
  rules: DispatchRules,
): FleetTable {
  const longest = vehicles.reduce((most, { stops }) => Math.max(most, stops.length), 0)
  return openTable(travel, rules, vehicles.length, longest)
}

/** -Infinity where it has nothing to do. */
export function endMsOf(table: FleetTable, row: number): number {
  const stops = table.stops[row]!
  return stops === 0 ? -Infinity : table.departsMs[table.begin[row]! + stops - 1]!
}

/** The most that is on board from now on. */
export function mostLitresOf(table: FleetTable, row: number): number {
  boundRoute(table, row)
  return table.mostLoadFrom[table.begin[row]!]!
}

/**
 * Where a stop stands in the table, -1 for a new one. One of a request is known wherever it goes; the others belong
 * to their vehicle.
 */
function stoodAt({ table, rows, holders }: Standing, vehicleId: string, stop: RouteStop): number {
  const { requestId, stopId } = stop
  const row = requestId === undefined ? rows.get(vehicleId) : holders.get(requestId)
  if (row === undefined) return -1
  const index = table.vehicles[row]!.stops.findIndex((one) => one.stopId === stopId)
  return index < 0 ? -1 : table.begin[row]! + index
}

/** A millisecond, since each insertion may round its times once more. */
const rounding = 1

/** The vehicles are those of the facts, in their order. Null where the plan breaks what must be kept. */
export function judgePlan(
  vehicles: readonly FleetVehicle[],
  standing: Standing,
  facts: BatchFacts,
  rules: DispatchRules,
): PlanPrice | null {
  const changed = vehicles.filter((vehicle, row) => vehicle !== facts.vehicles[row])
  const table = tableFor(changed, facts.travel, rules)
  const asked = new Map(facts.requests.map((request) => [request.requestId, request]))
  const served = new Set<string>()
  const left = new Set<string>()
  let score = 0
  for (const [row, vehicle] of changed.entries()) {
    writeVehicle(table, row, vehicle, facts.nowMs)
    if (!keepsVehicle(table, row, standing)) return null
    const before = standing.rows.get(vehicle.vehicleId)!
    const judged = { standing, asked, nowMs: facts.nowMs }
    score += priceOf(table, row, judged) - priceOf(standing.table, before, judged)
    for (const { requestId } of vehicle.stops) if (requestId !== undefined) served.add(requestId)
    for (const { requestId } of facts.vehicles[before]!.stops) {
      if (requestId !== undefined) left.add(requestId)
    }
  }
  if (!left.isSubsetOf(served)) return null
  const unserved = facts.requests.filter(
    ({ requestId }) => !served.has(requestId) && !standing.holders.has(requestId),
  )
  return { unserved: unserved.length, score }
}

function keepsVehicle(table: FleetTable, row: number, standing: Standing): boolean {
  const { stops, vehicleId } = table.vehicles[row]!
  const before = standing.rows.get(vehicleId)!
  const latestMs = Math.max(table.shiftEndsMs[row]!, endMsOf(standing.table, before))
  const room = Math.max(table.capacity[row]!, mostLitresOf(standing.table, before))
  return (
    endMsOf(table, row) <= latestMs + rounding &&
    mostLitresOf(table, row) <= room &&
    stops.every((_, index) => keepsStop(table, row, index, standing))
  )
}

function keepsStop(table: FleetTable, row: number, index: number, standing: Standing): boolean {
  const vehicle = table.vehicles[row]!
  const stop = vehicle.stops[index]!
  const at = table.begin[row]! + index
  const stood = stoodAt(standing, vehicle.vehicleId, stop)
  const stoodMs = stood < 0 ? -Infinity : standing.table.startsMs[stood]!
  const closesMs = Math.max(stop.closesAtMs ?? Infinity, stoodMs)
  if (!(table.startsMs[at]! <= closesMs + rounding) || !(table.departsMs[at]! < Infinity))
    return false
  const dueAtMs = stood < 0 ? null : standingStop(standing, stood).dueAtMs
  if (dueAtMs === null) return true
  const promisedMs = dueAtMs + table.rules.maxStopDelayMinutes * 60e3
  return table.arrivesMs[at]! <= Math.max(promisedMs, standing.table.arrivesMs[stood]!) + rounding
}

function standingStop({ table }: Standing, at: number): RouteStop {
  return table.written[at]!
}

interface Judged {
  standing: Standing
  asked: ReadonlyMap<string, DispatchRequest>
  nowMs: number
}

function priceOf(table: FleetTable, row: number, judged: Judged): number {
  let score = priceOfVehicle(table, row, judged.standing)
  for (let index = 0; index < table.stops[row]!; index += 1) {
    score += priceOfStop(table, row, index, judged)
  }
  return score
}

function priceOfVehicle(table: FleetTable, row: number, standing: Standing): number {
  const { weights } = table.rules
  const before = table.drivenSeconds[row]! / 3600
  const after = before + table.driveSeconds[row]! / 3600
  const first = table.begin[row]!
  const stops = table.stops[row]!
  let meters = 0
  for (let at = first; at < first + stops; at += 1) meters += table.legMeters[at]!
  const stood = standing.rows.get(table.vehicles[row]!.vehicleId)!
  const isNew = stops > 0 && standing.table.stops[stood] === 0
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
  { standing, asked, nowMs }: Judged,
): number {
  const { weights } = table.rules
  const vehicle = table.vehicles[row]!
  const stop = vehicle.stops[index]!
  const at = table.begin[row]! + index
  const startsMs = table.startsMs[at]!
  const request = stop.requestId === undefined ? undefined : asked.get(stop.requestId)
  const isDrop = request !== undefined && stop === lastStopOf(vehicle, request.requestId)
  const stood = stoodAt(standing, vehicle.vehicleId, stop)
  const told = stood < 0 ? null : standingStop(standing, stood).dueAtMs
  const dueMs = (stood < 0 && isDrop ? request.dueAtMs : told) ?? Infinity
  return (
    ((startsMs - table.arrivesMs[at]!) / 60e3) * weights.waitingMinutes +
    (Math.max(0, startsMs - dueMs) / 60e3) * weights.latenessMinutes +
    (isDrop ? ((startsMs - nowMs) / 60e3) * weights.minutesToBuyer : 0) +
    (isDrop ? scrapShareOf(vehicle, stop, request) * weights.scrapRisk : 0)
  )
}

function lastStopOf({ stops }: FleetVehicle, requestId: string): RouteStop | undefined {
  return stops.findLast((stop) => stop.requestId === requestId)
}

function scrapShareOf(vehicle: FleetVehicle, stop: RouteStop, request: DispatchRequest): number {
  if (request.kind !== 'made_on_board') return 0
  const machine = vehicle.machines.find(({ machineId }) => machineId === stop.madeBy?.machineId)
  return (machine && request.making[machine.kind ?? machine.machineId]?.scrapShare) ?? 0
}
