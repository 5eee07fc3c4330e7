// What the buyer is to be told: written with the change that it tells, sent by the mailer, which hears of it at once.
import { newId } from './ids.ts'
import type { Sql } from './storage.ts'

export const noticeChannel = 'fabroute_notice'

export interface NewNotice {
  orderId: string
  kind: string
  /** Ids and figures to write the message from; nothing personal. */
  data: Record<string, unknown>
}

export async function addNotice(
  { sql }: { sql: Sql },
  { orderId, kind, data }: NewNotice,
): Promise<void> {
  await sql(
    `with added as (
       insert into notice (id, order_id, storefront_id, kind, data)
       select $1, o.id, o.storefront_id, $3, $4::jsonb from orders o where o.id = $2 returning id)
     select pg_notify('${noticeChannel}', id) from added`,
    [newId('not'), orderId, kind, JSON.stringify(data)],
  )
}
