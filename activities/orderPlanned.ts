// Says that an order is planned, once: when every machine, compartment and stop that it needs is booked.
import { releaseUnchosen } from '../storage/reservations.ts'
import { waitsForStops } from '../storage/stopRequests.ts'
import type { Tx } from '../storage/storage.ts'
import { moveOrderOn } from '../storage/telling.ts'
import { bookingsOf } from './fulfilments.ts'

/** Twice is as once; an order that still waits for a truck is not planned yet. */
export async function notePlanned(tx: Tx, orderId: string): Promise<void> {
  if (await waitsForStops(tx, orderId)) return
  await moveOrderOn(tx, orderId, 'planning', async ({ lineIds }) => {
    if (lineIds.length === 0) return null
    await releaseUnchosen(tx, orderId)
    const fulfilments = await bookingsOf(tx, orderId)
    const named = fulfilments.map(({ fulfilmentId, method }) => ({ id: fulfilmentId, method }))
    return {
      type: 'order.planned',
      data: { fulfilments: named },
      notice: { kind: 'order_confirmed', data: {} },
    }
  })
}
