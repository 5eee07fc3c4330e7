// Between plans of the engine and routes of vehicles: the order of the stops is the engine's, the times follow from it.
import { deliveryOf, requestOf } from './engine/problem.ts'
import { setRoute, stopsOf, type Routes } from './engine/routes.ts'
import type { FleetVehicle, RouteStop } from './facts.ts'
import { makerFor, type MachineQueue } from './machineQueues.ts'
import type { Move } from './moves.ts'
import type { PlanProblem } from './planProblem.ts'

/** Gives the engine these routes, of vehicles that were others before; each stop must be one that the problem knows. */
export function loadRoutes(
  { nodes, committed }: PlanProblem,
  routes: Routes,
  vehicles: readonly FleetVehicle[],
): void {
  for (let row = 0; row < vehicles.length; row += 1) setRoute(routes, row, [])
  for (const [row, { stops }] of vehicles.entries()) {
    const order = stops.map((stop) => nodes.get(stop) ?? nodes.get(stop.stopId)!)
    setRoute(routes, row, order, committed[row])
  }
}

/** The vehicles with the engine's order of stops; equal to what they were where that changes nothing. */
export function vehiclesOf(
  plan: PlanProblem,
  routes: Routes,
  vehicles: readonly FleetVehicle[],
  nowMs: number,
): FleetVehicle[] {
  return vehicles.map((vehicle, row) => {
    const planned = plan.queues[row]!
    const queues = planned.map((queue) => Object.assign({}, queue))
    const placed: Move[] = []
    const stops = stopsOf(routes, row).map((node) => {
      const number = requestOf(plan.problem, node)
      const move = plan.moves[number]!
      if (node !== deliveryOf(plan.problem, number)) return move.pickup!
      if (move.row < 0) placed.push(move)
      return move.isMade ? made(move, number, vehicle, planned, queues, nowMs) : move.drop
    })
    if (isSame(stops, vehicle.stops)) return vehicle
    const machines = queues.map((queue, index) => endOfQueue(queue, planned[index]!))
    return Object.assign({}, vehicle, { stops, machines }, leftInStock(vehicle, placed))
  })
}

/** Takes the next turn of its machine. */
function made(
  { drop, request }: Move,
  number: number,
  vehicle: FleetVehicle,
  planned: readonly MachineQueue[],
  queues: MachineQueue[],
  nowMs: number,
): RouteStop {
  if (request?.kind !== 'made_on_board') return drop
  const { machine, making } = makerFor(request, vehicle, planned, number)!
  const queue = queues[machine]!
  const startsAtMs = Math.max(nowMs, queue.freeMs, making.notBeforeMs ?? -Infinity)
  const readyAtMs = startsAtMs + (making.makingMinutes + making.coolDownMinutes) * 60e3
  queue.freeMs = readyAtMs
  const { machineId } = queue.machine
  const isAsBefore = drop.readyAtMs === readyAtMs && drop.madeBy?.machineId === machineId
  return isAsBefore ? drop : { ...drop, readyAtMs, madeBy: { machineId, startsAtMs } }
}

function endOfQueue({ machine, freeMs, isReplanned }: MachineQueue, planned: MachineQueue) {
  const isAsBefore = !isReplanned && freeMs === planned.freeMs
  return isAsBefore ? machine : { ...machine, freeAtMs: freeMs }
}

function isSame(one: readonly RouteStop[], other: readonly RouteStop[]): boolean {
  return one.length === other.length && one.every((stop, index) => stop === other[index])
}

function leftInStock({ stock }: FleetVehicle, placed: readonly Move[]): { stock?: string[] } {
  if (!stock) return {}
  const left = [...stock]
  for (const { request } of placed) {
    if (request?.kind !== 'stocked_on_board') continue
    left.splice(left.indexOf(request.itemId), 1)
  }
  return { stock: left }
}
