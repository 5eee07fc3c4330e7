// What a day between factories consists of: places with docks, ways, vehicles, and orders in loads.

/** Indices of factories stand for them everywhere; `id` is how the files name one. */
export interface Factory {
  id: string
  docks: number
}

export interface FactoryVehicle {
  name: string
  /** Quarters of a pallet: the smallest item takes one. */
  capacityQuarters: number
  /** Where it stands when the day begins. */
  start: number
}

export interface FactoryOrder {
  id: string
  pickup: number
  delivery: number
  createdSeconds: number
  dueSeconds: number
  /** Of its items in their order: pallets of 4 quarters, half pallets of 2, boxes of 1. */
  itemQuarters: readonly number[]
}

/** What travels in one piece: an order, or so much of one as a vehicle holds. */
export interface Load {
  order: number
  /** The items of the order from this one, counted from 0, up to but without the other. */
  firstItem: number
  endItem: number
  quarters: number
}

export interface FactoryDay {
  name: string
  factories: readonly Factory[]
  vehicles: readonly FactoryVehicle[]
  orders: readonly FactoryOrder[]
  loads: readonly Load[]
  ways: Ways
}

/** Between any two factories, at from * factories + to. */
export interface Ways {
  driveSeconds: Int32Array
  kilometres: Float64Array
}

/** Decisions are taken at each multiple of this; the first one at it, none at 0. */
export const epochSeconds = 600
/** At every stop, before anything is moved. */
export const approachSeconds = 1_800
/** To load or to unload, whatever it is packed in. */
export const secondsPerQuarter = 60
/** What an hour of lateness counts as, in kilometres of one vehicle. */
export const scorePerHourLate = 10_000

/** Orders that no vehicle could hold are split: into full loads, as far as whole items fill one. */
export function loadsOf(
  orders: readonly FactoryOrder[],
  vehicles: readonly FactoryVehicle[],
): Load[] {
  const room = Math.min(...vehicles.map(({ capacityQuarters }) => capacityQuarters))
  return orders.flatMap(({ itemQuarters }, order) => {
    const loads: Load[] = []
    let load: Load = { order, firstItem: 0, endItem: 0, quarters: 0 }
    for (const quarters of itemQuarters) {
      if (load.quarters + quarters > room) {
        loads.push(load)
        load = { order, firstItem: load.endItem, endItem: load.endItem, quarters: 0 }
      }
      load.endItem += 1
      load.quarters += quarters
    }
    return [...loads, load]
  })
}

/** When an order is known at first: at the first decision that is not before it came. */
export function knownFrom({ createdSeconds }: FactoryOrder): number {
  return Math.max(1, Math.ceil(createdSeconds / epochSeconds)) * epochSeconds
}
