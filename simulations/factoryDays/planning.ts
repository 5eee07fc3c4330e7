// Says a situation between factories in the engine's terms, with the last plan as its routes, and
// says the engine's routes in stops again.
import {
  createProblem,
  deliveryOf,
  endOf,
  pickupOf,
  requestOf,
  setRequest,
  setVehicle,
  startOf,
  type Problem,
  type TravelTable,
} from '../../domain/dispatch/engine/problem.ts'
import { openRoutes, setRoute, type Routes } from '../../domain/dispatch/engine/routes.ts'
import { addTo, bundleOf, bundlesOf, dueOf, type Bundle } from './bundles.ts'
import type { Fleet, OpenLoad, PlannedStop, Situation, VehicleState } from './dispatching.ts'
import { approachSeconds, scorePerHourLate, secondsPerQuarter } from './factoryDay.ts'
import type { FactoryRules } from './rules.ts'

/** One load on or off; a vehicle's plan is a list of them. */
export interface Task {
  load: number
  isPickup: boolean
}

export interface Planning {
  routes: Routes
  /** What each request of the engine moves; null for a destination that is only reached. */
  bundles: readonly (Bundle | null)[]
  /** Requests in no route yet, the most urgent first. */
  unplanned: readonly number[]
}

export function travelOf({ factories, ways }: Fleet): TravelTable {
  return {
    places: factories.length,
    seconds: Float64Array.from(ways.driveSeconds),
    meters: Float64Array.from(ways.kilometres, (kilometres) => 1_000 * kilometres),
  }
}

interface Draft {
  bundles: (Bundle | null)[]
  /** By vehicle, by request: goods on board lie below all others. */
  onBoard: { request: number; height: number }[][]
  /** Nodes without the offset that the number of vehicles makes. */
  tours: { request: number; isPickup: boolean }[][]
  committed: number[]
}

/** `tasks` are the last plan's; what is done by now, or not there yet, does not matter. */
export function planningOf(
  fleet: Fleet,
  travel: TravelTable,
  situation: Situation,
  tasks: readonly (readonly Task[])[],
  rules: FactoryRules,
): Planning {
  const waiting = new Map(situation.waiting.map((load) => [load.load, load]))
  const draft: Draft = { bundles: [], onBoard: [], tours: [], committed: [] }
  situation.vehicles.forEach((vehicle, at) => {
    draftVehicle(draft, vehicle, tasks[at]!, waiting, rules)
  })
  const firstNew = draft.bundles.length
  draft.bundles.push(...bundlesOf([...waiting.values()], rules))
  const problem = problemOf(fleet, travel, situation, draft, rules)
  const routes = openRoutes(problem)
  draft.tours.forEach((tour, vehicle) => {
    const nodes = tour.map(({ request, isPickup }) =>
      isPickup ? pickupOf(problem, request) : deliveryOf(problem, request),
    )
    setRoute(routes, vehicle, nodes, draft.committed[vehicle])
  })
  const unplanned = draft.bundles.map((_, request) => request).slice(firstNew)
  return { routes, bundles: draft.bundles, unplanned }
}

/** Takes the loads that its plan has out of `waiting`. */
function draftVehicle(
  draft: Draft,
  { destination, onBoard }: VehicleState,
  tasks: readonly Task[],
  waiting: Map<number, OpenLoad>,
  rules: FactoryRules,
): void {
  const { bundles } = draft
  const requestOfLoad = new Map<number, number>()
  const tour: { request: number; isPickup: boolean }[] = []
  if (destination !== null) {
    tour.push({ request: bundles.length, isPickup: false })
    bundles.push(null)
  }
  draft.committed.push(destination === null ? 0 : 1)
  const stacked: { request: number; height: number }[] = []
  onBoard.forEach((load, height) => {
    const last = bundles.at(-1)
    if (height === 0 || last?.delivery !== load.delivery) {
      stacked.push({ request: bundles.length, height })
      bundles.push(bundleOf(load))
    } else {
      last.loads.push(load)
      last.quarters += load.quarters
    }
    requestOfLoad.set(load.load, bundles.length - 1)
  })
  draft.onBoard.push(stacked)
  const open = tasks.filter(({ load }) => waiting.has(load) || requestOfLoad.has(load))
  const unloadedBefore = new Map(
    open.flatMap(({ load, isPickup }, at) => {
      const before = open[at - 1]
      return isPickup || before === undefined || before.isPickup ? [] : [[load, before.load]]
    }),
  )
  let last = -1
  const done = new Set<number>()
  for (const { load, isPickup } of open) {
    if (isPickup) {
      const facts = waiting.get(load)
      if (facts === undefined) continue
      waiting.delete(load)
      const bundle = bundles[last]
      const joins = bundle && last !== -1 && unloadedBefore.get(bundle.loads.at(-1)!.load) === load
      if (!joins || !addTo(bundle, facts, rules)) {
        last = bundles.length
        bundles.push(bundleOf(facts))
        tour.push({ request: last, isPickup })
      }
      requestOfLoad.set(load, last)
    } else {
      last = -1
      const request = requestOfLoad.get(load)!
      if (!done.has(request)) tour.push({ request, isPickup })
      done.add(request)
    }
  }
  draft.tours.push(tour)
}

function problemOf(
  { vehicles }: Fleet,
  travel: TravelTable,
  { atSeconds, vehicles: states }: Situation,
  { bundles, onBoard, tours }: Draft,
  { timeShare }: FactoryRules,
): Problem {
  const problem = createProblem({ vehicles: vehicles.length, requests: bundles.length }, travel, {
    // As the day is scored.
    weights: {
      meter: 1 / 1_000 / vehicles.length,
      lateSecond: scorePerHourLate / 3_600,
      buyerSecond: (timeShare * scorePerHourLate) / 3_600,
    },
    lifo: true,
    visitSeconds: approachSeconds,
  })
  bundles.forEach((bundle, request) => {
    if (bundle !== null) setBundle(problem, request, bundle)
  })
  states.forEach((state, vehicle) => {
    const { at, freeAtSeconds, destination } = state
    const startLoad = state.onBoard.reduce((sum, { quarters }) => sum + quarters, 0)
    const capacity = vehicles[vehicle]!.capacityQuarters
    setVehicle(problem, vehicle, {
      startPlace: destination?.factory ?? at,
      startAt: destination?.arrivesAtSeconds ?? Math.max(atSeconds, freeAtSeconds),
      capacity,
      startLoad,
    })
    if (destination !== null) {
      const request = tours[vehicle]![0]!.request
      setRequest(problem, request, { movable: false, delivery: { place: destination.factory } })
    }
    for (const { request, height } of onBoard[vehicle]!) {
      setBundle(problem, request, bundles[request]!, height)
    }
  })
  return problem
}

function setBundle(problem: Problem, request: number, bundle: Bundle, stackHeight?: number): void {
  const { pickup, delivery, quarters, loads } = bundle
  const serviceSeconds = quarters * secondsPerQuarter
  setRequest(problem, request, {
    ...(stackHeight === undefined
      ? { stackHeight: 0, pickup: { place: pickup, serviceSeconds, load: quarters } }
      : { stackHeight, movable: false }),
    delivery: {
      place: delivery,
      serviceSeconds,
      load: -quarters,
      due: dueOf(bundle),
      latePrice: problem.weights.lateSecond * loads.length,
      startPrice: problem.weights.buyerSecond * loads.length,
    },
  })
}

/** The tasks of a vehicle's route, load by load. */
export function tasksOf({ routes, bundles }: Planning, vehicle: number): Task[] {
  const { problem, next } = routes
  const tasks: Task[] = []
  const end = endOf(problem, vehicle)
  for (let node = next[startOf(vehicle)]!; node !== end; node = next[node]!) {
    const isPickup = (node & 1) === 0
    const loads = bundles[requestOf(problem, node)]?.loads ?? []
    for (const { load } of isPickup ? loads : loads.toReversed()) tasks.push({ load, isPickup })
  }
  return tasks
}

/** The stops of a vehicle's route: what follows each other at one factory is one stop. */
export function stopsOf({ routes, bundles }: Planning, vehicle: number): PlannedStop[] {
  const { problem, next } = routes
  const stops: { factory: number; unload: number[]; load: number[] }[] = []
  const end = endOf(problem, vehicle)
  for (let node = next[startOf(vehicle)]!; node !== end; node = next[node]!) {
    const factory = problem.place[node]!
    let stop = stops.at(-1)
    if (stop?.factory !== factory) {
      stop = { factory, unload: [], load: [] }
      stops.push(stop)
    }
    const loads = bundles[requestOf(problem, node)]?.loads ?? []
    if ((node & 1) === 0) stop.load.push(...loads.map(({ load }) => load))
    else stop.unload.push(...loads.toReversed().map(({ load }) => load))
  }
  return stops
}
