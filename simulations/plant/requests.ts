// What vehicles are asked for an order that is under way, and the stops that they are given for it.
import { dropStopId, pickupStopId } from '../../domain/dispatch/routeChanges.ts'
import type { DispatchRequest } from '../../domain/dispatch/facts.ts'
import type { Placing } from './dispatcher.ts'
import type { FulfilmentWorld } from './fulfilment.ts'
import type { PlanStop } from './vehicles.ts'
import { loadSeconds, type Asking, type Way } from './ways.ts'

/** What is known of each order while it is under way. */
export function columnsOver(count: number) {
  return {
    kinds: Array<Way['kind'] | ''>(count).fill(''),
    made: new Uint8Array(count),
    vehicleOf: new Int32Array(count).fill(-1),
    /** Where it is made or kept. */
    siteOf: new Int32Array(count).fill(-1),
    /** Where a compartment is kept for it. */
    bankOf: new Int32Array(count).fill(-1),
    /** When it lay in its compartment; -1 before. */
    inLocker: new Int32Array(count).fill(-1),
    /** How often a driver went on without it. */
    skips: new Uint8Array(count),
  }
}

type Columns = ReturnType<typeof columnsOver>

export function openRequests(world: FulfilmentWorld, columns: Columns) {
  const { kernel, scenario, layout, book, ways, dispatcher, midnightMs } = world
  const { kinds, made, siteOf, bankOf } = columns
  const { orders } = book
  return { askingOf, isFetched, isReady, parcelOf, requestFor, stopOf, placeAboard }

  function askingOf(order: number, vehicleIds: readonly string[] | null): Asking {
    const buyer = world.buyer(order)
    const wantBySecond = orders.second[order]! + buyer.patienceSeconds
    return { order, buyer, nowSecond: Math.ceil(kernel.now()), wantBySecond, vehicleIds }
  }

  /** What a vehicle picks up at a site, for the buyer's door or a compartment. */
  function isFetched(order: number): boolean {
    return kinds[order] === 'fetched' || kinds[order] === 'via_locker'
  }

  function isReady({ task, order }: PlanStop): boolean {
    if (task === 'own' || task === 'return') return true
    return made[order] === 1 || (task === 'drop' && isFetched(order))
  }

  function parcelOf(asking: Asking): DispatchRequest & { nowMs: number } {
    const { order } = asking
    const readySecond = world.machines().readySecond(order)
    return ways.fetchedFrom(asking, siteOf[order]!, readySecond, bankOf[order])
  }

  /** What is asked of a batch: the same, with the time that the buyer was promised. */
  function requestFor(order: number): DispatchRequest {
    const asking = { ...askingOf(order, null), wantBySecond: book.dueSecond(order) }
    if (isFetched(order)) return parcelOf(asking)
    const making = ways.makingOf(order)
    return ways.requestOf(asking, { kind: 'made_on_board' as const, making })
  }

  function stopOf(order: number, task: 'pickup' | 'drop'): PlanStop {
    const { sites } = layout
    const door = sites[bankOf[order]!]?.at ?? orders.at[order]!
    const at = task === 'drop' ? door : sites[siteOf[order]!]!.at
    const handOver = bankOf[order]! < 0 ? scenario.buyers.handOverSeconds : ways.transferSeconds
    const isParcel = kinds[order] !== 'on_board'
    return {
      stopId: task === 'drop' ? dropStopId(String(order)) : pickupStopId(String(order)),
      at,
      task,
      order,
      nth: 0,
      serviceSeconds: task === 'drop' ? handOver : loadSeconds,
      readyAtMs: 0,
      dueAtMs: task === 'drop' ? midnightMs + book.dueSecond(order) * 1_000 : null,
      loadLitres: isParcel ? (task === 'drop' ? -1 : 1) : 0,
      requestId: String(order),
    }
  }

  /** A part that is being made on board is, for dispatch, a unit that the vehicle will have. */
  function placeAboard(asking: Asking, vehicle: number, readySecond: number): Placing | null {
    const facts = world.vehicles().facts(vehicle)
    const itemId = `part of order ${asking.order}`
    const own = { ...asking, vehicleIds: [layout.vehicles[vehicle]!.id] }
    const opensAtMs = midnightMs + readySecond * 1_000
    const { stock = [] } = facts
    facts.stock = [...stock, itemId]
    dispatcher.set(vehicle)
    const placing = dispatcher.place(
      ways.requestOf(own, { kind: 'stocked_on_board' as const, itemId, opensAtMs }),
    )
    facts.stock = stock
    return placing
  }
}
