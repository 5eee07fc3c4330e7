// Walks along a route as it would be with one more request in it: when each stop would start, and
// what that changes in price, exactly.
import { endOf, type Problem } from './problem.ts'
import { turnAt } from './queues.ts'
import type { Routes } from './routes.ts'

export interface Walk {
  /** The request to place, and its pair of request and vehicle, -1 where there is none. */
  begin(delivery: number, vehicle: number, pair: number): void
  /** Goes by a node of the route as it is. */
  pass(node: number): void
  /** From here on the route changes; `price` is what the change costs wherever it comes. */
  standAt(node: number, price: number): void
  /** False where the pick-up cannot come here, or not for less than the bound. */
  pickUp(before: number, pickup: number, bound: number): boolean
  /** On over the next stop of the route; false where a hard time breaks, or not for less than the bound. */
  step(at: number, node: number, bound: number): boolean
  /**
   * The price of the whole change with the delivery between these two, Infinity where it is not
   * below `bound`; the walk itself stays where it is.
   */
  deliverBetween(at: number, following: number, bound: number): number
}

// What a walk carries from step to step, in one array: a closure's own doubles would be boxed.
const TIME = 0
const VISIT = 1
const FREE = 2
const PRICE = 3
const SECONDS = 4
const METERS = 5
const CLOCK = 6
const START = 7
const CHANGE = 8
const PASSED = 9
const VISIT_PRICE = 10
/** How much later than planned the walk leaves, and the price of the longer way up to here. */
const LATER = 11
const WAY = 12
const size = 13

export function openWalk(routes: Routes): Walk {
  const { problem, next, arrive, start, depart, wait, ready, madeUntil, pair } = routes
  const { previous, tail, latestStart, waitFrom, driveSeconds, visitPrice } = routes
  const { vehicles, place, earliest, service, due, latest, latePrice, startPrice } = problem
  const { pairs, visitSeconds, weights, limits, queues } = problem
  const { places, seconds, meters } = problem.travel
  const { driveSecond, meter, waitSecond, fairness } = weights
  const hasVisits = visitSeconds > 0
  const countsMeters = meter > 0 || limits.detourMeters < Infinity
  const countsSeconds =
    !countsMeters || driveSecond > 0 || fairness > 0 || limits.detourSeconds < Infinity
  const mayGain = hasVisits && hasWindows(problem)
  const now = new Float64Array(size)
  let delivery = -1
  let vehicle = -1
  let end = -1
  let ownPair = -1
  let machine = -1

  return { begin, pass, standAt, pickUp, step, deliverBetween }

  function begin(deliveryNode: number, itsVehicle: number, itsPair: number): void {
    delivery = deliveryNode
    vehicle = itsVehicle
    end = endOf(problem, vehicle)
    ownPair = itsPair
    machine = ownPair < 0 ? -1 : pairs.machine[ownPair]!
    now[PASSED] = machine < 0 ? 0 : problem.machineFree[machine]!
  }

  function pass(node: number): void {
    if (machine >= 0 && isMadeByMachine(node)) now[PASSED] = madeUntil[node]!
  }

  function standAt(node: number, price: number): void {
    now[TIME] = depart[node]!
    now[VISIT] = arrive[node]!
    now[FREE] = now[PASSED]!
    now[PRICE] = price
    now[SECONDS] = 0
    now[METERS] = 0
    now[LATER] = 0
  }

  function pickUp(before: number, pickup: number, bound: number): boolean {
    const following = next[before]!
    now[SECONDS] = countsSeconds ? detour(seconds, before, pickup, following) : 0
    now[METERS] = countsMeters ? detour(meters, before, pickup, following) : 0
    // The delivery never makes the way shorter.
    const way = wayPrice(now[SECONDS], now[METERS])
    if (!(way - mostWaitSaved(following) < bound)) return false
    reach(before, pickup, -Infinity)
    if (!keepsOwnTimes(pickup)) return false
    now[PRICE]! += priceOfStop(pickup)
    const later = laterBy(pickup, following)
    if (!hasVisits && later > 0 && arrive[following]! + later > latestStart[following]!)
      return false
    now[WAY] = way
    now[LATER] = later > 0 ? later : 0
    return !(later > 0) || now[PRICE]! + way + leastChange(following, later) < bound
  }

  function step(at: number, node: number, bound: number): boolean {
    goOver(at, node)
    now[PRICE]! += now[CHANGE]!
    if (!(now[CHANGE]! < Infinity)) return false
    let later = now[TIME]! - depart[node]!
    // What follows in the same visit counts from its arrival, which a queue may have moved by less.
    if (hasVisits) later = Math.min(later, now[VISIT]! - arrive[node]!)
    now[LATER] = later > 0 ? later : 0
    return !(later >= 0) || now[PRICE]! + now[WAY]! + leastChange(next[node]!, later) < bound
  }

  function deliverBetween(at: number, following: number, bound: number): number {
    const addedSeconds = countsSeconds
      ? now[SECONDS]! + detour(seconds, at, delivery, following)
      : 0
    const addedMeters = countsMeters ? now[METERS]! + detour(meters, at, delivery, following) : 0
    if (addedSeconds > limits.detourSeconds || addedMeters > limits.detourMeters) return Infinity
    // What follows at the same place becomes part of this visit.
    const isJoined = following !== end && place[following] === place[delivery]
    const credit = mostWaitSaved(following) + (isJoined ? visitPrice[following]! : 0)
    let price = now[PRICE]! + wayPrice(addedSeconds, addedMeters)
    // Where no road leads, the price is no number, and is not below the bound either.
    // What is late already is no earlier by the delivery.
    if (!(price + tail.slope[following]! * now[LATER]! - credit < bound)) return Infinity

    const [time, visit, free] = [now[TIME]!, now[VISIT]!, now[FREE]!]
    reach(at, delivery, ownReadyTime())
    price += priceOfStop(delivery)
    if (!keepsOwnTimes(delivery) || !(price - credit < bound)) price = Infinity
    else {
      const later = laterBy(delivery, following)
      const least = later >= 0 ? leastChange(following, later) : -Infinity
      if (!(price + least < bound)) price = Infinity
      else if (machine < 0 && later <= tail.straight[following]! && later >= 0) {
        price += tail.slope[following]! * later
      } else price += changeFrom(following, bound - price)
    }
    now[TIME] = time
    now[VISIT] = visit
    now[FREE] = free
    return price
  }

  /** How much later than planned the vehicle arrives at a stop of its route from `at`. */
  function laterBy(at: number, node: number): number {
    // -1 where more changes, as the stop becomes or ceases to be a visit of its own.
    if (hasVisits && node !== end) {
      const before = previous[node]!
      const wasPart = before >= 2 * vehicles && place[before] === place[node]
      if (wasPart || place[at] === place[node]) return -1
    }
    return now[TIME]! + leg(seconds, at, node) - arrive[node]!
  }

  /** The least that the rest of the route costs more for arriving so much later. */
  function leastChange(node: number, later: number): number {
    const beyond = later - tail.room[node]!
    const gets = beyond > 0 ? tail.latePrice[node]! * beyond : 0
    return tail.slope[node]! * later + gets - mostWaitSaved(node)
  }

  /** What the rest of the route costs more when the delivery comes before `node`. */
  function changeFrom(first: number, budget: number): number {
    let change = 0
    let at = delivery
    for (let node = first; node !== end; node = next[node]!) {
      goOver(at, node)
      change += now[CHANGE]!
      const following = next[node]!
      const later = now[TIME]! - depart[node]!
      const isPart = hasVisits && following !== end && place[following] === place[node]
      if (later >= 0 && !isPart) {
        // A part that is made later may still come, and what it costs is not on the slope.
        const isStraight = machine < 0 && later <= tail.straight[following]!
        if (isStraight) return change + tail.slope[following]! * later
        if (!(change + leastChange(following, later) < budget)) return Infinity
      } else if (!(change - mostWaitSaved(following) < budget)) return Infinity
      at = node
    }
    return now[TIME]! + leg(seconds, at, end) <= latest[end]! ? change : Infinity
  }

  /** Drives from `at` to a stop that the route has already, and prices how its start changes. */
  function goOver(at: number, node: number): void {
    const isQueued = machine >= 0 && isMadeByMachine(node)
    reach(at, node, isQueued ? readyTime(pair[node]!) : ready[node]!)
    // Whether a stop is a visit of its own may change, and with it what its latest start allows.
    if (now[START]! > (hasVisits ? latest[node]! : latestStart[node]!)) now[CHANGE] = Infinity
    else {
      const before = hasVisits ? arrive[node]! : start[node]!
      const after = hasVisits ? now[VISIT]! : now[START]!
      const lateBefore = before > due[node]! ? before - due[node]! : 0
      const lateAfter = after > due[node]! ? after - due[node]! : 0
      now[CHANGE] =
        now[VISIT_PRICE]! -
        visitPrice[node]! +
        latePrice[node]! * (lateAfter - lateBefore) +
        startPrice[node]! * (now[START]! - start[node]!) +
        waitSecond * (now[START]! - now[CLOCK]! - wait[node]!)
    }
  }

  /** Arrives, waits, serves. */
  function reach(at: number, node: number, readyAt: number): void {
    const clock = now[TIME]! + leg(seconds, at, node)
    const merges = hasVisits && at >= 2 * vehicles && place[at] === place[node]
    now[VISIT_PRICE] = merges || !hasVisits ? 0 : problem.visitPrice[place[node]!]!
    const turn = queues === null || merges ? clock : turnAt(queues, place[node]!, clock)
    const visit = merges ? 0 : visitSeconds
    let begins = turn + visit > earliest[node]! ? turn + visit : earliest[node]!
    if (readyAt > begins) begins = readyAt
    now[CLOCK] = clock + visit
    now[START] = begins
    if (!merges) now[VISIT] = clock
    now[TIME] = begins + service[node]!
  }

  function keepsOwnTimes(node: number): boolean {
    return now[START]! <= latest[node]! && now[START]! - now[CLOCK]! <= limits.waitSeconds
  }

  function priceOfStop(node: number): number {
    const counted = hasVisits ? now[VISIT]! : now[START]!
    const late = counted > due[node]! ? latePrice[node]! * (counted - due[node]!) : 0
    const waited = waitSecond * (now[START]! - now[CLOCK]!)
    return now[VISIT_PRICE]! + late + waited + startPrice[node]! * now[START]!
  }

  function ownReadyTime(): number {
    if (ownPair < 0) return -Infinity
    return machine < 0 ? pairs.ready[ownPair]! : readyTime(ownPair)
  }

  /** Takes the machine's next turn. */
  function readyTime(itsPair: number): number {
    const from = pairs.makeFrom[itsPair]!
    const begins = now[FREE]! > from ? now[FREE]! : from
    now[FREE] = begins + pairs.makeSeconds[itsPair]!
    return now[FREE] + pairs.coolSeconds[itsPair]!
  }

  function isMadeByMachine(node: number): boolean {
    return pair[node]! >= 0 && pairs.machine[pair[node]!] === machine
  }

  function wayPrice(addedSeconds: number, addedMeters: number): number {
    let price = driveSecond * addedSeconds + meter * addedMeters
    if (fairness > 0) {
      const before = (problem.drivenSeconds[vehicle]! + driveSeconds[vehicle]!) / 3_600
      const after = before + addedSeconds / 3_600
      price += fairness * (after * after - before * before)
    }
    return price
  }

  /** What comes later can only save waiting from here on. */
  function mostWaitSaved(node: number): number {
    // Where a stop that waits for its window becomes part of another's visit, all that follows may be
    // earlier: how much is not worth a bound.
    return waitFrom[node]! > 0 && mayGain ? Infinity : waitSecond * waitFrom[node]!
  }

  function detour(table: Float64Array, before: number, node: number, after: number): number {
    return leg(table, before, node) + leg(table, node, after) - leg(table, before, after)
  }

  function leg(table: Float64Array, from: number, to: number): number {
    const at = place[to]!
    return at < 0 ? 0 : table[place[from]! * places + at]!
  }
}

/** Whether anything but a queue may keep a stop from starting. */
function hasWindows({ earliest, vehicles, nodes, pairs }: Problem): boolean {
  if (pairs.rows > 0) return true
  for (let node = 2 * vehicles; node < nodes; node += 1) {
    if (earliest[node]! > -Infinity) return true
  }
  return false
}
