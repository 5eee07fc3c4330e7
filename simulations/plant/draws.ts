// The draws of one day: streams by purpose and entity, so that a rule that asks for fewer moves no other.
import { lognormal } from '../kernel/distributions.ts'
import { openStreams, type Stream } from '../kernel/streams.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { atLeastNothing } from './buyers.ts'
import type { Draws } from './orders.ts'
import type { PlanStop } from './vehicles.ts'

export function drawsOf(seed: number, replication: number): Draws {
  const streams = openStreams(seed)
  return (purpose) => streams.purpose(`${purpose}, replication ${replication}`)
}

/** Own stops of vehicles come behind all orders; no round has more over a day. */
const ownStops = 8_192
const firstOwn = 2 ** 30

/** A drive belongs to the stop that it leads to: another plan drives it in the same weather. */
export function drives({ traffic }: Scenario, draws: Draws) {
  const purpose = draws('drive')
  const { speedByHour, noise } = traffic
  return (vehicle: number, stop: PlanStop, plannedSeconds: number, second: number): number => {
    if (plannedSeconds === 0) return 0
    const speed = speedByHour[Math.floor(second / 3_600) % 24]!
    if (noise === 0) return Math.max(1, Math.round(plannedSeconds / speed))
    const own = firstOwn + vehicle * ownStops + (stop.nth % ownStops)
    const entity = stop.order < 0 ? own : entityOf(stop)
    const factor = lognormal(purpose.of(entity), 1, noise)
    return Math.max(1, Math.round((plannedSeconds / speed) * factor))
  }
}

/** Those of parcels that are taken back come between the orders and the own stops. */
const firstReturn = 2 ** 29

function entityOf({ order, task }: PlanStop): number {
  if (task === 'return') return firstReturn + order
  return 2 * order + (task === 'pickup' ? 0 : 1)
}

/** Seconds until the supplier's instructions for an order are there. */
export function supplierAnswers({ suppliers }: Scenario, draws: Draws) {
  const purpose = draws('supplier')
  return (order: number): number => {
    const stream = purpose.of(order)
    const seconds = atLeastNothing(stream, suppliers.answerSeconds)
    const isLate = stream.uniform() < suppliers.lateShare
    const lateMinutes = atLeastNothing(stream, suppliers.lateMinutes)
    return Math.round(seconds + (isLate ? lateMinutes * 60 : 0))
  }
}

/** In [0, 1); a driver with a greater share of refusals declines. Each time an order is asked for draws anew. */
export function drawsForRefusal(draws: Draws): (order: number) => number {
  const purpose = draws('refusal')
  const asked = new Map<number, Stream>()
  return (order) => {
    const stream = asked.get(order) ?? purpose.of(order)
    asked.set(order, stream)
    return stream.uniform()
  }
}
