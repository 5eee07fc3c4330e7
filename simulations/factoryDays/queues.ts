// Forecasts how long who arrives at a factory queues for a dock, if all go on as planned.
import { endOf, startOf } from '../../domain/dispatch/engine/problem.ts'
import type { Queues } from '../../domain/dispatch/engine/queues.ts'
import type { Routes } from '../../domain/dispatch/engine/routes.ts'

interface Visit {
  factory: number
  arrives: number
  serviceSeconds: number
  /** The last of its stops that follow each other in the factory. */
  last: number
}

/** First come, first served, over all routes at once: one vehicle's queue is the next one's delay. */
export function forecastQueues(
  routes: Routes,
  docksFreeAt: readonly Float64Array[],
  from: number,
  { stepSeconds, steps }: Pick<Queues, 'stepSeconds' | 'steps'>,
): Queues {
  const visits = visitsOf(routes, docksFreeAt)
  const seconds = new Float64Array(docksFreeAt.length * steps)
  docksFreeAt.forEach((docks, factory) => {
    const freeAt = docks.slice()
    const here = visits.filter((visit) => visit.factory === factory)
    let next = 0
    for (let step = 0; step < steps; step += 1) {
      const at = from + step * stepSeconds
      for (; next < here.length && here[next]!.arrives < at; next += 1) {
        takeDock(freeAt, here[next]!)
      }
      seconds[factory * steps + step] = Math.max(0, Math.min(...freeAt) - at)
    }
  })
  return { from, stepSeconds, steps, seconds }
}

/** All that are planned in the order of their arrivals, with the queues that they cause each other. */
function visitsOf(routes: Routes, docksFreeAt: readonly Float64Array[]): Visit[] {
  const { vehicles, earliest } = routes.problem
  const freeAt = docksFreeAt.map((docks) => docks.slice())
  const heads = Array.from({ length: vehicles }, (_, vehicle) =>
    visitAfter(routes, startOf(vehicle), vehicle, earliest[startOf(vehicle)]!),
  )
  const visits: Visit[] = []
  for (;;) {
    let first = -1
    for (let vehicle = 0; vehicle < vehicles; vehicle += 1) {
      const visit = heads[vehicle]
      if (visit && (first < 0 || visit.arrives < heads[first]!.arrives)) first = vehicle
    }
    if (first < 0) return visits
    const visit = heads[first]!
    visits.push(visit)
    const leaves = takeDock(freeAt[visit.factory]!, visit)
    heads[first] = visitAfter(routes, visit.last, first, leaves)
  }
}

function visitAfter(routes: Routes, node: number, vehicle: number, departs: number): Visit | null {
  const { problem, next } = routes
  const { place, service, visitSeconds, travel } = problem
  const end = endOf(problem, vehicle)
  let last = next[node]!
  if (last === end) return null
  const factory = place[last]!
  const arrives = departs + travel.seconds[place[node]! * travel.places + factory]!
  let serviceSeconds = visitSeconds + service[last]!
  while (next[last] !== end && place[next[last]!] === factory) {
    last = next[last]!
    serviceSeconds += service[last]!
  }
  return { factory, arrives, serviceSeconds, last }
}

/** Takes the dock that is free first; returns when it is left. */
function takeDock(freeAt: Float64Array, { arrives, serviceSeconds }: Visit): number {
  let first = 0
  for (let dock = 1; dock < freeAt.length; dock += 1) {
    if (freeAt[dock]! < freeAt[first]!) first = dock
  }
  const leaves = Math.max(arrives, freeAt[first]!) + serviceSeconds
  freeAt[first] = leaves
  return leaves
}
