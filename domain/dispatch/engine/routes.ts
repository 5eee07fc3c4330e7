// The plan: each vehicle's stops as a linked list of nodes, with the schedule and the price that
// follow from their order.
import { deliveryOf, endOf, pickupOf, requestOf, startOf, type Problem } from './problem.ts'
import { turnAt } from './queues.ts'
import { incline, levelAtEnd, tailPrices, type TailPrices } from './tailPrices.ts'
import { plainInserted, plainRefresh } from './plainSchedule.ts'

export interface Routes {
  readonly problem: Problem

  // By node; what is in no route has vehicle -1.
  readonly vehicle: Int32Array
  readonly next: Int32Array
  readonly previous: Int32Array
  /** Index of its pair of request and vehicle; -1 where there is none. */
  readonly pair: Int32Array
  /** When the vehicle arrived for the visit that it belongs to. */
  readonly arrive: Float64Array
  readonly start: Float64Array
  readonly depart: Float64Array
  readonly wait: Float64Array
  /** When what it hands over is ready; -Infinity where nothing is waited for. */
  readonly ready: Float64Array
  /** When its machine has made its part and turns to the next. */
  readonly madeUntil: Float64Array
  /** The latest start that keeps every hard time from here on. */
  readonly latestStart: Float64Array
  readonly loadAfter: Float64Array
  /** Waiting from here on. */
  readonly waitFrom: Float64Array
  readonly tail: TailPrices
  /** Of the visit that begins with it; 0 where it is part of another's. */
  readonly visitPrice: Float64Array

  // By vehicle.
  /** The node after which new stops may come: the start, or the last committed stop. */
  readonly lock: Int32Array
  readonly stops: Int32Array
  readonly driveSeconds: Float64Array
  readonly price: Float64Array
  /** 1 where more is on board than it takes, as when goods on board are taken out of its plan. */
  readonly isOverloaded: Uint8Array

  /** By request: stays where it is. */
  readonly pinned: Uint8Array
  /** When each machine is free while a route is being scheduled. */
  readonly free: Float64Array
  /** By vehicle: another number whenever its schedule was made anew. */
  readonly version: Int32Array
  /** The last version that was given. */
  lastVersion: number
  /**
   * While improvement runs on a problem that is plain, schedules hold only what it needs: departures,
   * latest starts, loads and prices.
   */
  isPlain: boolean
}

/** All vehicles with nothing planned. */
export function openRoutes(problem: Problem): Routes {
  const { nodes, vehicles, requests } = problem
  const routes: Routes = {
    problem,
    vehicle: new Int32Array(nodes).fill(-1),
    next: new Int32Array(nodes).fill(-1),
    previous: new Int32Array(nodes).fill(-1),
    pair: new Int32Array(nodes).fill(-1),
    arrive: new Float64Array(nodes),
    start: new Float64Array(nodes),
    depart: new Float64Array(nodes),
    wait: new Float64Array(nodes),
    ready: new Float64Array(nodes).fill(-Infinity),
    madeUntil: new Float64Array(nodes),
    latestStart: new Float64Array(nodes),
    loadAfter: new Float64Array(nodes),
    waitFrom: new Float64Array(nodes),
    tail: tailPrices(nodes),
    visitPrice: new Float64Array(nodes),
    lock: new Int32Array(vehicles),
    stops: new Int32Array(vehicles),
    driveSeconds: new Float64Array(vehicles),
    price: new Float64Array(vehicles),
    isOverloaded: new Uint8Array(vehicles),
    pinned: new Uint8Array(requests),
    free: Float64Array.from(problem.machineFree),
    version: new Int32Array(vehicles),
    lastVersion: 0,
    isPlain: false,
  }
  for (let vehicle = 0; vehicle < vehicles; vehicle += 1) setRoute(routes, vehicle, [])
  return routes
}

/**
 * Gives a vehicle these stops in this order, instead of what it had. The first `committed` of them stay
 * first: nothing comes between them. A request whose pick-up is committed and whose delivery is
 * not stays in its place as a whole; to leave its delivery free, plan it as goods on board.
 */
export function setRoute(
  routes: Routes,
  vehicle: number,
  stops: readonly number[] | Int32Array,
  committed = 0,
): void {
  const { problem } = routes
  clear(routes, vehicle)
  let last = startOf(vehicle)
  routes.lock[vehicle] = last
  for (let index = 0; index < stops.length; index += 1) {
    const node = stops[index]!
    const request = requestOf(problem, node)
    if (routes.vehicle[node] !== -1) throw new Error(`node ${node} is in a route already`)
    link(routes, node, last, vehicle)
    if (index < committed) routes.lock[vehicle] = node
    if (index < committed || problem.movable[request] === 0) routes.pinned[request] = 1
    last = node
  }
  refresh(routes, vehicle)
}

function clear(routes: Routes, vehicle: number): void {
  const start = startOf(vehicle)
  const end = endOf(routes.problem, vehicle)
  let node = routes.vehicle[start] === -1 ? end : routes.next[start]!
  while (node !== end) {
    routes.vehicle[node] = -1
    routes.pinned[requestOf(routes.problem, node)] = 0
    node = routes.next[node]!
  }
  routes.vehicle[start] = vehicle
  routes.vehicle[end] = vehicle
  routes.next[start] = end
  routes.previous[end] = start
  routes.stops[vehicle] = 0
}

function link(routes: Routes, node: number, after: number, vehicle: number): void {
  const { problem, next, previous } = routes
  const following = next[after]!
  next[after] = node
  previous[node] = after
  next[node] = following
  previous[following] = node
  routes.vehicle[node] = vehicle
  routes.stops[vehicle]! += 1
  const row = problem.pairRow[requestOf(problem, node)]!
  const isDelivery = (node & 1) === 1
  routes.pair[node] = row >= 0 && isDelivery ? row * problem.vehicles + vehicle : -1
}

function unlink(routes: Routes, node: number): void {
  const { next, previous } = routes
  const before = previous[node]!
  const after = next[node]!
  next[before] = after
  previous[after] = before
  routes.stops[routes.vehicle[node]!]! -= 1
  routes.vehicle[node] = -1
}

/** Where a request goes: its pick-up and its delivery each follow a node. */
export interface Spot {
  vehicle: number
  /** -1 for a request that is only a delivery. */
  afterPickup: number
  /** The pick-up itself where nothing comes between. */
  afterDelivery: number
  /** What the whole plan costs more. */
  price: number
}

export function emptySpot(): Spot {
  // Not a whole number, so that V8 keeps the field a double from the start.
  return { vehicle: -1, afterPickup: -1, afterDelivery: -1, price: 0.5 }
}

export function insertAt(routes: Routes, request: number, spot: Spot): void {
  const { problem } = routes
  if (problem.hasPickup[request] === 1) {
    link(routes, pickupOf(problem, request), spot.afterPickup, spot.vehicle)
  }
  const delivery = deliveryOf(problem, request)
  link(routes, delivery, spot.afterDelivery, spot.vehicle)
  if (!routes.isPlain) refresh(routes, spot.vehicle)
  else {
    newVersion(routes, spot.vehicle)
    plainInserted(routes, spot.vehicle, delivery - 1, spot.price)
  }
}

/** Without the new schedule: call `refresh` when all have been taken out of that vehicle. */
export function takeOut(routes: Routes, request: number): void {
  const { problem } = routes
  unlink(routes, deliveryOf(problem, request))
  if (problem.hasPickup[request] === 1) unlink(routes, pickupOf(problem, request))
}

export function vehicleOfRequest(routes: Routes, request: number): number {
  return routes.vehicle[deliveryOf(routes.problem, request)]!
}

/** Writes the requests that are in no route into `open`, and returns how many they are. */
export function gatherOpen(routes: Routes, open: Int32Array): number {
  const { used, requests } = routes.problem
  let many = 0
  for (let request = 0; request < requests; request += 1) {
    if (used[request] === 0 || vehicleOfRequest(routes, request) !== -1) continue
    open[many] = request
    many += 1
  }
  return many
}

/** The stops of a vehicle in their order. */
export function stopsOf(routes: Routes, vehicle: number): number[] {
  const stops: number[] = []
  const end = endOf(routes.problem, vehicle)
  for (let node = routes.next[startOf(vehicle)]!; node !== end; node = routes.next[node]!) {
    stops.push(node)
  }
  return stops
}

/** Of the whole plan, with what is left out. */
export function planPrice(routes: Routes): number {
  const { problem, price } = routes
  let sum = 0
  for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) sum += price[vehicle]!
  for (let request = 0; request < problem.requests; request += 1) {
    if (problem.used[request] === 0 || vehicleOfRequest(routes, request) !== -1) continue
    sum += problem.unservedPrice[request]!
  }
  return sum
}

/**
 * Where the plan as it stands breaks a hard time already, that time becomes what is planned: nothing
 * is forbidden for it, it only must not get worse.
 */
export function forgiveDelays(routes: Routes): void {
  const { problem } = routes
  for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
    const end = endOf(problem, vehicle)
    let node = startOf(vehicle)
    while (node !== end) {
      node = routes.next[node]!
      problem.latest[node] = Math.max(problem.latest[node]!, routes.start[node]!)
    }
    refresh(routes, vehicle)
  }
}

/** Schedules a route anew and prices it: forward when each stop starts, backward how late it may. */
export function refresh(routes: Routes, vehicle: number): void {
  newVersion(routes, vehicle)
  if (routes.isPlain) plainRefresh(routes, vehicle)
  else {
    forward(routes, vehicle)
    backward(routes, vehicle)
  }
}

function newVersion(routes: Routes, vehicle: number): void {
  routes.lastVersion += 1
  routes.version[vehicle] = routes.lastVersion
}

function forward(routes: Routes, vehicle: number): void {
  const { problem, next, arrive, start, depart, wait, ready, loadAfter, pair, free } = routes
  const { visitPrice } = routes
  const { place, earliest, service, due, latePrice, startPrice, load, visitSeconds } = problem
  const { weights, pairs, queues } = problem
  const { places, seconds, meters } = problem.travel
  const [first, end] = [startOf(vehicle), endOf(problem, vehicle)]
  for (let m = problem.firstMachine[vehicle]!; m < problem.firstMachine[vehicle + 1]!; m += 1) {
    free[m] = problem.machineFree[m]!
  }
  let at = first
  let time = earliest[first]!
  let onBoard = problem.startLoad[vehicle]!
  let drive = 0
  let way = 0
  let price = routes.stops[vehicle]! > 0 ? problem.fixedPrice[vehicle]! : 0
  arrive[first] = start[first] = depart[first] = time
  loadAfter[first] = onBoard
  routes.isOverloaded[vehicle] = onBoard > problem.capacity[vehicle]! ? 1 : 0
  for (let node = next[first]!; node !== end; node = next[node]!) {
    const leg = place[at]! * places + place[node]!
    drive += seconds[leg]!
    way += meters[leg]!
    const clock = time + seconds[leg]!
    const merges = visitSeconds > 0 && at !== first && place[at] === place[node]
    arrive[node] = merges ? arrive[at]! : clock
    ready[node] = pair[node]! < 0 ? -Infinity : readyTime(routes, node, pair[node]!)
    if (pair[node]! >= 0) price += pairs.price[pair[node]!]!
    const visit = merges ? 0 : visitSeconds
    visitPrice[node] = merges || visitSeconds === 0 ? 0 : problem.visitPrice[place[node]!]!
    price += visitPrice[node]!
    const turn = queues === null || merges ? clock : turnAt(queues, place[node]!, clock)
    const begin = Math.max(turn + visit, earliest[node]!, ready[node]!)
    start[node] = begin
    wait[node] = begin - clock - visit
    const counted = visitSeconds > 0 ? arrive[node]! : begin
    if (counted > due[node]!) price += latePrice[node]! * (counted - due[node]!)
    price += startPrice[node]! * begin + weights.waitSecond * wait[node]!
    time = begin + service[node]!
    depart[node] = time
    onBoard += load[node]!
    if (onBoard > problem.capacity[vehicle]!) routes.isOverloaded[vehicle] = 1
    loadAfter[node] = onBoard
    at = node
  }
  const last = place[end]! < 0 ? -1 : place[at]! * places + place[end]!
  if (last >= 0) drive += seconds[last]!
  if (last >= 0) way += meters[last]!
  arrive[end] = start[end] = depart[end] = last < 0 ? time : time + seconds[last]!
  routes.driveSeconds[vehicle] = drive
  if (weights.driveSecond > 0) price += weights.driveSecond * drive
  if (weights.meter > 0) price += weights.meter * way
  routes.price[vehicle] = price + unfairness(problem, vehicle, drive)
}

/** The price of what is driven, above the price of what had been driven before. */
function unfairness({ weights, drivenSeconds }: Problem, vehicle: number, drive: number): number {
  const before = drivenSeconds[vehicle]! / 3_600
  const after = before + drive / 3_600
  return weights.fairness > 0 ? weights.fairness * (after * after - before * before) : 0
}

function readyTime({ problem, free, madeUntil }: Routes, node: number, pair: number): number {
  const { machine, makeFrom, makeSeconds, coolSeconds, ready } = problem.pairs
  const maker = machine[pair]!
  if (maker < 0) return ready[pair]!
  const made = Math.max(free[maker]!, makeFrom[pair]!) + makeSeconds[pair]!
  free[maker] = made
  madeUntil[node] = made
  return made + coolSeconds[pair]!
}

function backward(routes: Routes, vehicle: number): void {
  const { problem, previous, latestStart, waitFrom, wait } = routes
  const { place, latest, service, visitSeconds } = problem
  const { places, seconds } = problem.travel
  const [first, end] = [startOf(vehicle), endOf(problem, vehicle)]
  latestStart[end] = latest[end]!
  waitFrom[end] = 0
  levelAtEnd(routes, end)
  let after = end
  for (let node = previous[end]!; node !== first; node = previous[node]!) {
    const onward = place[after]! < 0 ? 0 : seconds[place[node]! * places + place[after]!]!
    const merges = after === end || place[node] === place[after]
    const byNext = latestStart[after]! - (merges ? 0 : visitSeconds) - onward - service[node]!
    latestStart[node] = Math.min(latest[node]!, byNext)
    waitFrom[node] = waitFrom[after]! + wait[node]!
    incline(routes, node, after)
    after = node
  }
}
