// What it costs at least to bring a request from somewhere in a box, by straight lines that no road undercuts.
import type { Ask } from './ask.ts'
import type { FleetTable } from './fleetTable.ts'
import type { Plane } from './routeTimes.ts'

// What is known of a vehicle's free way, or of all in a cell: a box with the worst of each figure.
export const MIN_X = 0
export const MAX_X = 1
export const MIN_Y = 2
export const MAX_Y = 3
export const LEG_SECONDS = 4
export const LEG_METERS = 5
export const DEPARTS = 6
export const DAY_HOURS = 7
export const IS_NEW = 8
/** When the first of its machines is free. */
export const FREE = 9
/** When the last of them leaves. */
export const LEAVES_LAST = 10
export const boxSize = 11

export interface AirBound {
  aim(ask: Ask): void
  /** Infinity where a limit keeps out every place from which it would be brought. */
  least(boxes: Float64Array, at: number): number
  /** Of vehicles that have nothing more to do, so far away by road; where nothing is fetched first. */
  leastIdle(boxes: Float64Array, at: number, seconds: number, meters: number): number
}

/** So much may the same sum differ when it is made in another order. */
const rounding = 1e-6

// Of the request that is asked for; numbers of a closure would be boxed.
const DROP_X = 0
const DROP_Y = 1
const PICKUP_X = 2
const PICKUP_Y = 3
/** Soonest from the pick-up to the drop. */
const BETWEEN_MS = 4
const NOW = 5
const DUE = 6
/** When it can be handed over at the earliest, wherever the vehicle is. */
const OPENS = 7
const MAKING = 8
const HAS_PICKUP = 9
const figures = 10

export function openAirBound({ rules }: FleetTable, plane: Plane): AirBound {
  const msPerMeter = 1000 / plane.fastestMetersPerSecond
  const { weights } = rules
  const goal = new Float64Array(figures)
  return { aim, least, leastIdle }

  function aim(ask: Ask): void {
    const { drop, pickup, nowMs } = ask
    const from = (pickup ?? drop).at
    goal[DROP_X] = plane.xMeters[drop.at] ?? NaN
    goal[DROP_Y] = plane.yMeters[drop.at] ?? NaN
    goal[PICKUP_X] = plane.xMeters[from] ?? NaN
    goal[PICKUP_Y] = plane.yMeters[from] ?? NaN
    const between = Math.hypot(goal[DROP_X] - goal[PICKUP_X], goal[DROP_Y] - goal[PICKUP_Y])
    goal[BETWEEN_MS] = between * msPerMeter
    goal[NOW] = nowMs
    goal[DUE] = ask.dueMs
    const fetchedMs = pickup ? pickup.earliestMs + goal[BETWEEN_MS] : -Infinity
    goal[OPENS] = Math.max(drop.earliestMs, fetchedMs)
    goal[MAKING] = ask.making ? soonestMadeMs(ask) : -Infinity
    goal[HAS_PICKUP] = pickup ? 1 : 0
  }

  function least(boxes: Float64Array, at: number): number {
    if (boxes[at + MIN_X] === Infinity) return Infinity
    const toDrop = awayFrom(boxes, at, goal[DROP_X]!, goal[DROP_Y]!)
    const hasPickup = goal[HAS_PICKUP] === 1
    const toPickup = hasPickup ? awayFrom(boxes, at, goal[PICKUP_X]!, goal[PICKUP_Y]!) : 0
    const meters = added(hasPickup, toPickup, toDrop, boxes[at + LEG_METERS]!)
    const legMs = boxes[at + LEG_SECONDS]! * 1000
    const ms = added(hasPickup, toPickup * msPerMeter, toDrop * msPerMeter, legMs)
    if (ms / 60e3 > rules.maxDeviationMinutes + rounding) return Infinity
    if (meters > rules.maxDeviationMeters + rounding) return Infinity
    const awayMs = Math.max(toDrop * msPerMeter, toPickup * msPerMeter + goal[BETWEEN_MS]!)
    const score =
      priceOfTime(boxes, at, awayMs) +
      (ms / 60e3) * weights.deviationMinutes +
      (meters / 1000) * weights.deviationKilometres +
      boxes[at + IS_NEW]! * weights.newVehicle +
      fairness(boxes, at, ms)
    // Where something is not known nothing is proven.
    return Number.isNaN(score) ? -Infinity : score - rounding
  }

  function leastIdle(boxes: Float64Array, at: number, seconds: number, meters: number): number {
    if (boxes[at + MIN_X] === Infinity) return Infinity
    const awayMs = seconds * 1000
    const { waitingMinutes, deviationMinutes } = weights
    // Who comes from farther away waits less, but drives as much more.
    const waitsMs = waitingMinutes > deviationMinutes ? 0 : leastWait(boxes, at, awayMs)
    const score =
      priceOfTime(boxes, at, awayMs) +
      (waitsMs / 60e3) * waitingMinutes +
      (seconds / 60) * deviationMinutes +
      (meters / 1000) * weights.deviationKilometres +
      boxes[at + IS_NEW]! * weights.newVehicle
    return Number.isNaN(score) ? -Infinity : score - rounding
  }

  function leastWait(boxes: Float64Array, at: number, awayMs: number): number {
    const madeMs = Math.max(boxes[at + FREE]!, goal[NOW]!) + goal[MAKING]!
    const arrivesMs = Math.max(boxes[at + LEAVES_LAST]!, goal[NOW]!) + awayMs
    return Math.max(0, madeMs - arrivesMs)
  }

  function priceOfTime(boxes: Float64Array, at: number, awayMs: number): number {
    const nowMs = goal[NOW]!
    const arrivesMs = Math.max(boxes[at + DEPARTS]!, nowMs) + awayMs
    const madeMs = Math.max(boxes[at + FREE]!, nowMs) + goal[MAKING]!
    const handsOverMs = Math.max(arrivesMs, goal[OPENS]!, madeMs)
    const lateMs = Math.max(0, handsOverMs - goal[DUE]!)
    return (
      ((handsOverMs - nowMs) / 60e3) * weights.minutesToBuyer +
      (lateMs / 60e3) * weights.latenessMinutes
    )
  }

  function fairness(boxes: Float64Array, at: number, ms: number): number {
    if (weights.driverFairness === 0 || ms >= 0) return 0
    return 2 * boxes[at + DAY_HOURS]! * (ms / 3600e3) * weights.driverFairness
  }
}

/** What a stop, or two, so far off the way add at least: between two stops, or at the end. */
function added(hasPickup: boolean, toPickup: number, toDrop: number, leg: number): number {
  const alone = Math.min(toDrop, 2 * toDrop - leg)
  if (!hasPickup) return alone
  const farther = Math.max(toPickup, toDrop)
  return Math.min(farther, 2 * farther - leg, 2 * toPickup - leg + alone)
}

/** How long the quickest kind of machine takes, cooled down. */
function soonestMadeMs({ making }: Ask): number {
  let leastMs = Infinity
  for (const { makingMinutes, coolDownMinutes } of Object.values(making ?? {})) {
    leastMs = Math.min(leastMs, (makingMinutes + coolDownMinutes) * 60e3)
  }
  return leastMs < Infinity ? leastMs : 0
}

/** Straight to the nearest edge of the box; 0 inside. */
function awayFrom(boxes: Float64Array, at: number, x: number, y: number): number {
  const aside = Math.max(boxes[at + MIN_X]! - x, x - boxes[at + MAX_X]!, 0)
  const along = Math.max(boxes[at + MIN_Y]! - y, y - boxes[at + MAX_Y]!, 0)
  return Math.sqrt(aside * aside + along * along)
}
