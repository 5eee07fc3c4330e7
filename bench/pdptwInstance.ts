// Reads an instance of Li and Lim's pickup and delivery problems, and checks a solution of it by the
// file alone: nothing here knows of the engine.
import { readFileSync } from 'node:fs'

export interface Instance {
  vehicles: number
  capacity: number
  /** The first is the depot. */
  nodes: InstanceNode[]
}

export interface InstanceNode {
  id: number
  x: number
  y: number
  demand: number
  ready: number
  due: number
  service: number
  /** Of a delivery: its pick-up; of a pick-up: 0. */
  pickup: number
  /** Of a pick-up: its delivery; of a delivery: 0. */
  delivery: number
}

const columns = 9

export function readInstance(path: string): Instance {
  const [head, ...rows] = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).map(Number))
  const [vehicles = NaN, capacity = NaN] = head ?? []
  const nodes = rows.map(nodeOf)
  const isWhole = rows.every((row) => row.length === columns && row.every(Number.isFinite))
  const isNumbered = nodes.every(({ id }, at) => id === at)
  const isPaired = nodes.slice(1).every(({ id, pickup, delivery }) => {
    return pickup > 0 ? nodes[pickup]?.delivery === id : nodes[delivery]?.pickup === id
  })
  if (isWhole && isNumbered && isPaired && vehicles > 0 && capacity > 0 && nodes.length > 2) {
    return { vehicles, capacity, nodes }
  }
  throw new Error(`${path} is not an instance of Li and Lim's`)
}

function nodeOf(row: readonly number[]): InstanceNode {
  const [id = 0, x = 0, y = 0, demand = 0, ready = 0, due = 0, service = 0] = row
  const [pickup = 0, delivery = 0] = row.slice(7)
  return { id, x, y, demand, ready, due, service, pickup, delivery }
}

export function distanceOf(one: InstanceNode, other: InstanceNode): number {
  return Math.hypot(one.x - other.x, one.y - other.y)
}

export interface Checked {
  vehicles: number
  distance: number
  /** What is wrong, each as a sentence. */
  wrong: string[]
}

/** How much later than a window closes is still in time: the rounding of sums of doubles. */
const tolerance = 1e-6

/** Drives the routes, each a list of node ids without the depot. */
export function checkSolution(instance: Instance, routes: readonly (readonly number[])[]): Checked {
  const wrong: string[] = []
  const visits = new Map<number, number>()
  let distance = 0
  for (const [index, route] of routes.entries()) {
    const driven = driveRoute(instance, route)
    distance += driven.distance
    wrong.push(...driven.wrong.map((what) => `route ${index + 1}: ${what}`))
    for (const id of route) visits.set(id, (visits.get(id) ?? 0) + 1)
  }
  for (const { id } of instance.nodes.slice(1)) {
    if (visits.get(id) !== 1) wrong.push(`node ${id} is visited ${visits.get(id) ?? 0} times`)
  }
  if (routes.length > instance.vehicles) wrong.push(`there are only ${instance.vehicles} vehicles`)
  return { vehicles: routes.length, distance, wrong }
}

function driveRoute({ nodes, capacity }: Instance, route: readonly number[]) {
  const wrong: string[] = []
  const onBoard = new Set<number>()
  let here = nodes[0]!
  let clock = here.ready + here.service
  let load = 0
  let distance = 0
  for (const id of [...route, 0]) {
    const there = nodes[id]
    if (!there) return { distance, wrong: [...wrong, `node ${id} does not exist`] }
    distance += distanceOf(here, there)
    clock += distanceOf(here, there)
    if (clock > there.due + tolerance) wrong.push(`node ${id} is reached at ${clock}`)
    clock = Math.max(clock, there.ready) + there.service
    load += there.demand
    if (load > capacity) wrong.push(`${load} on board after node ${id}`)
    if (there.delivery > 0) onBoard.add(there.delivery)
    else if (id > 0 && !onBoard.delete(id)) wrong.push(`node ${id} comes before its pick-up`)
    here = there
  }
  if (onBoard.size > 0) wrong.push(`what goes to ${[...onBoard].join(', ')} stays on board`)
  return { distance, wrong }
}
