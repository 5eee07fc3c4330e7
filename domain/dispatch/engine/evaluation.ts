// Prices a sequence of stops term by term and says which rule it breaks: slow and plain, for
// explanations, and the measure that the fast ways are held against.
import { deliveryOf, endOf, pickupOf, requestOf, startOf, type Problem } from './problem.ts'
import { turnAt } from './queues.ts'
import { stopsOf, type Routes, type Spot } from './routes.ts'

/** In natural units, where the name has one; `price` is the sum under the weights. */
export interface RouteTerms {
  driveSeconds: number
  meters: number
  lateSeconds: number
  waitSeconds: number
  latePrice: number
  startPrice: number
  fixedPrice: number
  pairPrice: number
  visitPrice: number
  fairnessPrice: number
  price: number
}

export type BrokenRule =
  | 'not_allowed'
  | 'unreachable'
  | 'too_late'
  | 'after_shift_end'
  | 'over_capacity'
  | 'not_last_in_first_out'
  | 'pickup_missing'

export interface Evaluated {
  terms: RouteTerms
  /** Of each stop, in their order. */
  arrives: number[]
  starts: number[]
  departs: number[]
  readies: number[]
  endsAt: number
  /** The first rule that is broken, and at which node; null where all are kept. */
  broken: { rule: BrokenRule; node: number } | null
}

export function evaluate(problem: Problem, vehicle: number, stops: readonly number[]): Evaluated {
  const { weights, visitSeconds, queues } = problem
  const terms = noTerms()
  const evaluated: Evaluated = {
    terms,
    arrives: [],
    starts: [],
    departs: [],
    readies: [],
    endsAt: 0,
    broken: null,
  }
  const free = [...problem.machineFree]
  let at = startOf(vehicle)
  let time = problem.earliest[at]!
  let visitFrom = time
  for (const node of stops) {
    const clock = time + drive(problem, at, node, terms)
    const merges = visitSeconds > 0 && at !== startOf(vehicle) && isSamePlace(problem, at, node)
    if (!merges) visitFrom = clock
    const ready = readyTime(problem, vehicle, node, free)
    const turn = queues && !merges ? turnAt(queues, problem.place[node]!, clock) : clock
    const visit = merges ? 0 : visitSeconds
    const begins = Math.max(turn + visit, problem.earliest[node]!, ready)
    const late = (visitSeconds > 0 ? visitFrom : begins) - problem.due[node]!
    terms.lateSeconds += Math.max(0, late)
    terms.latePrice += late > 0 ? late * problem.latePrice[node]! : 0
    terms.startPrice += begins * problem.startPrice[node]!
    terms.waitSeconds += begins - clock - visit
    terms.pairPrice += pairPrice(problem, vehicle, node)
    if (visitSeconds > 0 && !merges) terms.visitPrice += problem.visitPrice[problem.place[node]!]!
    time = begins + problem.service[node]!
    evaluated.arrives.push(clock)
    evaluated.starts.push(begins)
    evaluated.departs.push(time)
    evaluated.readies.push(ready)
    at = node
  }
  const end = endOf(problem, vehicle)
  evaluated.endsAt = problem.place[end]! < 0 ? time : time + drive(problem, at, end, terms)
  terms.fixedPrice = stops.length > 0 ? problem.fixedPrice[vehicle]! : 0
  const before = problem.drivenSeconds[vehicle]! / 3_600
  const after = before + terms.driveSeconds / 3_600
  terms.fairnessPrice = weights.fairness * (after ** 2 - before ** 2)
  terms.price =
    weights.driveSecond * terms.driveSeconds +
    weights.meter * terms.meters +
    weights.waitSecond * terms.waitSeconds +
    terms.latePrice +
    terms.startPrice +
    terms.fixedPrice +
    terms.pairPrice +
    terms.visitPrice +
    terms.fairnessPrice
  evaluated.broken = brokenTime(problem, vehicle, stops, evaluated)
  evaluated.broken ??= brokenLoad(problem, vehicle, stops)
  return evaluated
}

function noTerms(): RouteTerms {
  return {
    driveSeconds: 0,
    meters: 0,
    lateSeconds: 0,
    waitSeconds: 0,
    latePrice: 0,
    startPrice: 0,
    fixedPrice: 0,
    pairPrice: 0,
    visitPrice: 0,
    fairnessPrice: 0,
    price: 0,
  }
}

function drive({ place, travel }: Problem, from: number, to: number, terms: RouteTerms): number {
  const leg = place[from]! * travel.places + place[to]!
  terms.driveSeconds += travel.seconds[leg]!
  terms.meters += travel.meters[leg]!
  return travel.seconds[leg]!
}

function isSamePlace({ place }: Problem, one: number, other: number): boolean {
  return place[one] === place[other]
}

/** Of a delivery with a row of pairs. */
function pairOf(problem: Problem, vehicle: number, node: number): number {
  const row = problem.pairRow[requestOf(problem, node)]!
  return row < 0 || node !== deliveryOf(problem, requestOf(problem, node))
    ? -1
    : row * problem.vehicles + vehicle
}

function pairPrice(problem: Problem, vehicle: number, node: number): number {
  const pair = pairOf(problem, vehicle, node)
  return pair < 0 ? 0 : problem.pairs.price[pair]!
}

function readyTime(problem: Problem, vehicle: number, node: number, free: number[]): number {
  const pair = pairOf(problem, vehicle, node)
  if (pair < 0) return -Infinity
  const { machine, makeFrom, makeSeconds, coolSeconds, ready } = problem.pairs
  if (machine[pair]! < 0) return ready[pair]!
  const made = Math.max(free[machine[pair]!]!, makeFrom[pair]!) + makeSeconds[pair]!
  free[machine[pair]!] = made
  return made + coolSeconds[pair]!
}

function brokenTime(
  problem: Problem,
  vehicle: number,
  stops: readonly number[],
  { starts, endsAt }: Evaluated,
): Evaluated['broken'] {
  for (const [index, node] of stops.entries()) {
    const pair = pairOf(problem, vehicle, node)
    if (pair >= 0 && problem.pairs.allowed[pair] === 0) return { rule: 'not_allowed', node }
    if (!Number.isFinite(starts[index])) return { rule: 'unreachable', node }
    if (starts[index]! > problem.latest[node]!) return { rule: 'too_late', node }
  }
  const end = endOf(problem, vehicle)
  if (!Number.isFinite(endsAt)) return { rule: 'unreachable', node: end }
  return endsAt > problem.latest[end]! ? { rule: 'after_shift_end', node: end } : null
}

function brokenLoad(
  problem: Problem,
  vehicle: number,
  stops: readonly number[],
): Evaluated['broken'] {
  const stack: number[] = []
  const seen = new Set<number>()
  let onBoard = problem.startLoad[vehicle]!
  let height = Infinity
  for (const node of stops) {
    const request = requestOf(problem, node)
    seen.add(node)
    onBoard += problem.load[node]!
    if (onBoard > problem.capacity[vehicle]!) return { rule: 'over_capacity', node }
    if (problem.hasPickup[request] === 1) {
      if (node === pickupOf(problem, request)) stack.push(node)
      else if (!seen.has(node - 1)) return { rule: 'pickup_missing', node }
      else if (problem.lifo && stack.pop() !== node - 1) {
        return { rule: 'not_last_in_first_out', node }
      }
    } else if (problem.lifo && problem.load[node]! < 0) {
      const isOnTop = stack.length === 0 && problem.stackHeight[request]! <= height
      if (!isOnTop) return { rule: 'not_last_in_first_out', node }
      height = problem.stackHeight[request]!
    }
  }
  return null
}

export interface Explained {
  /** What the insertion adds to the route's terms. */
  terms: RouteTerms
  broken: Evaluated['broken']
  /** When the request's own stops are reached, start, are ready and end; null without pick-up. */
  pickup: OwnTimes | null
  delivery: OwnTimes
  before: Evaluated
  after: Evaluated
}

export interface OwnTimes {
  arrivesAt: number
  startsAt: number
  departsAt: number
  readyAt: number
}

/** An insertion term by term, also where it breaks a rule: for reasons that a person reads. */
export function explain(routes: Routes, request: number, spot: Spot): Explained {
  const { problem } = routes
  const stops = stopsOf(routes, spot.vehicle)
  const longer = [...stops]
  const putAfter = (node: number, after: number) =>
    longer.splice(after === startOf(spot.vehicle) ? 0 : longer.indexOf(after) + 1, 0, node)
  const delivery = deliveryOf(problem, request)
  const hasPickup = problem.hasPickup[request] === 1
  if (hasPickup) putAfter(pickupOf(problem, request), spot.afterPickup)
  putAfter(delivery, spot.afterDelivery)
  const before = evaluate(problem, spot.vehicle, stops)
  const after = evaluate(problem, spot.vehicle, longer)
  const times = (node: number): OwnTimes => {
    const index = longer.indexOf(node)
    return {
      arrivesAt: after.arrives[index]!,
      startsAt: after.starts[index]!,
      departsAt: after.departs[index]!,
      readyAt: after.readies[index]!,
    }
  }
  return {
    terms: difference(after.terms, before.terms),
    broken: after.broken,
    pickup: hasPickup ? times(delivery - 1) : null,
    delivery: times(delivery),
    before,
    after,
  }
}

function difference(after: RouteTerms, before: RouteTerms): RouteTerms {
  return {
    driveSeconds: after.driveSeconds - before.driveSeconds,
    meters: after.meters - before.meters,
    lateSeconds: after.lateSeconds - before.lateSeconds,
    waitSeconds: after.waitSeconds - before.waitSeconds,
    latePrice: after.latePrice - before.latePrice,
    startPrice: after.startPrice - before.startPrice,
    fixedPrice: after.fixedPrice - before.fixedPrice,
    pairPrice: after.pairPrice - before.pairPrice,
    visitPrice: after.visitPrice - before.visitPrice,
    fairnessPrice: after.fairnessPrice - before.fairnessPrice,
    price: after.price - before.price,
  }
}
