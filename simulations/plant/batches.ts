// Gathers the orders that vehicles are to bring, and has dispatch decide them together: what stands on routes and is
// not begun may be moved.
import type { DispatchRequest } from '../../domain/dispatch/facts.ts'
import type { BatchPlan, PlannedRequest } from '../../domain/dispatch/batchFacts.ts'
import type { FulfilmentWorld } from './fulfilment.ts'
import type { LostCode } from './orderBook.ts'
import type { PlanStop } from './vehicles.ts'
import type { Way } from './ways.ts'

export interface Batches {
  /** Whether orders of that kind are decided in batches. */
  gathers: (kind: Way['kind']) => boolean
  add: (order: number, request: DispatchRequest) => void
  /** Takes an order out that still waits for its batch; says whether it did. */
  drop: (order: number) => boolean
}

type BatchWorld = FulfilmentWorld & {
  kinds: readonly string[]
  vehicleOf: Int32Array
  stopOf: (order: number, task: 'pickup' | 'drop') => PlanStop
  lose: (order: number, code: LostCode) => void
}

const traceBatch = 33
const gathered: ReadonlySet<Way['kind']> = new Set(['on_board', 'fetched', 'via_locker'])

export function openBatches(world: BatchWorld): Batches {
  const { kernel, scenario, layout, book, ledger, dispatcher, kinds, vehicleOf, stopOf } = world
  const { batchIntervalMs } = scenario.rules.dispatch
  const vehicleNumbers = new Map(layout.vehicles.map(({ id }, number) => [id, number]))
  const machineNumbers = new Map(layout.machines.map(({ id }, number) => [id, number]))
  const requests = new Map<number, DispatchRequest>()
  const instructionsAt = new Map<number, number>()
  let waiting: number[] = []
  let batch = 0
  const decideTogether = kernel.handler(runBatch)

  return {
    gathers: (kind) => batchIntervalMs > 0 && gathered.has(kind),
    add(order, request) {
      if (waiting.length === 0) {
        kernel.schedule(kernel.now() + batchIntervalMs / 1_000, 2, decideTogether)
      }
      waiting.push(order)
      requests.set(order, request)
      if (kinds[order] === 'on_board') {
        instructionsAt.set(order, kernel.now() + world.answerSeconds(order))
      }
    },
    drop(order) {
      const wasWaiting = waiting.includes(order)
      waiting = waiting.filter((one) => one !== order)
      return wasWaiting
    },
  }

  function runBatch(): void {
    const open = waiting
    waiting = []
    world.trace(traceBatch, batch, open.length)
    if (open.length === 0) return
    const asked = [...open, ...standing()].map((order) => requests.get(order)!)
    batch += 1
    apply(dispatcher.plan(asked, world.seed * 1_000 + batch))
  }

  /** What stands on a route and may be moved: its making, or the way to its pick-up, has not begun. */
  function standing(): number[] {
    const movable: number[] = []
    for (const order of requests.keys()) {
      if (!book.isOpen(order)) requests.delete(order)
      else if (vehicleOf[order]! >= 0 && isMovable(order)) movable.push(order)
    }
    return movable
  }

  function isMovable(order: number): boolean {
    const vehicle = vehicleOf[order]!
    if (world.vehicles().headOrder(vehicle) === order) return false
    if (kinds[order] === 'on_board') return world.machines().startSecond(order) !== null
    const { stops } = world.vehicles().facts(vehicle)
    return stops.some((stop) => stop.order === order && stop.task === 'pickup')
  }

  function apply(plan: BatchPlan): void {
    const taken = plan.requests.filter(({ vehicleId }) => vehicleId !== null)
    for (const { requestId, vehicleId } of plan.requests) {
      if (vehicleId !== null) continue
      world.machines().unbook(Number(requestId))
      world.lose(Number(requestId), 'no_way_to_fulfil')
    }
    bookMachines(taken)
    for (const one of taken) assign(one)
    const changed = plan.vehicles.flatMap((planned) => {
      const vehicle = vehicleNumbers.get(planned.vehicleId)!
      const before = world.vehicles().facts(vehicle)
      return planned === before ? [] : [{ vehicle, stops: planned.stops, before: before.stops }]
    })
    const known = new Map(changed.flatMap(({ before }) => before.map((one) => [one.stopId, one])))
    for (const { vehicle, stops: planned, before } of changed) {
      const stops = planned.map(({ stopId, requestId }) => {
        return known.get(stopId) ?? stopOf(Number(requestId), taskOf(stopId))
      })
      const isSame =
        stops.length === before.length && stops.every((stop, at) => stop === before[at])
      if (!isSame) world.vehicles().replan(vehicle, stops)
    }
  }

  /** In the order in which the plan makes them; what has begun stays. */
  function bookMachines(taken: readonly PlannedRequest[]): void {
    const made = taken
      .filter(({ machineId }) => machineId !== null)
      .toSorted((one, other) => one.makeStartsAtMs! - other.makeStartsAtMs!)
    const rebooked = made.filter(({ requestId, cameFrom }) => {
      return cameFrom === null || world.machines().unbook(Number(requestId))
    })
    for (const { requestId, machineId } of rebooked) {
      const order = Number(requestId)
      const instructions = instructionsAt.get(order) ?? kernel.now()
      world.machines().book(order, machineNumbers.get(machineId!)!, instructions)
    }
  }

  function assign({ requestId, vehicleId, terms }: PlannedRequest): void {
    const order = Number(requestId)
    const vehicle = vehicleNumbers.get(vehicleId!)!
    const isNew = vehicleOf[order]! < 0
    vehicleOf[order] = vehicle
    book.promise(order, vehicle, book.dueSecond(order))
    if (!isNew) return
    const minutes = terms['deviationMinutes'] ?? 0
    ledger.add('deviationSeconds', book.orders.second[order]!, minutes * 60)
  }
}

function taskOf(stopId: string): 'pickup' | 'drop' {
  return stopId.startsWith('pickup-') ? 'pickup' : 'drop'
}
