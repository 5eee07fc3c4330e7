// What becomes of each order: it ends once, served or lost, and a second end is an error of the program.
import type { Ledger } from './ledger.ts'
import type { Orders } from './orders.ts'

export const lostCodes = [
  'no_way_to_fulfil',
  'too_late_for_buyer',
  'declined_by_drivers',
  'gave_up_waiting',
  'never_fetched',
  'unfinished',
] as const
export type LostCode = (typeof lostCodes)[number]

export interface OrderBook {
  orders: Orders
  isOpen: (order: number) => boolean
  /** What the buyer was told, and who serves it: a vehicle, or a site behind all vehicles. */
  promise: (order: number, by: number, dueSecond: number) => void
  by: (order: number) => number
  dueSecond: (order: number) => number
  serve: (order: number, second: number) => void
  lose: (order: number, code: LostCode) => void
  /** Whole seconds from midnight, -1 while it is not served. */
  servedSecond: (order: number) => number
  lostBecause: (order: number) => LostCode | null
}

const open = 0
const served = 1
const lost = 2
const traceServed = 21
const traceLost = 22

export function openOrderBook(
  orders: Orders,
  ledger: Ledger,
  trace: (what: number, a: number, b: number) => void,
): OrderBook {
  const state = new Uint8Array(orders.count)
  const by = new Int32Array(orders.count).fill(-1)
  const due = new Int32Array(orders.count).fill(-1)
  const servedAt = new Int32Array(orders.count).fill(-1)
  const codes = new Int32Array(orders.count).fill(-1)
  const end = (order: number, how: number) => {
    if (state[order] !== open) throw new Error(`order ${order} has ended already`)
    state[order] = how
  }
  return {
    orders,
    isOpen: (order) => state[order] === open,
    promise(order, place, dueSecond) {
      by[order] = place
      due[order] = dueSecond
    },
    by: (order) => by[order]!,
    dueSecond: (order) => due[order]!,
    serve(order, second) {
      end(order, served)
      servedAt[order] = second
      const placed = orders.second[order]!
      const lateSeconds = Math.max(0, second - due[order]!)
      trace(traceServed, order, by[order]!)
      ledger.add('served', placed, 1)
      ledger.add('onTime', placed, lateSeconds === 0 ? 1 : 0)
      ledger.add('lateSeconds', placed, lateSeconds)
      ledger.addWait(placed, second - placed)
    },
    lose(order, code) {
      end(order, lost)
      codes[order] = lostCodes.indexOf(code)
      trace(traceLost, order, lostCodes.indexOf(code))
      ledger.add('lost', orders.second[order]!, 1)
    },
    servedSecond: (order) => servedAt[order]!,
    lostBecause: (order) => lostCodes[codes[order]!] ?? null,
  }
}
