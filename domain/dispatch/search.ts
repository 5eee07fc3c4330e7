// Looks for the best place of a request in one vehicle's route: every position costs O(1), and what cannot beat the
// best any more is not looked at.
import type { AskedStop, Made } from './ask.ts'
import {
  comeFrom,
  departsBefore,
  judgeDrop,
  placeBefore,
  rounding,
  turnToVehicle,
  unfairness,
  type Scene,
} from './scene.ts'
import { boundRoute } from './routeBounds.ts'
import type { Plane } from './routeTimes.ts'
import {
  FROM_METERS as ON_METERS,
  FROM_SECONDS as ON_SECONDS,
  spokeOf,
  TO_METERS,
  TO_SECONDS,
} from './spokes.ts'
import {
  codeOf,
  DEPARTS,
  FIXED,
  FROM_METERS,
  FROM_SECONDS,
  keepBetter,
  LEG_METERS,
  LEG_SECONDS,
  METERS,
  PICKUP_ARRIVES,
  PICKUP_LEAVES,
  PICKUP_METERS,
  PICKUP_SECONDS,
  PICKUP_STARTS,
  PICKUP_WAIT,
  READY,
  SECONDS,
  TIME,
  type Verdict,
} from './verdict.ts'

const { fits } = codeOf

/** Betters the verdict by what this vehicle offers with this machine for less than `bound`. */
export function search(scene: Scene, made: Made, bound: number, verdict: Verdict): void {
  boundRoute(scene.table, verdict.row)
  turnToVehicle(scene, verdict.row, made)
  if (scene.ask.pickup) searchPair(scene, scene.ask.pickup, made, bound, verdict)
  else searchDrop(scene, made, bound, verdict)
}

function searchDrop(scene: Scene, made: Made, bound: number, verdict: Verdict): void {
  const { table, ask, work } = scene
  const { row } = verdict
  const stops = table.stops[row]!
  const begin = table.begin[row]!
  const spared = leastOfWay(scene, row, 1)
  const { plane } = table.travel
  const readyMs = work[READY]!
  const { litres } = ask.drop
  const most = table.capacity[row]! - litres
  for (let index = firstOf(scene, row, made); index <= stops; index += 1) {
    const at = begin + index
    const departsMs = departsBefore(scene, row, index)
    const least = toBeat(bound, verdict)
    const soonestMs = departsMs > readyMs ? departsMs : readyMs
    if (priceOfTime(scene, soonestMs) + spared > least) return cut(verdict)
    setLeg(scene, at, index === stops)
    if (plane && verdict.position >= 0) {
      const leastHere = leastByAir(scene, plane, row, index, departsMs)
      if (leastHere > least) {
        cut(verdict)
        continue
      }
      // What cannot fit is only looked at for a miss by less.
      if (leastHere > verdict.score && isOutByAir(scene)) continue
    }
    work[DEPARTS] = departsMs
    comeFrom(scene, placeBefore(scene, row, index))
    if (least < Infinity) {
      const arrivesMs = departsMs + work[FROM_SECONDS]! * 1000
      const handsOverMs = arrivesMs > readyMs ? arrivesMs : readyMs
      if (priceOfTime(scene, handsOverMs) + priceOfDrop(scene, row, index) > least) {
        cut(verdict)
        continue
      }
    }
    let code = judgeDrop(scene, row, index)
    if (code === fits && litres > 0 && table.mostLoadFrom[at]! > most) {
      code = codeOf.no_room_on_board
    }
    keepBetter(verdict, code, work, index, -1, made)
  }
}

/** The pick-up before each stop, and for each the delivery before each stop from there on. */
function searchPair(
  scene: Scene,
  pickup: AskedStop,
  made: Made,
  bound: number,
  verdict: Verdict,
): void {
  const { table, work } = scene
  const { row } = verdict
  const stops = table.stops[row]!
  const first = firstOf(scene, row, made)
  const spared = leastOfWay(scene, row, 2)
  if (stops > first) priceDrops(scene, row, first)
  for (let index = first; index <= stops; index += 1) {
    work[DEPARTS] = departsBefore(scene, row, index)
    work[PICKUP_WAIT] = 0
    if (priceOfTime(scene, work[DEPARTS]) + spared > toBeat(bound, verdict)) return cut(verdict)
    const against = pickUp(scene, pickup, row, index)
    const code = deliverRightBehind(scene, pickup, row, index)
    keepBetter(verdict, against === fits ? code : against, work, index, index, made)
    if (against === fits && index < stops) deliverLater(scene, index, made, bound, verdict)
  }
}

/** What the buyer's waiting costs when it is handed over then. */
function priceOfTime({ table, ask }: Scene, handsOverMs: number): number {
  const { weights } = table.rules
  const lateMs = handsOverMs > ask.dueMs ? handsOverMs - ask.dueMs : 0
  return (
    ((handsOverMs - ask.nowMs) / 60e3) * weights.minutesToBuyer +
    (lateMs / 60e3) * weights.latenessMinutes
  )
}

/** The least that a vehicle's way may cost more: a leg may be spared for each stop that comes in. */
function leastOfWay(scene: Scene, row: number, legs: number): number {
  const { table } = scene
  const seconds = Math.min(legs * table.longestLegSeconds[row]!, table.driveSeconds[row]!)
  return priceOfWay(scene, row, -seconds, -legs * table.longestLegMeters[row]!)
}

/** What the way costs at least with the delivery before that stop; the way there is in `work`. */
function priceOfDrop(scene: Scene, row: number, index: number): number {
  const { table, toDrop, work } = scene
  let seconds = work[FROM_SECONDS]! - work[LEG_SECONDS]!
  let meters = work[FROM_METERS]! - work[LEG_METERS]!
  if (index < table.stops[row]!) {
    const spoke = spokeOf(toDrop, table.place[table.begin[row]! + index]!)
    seconds += toDrop.figures[spoke + ON_SECONDS]!
    meters += toDrop.figures[spoke + ON_METERS]!
  }
  return priceOfWay(scene, row, seconds, meters)
}

/** The same by straight lines, before any road is asked. */
function leastByAir(
  scene: Scene,
  plane: Plane,
  row: number,
  index: number,
  departsMs: number,
): number {
  const { table, ask, work } = scene
  const { xMeters, yMeters, fastestMetersPerSecond } = plane
  const x = xMeters[ask.drop.at]!
  const y = yMeters[ask.drop.at]!
  const from = placeBefore(scene, row, index)
  const away = distance(xMeters[from]! - x, yMeters[from]! - y)
  const isEnd = index === table.stops[row]
  const next = isEnd ? 0 : table.place[table.begin[row]! + index]!
  const onward = isEnd ? 0 : distance(xMeters[next]! - x, yMeters[next]! - y)
  const arrivesMs = departsMs + (away / fastestMetersPerSecond) * 1000
  const seconds = (away + onward) / fastestMetersPerSecond - work[LEG_SECONDS]!
  const meters = away + onward - work[LEG_METERS]!
  work[SECONDS] = seconds
  work[METERS] = meters
  const handsOverMs = arrivesMs > work[READY]! ? arrivesMs : work[READY]!
  return priceOfTime(scene, handsOverMs) + priceOfWay(scene, row, seconds, meters)
}

/** Whether the straight lines of `leastByAir` break a limit already. */
function isOutByAir({ table: { rules }, work }: Scene): boolean {
  return (
    work[SECONDS]! / 60 > rules.maxDeviationMinutes + rounding ||
    work[METERS]! > rules.maxDeviationMeters + rounding
  )
}

function distance(x: number, y: number): number {
  return Math.sqrt(x * x + y * y)
}

function priceOfWay({ table, work }: Scene, row: number, seconds: number, meters: number): number {
  const { weights } = table.rules
  const unfair = weights.driverFairness > 0 ? unfairness(table, row, seconds) : 0
  return (
    work[FIXED]! +
    (seconds / 60) * weights.deviationMinutes +
    (meters / 1000) * weights.deviationKilometres +
    unfair * weights.driverFairness -
    rounding
  )
}

/**
 * By position what the delivery alone would add to the way, and the least from there on; what the
 * pick-up adds comes to it.
 */
function priceDrops(scene: Scene, row: number, first: number): void {
  const { table, toDrop, dropPrice, leastDropPrice } = scene
  const { weights } = table.rules
  const begin = table.begin[row]!
  const stops = table.stops[row]!
  let least = Infinity
  for (let index = stops; index > first; index -= 1) {
    const before = spokeOf(toDrop, table.place[begin + index - 1]!)
    let seconds = toDrop.figures[before + TO_SECONDS]!
    let meters = toDrop.figures[before + TO_METERS]!
    if (index < stops) {
      const behind = spokeOf(toDrop, table.place[begin + index]!)
      seconds += toDrop.figures[behind + ON_SECONDS]! - table.legSeconds[begin + index]!
      meters += toDrop.figures[behind + ON_METERS]! - table.legMeters[begin + index]!
    }
    const price =
      (seconds / 60) * weights.deviationMinutes + (meters / 1000) * weights.deviationKilometres
    // Where no road leads nothing is known to be dearer.
    if (!(price >= least)) least = price
    dropPrice[index] = price
    leastDropPrice[index] = least
  }
}

/** Drives to the pick-up instead of the stop at `index`, and tells what is against it there. */
function pickUp(scene: Scene, pickup: AskedStop, row: number, index: number): number {
  const { table, toPickup, work } = scene
  const spoke = spokeOf(toPickup, placeBefore(scene, row, index))
  const arrivesMs = work[DEPARTS]! + toPickup.figures[spoke + TO_SECONDS]! * 1000
  const startsMs = Math.max(arrivesMs, pickup.earliestMs)
  work[PICKUP_ARRIVES] = arrivesMs
  work[PICKUP_STARTS] = startsMs
  work[PICKUP_LEAVES] = startsMs + pickup.serviceMs
  work[PICKUP_WAIT] = startsMs - arrivesMs
  work[PICKUP_SECONDS] = toPickup.figures[spoke + TO_SECONDS]!
  work[PICKUP_METERS] = toPickup.figures[spoke + TO_METERS]!
  if (!(arrivesMs < Infinity)) return codeOf.unreachable
  if (work[PICKUP_WAIT] / 60e3 > table.rules.maxWaitingMinutes) return codeOf.waits_too_long
  if (startsMs > pickup.closesMs) return codeOf.closed_then
  const onBoard = table.loadBefore[table.begin[row]! + index]! + pickup.litres
  return onBoard <= table.capacity[row]! ? fits : codeOf.no_room_on_board
}

function deliverRightBehind(scene: Scene, pickup: AskedStop, row: number, index: number): number {
  const { table, toDrop, work } = scene
  const between = spokeOf(toDrop, pickup.at)
  work[DEPARTS] = work[PICKUP_LEAVES]!
  work[FROM_SECONDS] = toDrop.figures[between + TO_SECONDS]!
  work[FROM_METERS] = toDrop.figures[between + TO_METERS]!
  setLeg(scene, table.begin[row]! + index, index === table.stops[row])
  return judgeDrop(scene, row, index)
}

/** Drives on over the stops behind the pick-up as it would be then, with the delivery after each. */
function deliverLater(
  scene: Scene,
  index: number,
  made: Made,
  bound: number,
  verdict: Verdict,
): void {
  const { table, toPickup, work, dropPrice, leastDropPrice } = scene
  const { weights } = table.rules
  const { row } = verdict
  const stops = table.stops[row]!
  const begin = table.begin[row]!
  const spoke = spokeOf(toPickup, table.place[begin + index]!)
  work[PICKUP_SECONDS]! += toPickup.figures[spoke + ON_SECONDS]! - table.legSeconds[begin + index]!
  work[PICKUP_METERS]! += toPickup.figures[spoke + ON_METERS]! - table.legMeters[begin + index]!
  work[TIME] = work[PICKUP_LEAVES]! + toPickup.figures[spoke + ON_SECONDS]! * 1000
  const isFair = weights.driverFairness === 0
  const way =
    (work[PICKUP_SECONDS]! / 60) * weights.deviationMinutes +
    (work[PICKUP_METERS]! / 1000) * weights.deviationKilometres +
    (work[PICKUP_WAIT]! / 60e3) * weights.waitingMinutes +
    work[FIXED]! -
    rounding
  for (let position = index + 1; position <= stops; position += 1) {
    const least = toBeat(bound, verdict)
    const known = isFair ? way + priceOfTime(scene, work[TIME]) : -Infinity
    if (known + leastDropPrice[position]! > least) return cut(verdict)
    const against = pass(scene, row, position - 1, index)
    if (against === fits && known + dropPrice[position]! > least) cut(verdict)
    else {
      work[DEPARTS] = work[TIME]!
      comeFrom(scene, table.place[begin + position - 1]!)
      setLeg(scene, begin + position, position === stops)
      const code = judgeDrop(scene, row, position)
      keepBetter(verdict, against === fits ? code : against, work, position, index, made)
    }
    if (against !== fits || position === stops) return
    work[TIME] += table.legSeconds[begin + position]! * 1000
  }
}

/** Serves a stop between pick-up and delivery, reached at TIME with the parcel on board. */
function pass(scene: Scene, row: number, position: number, pickedUpAt: number): number {
  const { table, work, leaves, ask } = scene
  const begin = table.begin[row]!
  const at = begin + position
  const arrivesMs = work[TIME]!
  let startsMs = Math.max(arrivesMs, table.earliestMs[at]!)
  const loading = table.afterStop[at]!
  if (loading >= 0) {
    const leftMs = loading < pickedUpAt ? table.departsMs[begin + loading]! : leaves[loading]!
    startsMs = Math.max(startsMs, leftMs + table.afterMs[at]!)
  }
  work[TIME] = leaves[position] = startsMs + table.serviceMs[at]!
  if (arrivesMs > table.latestByPromise[at]!) return codeOf.would_delay_other_stops
  if (arrivesMs > table.latestByShift[at]!) return codeOf.after_shift_end
  const onBoard = table.loadBefore[at + 1]! + (ask.pickup?.litres ?? 0)
  return onBoard <= table.capacity[row]! ? fits : codeOf.no_room_on_board
}

/** The leg that is driven no more. */
function setLeg({ table, work }: Scene, at: number, isEnd: boolean): void {
  work[LEG_SECONDS] = isEnd ? 0 : table.legSeconds[at]!
  work[LEG_METERS] = isEnd ? 0 : table.legMeters[at]!
}

/** What comes after the committed stops, and after the stop that loads its material. */
function firstOf({ table }: Scene, row: number, made: Made): number {
  return Math.max(table.firstFree[row]!, made.afterStop + 1)
}

function cut(verdict: Verdict): void {
  verdict.isCut = true
}

function toBeat(bound: number, verdict: Verdict): number {
  return verdict.code === fits ? Math.min(bound, verdict.score) : bound
}
