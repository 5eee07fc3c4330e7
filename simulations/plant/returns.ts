// Takes back what nobody fetched: after its time in a compartment it is lost, and a vehicle that passes takes it along.
import type { HandedOver } from '../../domain/dispatch/facts.ts'
import type { FulfilmentWorld } from './fulfilment.ts'
import type { PlanStop } from './vehicles.ts'
import { loadSeconds } from './ways.ts'

export interface Returns {
  /** From now on it lies in its compartment. */
  await: (order: number) => void
  /** The vehicle has it on board, where it stays until the shift ends; its compartment is free. */
  take: (vehicle: number, order: number) => void
  /** Whole seconds from midnight, -1 for what was not taken back. */
  takenBackAt: Int32Array
}

type ReturnsWorld = FulfilmentWorld & { bankOf: Int32Array }

const traceExpired = 34
const traceTakenBack = 35
/** Until it is asked again whether a vehicle passes. */
const askAgainSeconds = 1_800

export function openReturns(world: ReturnsWorld): Returns {
  const { kernel, layout, book, ledger, stores, dispatcher, midnightMs, bankOf } = world
  const takenBackAt = new Int32Array(book.orders.count).fill(-1)
  const expire = kernel.handler((order) => {
    if (!book.isOpen(order)) return
    world.trace(traceExpired, order, bankOf[order]!)
    book.lose(order, 'never_fetched')
    ask(order)
  })
  const askAgain = kernel.handler(ask)

  return {
    takenBackAt,
    await(order) {
      const { takenBackSeconds } = layout.sites[bankOf[order]!]!
      if (takenBackSeconds < Infinity) {
        kernel.schedule(kernel.now() + Math.round(takenBackSeconds), 2, expire, order)
      }
    },
    take(vehicle, order) {
      world.trace(traceTakenBack, vehicle, order)
      takenBackAt[order] = kernel.now()
      stores.give(bankOf[order]!)
      const facts = world.vehicles().facts(vehicle)
      facts.loadLitres = (facts.loadLitres ?? 0) + 1
    },
  }

  function ask(order: number): void {
    const now = kernel.now()
    const placing = dispatcher.place({ ...requestOf(order), nowMs: midnightMs + now * 1_000 })
    if (!placing) {
      kernel.schedule(now + askAgainSeconds, 3, askAgain, order)
      return
    }
    const { vehicle, position, deviationSeconds } = placing
    ledger.add('deviationSeconds', now, deviationSeconds)
    const { stops } = world.vehicles().facts(vehicle)
    world.vehicles().replan(vehicle, stops.toSpliced(position, 0, stopOf(order)))
  }

  function requestOf(order: number): HandedOver {
    const { id: lockerId, at } = layout.sites[bankOf[order]!]!
    const parcel = { requestId: nameOf(order), lockerId, at, litres: 1 }
    const when = { serviceSeconds: loadSeconds, dueAtMs: null }
    return { kind: 'handed_over', direction: 'to_vehicle', ...parcel, ...when }
  }

  function stopOf(order: number): PlanStop {
    const { at } = layout.sites[bankOf[order]!]!
    const when = { serviceSeconds: loadSeconds, readyAtMs: 0, dueAtMs: null }
    return { stopId: nameOf(order), at, task: 'return', order, nth: 0, loadLitres: 1, ...when }
  }
}

const nameOf = (order: number) => `return-${order}`
