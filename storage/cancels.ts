// Notes that a cancel was taken, long before everything has been given back and the order's status says so.
import { mayMove } from '../domain/lifecycle.ts'
import { statesOf } from './columns.ts'
import type { Sql } from './storage.ts'

const mayBeCancelled = statesOf('line').filter(
  (state) => state !== 'cancelled' && mayMove('line', state, 'cancelled'),
)

/** The first time counts; where no line is left to cancel there is nothing to note. */
export async function noteCancel({ sql }: { sql: Sql }, orderId: string): Promise<void> {
  await sql(
    `update orders o set cancel_requested_at = now()
     where o.id = $1 and o.cancel_requested_at is null
       and exists (select from order_line l where l.order_id = o.id and l.state = any($2))`,
    [orderId, mayBeCancelled],
  )
}
