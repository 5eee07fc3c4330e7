// Takes out of a day's orders who ordered and where exactly.
import type { PlacedOrder } from '../../storage/placedOrders.ts'
import { coarseCells } from '../recording/cells.ts'
import type { RecordedOrder } from '../recording/recording.ts'

/** In the order of their seconds, which is not that of their ids. */
export function recordOrders(placed: readonly PlacedOrder[]): RecordedOrder[] {
  const cells = coarseCells(placed)
  return placed
    .map((order, nth): RecordedOrder => {
      const { placedAtMs, item, units, method, promise, arrivedAtMs, deliveredAtMs } = order
      return {
        placedAtMs: Math.floor(placedAtMs / 1000) * 1000,
        cell: cells[nth] ?? null,
        item,
        units,
        method,
        promisedMinutes: minutesBetween(placedAtMs, promise.p95AtMs),
        deliveredMinutes: minutesBetween(placedAtMs, deliveredAtMs),
        fetchedMinutes: method === 'pickup' ? minutesBetween(arrivedAtMs, deliveredAtMs) : null,
      }
    })
    .toSorted((one, other) => one.placedAtMs - other.placedAtMs)
}

/** To a tenth of a minute. */
function minutesBetween(fromMs: number | null, toMs: number | null): number | null {
  if (fromMs === null || toMs === null) return null
  return Math.max(0, Math.round((toMs - fromMs) / 6_000) / 10)
}
