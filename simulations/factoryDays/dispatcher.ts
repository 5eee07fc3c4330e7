// Dispatches a day between factories with the engine that dispatches production: every decision
// starts from the last plan, puts in what is new, and improves what is not binding.
import { improve } from '../../domain/dispatch/engine/anneal.ts'
import { insertCheapest } from '../../domain/dispatch/engine/construct.ts'
import { endOf, requestOf, setQueues, startOf } from '../../domain/dispatch/engine/problem.ts'
import { refresh } from '../../domain/dispatch/engine/routes.ts'
import { firstDueOf } from './bundles.ts'
import type { Dispatcher, Fleet, PlannedStop, Situation } from './dispatching.ts'
import { approachSeconds, epochSeconds } from './factoryDay.ts'
import { planningOf, stopsOf, tasksOf, travelOf, type Planning, type Task } from './planning.ts'
import { forecastQueues } from './queues.ts'
import { defaultFactoryRules, type FactoryRules } from './rules.ts'

/** One for each day: it keeps its last plan from decision to decision. */
export function openDispatcher(
  fleet: Fleet,
  rules: FactoryRules = defaultFactoryRules,
): Dispatcher {
  const travel = travelOf(fleet)
  const { rounds, startTemperature, endTemperature } = rules
  const iterations = Math.ceil(rules.iterations / rounds)
  let tasks: readonly (readonly Task[])[] = fleet.vehicles.map(() => [])
  return (situation) => {
    const planning = planningOf(fleet, travel, situation, tasks, rules)
    forecast(planning, situation, rules)
    const left = insertCheapest(planning.routes, planning.unplanned)
    if (left.length > 0) throw new Error(`${left.length} bundles find no room in any vehicle`)
    for (let round = 0; round < rounds; round += 1) {
      forecast(planning, situation, rules)
      const seed = (rules.seed * rounds + round) * 2 ** 24 + situation.atSeconds
      improve(planning.routes, { seed, iterations, startTemperature, endTemperature })
    }
    tasks = fleet.vehicles.map((_, vehicle) => tasksOf(planning, vehicle))
    return fleet.vehicles.map((_, vehicle) => givenStops(planning, situation, vehicle, rules))
  }
}

/** Queues as they come about by the plan as it is, and with them what a visit costs the others. */
function forecast(
  { routes }: Planning,
  { docksFreeAt, atSeconds }: Situation,
  { queueStepSeconds, queueHours, visitPricePerSecond, visitPriceHours }: FactoryRules,
): void {
  const { problem } = routes
  const steps = Math.ceil((queueHours * 3_600) / queueStepSeconds)
  const size = { stepSeconds: queueStepSeconds, steps }
  const queues = forecastQueues(routes, docksFreeAt, atSeconds, size)
  setQueues(problem, queues)
  const priced = Math.min(steps, Math.ceil((visitPriceHours * 3_600) / queueStepSeconds))
  problem.visitPrice.forEach((_, factory) => {
    const ahead = queues.seconds.subarray(factory * steps, factory * steps + priced)
    const queueHoursAhead = ahead.reduce((sum, seconds) => sum + seconds, 0) / priced / 3_600
    problem.visitPrice[factory] = visitPricePerSecond * approachSeconds * queueHoursAhead ** 2
  })
  for (let vehicle = 0; vehicle < routes.problem.vehicles; vehicle += 1) refresh(routes, vehicle)
}

/** What is given binds: an empty vehicle waits where it is while nothing is lost by it. */
function givenStops(
  planning: Planning,
  { atSeconds, vehicles }: Situation,
  vehicle: number,
  { parkedWhileSlackSeconds }: FactoryRules,
): PlannedStop[] {
  const { destination, onBoard, freeAtSeconds } = vehicles[vehicle]!
  const stops = stopsOf(planning, vehicle)
  if (destination !== null || onBoard.length > 0 || stops.length === 0) return stops
  // Who is served until the next decision can be told then.
  const isServed = freeAtSeconds >= atSeconds + epochSeconds
  return slackOf(planning, vehicle) > (isServed ? 0 : parkedWhileSlackSeconds) ? [] : stops
}

/** By how much the route can start later before an order is late. */
function slackOf({ routes, bundles }: Planning, vehicle: number): number {
  const { problem, next, arrive } = routes
  const end = endOf(problem, vehicle)
  let slack = Infinity
  for (let node = next[startOf(vehicle)]!; node !== end; node = next[node]!) {
    const bundle = bundles[requestOf(problem, node)]
    const isPickup = (node & 1) === 0
    if (bundle && !isPickup) slack = Math.min(slack, firstDueOf(bundle) - arrive[node]!)
  }
  return slack
}
