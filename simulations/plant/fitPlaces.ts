// Reads off past orders how many come by hour and place: what days like theirs are drawn from.
import type { OrderPlaces, PastOrder } from './orders.ts'

/** A place with fewer orders follows the hours of all: its own would be chance. */
const ordersForOwnHours = 120

/** Orders of which no place is known come from anywhere. */
export function fitPlaces(
  past: readonly PastOrder[],
  days: number,
  junctions: number,
): OrderPlaces[] {
  const everywhere = Array.from({ length: junctions }, (_, at) => at)
  const ofAll = countsByHour(past)
  const groups = Map.groupBy(past, (order) => order.junctions ?? everywhere)
  return [...groups].map(([at, orders]): OrderPlaces => {
    const isEnough = orders.length >= ordersForOwnHours
    const hours = isEnough ? countsByHour(orders) : ofAll
    const share = isEnough ? 1 : orders.length / past.length
    return { junctions: at, perHour: hours.map((count) => (count * share) / days), likes: orders }
  })
}

function countsByHour(orders: readonly PastOrder[]): number[] {
  const counts = Array<number>(24).fill(0)
  for (const { second } of orders) counts[Math.floor(second / 3_600) % 24]! += 1
  return counts
}
