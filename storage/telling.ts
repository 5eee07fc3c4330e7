// Moves an order on and says so: lines and fulfilment in one round trip, status, event and notice
// in another.
import type { OrderStatus, StateOf } from '../domain/lifecycle.ts'
import { newId } from './ids.ts'
import { noticeChannel } from './notices.ts'
import { derivedStatus, lockDelivery, lockLines, setStatus } from './states.ts'
import type { Sql } from './storage.ts'

/** What is said of it; ids, states and figures, nothing personal. */
export interface Word {
  type: string
  data: Record<string, unknown>
  /** What the buyer is to be told with it. */
  notice?: { kind: string; data: Record<string, unknown> }
}

export interface MovedOn {
  orderId: string
  /** The lines that moved now. */
  lineIds: string[]
  /** Whether the fulfilment did. */
  fulfilment: boolean
}

type Saying = (moved: MovedOn) => Word | null | Promise<Word | null>

/** The lines of an order that may go there. Null for what is told when a repeat moves nothing. */
export async function moveOrderOn(
  on: { sql: Sql },
  orderId: string,
  to: StateOf<'line'>,
  saying: Saying,
): Promise<void> {
  const lines = await lockLines(on, { orderId }, to)
  const lineIds = lines.filter(({ moves }) => moves).map(({ id }) => id)
  const word = await saying({ orderId, lineIds, fulfilment: false })
  await write(on, orderId, derivedStatus(lines), word)
}

/** A fulfilment and its lines, as far as each of them may go there. */
export async function moveDeliveryOn(
  on: { sql: Sql },
  fulfilmentId: string,
  to: { line: StateOf<'line'>; fulfilment: StateOf<'fulfilment'> },
  saying: Saying,
): Promise<void> {
  const found = await lockDelivery(on, fulfilmentId, to)
  if (!found) return
  const { orderId, lines, moves } = found
  const lineIds = lines.filter((line) => line.moves).map(({ id }) => id)
  const word = await saying({ orderId, lineIds, fulfilment: moves })
  await write(on, orderId, derivedStatus(lines), word)
}

async function write(
  { sql }: { sql: Sql },
  orderId: string,
  status: OrderStatus | null,
  word: Word | null,
): Promise<void> {
  if (word === null) {
    if (status !== null) await setStatus(sql, orderId, status)
    return
  }
  const { type, data, notice } = word
  const told = await sql(tellSql, [
    orderId,
    status,
    newId('evt'),
    type,
    JSON.stringify(data),
    notice ? newId('not') : null,
    notice?.kind ?? null,
    notice ? JSON.stringify(notice.data) : null,
  ])
  if (told.length === 0) throw new Error(`There is no order ${orderId} to tell of`)
}

/** The order's row is locked until the transaction ends, so that a number of an event is never skipped. */
const tellSql = `
  with bumped as (
    update orders set event_sequence = event_sequence + 1, status = coalesce($2, status) where id = $1
    returning id, storefront_id, event_sequence),
  told as (
    insert into event (id, storefront_id, order_id, sequence, type, data)
    select $3, storefront_id, id, event_sequence, $4, $5::jsonb from bumped),
  noted as (
    insert into notice (id, order_id, storefront_id, kind, data)
    select $6, id, storefront_id, $7, $8::jsonb from bumped where $6::text is not null returning id)
  select id, (select pg_notify('${noticeChannel}', id) from noted) as noted from bumped`
