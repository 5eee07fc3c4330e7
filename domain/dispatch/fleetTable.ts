// A fleet in typed arrays: each vehicle's stops with their schedule. Only what has changed is written anew: stops
// that are the same objects as before are taken to say the same.
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { FleetVehicle, RouteStop } from './facts.ts'
import type { Travel } from './routeTimes.ts'

/** By vehicle, and by stop at `begin + position`. Rows are written by `writeVehicle` alone. */
export interface FleetTable {
  travel: Travel
  rules: DispatchRules
  /** Rows in use or free again; a free one has no vehicle. */
  rows: number
  /** One more than the highest index of a place in any route. */
  places: number
  /** Positions of a row; more than the most stops. */
  stride: number
  vehicles: (FleetVehicle | null)[]

  // By vehicle.
  inService: Uint8Array
  at: Int32Array
  /** NaN before anything was written. */
  startMs: Float64Array
  stops: Int32Array
  /** Where its first stop is: stops that are left stay behind, until the row has to begin anew. */
  begin: Int32Array
  firstFree: Int32Array
  shiftEndsMs: Float64Array
  capacity: Float64Array
  drivenSeconds: Float64Array
  /** Of the route that is left. */
  driveSeconds: Float64Array
  longestLegSeconds: Float64Array
  longestLegMeters: Float64Array
  /** The most that a leg of the route costs by the rules' weights. */
  longestLegPrice: Float64Array
  loadLitres: Float64Array
  /** 1 where a stop waits for what an earlier one loads. */
  hasLoading: Uint8Array
  /** 1 where `boundRoute` has told what its stops and its load allow. */
  isBound: Uint8Array

  /** How many machines are on board. */
  machines: Int32Array

  // By machine on board, at `vehicle * machineStride + index`.
  machineStride: number
  /** A number for each name of a kind. */
  kinds: Map<string, number>
  machineKind: Int32Array
  machineFreeMs: Float64Array

  // By stop.
  written: (RouteStop | null)[]
  place: Int32Array
  serviceMs: Float64Array
  /** Serving does not begin before, whatever else is waited for. */
  earliestMs: Float64Array
  /** The stop that loads what this one's part is made of, and how long after leaving it; -1: none. */
  afterStop: Int32Array
  afterMs: Float64Array
  /** Of the leg to it, and between which places that was asked. */
  legFrom: Int32Array
  legTo: Int32Array
  legSeconds: Float64Array
  legMeters: Float64Array
  /** Of both together, by the rules' weights. */
  legPrice: Float64Array
  arrivesMs: Float64Array
  startsMs: Float64Array
  departsMs: Float64Array
  /** The latest arrival that keeps what was promised from there on, and the shift. */
  latestByPromise: Float64Array
  latestByShift: Float64Array
  /** While bounding arrivals: what later stops allow at the latest for leaving the one that loads their material. */
  leaveByPromise: Float64Array
  leaveByShift: Float64Array
  /** What is on board on the way to this stop, and the most from there to the end; also past the last. */
  loadBefore: Float64Array
  mostLoadFrom: Float64Array
}

/** Empty, with room for so many vehicles of so many stops. */
export function openTable(
  travel: Travel,
  rules: DispatchRules,
  rows: number,
  stops: number,
): FleetTable {
  return {
    travel,
    rules,
    rows: 0,
    places: 0,
    vehicles: [],
    kinds: new Map(),
    ...arrays(rows, stops + 4, 1),
  }
}

const unasked = -2

function arrays(rows: number, stride: number, machineStride: number) {
  const stops = rows * stride
  return {
    stride,
    inService: new Uint8Array(rows),
    at: new Int32Array(rows),
    startMs: new Float64Array(rows).fill(NaN),
    stops: new Int32Array(rows),
    begin: Int32Array.from({ length: rows }, (_, row) => row * stride),
    firstFree: new Int32Array(rows),
    shiftEndsMs: new Float64Array(rows),
    capacity: new Float64Array(rows),
    drivenSeconds: new Float64Array(rows),
    driveSeconds: new Float64Array(rows),
    longestLegSeconds: new Float64Array(rows),
    longestLegMeters: new Float64Array(rows),
    longestLegPrice: new Float64Array(rows),
    loadLitres: new Float64Array(rows),
    hasLoading: new Uint8Array(rows),
    isBound: new Uint8Array(rows),
    machines: new Int32Array(rows),
    machineStride,
    machineKind: new Int32Array(rows * machineStride),
    machineFreeMs: new Float64Array(rows * machineStride),
    written: Array<RouteStop | null>(stops).fill(null),
    place: new Int32Array(stops),
    serviceMs: new Float64Array(stops),
    earliestMs: new Float64Array(stops),
    afterStop: new Int32Array(stops),
    afterMs: new Float64Array(stops),
    legFrom: new Int32Array(stops).fill(unasked),
    legTo: new Int32Array(stops).fill(unasked),
    legSeconds: new Float64Array(stops),
    legMeters: new Float64Array(stops),
    legPrice: new Float64Array(stops),
    arrivesMs: new Float64Array(stops),
    startsMs: new Float64Array(stops),
    departsMs: new Float64Array(stops),
    latestByPromise: new Float64Array(stops),
    latestByShift: new Float64Array(stops),
    leaveByPromise: new Float64Array(stops),
    leaveByShift: new Float64Array(stops),
    loadBefore: new Float64Array(stops),
    mostLoadFrom: new Float64Array(stops),
  }
}

/**
 * Writes a vehicle into its row, schedules it from `nowMs` at the earliest, and makes room if need be. Says whether any
 * time or place of its way is other than it was, or free again.
 */
export function writeVehicle(
  table: FleetTable,
  row: number,
  vehicle: FleetVehicle,
  nowMs: number,
): boolean {
  makeRoom(table, row, vehicle)
  const startMs = vehicle.freeAtMs ?? nowMs
  const litres = vehicle.loadLitres ?? 0
  const isOther =
    writeStops(table, row, vehicle.stops) ||
    table.at[row] !== vehicle.at ||
    table.startMs[row] !== startMs ||
    table.firstFree[row]! > vehicle.committedStops
  const isLoaded = table.loadLitres[row] === litres
  if (isOther || !isLoaded || table.shiftEndsMs[row] !== vehicle.shiftEndsAtMs) {
    table.isBound[row] = 0
  }
  table.vehicles[row] = vehicle
  table.inService[row] = vehicle.inService ? 1 : 0
  table.at[row] = vehicle.at
  table.places = Math.max(table.places, vehicle.at + 1)
  table.startMs[row] = startMs
  table.firstFree[row] = Math.min(vehicle.committedStops, vehicle.stops.length)
  table.shiftEndsMs[row] = vehicle.shiftEndsAtMs
  table.capacity[row] = vehicle.capacityLitres ?? Infinity
  table.loadLitres[row] = litres
  table.drivenSeconds[row] = vehicle.drivenSeconds ?? 0
  writeMachines(table, row, vehicle)
  if (isOther) schedule(table, row)
  return isOther
}

/** Says whether any stop has come, gone or changed. */
function writeStops(table: FleetTable, row: number, stops: readonly RouteStop[]): boolean {
  const { written, stride } = table
  const before = table.stops[row]!
  const many = stops.length
  const begun = table.begin[row]!
  const left = before - many
  const isLeft = left > 0 && many > 0 && written[begun + left] === stops[0]
  let begin = isLeft ? begun + left : begun
  if (begin + many >= (row + 1) * stride) begin = row * stride
  keepLegs(table, begun, before, begin, many)
  table.begin[row] = begin
  table.stops[row] = many
  const isLoading = table.hasLoading[row] === 1
  let isOther = left !== 0 || isLoading
  if (isLoading) table.hasLoading[row] = 0
  for (let index = 0; index < many; index += 1) {
    if (!isLoading && written[begin + index] === stops[index]) continue
    writeStop(table, row, begin + index, stops, index)
    isOther = true
  }
  return isOther
}

/** What is ahead mostly stays when stops come in or are left: their legs are moved along from the end. */
function keepLegs(
  { legFrom, legTo, legSeconds, legMeters, legPrice }: FleetTable,
  begun: number,
  before: number,
  begin: number,
  many: number,
): void {
  if (begun + before === begin + many) return
  const kept = Math.min(before, many)
  const end = begun + before
  for (const legs of [legFrom, legTo, legSeconds, legMeters, legPrice]) {
    legs.copyWithin(begin + many - kept, end - kept, end)
  }
}

/** The row stays behind, empty, for another vehicle. */
export function clearRow(table: FleetTable, row: number): void {
  table.vehicles[row] = null
  table.stops[row] = 0
  table.startMs[row] = NaN
}

/** Where rows or positions run out, everything is written anew into larger arrays. */
function makeRoom(table: FleetTable, row: number, { stops, machines }: FleetVehicle): void {
  const rows = table.inService.length
  const { stride, machineStride, vehicles, startMs } = table
  const used = Math.max(table.rows, row + 1)
  if (row >= rows || stops.length >= stride || machines.length > machineStride) {
    const wider = stops.length < stride ? stride : Math.ceil((stops.length + 1) * 1.25)
    const most = Math.max(machineStride, machines.length)
    Object.assign(table, arrays(row < rows ? rows : 2 * row + 8, wider, most))
    for (const [each, vehicle] of vehicles.entries()) {
      if (vehicle && each !== row) writeVehicle(table, each, vehicle, startMs[each] ?? 0)
    }
  }
  table.rows = used
}

function writeMachines(table: FleetTable, row: number, { machines }: FleetVehicle): void {
  const { kinds, machineStride, machineKind, machineFreeMs } = table
  table.machines[row] = machines.length
  for (let index = 0; index < machines.length; index += 1) {
    const { kind, machineId, freeAtMs } = machines[index]!
    const name = kind ?? machineId
    const known = kinds.get(name) ?? kinds.size
    if (known === kinds.size) kinds.set(name, known)
    machineKind[row * machineStride + index] = known
    machineFreeMs[row * machineStride + index] = freeAtMs
  }
}

function writeStop(
  table: FleetTable,
  row: number,
  at: number,
  stops: readonly RouteStop[],
  index: number,
): void {
  const stop = stops[index]!
  table.written[at] = stop
  table.place[at] = stop.at
  table.places = Math.max(table.places, stop.at + 1)
  table.serviceMs[at] = stop.serviceSeconds * 1000
  table.earliestMs[at] = Math.max(stop.readyAtMs, stop.opensAtMs ?? -Infinity)
  const { readyAfter } = stop
  const before = readyAfter
    ? stops.findIndex(({ stopId }, place) => place < index && stopId === readyAfter.stopId)
    : -1
  if (readyAfter) table.hasLoading[row] = 1
  table.afterStop[at] = before
  table.afterMs[at] = readyAfter ? readyAfter.minutes * 60e3 : 0
}

/** Drives the route: at each stop it waits for what is not made yet or not open, and then serves. */
function schedule(table: FleetTable, row: number): void {
  const { place, legSeconds, legMeters, legPrice, departsMs, afterStop, afterMs } = table
  const first = table.begin[row]!
  const end = first + table.stops[row]!
  let at = table.at[row]!
  let leavesMs = table.startMs[row]!
  let [drive, longestSeconds, longestMeters, longestPrice] = [0, 0, 0, 0]
  for (let stop = first; stop < end; stop += 1) {
    if (table.legFrom[stop] !== at || table.legTo[stop] !== place[stop]) askLeg(table, stop, at)
    const seconds = legSeconds[stop]!
    const meters = legMeters[stop]!
    const price = legPrice[stop]!
    drive += seconds
    if (price > longestPrice) longestPrice = price
    if (seconds > longestSeconds) longestSeconds = seconds
    if (meters > longestMeters) longestMeters = meters
    const arrivesMs = leavesMs + seconds * 1000
    let startsMs = Math.max(arrivesMs, table.earliestMs[stop]!)
    if (afterStop[stop]! >= 0) {
      startsMs = Math.max(startsMs, departsMs[first + afterStop[stop]!]! + afterMs[stop]!)
    }
    leavesMs = startsMs + table.serviceMs[stop]!
    table.arrivesMs[stop] = arrivesMs
    table.startsMs[stop] = startsMs
    departsMs[stop] = leavesMs
    at = place[stop]!
  }
  table.driveSeconds[row] = drive
  table.longestLegSeconds[row] = longestSeconds
  table.longestLegMeters[row] = longestMeters
  table.longestLegPrice[row] = longestPrice
}

function askLeg(table: FleetTable, stop: number, from: number): void {
  const { travel, place, legFrom, legTo, legSeconds, legMeters, legPrice } = table
  const { deviationMinutes, deviationKilometres } = table.rules.weights
  const to = place[stop]!
  legFrom[stop] = from
  legTo[stop] = to
  legSeconds[stop] = travel.seconds(from, to)
  legMeters[stop] = travel.meters(from, to)
  legPrice[stop] =
    legSeconds[stop] * (deviationMinutes / 60) + legMeters[stop] * (deviationKilometres / 1000)
}
