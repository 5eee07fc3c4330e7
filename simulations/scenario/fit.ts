// Reads the figures of an order generator off past orders: how many by the hour, from where, of what.
import type { Scenario } from './scenario.ts'

export interface PastOrder {
  placedAtMs: number
  lon: number
  lat: number
  itemId: string
}

export interface FittedOrders {
  generator: Scenario['orders']['generator']
  /** For the `share` of each item. */
  itemShares: Record<string, number>
}

const dayMs = 86_400_000
const metersPerDegree = 111_320
/** A place with fewer orders follows the hours of all: its own would be chance. */
const ordersForOwnHours = 120

/** Places are squares of so many metres; days are counted from the first order's to the last's, in UTC. */
export function fitOrders(past: readonly PastOrder[], cellMeters = 1_000): FittedOrders {
  const [first] = past
  if (!first) throw new RangeError('no past orders to fit a generator to')
  const days = past.map(({ placedAtMs }) => Math.floor(placedAtMs / dayMs))
  const span = days.reduce((most, day) => Math.max(most, day), days[0]!) - least(days) + 1
  const lonDegrees = cellMeters / (metersPerDegree * Math.cos((first.lat * Math.PI) / 180))
  const latDegrees = cellMeters / metersPerDegree
  const cells = Map.groupBy(past, ({ lon, lat }) => {
    return `${Math.floor(lon / lonDegrees)} ${Math.floor(lat / latDegrees)}`
  })
  const names = [...cells.keys()].toSorted()
  const places = names.map((name) => {
    const orders = cells.get(name) ?? []
    return {
      place: { lon: mean(orders.map(({ lon }) => lon)), lat: mean(orders.map(({ lat }) => lat)) },
      weight: orders.length,
      radiusMeters: cellMeters,
      hours: orders.length < ordersForOwnHours ? [] : byHour(orders),
    }
  })
  const items = Map.groupBy(past, ({ itemId }) => itemId)
  return {
    generator: { perDay: past.length / span, hours: byHour(past), places },
    itemShares: Object.fromEntries([...items].map(([id, orders]) => [id, orders.length])),
  }
}

function byHour(orders: readonly PastOrder[]): number[] {
  const counts = Array<number>(24).fill(0)
  for (const { placedAtMs } of orders) counts[Math.floor((placedAtMs % dayMs) / 3_600_000)]! += 1
  return counts
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function least(values: readonly number[]): number {
  return values.reduce((sum, value) => Math.min(sum, value), values[0] ?? 0)
}
