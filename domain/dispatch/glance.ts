// Tells what a vehicle offers at the least, from the legs of its route and its machines' queues alone: many are left
// out by that, and only who is not is looked at place by place.
import type { FleetTable } from './fleetTable.ts'
import { rounding, type Scene } from './scene.ts'
import { FROM_METERS, FROM_SECONDS, spokeOf, TO_METERS, TO_SECONDS } from './spokes.ts'

export interface Glances {
  /** After a row was written; its way only where that is other than it was. */
  write(row: number, isOther: boolean): void
  aim(scene: Scene): void
  /**
   * No place of the vehicle costs less, whatever else may be against it. Who need not know more than `bound` is told
   * no more; -Infinity where it takes a look to tell.
   */
  leastOf: (row: number, bound: number) => number
}

// What is known of a vehicle, side by side: all of it is read at once.
/** When it can leave for something new at the earliest, and from where. */
const LEAVES = 0
const FROM = 1
/** Stops of its route that are committed. */
const FIRST = 2
/** All stops of its route; -1 where it takes a look to tell. */
const STOPS = 3
const FIXED = 4
/** What the dearest leg of its route costs. */
const LONGEST = 5
/** Of its only machine; -1 where there is none, or more. */
const KIND = 6
const FREE = 7
const vehicleSize = 8

// And of a stop.
const PLACE = 0
const DEPARTS = 1
const LEG_PRICE = 2
const stopSize = 3

// Of the request that is asked for, and of the rules; numbers of a closure would be boxed.
const NOW = 0
const DUE = 1
const OPENS = 2
const MINUTES_WEIGHT = 3
const LATE_WEIGHT = 4
const WAITING_WEIGHT = 5
const SECOND_PRICE = 6
const METER_PRICE = 7
const goalSize = 8

// Of what a kind of machine needs.
const MAKING = 0
const NOT_BEFORE = 1
const kindSize = 2

export function openGlances(table: FleetTable): Glances {
  const { weights } = table.rules
  const goal = new Float64Array(goalSize)
  goal[MINUTES_WEIGHT] = weights.minutesToBuyer / 60e3
  goal[LATE_WEIGHT] = weights.latenessMinutes / 60e3
  goal[WAITING_WEIGHT] = weights.waitingMinutes / 60e3
  goal[SECOND_PRICE] = weights.deviationMinutes / 60
  goal[METER_PRICE] = weights.deviationKilometres / 1000
  let vehicles = new Float64Array(0)
  let stops = new Float64Array(0)
  /** Where rows and positions run out, the table gets other columns. */
  let writtenFrom: Int32Array | null = null
  /** By the kind's number; NaN where it cannot make it. */
  let making = new Float64Array(0)
  let scene!: Scene
  let isMade = false
  let isPlain = false
  return { write, aim, leastOf }

  function write(row: number, isOther: boolean): void {
    if (writtenFrom !== table.place) return writeAll()
    const at = row * vehicleSize
    const first = table.firstFree[row]!
    const many = table.stops[row]!
    const begin = table.begin[row]!
    vehicles[at + LEAVES] = first === 0 ? table.startMs[row]! : table.departsMs[begin + first - 1]!
    vehicles[at + FROM] = first === 0 ? table.at[row]! : table.place[begin + first - 1]!
    vehicles[at + FIRST] = first
    vehicles[at + STOPS] = table.inService[row] === 1 ? many : -1
    vehicles[at + FIXED] = many === 0 ? weights.newVehicle : 0
    vehicles[at + LONGEST] = table.longestLegPrice[row]!
    const machine = row * table.machineStride
    vehicles[at + KIND] = table.machines[row] === 1 ? table.machineKind[machine]! : -1
    vehicles[at + FREE] = table.machineFreeMs[machine]!
    if (!isOther) return
    for (let index = begin; index < begin + many; index += 1) {
      const stop = index * stopSize
      stops[stop + PLACE] = table.place[index]!
      stops[stop + DEPARTS] = table.departsMs[index]!
      stops[stop + LEG_PRICE] = table.legPrice[index]!
    }
  }

  function writeAll(): void {
    writtenFrom = table.place
    vehicles = new Float64Array(table.inService.length * vehicleSize)
    stops = new Float64Array(table.place.length * stopSize)
    for (let row = 0; row < table.rows; row += 1) if (table.vehicles[row]) write(row, true)
  }

  function aim(next: Scene): void {
    scene = next
    const { ask } = scene
    goal[NOW] = ask.nowMs
    goal[DUE] = ask.dueMs
    goal[OPENS] = ask.drop.earliestMs
    isMade = ask.making !== null
    isPlain = !ask.pickup && weights.driverFairness === 0
    if (2 * table.kinds.size > making.length) making = new Float64Array(4 * table.kinds.size)
    making.fill(NaN)
    for (const [name, own] of Object.entries(ask.making ?? {})) {
      const kind = table.kinds.get(name)
      if (kind === undefined) continue
      making[kind * kindSize + MAKING] = (own.makingMinutes + own.coolDownMinutes) * 60e3
      making[kind * kindSize + NOT_BEFORE] = own.notBeforeMs ?? -Infinity
    }
  }

  function leastOf(row: number, bound: number): number {
    if (!isPlain || vehicles[row * vehicleSize + STOPS]! < 0) return -Infinity
    const readyMs = Math.max(isMade ? soonestMade(row) : -Infinity, goal[OPENS]!)
    // Something is not known, or no machine can make it.
    if (Number.isNaN(readyMs)) return -Infinity
    const cheapest = leastOfPlaces(row, readyMs, bound)
    return cheapest < Infinity ? cheapest - rounding : -Infinity
  }

  function soonestMade(row: number): number {
    const at = row * vehicleSize
    const only = vehicles[at + KIND]!
    if (only >= 0) return madeMs(only, vehicles[at + FREE]!)
    let soonestMs = Infinity
    const begin = row * table.machineStride
    for (let machine = begin; machine < begin + table.machines[row]!; machine += 1) {
      const readyMs = madeMs(table.machineKind[machine]!, table.machineFreeMs[machine]!)
      if (readyMs < soonestMs) soonestMs = readyMs
    }
    return soonestMs < Infinity ? soonestMs : NaN
  }

  function madeMs(kind: number, freeMs: number): number {
    const at = kind * kindSize
    return Math.max(goal[NOW]!, freeMs, making[at + NOT_BEFORE]!) + making[at + MAKING]!
  }

  /** Each place at its price, the least of them; NaN where something is not known. */
  function leastOfPlaces(row: number, readyMs: number, bound: number): number {
    const { toDrop } = scene
    const { figures } = toDrop
    const at = row * vehicleSize
    const longest = vehicles[at + LONGEST]!
    const fixed = vehicles[at + FIXED]!
    const first = vehicles[at + FIRST]!
    let leavesMs = vehicles[at + LEAVES]!
    if (first === 0) leavesMs = Math.max(leavesMs, goal[NOW]!)
    let soonest = priceOfTime(Math.max(leavesMs, readyMs)) + fixed
    let least = Infinity
    let from = vehicles[at + FROM]!
    const begin = table.begin[row]!
    const end = (begin + vehicles[at + STOPS]!) * stopSize
    for (let stop = (begin + first) * stopSize; stop < end; stop += stopSize) {
      const toBeat = Math.min(least, bound)
      if (!(soonest - longest <= toBeat)) return Math.min(soonest - longest, least)
      const legPrice = stops[stop + LEG_PRICE]!
      let price = soonest - legPrice
      if (price <= toBeat) {
        const on = spokeOf(toDrop, stops[stop + PLACE]!)
        price =
          priceFrom(from, leavesMs, readyMs) +
          fixed +
          priceOfWay(figures[on + FROM_SECONDS]!, figures[on + FROM_METERS]!) -
          legPrice
      }
      if (Number.isNaN(price)) return NaN
      if (price < least) least = price
      from = stops[stop + PLACE]!
      leavesMs = stops[stop + DEPARTS]!
      soonest = priceOfTime(Math.max(leavesMs, readyMs)) + fixed
    }
    if (!(soonest <= Math.min(least, bound))) return Math.min(soonest, least)
    return Math.min(priceFrom(from, leavesMs, readyMs) + fixed, least)
  }

  /** Of going there from that place, and of the time when it is there or ready. */
  function priceFrom(place: number, leavesMs: number, readyMs: number): number {
    const { toDrop } = scene
    const { figures } = toDrop
    const to = spokeOf(toDrop, place)
    const seconds = figures[to + TO_SECONDS]!
    const arrivesMs = leavesMs + seconds * 1000
    const waitsMs = Math.max(readyMs - arrivesMs, 0)
    return (
      priceOfTime(arrivesMs + waitsMs) +
      waitsMs * goal[WAITING_WEIGHT]! +
      priceOfWay(seconds, figures[to + TO_METERS]!)
    )
  }

  function priceOfWay(seconds: number, meters: number): number {
    return seconds * goal[SECOND_PRICE]! + meters * goal[METER_PRICE]!
  }

  /** What the buyer's waiting costs when it is handed over then. */
  function priceOfTime(handsOverMs: number): number {
    return (
      (handsOverMs - goal[NOW]!) * goal[MINUTES_WEIGHT]! +
      Math.max(handsOverMs - goal[DUE]!, 0) * goal[LATE_WEIGHT]!
    )
  }
}
