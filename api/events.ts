// Events: what happened to orders, as pages and, for one order, as a stream that replays and then follows.
import { Type } from 'typebox'
import { eventsAfter, type StoredEvent } from '../storage/events.ts'
import { decodeCursor, page } from './cursor.ts'
import type { ApiDeps } from './deps.ts'
import { streamEvents } from './eventStream.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import { Id, IdParams, ListOf, Nullable, pageQuery, Text, Time, time } from './wire.ts'

const apiVersion = '1'

const Event = Type.Object(
  {
    object: Type.Literal('event'),
    id: Id,
    type: Type.String(),
    timestamp: Time,
    order_id: Id,
    sequence: Type.Integer({ description: 'Within the order, from 1, without gaps.' }),
    data: Type.Record(Type.String(), Type.Unknown()),
    previous_attributes: Nullable(Type.Record(Type.String(), Type.Unknown())),
    api_version: Type.Literal(apiVersion),
  },
  { additionalProperties: false, title: 'Event' },
)
const EventList = ListOf(Event, 'EventList')

export const listEvents = route(
  {
    method: 'get',
    path: '/v1/events',
    scope: 'events:read',
    summary: 'List events of all orders, newest first',
    query: Type.Object(
      { type: Type.Optional(Text(60)), ...pageQuery },
      { additionalProperties: false },
    ),
    responses: { 200: EventList },
  },
  async ({ query: { type = null, limit, cursor }, tenant: { storefrontId }, deps }) => {
    const [before = null] = decodeCursor(cursor, 'string') ?? []
    const rows = await deps.storage.asTenant(storefrontId, async ({ sql }) =>
      sql<StoredEvent>(
        `select id, storefront_id as "storefrontId", order_id as "orderId", sequence, type, data, previous,
           created_at as "createdAt"
         from event where storefront_id = $1 and ($2::text is null or type = $2)
           and ($3::text is null or id < $3)
         order by id desc limit $4 + 1`,
        [storefrontId, type, before, limit ?? limits.page.default],
      ),
    )
    return ok(page(rows, limit, { toWire: eventOf, keysOf: (row) => [row.id] }))
  },
)

export const listOrderEvents = route(
  {
    method: 'get',
    path: '/v1/orders/{id}/events',
    scope: 'events:read',
    summary: 'Events of an order, oldest first, or as a stream',
    description:
      'With `Accept: text/event-stream`: replays what comes after `Last-Event-ID` (a sequence number), then follows ' +
      'the order, and ends when the order has. A client that comes back to an order that has ended is told 204: ' +
      'there is nothing to come back for.',
    params: IdParams,
    query: Type.Object(pageQuery, { additionalProperties: false }),
    responses: { 200: EventList, 204: null },
    alsoAnswers: 'text/event-stream',
  },
  async ({ params: { id: orderId }, query, tenant: { storefrontId }, deps, headers }) => {
    const order = { storefrontId, orderId }
    if (headers.accept?.includes('text/event-stream')) {
      return streamEvents(deps, order, lastSequence(headers['last-event-id']), eventOf)
    }
    const [afterSequence = 0] = decodeCursor(query.cursor, 'number') ?? []
    const limit = query.limit ?? limits.page.default
    const rows = await orderEvents(deps, { ...order, afterSequence, limit: limit + 1 })
    return ok(page(rows, limit, { toWire: eventOf, keysOf: (row) => [row.sequence] }))
  },
)

async function orderEvents(
  { storage }: Pick<ApiDeps, 'storage'>,
  wanted: { storefrontId: string; orderId: string; afterSequence: number; limit: number },
): Promise<StoredEvent[]> {
  return storage.asTenant(wanted.storefrontId, async (tx) => {
    const [order] = await tx.sql('select 1 from orders where id = $1', [wanted.orderId])
    if (!order) throw refuse('not_found')
    return eventsAfter(tx, wanted)
  })
}

function lastSequence(header: string | string[] | undefined): number {
  if (header === undefined || header === '') return 0
  const sequence = Number(header)
  if (Number.isSafeInteger(sequence) && sequence >= 0 && sequence < 2 ** 31) return sequence
  const error = { param: '/headers/last-event-id', message: 'must be the number of an event' }
  throw refuse('invalid_request', { param: error.param, errors: [error] })
}

function eventOf(event: StoredEvent) {
  return {
    object: 'event',
    id: event.id,
    type: event.type,
    timestamp: time(event.createdAt),
    order_id: event.orderId,
    sequence: event.sequence,
    data: event.data,
    previous_attributes: event.previous,
    api_version: apiVersion,
  }
}
