// The outbox: what happened to an order, numbered without gaps, written in the transaction that made it happen.
import { newId } from './ids.ts'
import type { Sql } from './storage.ts'

/** The channel on which each committed event is announced, as EventNotification. */
export const eventChannel = 'fabroute_event'

export interface EventNotification {
  id: string
  orderId: string
  storefrontId: string
  sequence: number
}

export interface NewEvent {
  orderId: string
  type: string
  /** Ids, states and figures; nothing personal. */
  data: Record<string, unknown>
  previous?: Record<string, unknown> | null
}

export interface StoredEvent {
  id: string
  storefrontId: string
  orderId: string
  sequence: number
  type: string
  data: Record<string, unknown>
  previous: Record<string, unknown> | null
  createdAt: Date
}

/** As below, for the usual one, at far less cost; answers its id. */
export async function appendEvent({ sql }: { sql: Sql }, event: NewEvent): Promise<string> {
  const { orderId, type, data, previous } = event
  const id = newId('evt')
  const stored = await sql(
    `with bumped as (
       update orders set event_sequence = event_sequence + 1 where id = $2
       returning id, storefront_id, event_sequence)
     insert into event (id, storefront_id, order_id, sequence, type, data, previous)
     select $1, storefront_id, id, event_sequence, $3, $4::jsonb, $5::jsonb from bumped returning 1`,
    [id, orderId, type, JSON.stringify(data), previous ? JSON.stringify(previous) : null],
  )
  if (stored.length === 0) throw new Error(`There is no order ${orderId} to append an event to`)
  return id
}

/** In one round trip. The order's row is locked until the transaction ends, so that a number is never skipped. */
export async function appendEvents(
  { sql }: { sql: Sql },
  events: readonly NewEvent[],
): Promise<StoredEvent[]> {
  if (events.length === 0) return []
  const rows = events.map((event) => ({ ...event, id: newId('evt') }))
  return await sql<StoredEvent>(
    `with added as (
       select e.*, row_number() over (partition by e."orderId" order by e.position) as nth,
         count(*) over (partition by e."orderId") as of
       from rows from (jsonb_to_recordset($1::jsonb)
         as (id text, "orderId" text, type text, data jsonb, previous jsonb))
         with ordinality as e(id, "orderId", type, data, previous, position)),
     bumped as (
       update orders o set event_sequence = o.event_sequence + a.of::int
       from (select distinct "orderId", of from added) a where o.id = a."orderId"
       returning o.id, o.storefront_id, o.event_sequence)
     insert into event (id, storefront_id, order_id, sequence, type, data, previous)
     select a.id, b.storefront_id, b.id, b.event_sequence - a.of + a.nth, a.type, a.data,
       nullif(a.previous, 'null'::jsonb)
     from added a join bumped b on b.id = a."orderId"
     order by b.id, a.nth
     returning ${columns}`,
    [JSON.stringify(rows)],
  )
}

export interface EventsQuery {
  storefrontId: string
  orderId?: string
  /** Of one order: only what comes after this number. */
  afterSequence?: number
  /** Of the whole storefront: only what comes after this event. */
  afterId?: string
  limit: number
}

/** The events of one order by their numbers, or of the whole storefront by their ids. */
export async function eventsAfter(
  { sql }: { sql: Sql },
  { storefrontId, orderId, afterSequence = 0, afterId = '', limit }: EventsQuery,
): Promise<StoredEvent[]> {
  if (orderId === undefined) {
    return await sql<StoredEvent>(
      `select ${columns} from event where storefront_id = $1 and id > $2 order by id limit $3`,
      [storefrontId, afterId, limit],
    )
  }
  return await sql<StoredEvent>(
    `select ${columns} from event
     where order_id = $2 and storefront_id = $1 and sequence > $3 and id > $4
     order by sequence limit $5`,
    [storefrontId, orderId, afterSequence, afterId, limit],
  )
}

const columns = `id, storefront_id as "storefrontId", order_id as "orderId", sequence, type, data, previous,
  created_at as "createdAt"`
