// Says that an order is planned, once: when every machine, compartment and stop that it needs is booked.
import { advanceLines } from '../storage/advance.ts'
import { appendEvent } from '../storage/events.ts'
import { addNotice } from '../storage/notices.ts'
import { waitsForStops } from '../storage/stopRequests.ts'
import type { Tx } from '../storage/storage.ts'
import { bookingsOf } from './fulfilments.ts'

/** Twice is as once; an order that still waits for a truck is not planned yet. */
export async function notePlanned(tx: Tx, orderId: string): Promise<void> {
  if (await waitsForStops(tx, orderId)) return
  if ((await advanceLines(tx, { orderId }, 'planning')).length === 0) return
  const fulfilments = await bookingsOf(tx, orderId)
  await appendEvent(tx, {
    orderId,
    type: 'order.planned',
    data: {
      fulfilments: fulfilments.map(({ fulfilmentId, method }) => ({ id: fulfilmentId, method })),
    },
  })
  await addNotice(tx, { orderId, kind: 'order_confirmed', data: {} })
}
