// Hands an instance of Li and Lim's to the planning engine, and shares out the time among its phases.
import { improve } from '../domain/dispatch/engine/anneal.ts'
import { insertByRegret } from '../domain/dispatch/engine/construct.ts'
import { fewerVehicles } from '../domain/dispatch/engine/fewerVehicles.ts'
import {
  createProblem,
  setRequest,
  setVehicle,
  travelTable,
  type Problem,
} from '../domain/dispatch/engine/problem.ts'
import { openRoutes, stopsOf } from '../domain/dispatch/engine/routes.ts'
import { distanceOf, type Instance, type InstanceNode } from './pdptwInstance.ts'

export interface Budget {
  seconds: number
  seed: number
  /** Time on the wall, or of the thread's processor. */
  clock: 'wall' | 'cpu'
}

export interface Solved {
  routes: number[][]
  iterations: number
  seconds: number
}

/** Found on these instances: the fewest vehicles are reached in less than a tenth of a second. */
const fleetShare = 0.12
/** In units of distance, of which a stop costs some ten: hot enough to leave a cluster as a whole. */
const temperatures = { startTemperature: 300, endTemperature: 0.1 }
/** More than any detour, so that improvement does not take a vehicle back. */
const vehiclePrice = 10_000

export function solve(instance: Instance, { seconds, seed, clock }: Budget): Solved {
  const now = clock === 'wall' ? () => performance.now() / 1_000 : processorSeconds
  const begun = now()
  const problem = problemOf(instance)
  const routes = openRoutes(problem)
  insertByRegret(routes, [...Array(problem.requests).keys()])
  const fleet = fewerVehicles(routes, {
    seed,
    iterations: Infinity,
    progress: () => (now() - begun) / (seconds * fleetShare),
  })
  const from = now()
  const left = Math.max(begun + seconds - from, 1e-3)
  const shorter = improve(routes, {
    seed,
    iterations: Infinity,
    ...temperatures,
    progress: () => (now() - from) / left,
  })
  return {
    routes: Array.from({ length: problem.vehicles }, (_, vehicle) =>
      stopsOf(routes, vehicle).map((node) => problem.place[node]!),
    ).filter((stops) => stops.length > 0),
    iterations: fleet.iterations + shorter.iterations,
    seconds: now() - begun,
  }
}

function processorSeconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

/** A place is a node of the file. */
function problemOf({ vehicles, capacity, nodes }: Instance): Problem {
  const pickups = nodes.filter(({ delivery }) => delivery > 0)
  const away = (from: number, to: number) => distanceOf(nodes[from]!, nodes[to]!)
  const travel = travelTable(nodes.length, away, away)
  const size = { vehicles, requests: pickups.length }
  const problem = createProblem(size, travel, { weights: { meter: 1 } })
  const depot = nodes[0]!
  for (let vehicle = 0; vehicle < vehicles; vehicle += 1) {
    setVehicle(problem, vehicle, {
      startPlace: 0,
      startAt: depot.ready + depot.service,
      endPlace: 0,
      shiftEndsAt: depot.due,
      capacity,
      fixedPrice: vehiclePrice,
      kind: 0,
    })
  }
  for (const [request, pickup] of pickups.entries()) {
    const delivery = stopOf(nodes[pickup.delivery]!)
    setRequest(problem, request, { pickup: stopOf(pickup), delivery })
  }
  return problem
}

function stopOf({ id, service, ready, due, demand }: InstanceNode) {
  return { place: id, serviceSeconds: service, earliest: ready, latest: due, load: demand }
}
