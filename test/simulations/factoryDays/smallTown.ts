// Small days between factories, drawn from a seed, and the facts that a day's rules are tried with.
import { integerBelow } from '../../../simulations/kernel/distributions.ts'
import { openStreams } from '../../../simulations/kernel/streams.ts'
import {
  loadsOf,
  type FactoryDay,
  type FactoryOrder,
} from '../../../simulations/factoryDays/factoryDay.ts'

export interface TownSize {
  factories: number
  vehicles: number
  orders: number
  docks?: number
  /** From coming to the promised arrival. */
  hours?: number
}

/** Factories on a plain of 30 by 30 km, a quarter of an hour apart on the average. */
export function smallTown(seed: number, size: TownSize): FactoryDay {
  const draws = openStreams(seed).purpose('town').of(0)
  const places = Array.from({ length: size.factories }, () => [
    integerBelow(draws, 300),
    integerBelow(draws, 300),
  ])
  const kilometres = Float64Array.from({ length: size.factories ** 2 }, (_, way) => {
    const [from, to] = [places[Math.floor(way / size.factories)]!, places[way % size.factories]!]
    return (Math.abs(from[0]! - to[0]!) + Math.abs(from[1]! - to[1]!)) / 10
  })
  const created = Array.from({ length: size.orders }, () => integerBelow(draws, 10 * 3_600))
  const orders = created
    .toSorted((one, other) => one - other)
    .map((createdSeconds, at): FactoryOrder => {
      const pickup = integerBelow(draws, size.factories)
      const further = 1 + integerBelow(draws, size.factories - 1)
      return {
        id: String(at + 1).padStart(4, '0'),
        pickup,
        delivery: (pickup + further) % size.factories,
        createdSeconds,
        dueSeconds: createdSeconds + (size.hours ?? 4) * 3_600,
        itemQuarters: Array.from(
          { length: 1 + integerBelow(draws, integerBelow(draws, 12) === 0 ? 24 : 4) },
          () => [4, 2, 1][integerBelow(draws, 3)]!,
        ).toSorted((one, other) => other - one),
      }
    })
  const vehicles = Array.from({ length: size.vehicles }, (_, at) => ({
    name: `V_${at + 1}`,
    capacityQuarters: 60,
    start: integerBelow(draws, size.factories),
  }))
  return {
    name: `town_${seed}`,
    factories: places.map((_, at) => ({ id: `factory ${at}`, docks: size.docks ?? 6 })),
    vehicles,
    orders,
    loads: loadsOf(orders, vehicles),
    ways: { kilometres, driveSeconds: Int32Array.from(kilometres, (km) => Math.round(km * 120)) },
  }
}

/** The same day without the orders that come after `seconds`. */
export function until(day: FactoryDay, seconds: number): FactoryDay {
  const orders = day.orders.filter(({ createdSeconds }) => createdSeconds <= seconds)
  return { ...day, orders, loads: loadsOf(orders, day.vehicles) }
}
