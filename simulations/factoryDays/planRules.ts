// Refuses plans that break a rule of the day: binding destinations, places, last in first out, room.
import type { PlannedStop, Situation } from './dispatching.ts'
import type { FactoryDay, Load } from './factoryDay.ts'

/** A dispatcher gave a plan that the day's rules do not allow: an error of the program. */
export class BrokenRule extends Error {}

/** Throws at the first rule that the plans of a decision break. */
export function refuseBrokenPlans(
  day: FactoryDay,
  situation: Situation,
  plans: readonly (readonly PlannedStop[])[],
): void {
  const { atSeconds, vehicles, waiting } = situation
  if (plans.length !== vehicles.length) {
    throw new BrokenRule(`at ${atSeconds} s: ${plans.length} plans of ${vehicles.length} vehicles`)
  }
  const free = new Set(waiting.map(({ load }) => load))
  plans.forEach((stops, vehicle) => {
    const broken = brokenRule(day, situation, vehicle, stops, free)
    if (broken === null) return
    throw new BrokenRule(`at ${atSeconds} s, ${day.vehicles[vehicle]!.name}: ${broken}`)
  })
  const forgotten = waiting.find(({ load, dueSeconds }) => dueSeconds < atSeconds && free.has(load))
  if (forgotten === undefined) return
  const { id } = day.orders[forgotten.order]!
  throw new BrokenRule(`at ${atSeconds} s: order ${id} is overdue and in no plan`)
}

/** Takes what the plan loads out of `free`. */
function brokenRule(
  day: FactoryDay,
  { vehicles }: Situation,
  vehicle: number,
  stops: readonly PlannedStop[],
  free: Set<number>,
): string | null {
  const { destination, onBoard } = vehicles[vehicle]!
  if (destination !== null && stops[0]?.factory !== destination.factory) {
    return `its destination is binding: ${day.factories[destination.factory]!.id}`
  }
  const stack = onBoard.map(({ load }) => load)
  const { capacityQuarters } = day.vehicles[vehicle]!
  let quarters = onBoard.reduce((sum, load) => sum + load.quarters, 0)
  for (const { factory, unload, load } of stops) {
    if (day.factories[factory] === undefined) return `there is no factory ${factory}`
    for (const one of unload) {
      if (stack.pop() !== one) return `${nameOf(day, one)} is not the last of what is on board`
      if (orderOf(day, one)!.delivery !== factory) return `${nameOf(day, one)} goes elsewhere`
      quarters -= day.loads[one]!.quarters
    }
    for (const one of load) {
      if (!free.delete(one)) return `${nameOf(day, one)} is not there to be loaded`
      if (orderOf(day, one)!.pickup !== factory) return `${nameOf(day, one)} is elsewhere`
      stack.push(one)
      quarters += day.loads[one]!.quarters
      if (quarters > capacityQuarters) return `no room for ${nameOf(day, one)}`
    }
  }
  return stack.length === 0 ? null : `it ends with ${stack.length} loads on board`
}

function orderOf({ orders, loads }: FactoryDay, load: number) {
  return orders[loads[load]?.order ?? -1]
}

function nameOf(day: FactoryDay, load: number): string {
  const order = orderOf(day, load)
  return order === undefined ? `load ${load}` : `load ${load} of order ${order.id}`
}

/** Of the loads that a stop moves. */
export function quartersOf(loads: readonly Load[], moved: readonly number[]): number {
  return moved.reduce((sum, load) => sum + loads[load]!.quarters, 0)
}
