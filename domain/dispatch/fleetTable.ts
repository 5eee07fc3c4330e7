// A fleet in typed arrays: each vehicle's stops with their schedule, how late each may be reached,
// and what is on board.
import type { DispatchRules } from '../model/dispatchRules.ts'
import type { FleetVehicle, RouteStop } from './facts.ts'
import type { Travel } from './routeTimes.ts'

/** By vehicle, and by stop at `vehicle * stride + position`. Rows are written by `writeVehicle` alone. */
export interface FleetTable {
  travel: Travel
  rules: DispatchRules
  /** Rows in use or free again; a free one has no vehicle. */
  rows: number
  /** One more than the highest index of a place in any route. */
  places: number
  /** Positions of a row; one more than the most stops. */
  stride: number
  vehicles: (FleetVehicle | null)[]

  // By vehicle.
  inService: Uint8Array
  at: Int32Array
  startMs: Float64Array
  stops: Int32Array
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

  /** How many machines are on board. */
  machines: Int32Array

  // By machine on board, at `vehicle * machineStride + index`.
  machineStride: number
  /** A number for each name of a kind. */
  kinds: Map<string, number>
  machineKind: Int32Array
  machineFreeMs: Float64Array

  // By stop.
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
    startMs: new Float64Array(rows),
    stops: new Int32Array(rows),
    firstFree: new Int32Array(rows),
    shiftEndsMs: new Float64Array(rows),
    capacity: new Float64Array(rows),
    drivenSeconds: new Float64Array(rows),
    driveSeconds: new Float64Array(rows),
    longestLegSeconds: new Float64Array(rows),
    longestLegMeters: new Float64Array(rows),
    longestLegPrice: new Float64Array(rows),
    machines: new Int32Array(rows),
    machineStride,
    machineKind: new Int32Array(rows * machineStride),
    machineFreeMs: new Float64Array(rows * machineStride),
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

/** Writes a vehicle into its row, schedules it from `nowMs` at the earliest, and makes room if need be. */
export function writeVehicle(
  table: FleetTable,
  row: number,
  vehicle: FleetVehicle,
  nowMs: number,
): void {
  makeRoom(table, row, vehicle)
  keepLegs(table, row, vehicle.stops.length)
  table.vehicles[row] = vehicle
  table.inService[row] = vehicle.inService ? 1 : 0
  table.at[row] = vehicle.at
  table.places = Math.max(table.places, vehicle.at + 1)
  table.startMs[row] = vehicle.freeAtMs ?? nowMs
  table.stops[row] = vehicle.stops.length
  table.firstFree[row] = Math.min(vehicle.committedStops, vehicle.stops.length)
  table.shiftEndsMs[row] = vehicle.shiftEndsAtMs
  table.capacity[row] = vehicle.capacityLitres ?? Infinity
  table.drivenSeconds[row] = vehicle.drivenSeconds ?? 0
  for (let index = 0; index < vehicle.stops.length; index += 1) {
    writeStop(table, row * table.stride + index, vehicle.stops, index)
  }
  writeMachines(table, row, vehicle)
  schedule(table, row)
  boundArrivals(table, row)
  weighLoads(table, row)
}

/** What is ahead mostly stays when stops come in or are left: their legs are moved along from the end. */
function keepLegs(table: FleetTable, row: number, stops: number): void {
  const begin = row * table.stride
  const before = table.stops[row]!
  const shift = stops - before
  if (shift === 0) return
  const { legFrom, legTo, legSeconds, legMeters, legPrice } = table
  const from = begin + Math.max(0, -shift)
  for (const legs of [legFrom, legTo, legSeconds, legMeters, legPrice]) {
    legs.copyWithin(from + shift, from, begin + before)
  }
}

/** The row stays behind, empty, for another vehicle. */
export function clearRow(table: FleetTable, row: number): void {
  table.vehicles[row] = null
  table.stops[row] = 0
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
  at: number,
  stops: readonly RouteStop[],
  index: number,
): void {
  const stop = stops[index]!
  table.place[at] = stop.at
  table.places = Math.max(table.places, stop.at + 1)
  table.serviceMs[at] = stop.serviceSeconds * 1000
  table.earliestMs[at] = Math.max(stop.readyAtMs, stop.opensAtMs ?? -Infinity)
  const { readyAfter } = stop
  const before = readyAfter
    ? stops.findIndex(({ stopId }, place) => place < index && stopId === readyAfter.stopId)
    : -1
  table.afterStop[at] = before
  table.afterMs[at] = readyAfter ? readyAfter.minutes * 60e3 : 0
}

/** Drives the route: at each stop it waits for what is not made yet or not open, and then serves. */
function schedule(table: FleetTable, row: number): void {
  const { place, legSeconds, legMeters, legPrice, departsMs, afterStop, afterMs } = table
  const first = row * table.stride
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

/** A microsecond: so much may a time be off that is added up in another order. */
const rounding = 0.001

/**
 * The latest arrival at each stop that keeps every promise from there on, and the shift. A promise that is broken
 * already does not forbid a stop: it only must not get worse.
 */
function boundArrivals(table: FleetTable, row: number): void {
  const { serviceMs, legSeconds, startsMs, latestByPromise, latestByShift, afterStop } = table
  const { leaveByPromise, leaveByShift } = table
  const stops = table.vehicles[row]?.stops ?? []
  const first = row * table.stride
  const delayMs = table.rules.maxStopDelayMinutes * 60e3
  leaveByPromise.fill(Infinity, first, first + stops.length)
  leaveByShift.fill(Infinity, first, first + stops.length)
  const endsMs = stops.length === 0 ? 0 : table.departsMs[first + stops.length - 1]!
  let promiseMs = Infinity
  let shiftMs = Math.max(table.shiftEndsMs[row]!, endsMs)
  for (let index = stops.length - 1; index >= 0; index -= 1) {
    const stop = stops[index]!
    const at = first + index
    const onwardMs = serviceMs[at]! + (index + 1 < stops.length ? legSeconds[at + 1]! * 1000 : 0)
    const byHours =
      stop.closesAtMs === undefined ? Infinity : Math.max(stop.closesAtMs, startsMs[at]!)
    const told = stop.dueAtMs === null ? Infinity : stop.dueAtMs + delayMs
    const byLeaving = leaveByPromise[at]! - serviceMs[at]!
    const startByPromise = Math.min(promiseMs - onwardMs, byHours, byLeaving)
    promiseMs = Math.min(startByPromise, Math.max(told, table.arrivesMs[at]!))
    shiftMs = Math.min(shiftMs - onwardMs, leaveByShift[at]! - serviceMs[at]!)
    latestByPromise[at] = promiseMs + rounding
    latestByShift[at] = shiftMs + rounding
    const loading = afterStop[at]!
    if (loading < 0) continue
    const handOver = Math.min(startByPromise, Math.max(told, startsMs[at]!))
    const afterMs = table.afterMs[at]!
    const leaving = first + loading
    leaveByPromise[leaving] = Math.min(leaveByPromise[leaving]!, handOver - afterMs)
    leaveByShift[leaving] = Math.min(leaveByShift[leaving]!, shiftMs - afterMs)
  }
}

/** What is on board before each stop, and the most from there on. */
function weighLoads(table: FleetTable, row: number): void {
  const { loadBefore, mostLoadFrom } = table
  const vehicle = table.vehicles[row]
  const stops = vehicle?.stops ?? []
  const first = row * table.stride
  let litres = vehicle?.loadLitres ?? 0
  loadBefore[first] = litres
  for (let index = 0; index < stops.length; index += 1) {
    litres += stops[index]!.loadLitres ?? 0
    loadBefore[first + index + 1] = litres
  }
  let most = -Infinity
  for (let at = first + stops.length; at >= first; at -= 1) {
    most = Math.max(most, loadBefore[at]!)
    mostLoadFrom[at] = most
  }
}
