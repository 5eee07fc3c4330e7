// Decides many requests together: first one by one, then better by the engine, and never worse than that.
import type { DispatchRules } from '../model/dispatchRules.ts'
import { decisionsOf } from './batchDecisions.ts'
import type { BatchFacts, BatchPlan, PlanPrice } from './batchFacts.ts'
import { improve } from './engine/anneal.ts'
import { insertByRegret } from './engine/construct.ts'
import { forgiveDelays, openRoutes, planPrice, stopsOf, type Routes } from './engine/routes.ts'
import { endOf } from './engine/problem.ts'
import type { DispatchRequest, FleetVehicle } from './facts.ts'
import { openFleet } from './fleet.ts'
import { isCheaper, judgePlan, standingOf } from './planPrice.ts'
import { problemOf, type ProblemFacts } from './planProblem.ts'
import { loadRoutes, vehiclesOf } from './planRoutes.ts'

/** How many of the next best vehicles a request regrets that it does not get its best. */
const regretted = 3
/** So many vehicles are planned with for each request: those that were best when it was asked for alone. */
const near = 16
/** Points by which a plan may get worse on the way to a better one, at first and in the end. */
const temperature = { startTemperature: 1, endTemperature: 0.01 }

/** Equal facts, rules and seed give equal plans on every machine. */
export function planBatch(facts: BatchFacts, rules: DispatchRules, seed: number): BatchPlan {
  const standing = standingOf(facts, rules)
  const single = oneByOne(facts, rules)
  const oneByOnePrice = judgePlan(single.vehicles, standing, facts, rules) ?? noPlan
  const { assigned, nearest } = single
  const better = planTogether({ facts, rules, standing, assigned, nearest }, single, seed)
  const betterPrice = better && judgePlan(better, standing, facts, rules)
  const isTogether = betterPrice !== null && isCheaper(betterPrice, oneByOnePrice)
  const vehicles = isTogether && better ? better : single.vehicles
  return {
    ...decisionsOf({ facts, rules, standing, vehicles, refused: single.refused }),
    price: isTogether ? betterPrice : oneByOnePrice,
    oneByOnePrice,
    foundBy: isTogether ? 'together' : 'one_by_one',
    dataVersion: facts.travel.dataVersion,
  }
}

/** When what stands cannot even be kept as it is. */
const noPlan: PlanPrice = { unserved: Infinity, score: Infinity }

interface SinglePlan {
  vehicles: FleetVehicle[]
  /** By request: its vehicle. */
  assigned: Map<string, string>
  /** By request: the best vehicles, as they were when it was its turn. */
  nearest: Map<string, Set<string>>
  /** By request: why it was not even looked at. */
  refused: Map<string, string>
}

/** Each open request in turn where it is best, with what stands on the routes left alone. */
function oneByOne(facts: BatchFacts, rules: DispatchRules): SinglePlan {
  const { nowMs, vehicles, requests, travel, lockers = [] } = facts
  const fleet = openFleet({ vehicles, travel, rules: { ...rules, rankedCandidates: near }, nowMs })
  const room = new Map(lockers.map((bank) => [bank.lockerId, bank.freeCompartments]))
  const standing = new Set(vehicles.flatMap(({ stops }) => stops.map((stop) => stop.requestId)))
  const assigned = new Map<string, string>()
  const nearest = new Map<string, Set<string>>()
  const refused = new Map<string, string>()
  for (const request of requests) {
    const { requestId } = request
    if (standing.has(requestId)) {
      nearest.set(requestId, new Set(fleet.insert(request, nowMs).rankedIds()))
      continue
    }
    const lockerId = lockerOf(request)
    const free = room.get(lockerId) ?? Infinity
    if (free <= 0) {
      refused.set(requestId, 'no_compartment_free')
      continue
    }
    const choice = fleet.insert(request, nowMs)
    nearest.set(requestId, new Set(choice.rankedIds()))
    const { chosen } = choice
    if (!chosen) continue
    fleet.take(request, chosen)
    assigned.set(requestId, chosen.vehicleId)
    if (free < Infinity) room.set(lockerId, free - 1)
  }
  return {
    vehicles: vehicles.map((vehicle) => fleet.vehicle(vehicle.vehicleId) ?? vehicle),
    assigned,
    nearest,
    refused,
  }
}

/** What comes into a locker needs a compartment; '' for everything else. */
function lockerOf(request: DispatchRequest): string {
  const comesIn = request.kind === 'handed_over' && request.direction === 'to_locker'
  return comesIn ? request.lockerId : ''
}

/** By regret, or from the plan that was made one by one, whichever is cheaper; and then improved. */
function planTogether(
  given: ProblemFacts,
  single: SinglePlan,
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
  const singleRoutes = openRoutes(plan.problem)
  loadRoutes(plan, singleRoutes, single.vehicles)
  const isSingleBetter = keepsTimes(singleRoutes) && planPrice(singleRoutes) < planPrice(routes)
  const best = isSingleBetter ? singleRoutes : routes
  improve(best, { seed, iterations: rules.improvementIterations, ...temperature })
  return vehiclesOf(plan, best, facts.vehicles, facts.nowMs)
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
