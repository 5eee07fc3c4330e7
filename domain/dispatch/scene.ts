// One request before a fleet: what a place in a route costs, and what is against it. Every insertion is judged here.
import type { Ask, Made } from './ask.ts'
import type { FleetTable } from './fleetTable.ts'
import {
  FROM_METERS as ON_METERS,
  FROM_SECONDS as ON_SECONDS,
  openSpokes,
  spokeOf,
  TO_METERS,
  TO_SECONDS,
  turnTo,
  type Spokes,
} from './spokes.ts'
import {
  ARRIVES,
  codeOf,
  DEPARTS,
  figuresKept,
  FIXED,
  FROM_METERS,
  FROM_SECONDS,
  HANDS_OVER,
  LEAVES,
  LEG_METERS,
  LEG_SECONDS,
  METERS,
  PICKUP_METERS,
  PICKUP_SECONDS,
  PICKUP_WAIT,
  READY,
  SCORE,
  SECONDS,
} from './verdict.ts'

export interface Scene {
  table: FleetTable
  ask: Ask
  toDrop: Spokes
  toPickup: Spokes
  /** What one look works with, by the names of a verdict's figures: an object's own doubles would be boxed. */
  work: Float64Array
  /** When the stops between pick-up and delivery would be left, by position. */
  leaves: Float64Array
  /** What the delivery alone would add to the way, by position, and the least from there on. */
  dropPrice: Float64Array
  leastDropPrice: Float64Array
}

export function openScene(table: FleetTable, ask: Ask): Scene {
  return {
    table,
    ask,
    toDrop: openSpokes(table.travel),
    toPickup: openSpokes(table.travel),
    work: new Float64Array(figuresKept),
    leaves: new Float64Array(0),
    dropPrice: new Float64Array(0),
    leastDropPrice: new Float64Array(0),
  }
}

/** Turns to another request. */
export function pose(scene: Scene, ask: Ask): void {
  const { table } = scene
  scene.ask = ask
  const places = Math.max(table.places, ask.drop.at + 1, (ask.pickup?.at ?? 0) + 1)
  turnTo(scene.toDrop, table.travel, ask.drop.at, places)
  if (ask.pickup) turnTo(scene.toPickup, table.travel, ask.pickup.at, places)
  if (scene.leaves.length >= table.stride) return
  scene.leaves = new Float64Array(table.stride)
  scene.dropPrice = new Float64Array(table.stride)
  scene.leastDropPrice = new Float64Array(table.stride)
}

/** Turns to one vehicle and one of its machines. */
export function turnToVehicle({ table, ask, work }: Scene, row: number, made: Made): void {
  const { weights } = table.rules
  work[READY] = Math.max(made.readyMs, ask.drop.earliestMs)
  work[FIXED] =
    (table.stops[row] === 0 ? weights.newVehicle : 0) + made.scrapShare * weights.scrapRisk
  work[PICKUP_SECONDS] = 0
  work[PICKUP_METERS] = 0
  work[PICKUP_WAIT] = 0
}

/** The stop before which something comes is left for, at the earliest, now. */
export function departsBefore({ table, ask }: Scene, row: number, index: number): number {
  if (index > 0) return table.departsMs[table.begin[row]! + index - 1]!
  return Math.max(table.startMs[row]!, ask.nowMs)
}

export function placeBefore({ table }: Scene, row: number, index: number): number {
  return index === 0 ? table.at[row]! : table.place[table.begin[row]! + index - 1]!
}

/** The way to the door, from the place where the vehicle is before. */
export function comeFrom({ toDrop, work }: Scene, place: number): void {
  const spoke = spokeOf(toDrop, place)
  work[FROM_SECONDS] = toDrop.figures[spoke + TO_SECONDS]!
  work[FROM_METERS] = toDrop.figures[spoke + TO_METERS]!
}

/**
 * The delivery before the stop at `index`: its figures go into `work`, and what is against it is the
 * answer. LEG_SECONDS and LEG_METERS of the work are what is driven no more.
 */
export function judgeDrop(scene: Scene, row: number, index: number): number {
  const { table, ask, toDrop, work } = scene
  const isEnd = index === table.stops[row]
  const next = table.begin[row]! + index
  const spoke = isEnd ? -1 : spokeOf(toDrop, table.place[next]!)
  const onSeconds = isEnd ? 0 : toDrop.figures[spoke + ON_SECONDS]!
  const onMeters = isEnd ? 0 : toDrop.figures[spoke + ON_METERS]!
  const arrivesMs = work[DEPARTS]! + work[FROM_SECONDS]! * 1000
  const handsOverMs = Math.max(arrivesMs, work[READY]!)
  const leavesMs = handsOverMs + ask.drop.serviceMs
  const seconds = work[PICKUP_SECONDS]! + (work[FROM_SECONDS]! + onSeconds - work[LEG_SECONDS]!)
  const meters = work[PICKUP_METERS]! + (work[FROM_METERS]! + onMeters - work[LEG_METERS]!)
  const waitingMs = handsOverMs - arrivesMs
  work[ARRIVES] = arrivesMs
  work[HANDS_OVER] = handsOverMs
  work[LEAVES] = leavesMs
  work[SECONDS] = seconds
  work[METERS] = meters
  if (!(leavesMs < Infinity && seconds < Infinity && meters < Infinity)) {
    work[SCORE] = Infinity
    return codeOf.unreachable
  }
  work[SCORE] = scoreOf(scene, row, handsOverMs, seconds, meters, work[PICKUP_WAIT]! + waitingMs)
  const limited = breaksLimit(scene, handsOverMs, seconds, meters, waitingMs)
  if (limited !== codeOf.fits) return limited
  const nextMs = leavesMs + onSeconds * 1000
  if (isEnd) return nextMs > table.shiftEndsMs[row]! ? codeOf.after_shift_end : codeOf.fits
  if (nextMs > table.latestByPromise[next]!) return codeOf.would_delay_other_stops
  return nextMs > table.latestByShift[next]! ? codeOf.after_shift_end : codeOf.fits
}

function breaksLimit(
  { table: { rules }, ask }: Scene,
  handsOverMs: number,
  seconds: number,
  meters: number,
  waitingMs: number,
): number {
  if (seconds / 60 > rules.maxDeviationMinutes) return codeOf.deviation_too_long
  if (meters > rules.maxDeviationMeters) return codeOf.deviation_too_far
  if (waitingMs / 60e3 > rules.maxWaitingMinutes) return codeOf.waits_too_long
  const lateMs = handsOverMs - ask.dueMs
  if (rules.maxLatenessMinutes !== null && lateMs / 60e3 > rules.maxLatenessMinutes) {
    return codeOf.too_late
  }
  return handsOverMs > ask.drop.closesMs ? codeOf.closed_then : codeOf.fits
}

/** The weighted sum of all terms, in the order of their names in the rules. */
function scoreOf(
  { table, ask, work }: Scene,
  row: number,
  handsOverMs: number,
  seconds: number,
  meters: number,
  waitingMs: number,
): number {
  const { weights } = table.rules
  const lateMs = handsOverMs > ask.dueMs ? handsOverMs - ask.dueMs : 0
  return (
    ((handsOverMs - ask.nowMs) / 60e3) * weights.minutesToBuyer +
    (lateMs / 60e3) * weights.latenessMinutes +
    (seconds / 60) * weights.deviationMinutes +
    (meters / 1000) * weights.deviationKilometres +
    (waitingMs / 60e3) * weights.waitingMinutes +
    work[FIXED]! +
    (weights.driverFairness === 0 ? 0 : unfairness(table, row, seconds) * weights.driverFairness)
  )
}

/** Squared hours that the detour adds to the driver's day. */
export function unfairness(table: FleetTable, row: number, seconds: number): number {
  const before = (table.drivenSeconds[row]! + table.driveSeconds[row]!) / 3600
  const after = before + seconds / 3600
  return after * after - before * before
}

/** So much may the same sum differ when it is made in another order. */
export const rounding = 1e-6
