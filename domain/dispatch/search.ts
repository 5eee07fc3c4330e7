// Looks for the best place of a request in one vehicle's route: every position costs O(1), and what cannot beat the
// best any more is not looked at.
import type { AskedStop, Made } from './ask.ts'
import {
  comeFrom,
  departsBefore,
  judgeDrop,
  leastScore,
  placeBefore,
  turnToVehicle,
  type Scene,
} from './scene.ts'
import { spokeOf } from './spokes.ts'
import {
  codeOf,
  DEPARTS,
  FROM_METERS,
  FROM_SECONDS,
  keepBetter,
  LEG_METERS,
  LEG_SECONDS,
  PICKUP_ARRIVES,
  PICKUP_LEAVES,
  PICKUP_METERS,
  PICKUP_SECONDS,
  PICKUP_STARTS,
  PICKUP_WAIT,
  TIME,
  type Verdict,
} from './verdict.ts'

const { fits } = codeOf

/** Betters the verdict by what this vehicle offers with this machine for less than `bound`. */
export function search(scene: Scene, made: Made, bound: number, verdict: Verdict): void {
  turnToVehicle(scene, verdict.row, made)
  if (scene.ask.pickup) searchPair(scene, scene.ask.pickup, made, bound, verdict)
  else searchDrop(scene, made, bound, verdict)
}

function searchDrop(scene: Scene, made: Made, bound: number, verdict: Verdict): void {
  const { table, ask, work } = scene
  const { row } = verdict
  const stops = table.stops[row]!
  const begin = row * table.stride
  const seconds = -table.longestLegSeconds[row]!
  const meters = -table.longestLegMeters[row]!
  const { litres } = ask.drop
  const most = table.capacity[row]! - litres
  for (let index = firstOf(scene, row, made); index <= stops; index += 1) {
    work[DEPARTS] = departsBefore(scene, row, index)
    if (leastScore(scene, row, work[DEPARTS], seconds, meters) > toBeat(bound, verdict)) return
    comeFrom(scene, placeBefore(scene, row, index))
    setLeg(scene, begin + index, index === stops)
    let code = judgeDrop(scene, row, index)
    if (code === fits && litres > 0 && table.mostLoadFrom[begin + index]! > most) {
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
  const seconds = -2 * table.longestLegSeconds[row]!
  const meters = -2 * table.longestLegMeters[row]!
  for (let index = firstOf(scene, row, made); index <= stops; index += 1) {
    work[DEPARTS] = departsBefore(scene, row, index)
    work[PICKUP_WAIT] = 0
    if (leastScore(scene, row, work[DEPARTS], seconds, meters) > toBeat(bound, verdict)) return
    const against = pickUp(scene, pickup, row, index)
    const code = deliverRightBehind(scene, pickup, row, index)
    keepBetter(verdict, against === fits ? code : against, work, index, index, made)
    if (against === fits && index < stops) deliverLater(scene, index, made, bound, verdict)
  }
}

/** Drives to the pick-up instead of the stop at `index`, and tells what is against it there. */
function pickUp(scene: Scene, pickup: AskedStop, row: number, index: number): number {
  const { table, toPickup, work } = scene
  const spoke = spokeOf(toPickup, placeBefore(scene, row, index))
  const arrivesMs = work[DEPARTS]! + toPickup.toSeconds[spoke]! * 1000
  const startsMs = Math.max(arrivesMs, pickup.earliestMs)
  work[PICKUP_ARRIVES] = arrivesMs
  work[PICKUP_STARTS] = startsMs
  work[PICKUP_LEAVES] = startsMs + pickup.serviceMs
  work[PICKUP_WAIT] = startsMs - arrivesMs
  work[PICKUP_SECONDS] = toPickup.toSeconds[spoke]!
  work[PICKUP_METERS] = toPickup.toMeters[spoke]!
  if (!(arrivesMs < Infinity)) return codeOf.unreachable
  if (work[PICKUP_WAIT] / 60e3 > table.rules.maxWaitingMinutes) return codeOf.waits_too_long
  if (startsMs > pickup.closesMs) return codeOf.closed_then
  const onBoard = table.loadBefore[row * table.stride + index]! + pickup.litres
  return onBoard <= table.capacity[row]! ? fits : codeOf.no_room_on_board
}

function deliverRightBehind(scene: Scene, pickup: AskedStop, row: number, index: number): number {
  const { table, toDrop, work } = scene
  const between = spokeOf(toDrop, pickup.at)
  work[DEPARTS] = work[PICKUP_LEAVES]!
  work[FROM_SECONDS] = toDrop.toSeconds[between]!
  work[FROM_METERS] = toDrop.toMeters[between]!
  setLeg(scene, row * table.stride + index, index === table.stops[row])
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
  const { table, toPickup, work } = scene
  const { row } = verdict
  const stops = table.stops[row]!
  const begin = row * table.stride
  const spoke = spokeOf(toPickup, table.place[begin + index]!)
  work[PICKUP_SECONDS]! += toPickup.fromSeconds[spoke]! - table.legSeconds[begin + index]!
  work[PICKUP_METERS]! += toPickup.fromMeters[spoke]! - table.legMeters[begin + index]!
  work[TIME] = work[PICKUP_LEAVES]! + toPickup.fromSeconds[spoke]! * 1000
  for (let position = index + 1; position <= stops; position += 1) {
    const against = pass(scene, row, position - 1, index)
    work[DEPARTS] = work[TIME]!
    comeFrom(scene, table.place[begin + position - 1]!)
    setLeg(scene, begin + position, position === stops)
    const code = judgeDrop(scene, row, position)
    keepBetter(verdict, against === fits ? code : against, work, position, index, made)
    if (against !== fits || position === stops) return
    const seconds = work[PICKUP_SECONDS]! - table.longestLegSeconds[row]!
    const meters = work[PICKUP_METERS]! - table.longestLegMeters[row]!
    if (leastScore(scene, row, work[TIME], seconds, meters) > toBeat(bound, verdict)) return
    work[TIME] += table.legSeconds[begin + position]! * 1000
  }
}

/** Serves a stop between pick-up and delivery, reached at TIME with the parcel on board. */
function pass(scene: Scene, row: number, position: number, pickedUpAt: number): number {
  const { table, work, leaves, ask } = scene
  const begin = row * table.stride
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

function toBeat(bound: number, verdict: Verdict): number {
  return verdict.code === fits ? Math.min(bound, verdict.score) : bound
}
