// Writes down how a fulfilment or an order ends: delivered, or cancelled with everything given back.
import { DomainError } from '../domain/failure.ts'
import type { LineState } from '../domain/lifecycle.ts'
import { advance, advanceLines } from '../storage/advance.ts'
import { noteCancel } from '../storage/cancels.ts'
import { appendEvent } from '../storage/events.ts'
import { addNotice } from '../storage/notices.ts'
import { releaseReservations } from '../storage/reservations.ts'
import { moveDeliveryOn } from '../storage/telling.ts'
import type { OrdersDeps } from './deps.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'nowMs'>

/** From here on the goods are with a driver, in a locker, or with the buyer. */
const tooLate: readonly LineState[] = ['in_transit', 'ready_for_pickup', 'delivered', 'settled']

export function closingActivities({ storage, nowMs }: Deps) {
  return {
    async recordDelivered({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      await storage.transaction(async (tx) => {
        const [row] = await tx.sql<{ state: string }>(
          `update fulfilment set delivered_at = coalesce(delivered_at, to_timestamp($2 / 1000.0)) where id = $1
           returning state`,
          [fulfilmentId, nowMs()],
        )
        // Given more time, the buyer came after it had expired.
        if (row?.state === 'expired') {
          await advance(tx, 'fulfilment', fulfilmentId, 'ready_for_pickup')
        }
        const to = { line: 'delivered', fulfilment: 'delivered' } as const
        await moveDeliveryOn(tx, fulfilmentId, to, async ({ fulfilment }) => {
          if (!fulfilment) return null
          await tx.sql(
            `update order_line set delivered = quantity, pending = 0 where fulfilment_id = $1 and cancelled = 0`,
            [fulfilmentId],
          )
          await releaseReservations(tx, { fulfilmentId })
          const data = { fulfilment_id: fulfilmentId }
          return { type: 'fulfilment.delivered', data, notice: { kind: 'delivered', data } }
        })
      })
    },

    async cancelFulfilment({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      await storage.transaction(async (tx) => {
        await advance(tx, 'fulfilment', fulfilmentId, 'cancelled')
        await releaseReservations(tx, { fulfilmentId })
      })
    },

    /**
     * A buyer or a storefront may cancel until the goods are on their way; an operator always. Where it passes it is
     * noted, so that whoever asked reads in the answer that nothing more may be asked.
     */
    async checkCancel({ orderId, by }: { orderId: string; by: string }): Promise<void> {
      const late = await storage.sql<{ id: string; state: string }>(
        `select id, state from order_line where order_id = $1 and state = any($2) limit 1`,
        [orderId, by === 'operator' ? [] : tooLate],
      )
      if (late[0])
        throw new DomainError('cancel_too_late', { line: late[0].id, state: late[0].state })
      await noteCancel(storage, orderId)
    },

    async closeCancelled(order: { orderId: string; by: string; reason: string }): Promise<void> {
      const { orderId, by, reason } = order
      await storage.transaction(async (tx) => {
        if ((await advanceLines(tx, { orderId }, 'cancelled')).length === 0) return
        await tx.sql(
          `update order_line set cancelled = quantity - delivered, pending = 0
           where order_id = $1 and state = 'cancelled'`,
          [orderId],
        )
        await appendEvent(tx, { orderId, type: 'order.cancelled', data: { by, reason } })
        await addNotice(tx, { orderId, kind: 'cancelled', data: { by, reason } })
      })
    },
  }
}
