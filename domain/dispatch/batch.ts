// Decides many requests together: first one by one, then better by the engine, and never worse than that.
import type { DispatchRules } from '../model/dispatchRules.ts'
import { decisionsOf } from './batchDecisions.ts'
import type { BatchFacts, BatchPlan, PlanPrice } from './batchFacts.ts'
import { improve } from './engine/anneal.ts'
import { insertByRegret } from './engine/construct.ts'
import { forgiveDelays, openRoutes, planPrice, stopsOf, type Routes } from './engine/routes.ts'
import { openSnapshot } from './engine/snapshot.ts'
import { endOf } from './engine/problem.ts'
import type { DispatchRequest, FleetVehicle } from './facts.ts'
import { openFleet, type Fleet } from './fleet.ts'
import { isCheaper, judgePlan, standingOf } from './planPrice.ts'
import { problemOf, type ProblemFacts } from './planProblem.ts'
import { loadRoutes, vehiclesOf } from './planRoutes.ts'

/** How many of the next best vehicles a request regrets that it does not get its best. */
const regretted = 3
/** So many vehicles are planned with for each request: those that were best when it was asked for alone. */
const near = 16
/** Of a fleet of more, only who is near something is planned with; production gathers so many. */
const smallFleet = 100
/** Of more that stand on the routes of a large fleet so many may be moved, the nearest first. */
const standingAtMost = 200
/** Points by which a plan may get worse on the way to a better one, at first and in the end. */
const temperature = { startTemperature: 1, endTemperature: 0.01 }

/**
 * Equal facts, rules and seed give equal plans on every machine. Who keeps a fleet of these vehicles
 * under these rules lends it: afterwards it is as it was.
 */
export function planBatch(
  facts: BatchFacts,
  rules: DispatchRules,
  seed: number,
  fleet: Fleet = openFleet({ ...facts, rules }),
): BatchPlan {
  const single = oneByOne(facts, fleet)
  const here = nearWhatIsOpen(facts, rules, single, fleet)
  const changed = givenBack(facts, single, fleet)
  const standing = standingOf(here, rules)
  const alone = here.vehicles.map((vehicle) => changed.get(vehicle.vehicleId) ?? vehicle)
  const oneByOnePrice = judgePlan(alone, standing, here, rules) ?? noPlan
  const { assigned, nearest, refused } = single
  const better = planTogether({ facts: here, rules, standing, assigned, nearest }, alone, seed)
  const betterPrice = better && judgePlan(better, standing, here, rules)
  const isTogether = betterPrice !== null && isCheaper(betterPrice, oneByOnePrice)
  const planned = isTogether && better ? better : alone
  return {
    ...decisionsOf({ facts, here, rules, standing, planned, refused }),
    price: isTogether ? betterPrice : oneByOnePrice,
    oneByOnePrice,
    foundBy: isTogether ? 'together' : 'one_by_one',
    dataVersion: facts.travel.dataVersion,
  }
}

/** When what stands cannot even be kept as it is. */
const noPlan: PlanPrice = { unserved: Infinity, score: Infinity }

interface SinglePlan {
  /** By request: its vehicle. */
  assigned: Map<string, string>
  /** By request: the best vehicles, as they were when it was its turn. */
  nearest: Map<string, readonly string[]>
  /** By request: why it was not even looked at. */
  refused: Map<string, string>
  /** By request that stands on a route: its vehicle. */
  holders: Map<string, string>
}

/** Each open request in turn where it is best, with what stands on the routes left alone. */
function oneByOne(facts: BatchFacts, fleet: Fleet): SinglePlan {
  const { nowMs, vehicles, requests, lockers = [] } = facts
  const room = new Map(lockers.map((bank) => [bank.lockerId, bank.freeCompartments]))
  const holders = holdersOf(vehicles)
  const assigned = new Map<string, string>()
  const nearest = new Map<string, readonly string[]>()
  const refused = new Map<string, string>()
  for (const request of requests) {
    const { requestId } = request
    if (holders.has(requestId)) continue
    const lockerId = lockerOf(request)
    const free = room.get(lockerId) ?? Infinity
    if (free <= 0) {
      refused.set(requestId, 'no_compartment_free')
      continue
    }
    const choice = fleet.insert(request, nowMs, near)
    nearest.set(requestId, choice.rankedIds())
    const { chosen } = choice
    if (!chosen) continue
    fleet.take(request, chosen)
    assigned.set(requestId, chosen.vehicleId)
    if (free < Infinity) room.set(lockerId, free - 1)
  }
  return { assigned, nearest, refused, holders }
}

function holdersOf(vehicles: readonly FleetVehicle[]): Map<string, string> {
  const holders = new Map<string, string>()
  for (const { vehicleId, stops } of vehicles) {
    for (const { requestId } of stops) {
      if (requestId !== undefined) holders.set(requestId, vehicleId)
    }
  }
  return holders
}

/** By id what one by one made of vehicles; the fleet has them as they were. */
function givenBack(
  { vehicles, nowMs }: BatchFacts,
  { assigned }: SinglePlan,
  fleet: Fleet,
): Map<string, FleetVehicle> {
  const ids = new Set(assigned.values())
  const changed = new Map<string, FleetVehicle>()
  for (const vehicle of vehicles) {
    if (!ids.has(vehicle.vehicleId)) continue
    changed.set(vehicle.vehicleId, fleet.vehicle(vehicle.vehicleId)!)
    fleet.put(vehicle, nowMs)
  }
  return changed
}

/** What comes into a locker needs a compartment; '' for everything else. */
function lockerOf(request: DispatchRequest): string {
  const comesIn = request.kind === 'handed_over' && request.direction === 'to_locker'
  return comesIn ? request.lockerId : ''
}

/**
 * Of a large fleet the vehicles that are best for something open; and where plans are improved, those of what stands
 * on routes and may be moved, and those that are best for it.
 */
function nearWhatIsOpen(
  facts: BatchFacts,
  rules: DispatchRules,
  { nearest, holders }: SinglePlan,
  fleet: Fleet,
): BatchFacts {
  const { vehicles, requests, nowMs } = facts
  const isSmall = vehicles.length <= smallFleet
  const ids = new Set([...nearest.values()].flat())
  const isHere = ({ requestId }: DispatchRequest) => ids.has(holders.get(requestId) ?? '')
  const mayMove = requests.filter(({ requestId }) => holders.has(requestId))
  const isLittle = isSmall || mayMove.length <= standingAtMost
  let left = rules.improvementIterations === 0 ? 0 : isSmall ? Infinity : standingAtMost
  while (left > 0) {
    const unasked = mayMove.filter(({ requestId }) => !nearest.has(requestId))
    const ring = unasked.filter((one) => isLittle || isHere(one)).slice(0, left)
    if (ring.length === 0) break
    left -= ring.length
    for (const request of ring) {
      const best = fleet.insert(request, nowMs, near).rankedIds()
      nearest.set(request.requestId, best)
      for (const id of [...best, holders.get(request.requestId)!]) ids.add(id)
    }
  }
  if (isSmall) return facts
  return {
    ...facts,
    vehicles: vehicles.filter(({ vehicleId }) => ids.has(vehicleId)),
    requests: requests.filter((one) => !holders.has(one.requestId) || isHere(one)),
  }
}

/** By regret, or from the plan that was made one by one, whichever is cheaper; and then improved. */
function planTogether(
  given: ProblemFacts,
  alone: readonly FleetVehicle[],
  seed: number,
): FleetVehicle[] | null {
  const { facts, rules } = given
  if (facts.requests.length === 0) return null
  const plan = problemOf(given)
  const routes = openRoutes(plan.problem)
  loadRoutes(plan, routes, facts.vehicles)
  forgiveDelays(routes)
  const open = plan.moves.flatMap(({ row }, number) => (row < 0 ? [number] : []))
  insertByRegret(routes, open, regretted)
  const priceByRegret = planPrice(routes)
  const byRegret = openSnapshot(routes)
  loadRoutes(plan, routes, alone)
  if (!keepsTimes(routes) || planPrice(routes) >= priceByRegret) byRegret.restore()
  const iterations = rules.improvementIterations
  if (iterations > 0) improve(routes, { seed, iterations, ...temperature })
  return vehiclesOf(plan, routes, facts.vehicles, facts.nowMs)
}

/** Machines work off their queues in the order of the stops here: what one by one has booked may come too late. */
function keepsTimes(routes: Routes): boolean {
  const { problem } = routes
  for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
    for (const node of [...stopsOf(routes, vehicle), endOf(problem, vehicle)]) {
      if (routes.start[node]! > problem.latest[node]!) return false
    }
  }
  return true
}
