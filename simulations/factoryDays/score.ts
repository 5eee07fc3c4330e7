// Scores a driven day as the benchmark does, and spells it as the benchmark's tools read it.
import type { DrivenDay, DrivenStop } from './day.ts'
import { scorePerHourLate, type FactoryDay } from './factoryDay.ts'

export interface DayScore {
  /** Kilometres per vehicle, and 10,000 for each hour late; lower is better. */
  score: number
  kilometres: number
  lateOrders: number
  lateSeconds: number
  stops: number
}

/** An order is as late as its last load arrives at its factory; queue and unloading do not count. */
export function scoreOf(day: FactoryDay, { stops }: DrivenDay): DayScore {
  const { factories, vehicles, ways, orders, loads } = day
  const arrivedAt = new Float64Array(orders.length)
  let kilometres = 0
  stops.forEach((driven, vehicle) => {
    let at = vehicles[vehicle]!.start
    for (const { factory, unload, arrivesAtSeconds } of driven) {
      kilometres += ways.kilometres[at * factories.length + factory]!
      at = factory
      for (const load of unload) {
        const { order } = loads[load]!
        arrivedAt[order] = Math.max(arrivedAt[order]!, arrivesAtSeconds)
      }
    }
  })
  const late = orders.map(({ dueSeconds }, order) => Math.max(0, arrivedAt[order]! - dueSeconds))
  const lateSeconds = late.reduce((sum, seconds) => sum + seconds, 0)
  return {
    score: kilometres / vehicles.length + (scorePerHourLate * lateSeconds) / 3_600,
    kilometres,
    lateOrders: late.filter((seconds) => seconds > 0).length,
    lateSeconds,
    stops: stops.reduce((sum, driven) => sum + driven.length, 0),
  }
}

interface ResultStop {
  factory: string
  arrive: number
  leave: number
  pickups: string[]
  deliveries: string[]
}

/** Every item by name: loaded in the order of their numbers, unloaded the other way round. */
export function resultOf(day: FactoryDay, { stops }: DrivenDay): Record<string, ResultStop[]> {
  const items = (load: number) => {
    const { order, firstItem, endItem } = day.loads[load]!
    const { id } = day.orders[order]!
    return Array.from({ length: endItem - firstItem }, (_, at) => `${id}-${firstItem + at + 1}`)
  }
  const spell = (stop: DrivenStop): ResultStop => ({
    factory: day.factories[stop.factory]!.id,
    arrive: stop.arrivesAtSeconds,
    leave: stop.leavesAtSeconds,
    pickups: stop.load.flatMap(items),
    deliveries: stop.unload.flatMap((load) => items(load).toReversed()),
  })
  return Object.fromEntries(
    stops.map((driven, vehicle) => [day.vehicles[vehicle]!.name, driven.map(spell)]),
  )
}
