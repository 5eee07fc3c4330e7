// A planning problem in typed arrays: vehicles, requests and what each thing costs, for an engine that
// knows nothing of orders, printers or factories.

import type { Queues } from './queues.ts'

/**
 * The engine's design. A *request* is a delivery, with or without a pick-up before it; a *stop* is
 * one of the two. All stops and both ends of all vehicles are *nodes* under one numbering, so that every
 * fact and every part of a schedule is one typed array over nodes:
 *
 *     node v                   where and when vehicle v starts
 *     node vehicles + v        where its route ends, by its shift's end
 *     node 2 * vehicles + 2r   the pick-up of request r (unused where it has none)
 *     node 2 * vehicles + 2r + 1   its delivery
 *
 * so the partner of a stop is `node ^ 1`. Times are seconds from an origin that the caller chooses
 * (now is a good one), loads are any unit, prices are one number made by the weights.
 *
 * A vehicle leaves as early as it can. It arrives at a stop, starts there when the window is open and
 * what it hands over is made, and departs after the service. `latest` is hard and concerns that
 * start, `due` is soft and priced by the second. A slot of a request may be written again with
 * other facts when it is in no route, so that a fleet can live on through a day in one problem.
 *
 * What is made on board is made by one machine of the vehicle, in the order of the stops: a pair of
 * request and vehicle says which, how long, and how long it cools. Machines' queues are thus part
 * of the schedule and follow every change of a route.
 *
 * Factory docks: with `visitSeconds` it takes so long from an arrival until a first stop can start;
 * consecutive stops at one place are one visit. The start of a vehicle is no visit. Lateness then
 * counts to the arrival for the visit. `queues` says how long who arrives waits before that, and may
 * be set again between two searches.
 *
 * Files: problem (facts), routes (the plan and its schedule), evaluation (the price of a route, term by
 * term, and why an insertion is not possible), insertion over walk (the best spot in one vehicle, at
 * its exact price) with tailPrices (bounds that spare the walk) and plainInsertion (the same for
 * problems of ways, hard windows and loads), construct (cheapest and regret insertion), anneal over
 * ruin and recreate (improvement), fewerVehicles.
 */
export interface Problem {
  readonly vehicles: number
  /** Slots for requests; those in use have `used` set. */
  readonly requests: number
  /** 2 * vehicles + 2 * requests. */
  readonly nodes: number
  readonly travel: TravelTable
  readonly weights: Weights
  readonly limits: Limits
  /** Last in, first out: a delivery takes what was picked up last. */
  readonly lifo: boolean
  readonly visitSeconds: number
  /** At the begin of each visit; null where nobody queues. */
  queues: Queues | null
  /** By place: what each visit costs beside its time, such as the docks that others queue for. */
  readonly visitPrice: Float64Array

  // By node.
  /** Index in the travel table; -1 at the end of a vehicle that may stop anywhere. */
  readonly place: Int32Array
  readonly service: Float64Array
  readonly earliest: Float64Array
  readonly due: Float64Array
  readonly latest: Float64Array
  readonly load: Float64Array
  /** Of a second of lateness beyond `due`. */
  readonly latePrice: Float64Array
  /** Of a second that the start is later, counted from the origin. */
  readonly startPrice: Float64Array

  // By request.
  readonly used: Uint8Array
  readonly hasPickup: Uint8Array
  /** Whether improvement may take it out of its route. */
  readonly movable: Uint8Array
  /** Of leaving it out. */
  readonly unservedPrice: Float64Array
  /** Height in the stack of a delivery that is on board: 0 lies at the bottom; for LIFO only. */
  readonly stackHeight: Float64Array
  /** Its row among the pairs; -1: every vehicle may have it on equal terms. */
  readonly pairRow: Int32Array

  // By vehicle.
  readonly capacity: Float64Array
  readonly startLoad: Float64Array
  /** Of using it, when its route is otherwise empty. */
  readonly fixedPrice: Float64Array
  /** Seconds driven before this plan, for fairness. */
  readonly drivenSeconds: Float64Array
  /** Vehicles of one kind are interchangeable while empty: one of them is tried. */
  readonly kind: Int32Array
  /** Where its machines begin in `machineFree`; those of v end where those of v + 1 begin. */
  readonly firstMachine: Int32Array
  /** When each machine has made what is queued already. */
  readonly machineFree: Float64Array

  readonly pairs: Pairs
}

/** From place to place, row by row: `seconds[from * places + to]`; Infinity where no road leads. */
export interface TravelTable {
  readonly places: number
  readonly seconds: Float64Array
  readonly meters: Float64Array
}

/** What one unit of each term costs. */
export interface Weights {
  driveSecond: number
  meter: number
  /** Of lateness beyond `due`, where the stop has no price of its own. */
  lateSecond: number
  /** Until a delivery starts, where it has no price of its own. */
  buyerSecond: number
  waitSecond: number
  /** Times the square of each vehicle's hours of driving: even shares cost least. */
  fairness: number
}

/** What one insertion may add. */
export interface Limits {
  detourSeconds: number
  detourMeters: number
  /** At each stop of the request itself. */
  waitSeconds: number
}

/** By pair: `row * vehicles + vehicle`. */
export interface Pairs {
  readonly rows: number
  readonly allowed: Uint8Array
  /** Price of this vehicle for this request, whatever the route: risk of scrap, a driver's wish. */
  readonly price: Float64Array
  /** Index in `machineFree`; -1: nothing is made on board. */
  readonly machine: Int32Array
  /** Making does not start before. */
  readonly makeFrom: Float64Array
  readonly makeSeconds: Float64Array
  readonly coolSeconds: Float64Array
  /** Where nothing is made on board: the delivery does not start before. */
  readonly ready: Float64Array
}

export interface ProblemSize {
  vehicles: number
  requests: number
  /** Rows of `pairs`; none when all vehicles are alike for all requests. */
  pairRows?: number
  /** Machines on board, of all vehicles together. */
  machines?: number
}

export interface ProblemRules {
  weights?: Partial<Weights>
  limits?: Partial<Limits>
  lifo?: boolean
  visitSeconds?: number
}

/** A problem with nothing in it yet: fill it with setVehicle, setRequest and setPair. */
export function createProblem(
  size: ProblemSize,
  travel: TravelTable,
  rules: ProblemRules = {},
): Problem {
  const { vehicles, requests, pairRows = 0, machines = 0 } = size
  const nodes = 2 * (vehicles + requests)
  return {
    vehicles,
    requests,
    nodes,
    travel,
    weights: { ...noWeights, ...rules.weights },
    limits: { ...noLimits, ...rules.limits },
    lifo: rules.lifo ?? false,
    visitSeconds: rules.visitSeconds ?? 0,
    queues: null,
    visitPrice: new Float64Array(travel.places),
    place: new Int32Array(nodes).fill(-1),
    service: new Float64Array(nodes),
    earliest: new Float64Array(nodes).fill(-Infinity),
    due: new Float64Array(nodes).fill(Infinity),
    latest: new Float64Array(nodes).fill(Infinity),
    load: new Float64Array(nodes),
    latePrice: new Float64Array(nodes),
    startPrice: new Float64Array(nodes),
    used: new Uint8Array(requests),
    hasPickup: new Uint8Array(requests),
    movable: new Uint8Array(requests),
    unservedPrice: new Float64Array(requests),
    stackHeight: new Float64Array(requests),
    pairRow: new Int32Array(requests).fill(-1),
    capacity: new Float64Array(vehicles).fill(Infinity),
    startLoad: new Float64Array(vehicles),
    fixedPrice: new Float64Array(vehicles),
    drivenSeconds: new Float64Array(vehicles),
    kind: Int32Array.from({ length: vehicles }, (_, vehicle) => vehicle),
    firstMachine: new Int32Array(vehicles + 1).fill(machines),
    machineFree: new Float64Array(machines),
    pairs: noPairs(pairRows, pairRows * vehicles),
  }
}

const noWeights: Weights = {
  driveSecond: 0,
  meter: 0,
  lateSecond: 0,
  buyerSecond: 0,
  waitSecond: 0,
  fairness: 0,
}

const noLimits: Limits = { detourSeconds: Infinity, detourMeters: Infinity, waitSeconds: Infinity }

/** Much more than any plan costs, and still exact beside prices of a cent. */
const defaultUnservedPrice = 1e9

function noPairs(rows: number, size: number): Pairs {
  return {
    rows,
    allowed: new Uint8Array(size),
    price: new Float64Array(size),
    machine: new Int32Array(size).fill(-1),
    makeFrom: new Float64Array(size),
    makeSeconds: new Float64Array(size),
    coolSeconds: new Float64Array(size),
    ready: new Float64Array(size).fill(-Infinity),
  }
}

export interface VehicleFacts {
  startPlace: number
  startAt: number
  /** Where its route ends; left out: it may stop anywhere. */
  endPlace?: number
  shiftEndsAt?: number
  capacity?: number
  startLoad?: number
  fixedPrice?: number
  drivenSeconds?: number
  /** The same number for vehicles that are interchangeable while empty. */
  kind?: number
  /** When each of its machines is free; vehicles with machines must be set in their order. */
  machinesFree?: readonly number[]
}

export function setVehicle(problem: Problem, vehicle: number, facts: VehicleFacts): void {
  const start = startOf(vehicle)
  const end = endOf(problem, vehicle)
  problem.place[start] = placeOf(problem, facts.startPlace)
  problem.earliest[start] = facts.startAt
  problem.place[end] = facts.endPlace === undefined ? -1 : placeOf(problem, facts.endPlace)
  problem.latest[end] = facts.shiftEndsAt ?? Infinity
  problem.capacity[vehicle] = facts.capacity ?? Infinity
  problem.startLoad[vehicle] = facts.startLoad ?? 0
  problem.fixedPrice[vehicle] = facts.fixedPrice ?? 0
  problem.drivenSeconds[vehicle] = facts.drivenSeconds ?? 0
  problem.kind[vehicle] = facts.kind ?? -1 - vehicle
  setMachines(problem, vehicle, facts.machinesFree ?? [])
}

function setMachines(problem: Problem, vehicle: number, free: readonly number[]): void {
  const first = vehicle === 0 ? 0 : problem.firstMachine[vehicle]!
  if (free.length === 0 && first === problem.machineFree.length) return
  if (first + free.length > problem.machineFree.length) {
    throw new RangeError(`more machines than the ${problem.machineFree.length} of the problem`)
  }
  problem.firstMachine[vehicle] = first
  problem.firstMachine[vehicle + 1] = first + free.length
  problem.machineFree.set(free, first)
}

export interface StopFacts {
  place: number
  serviceSeconds?: number
  earliest?: number
  due?: number
  latest?: number
  /** What comes on board here; below 0 for what leaves. */
  load?: number
  latePrice?: number
  startPrice?: number
}

export interface RequestFacts {
  pickup?: StopFacts
  delivery: StopFacts
  movable?: boolean
  unservedPrice?: number
  stackHeight?: number
  /** -1, as when left out: every vehicle may have it on equal terms. */
  pairRow?: number
}

/** Writes a request into its slot, which must be in no route. */
export function setRequest(problem: Problem, request: number, facts: RequestFacts): void {
  const delivery = deliveryOf(problem, request)
  problem.used[request] = 1
  problem.hasPickup[request] = facts.pickup ? 1 : 0
  problem.movable[request] = facts.movable === false ? 0 : 1
  problem.unservedPrice[request] = facts.unservedPrice ?? defaultUnservedPrice
  problem.stackHeight[request] = facts.stackHeight ?? 0
  problem.pairRow[request] = facts.pairRow ?? -1
  if (facts.pickup) setStop(problem, delivery - 1, facts.pickup, 0)
  setStop(problem, delivery, facts.delivery, problem.weights.buyerSecond)
}

function setStop(problem: Problem, node: number, facts: StopFacts, startPrice: number): void {
  problem.place[node] = placeOf(problem, facts.place)
  problem.service[node] = facts.serviceSeconds ?? 0
  problem.earliest[node] = facts.earliest ?? -Infinity
  problem.due[node] = facts.due ?? Infinity
  problem.latest[node] = facts.latest ?? Infinity
  problem.load[node] = facts.load ?? 0
  problem.latePrice[node] = facts.latePrice ?? problem.weights.lateSecond
  problem.startPrice[node] = facts.startPrice ?? startPrice
}

/** Only where visits count: without them a latest start would not know of the queues. */
export function setQueues(problem: Problem, queues: Queues): void {
  if (problem.visitSeconds === 0) throw new RangeError('there are no visits to queue for')
  problem.queues = queues
}

function placeOf({ travel }: Problem, place: number): number {
  if (Number.isInteger(place) && place >= 0 && place < travel.places) return place
  throw new RangeError(`place ${place} is not among the ${travel.places} of the travel table`)
}

export interface PairFacts {
  price?: number
  ready?: number
  /** What this vehicle would make on the way: `machine` counts from its own first. */
  making?: { machine: number; from?: number; makeSeconds: number; coolSeconds?: number }
}

/** Allows a request of that row in that vehicle; what was never set is not allowed. */
export function setPair(problem: Problem, row: number, vehicle: number, facts: PairFacts): void {
  const { pairs } = problem
  const at = row * problem.vehicles + vehicle
  pairs.allowed[at] = 1
  pairs.price[at] = facts.price ?? 0
  pairs.ready[at] = facts.ready ?? -Infinity
  const { making } = facts
  pairs.machine[at] = making ? problem.firstMachine[vehicle]! + making.machine : -1
  pairs.makeFrom[at] = making?.from ?? -Infinity
  pairs.makeSeconds[at] = making?.makeSeconds ?? 0
  pairs.coolSeconds[at] = making?.coolSeconds ?? 0
}

export function startOf(vehicle: number): number {
  return vehicle
}

export function endOf({ vehicles }: Problem, vehicle: number): number {
  return vehicles + vehicle
}

export function pickupOf({ vehicles }: Problem, request: number): number {
  return 2 * (vehicles + request)
}

export function deliveryOf({ vehicles }: Problem, request: number): number {
  return 2 * (vehicles + request) + 1
}

export function requestOf({ vehicles }: Problem, node: number): number {
  return (node >> 1) - vehicles
}

/** A dense table from functions, for callers that have no table. */
export function travelTable(
  places: number,
  seconds: (from: number, to: number) => number,
  meters: (from: number, to: number) => number,
): TravelTable {
  const fill = (cost: (from: number, to: number) => number) =>
    Float64Array.from({ length: places * places }, (_, at) =>
      cost(Math.floor(at / places), at % places),
    )
  return { places, seconds: fill(seconds), meters: fill(meters) }
}
