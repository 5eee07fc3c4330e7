// Orders: placed from offers and answered at once; changed by asking the order's own workflow.
import { Type } from 'typebox'
import { cancelReasons } from '../domain/buyerWords.ts'
import { PaymentMethod } from '../domain/model/order.ts'
import type { Tx } from '../storage/storage.ts'
import { decodeCursor, page } from './cursor.ts'
import type { ApiDeps } from './deps.ts'
import { versioned, etagOf } from './etag.ts'
import type { Claim } from './idempotency.ts'
import { limits } from './limits.ts'
import {
  expansions,
  Order,
  OrderStatus,
  orderView,
  readOrders,
  type OrderRow,
} from './orderView.ts'
import { storyOf } from './orderStory.ts'
import { BuyerDetails } from './personalBuyer.ts'
import { placeOrder } from './placeOrder.ts'
import { refuse } from './problem.ts'
import { created, ok, route } from './route.ts'
import { Id, IdParams, ListOf, pageQuery, Text } from './wire.ts'

const OrderRequest = Type.Object(
  {
    offers: Type.Array(Id, {
      minItems: 1,
      maxItems: limits.linesPerQuote,
      uniqueItems: true,
      description: 'One offer for each line of one quote.',
    }),
    buyer_id: Type.Optional(Id),
    buyer: Type.Optional(BuyerDetails),
    payment_method: Type.Object(PaymentMethod.properties, {
      additionalProperties: false,
      title: 'PaymentMethod',
    }),
    reference: Type.Optional(Text(100)),
  },
  {
    additionalProperties: false,
    title: 'OrderRequest',
    examples: [
      {
        offers: ['ofr_01m7xxb0p4ezgrjh70p4h93cq9'],
        payment_method: { kind: 'card', token: 'tok_visa' },
        reference: 'cart-1001',
      },
    ],
  },
)

const Expand = Type.Array(Type.Union(expansions.map((name) => Type.Literal(name))), {
  maxItems: limits.expansions,
})
const expansion = { 'expand[]': Type.Optional(Expand) }
const ExpandQuery = Type.Object(expansion, { additionalProperties: false })

export const createOrder = route(
  {
    method: 'post',
    path: '/v1/orders',
    scope: 'orders:create',
    summary: 'Order what was offered',
    description:
      'Answers the order as soon as it is kept; authorization, payment, making and delivery follow as events.',
    query: ExpandQuery,
    body: OrderRequest,
    responses: { 201: Order },
    versioned: true,
    idempotent: true,
    budget: 'orders',
  },
  async ({ body, query, tenant: { storefrontId }, deps, claim }) => {
    const { storage, nowMs } = deps
    const expand = query['expand[]'] ?? []
    const placed = await storage.asTenant(storefrontId, async (tx) => {
      const id = await placeOrder(tx, { storage, storefrontId, nowMs: nowMs() }, body)
      const order = await orderById(tx, id, expand)
      const view = orderView(order, expand)
      const answer = created(view, { Location: `/v1/orders/${id}`, ETag: etagOf(view) })
      await claim?.seal(tx, answer)
      return { answer, order }
    })
    deps.metrics.orders.inc()
    startSoon(deps, storefrontId, placed.order)
    return placed.answer
  },
)

export const listOrders = route(
  {
    method: 'get',
    path: '/v1/orders',
    scope: 'orders:read',
    summary: 'List orders, newest first',
    query: Type.Object(
      {
        status: Type.Optional(OrderStatus),
        buyer_id: Type.Optional(Id),
        reference: Type.Optional(Text(100)),
        ...expansion,
        ...pageQuery,
      },
      { additionalProperties: false },
    ),
    responses: { 200: ListOf(Order, 'OrderList') },
  },
  async ({ query, tenant, deps }) => {
    const { status = null, buyer_id: buyerId = null, reference = null, limit, cursor } = query
    const expand = query['expand[]'] ?? []
    const [atMs = null, id = null] = decodeCursor(cursor, 'number', 'string') ?? []
    const rows = await deps.storage.asTenant(tenant.storefrontId, async (tx) =>
      readOrders(
        tx,
        expand,
        `where ($4::text is null or o.status = $4) and ($5::text is null or o.buyer_id = $5)
           and ($6::text is null or o.reference = $6)
           and ($7::float8 is null or (o.created_at, o.id) < (to_timestamp($7 / 1000), $8))
         order by o.created_at desc, o.id desc limit $9 + 1`,
        [status, buyerId, reference, atMs, id, limit ?? limits.page.default],
      ),
    )
    return ok(
      page(rows, limit, {
        toWire: (row) => orderView(row, expand),
        keysOf: (row) => [+row.created_at, row.id],
      }),
    )
  },
)

export const getOrder = route(
  {
    method: 'get',
    path: '/v1/orders/{id}',
    scope: 'orders:read',
    summary: 'One order',
    params: IdParams,
    query: ExpandQuery,
    responses: { 200: Order },
    versioned: true,
  },
  async ({ params: { id }, query, tenant, deps }) => {
    const expand = query['expand[]'] ?? []
    return versioned(orderView(await ownOrder(deps, tenant.storefrontId, id, expand), expand))
  },
)

const told = Object.keys(cancelReasons)
  .map((code) => `\`${code}\``)
  .join(', ')

export const cancelOrder = route(
  {
    method: 'post',
    path: '/v1/orders/{id}/cancel',
    scope: 'orders:change',
    summary: 'Cancel an order',
    description: 'Gives back what was taken; refused when it is too late.',
    params: IdParams,
    body: Type.Object(
      {
        by: Type.Optional(Type.Union([Type.Literal('buyer'), Type.Literal('storefront')])),
        reason: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 200,
            pattern: '^[a-z0-9_]+$',
            description: `A code, for whoever reads the order and its events. The mail to the buyer says these in words: ${told}; of a code of your own it says only who cancelled.`,
          }),
        ),
      },
      {
        additionalProperties: false,
        title: 'CancelRequest',
        examples: [{ by: 'buyer', reason: 'changed_mind' }],
      },
    ),
    responses: { 200: Order },
    versioned: true,
    idempotent: true,
    budget: 'orders',
  },
  async ({ params: { id }, body, tenant: { storefrontId }, deps, claim }) => {
    const order = await ownOrder(deps, storefrontId, id, [])
    const { by = 'storefront', reason = 'requested' } = body
    await deps.orderWorkflow.cancel(storyOf(order), { by, reason }, updateIdOf(claim))
    return versioned(orderView(await ownOrder(deps, storefrontId, id, []), []))
  },
)

export const chooseDelivery = route(
  {
    method: 'post',
    path: '/v1/orders/{id}/choose_delivery',
    scope: 'orders:change',
    summary: 'Choose another offer for a line',
    params: IdParams,
    body: Type.Object(
      { line_id: Id, offer_id: Id },
      { additionalProperties: false, title: 'ChooseDeliveryRequest' },
    ),
    responses: { 200: Order },
    versioned: true,
    idempotent: true,
    budget: 'orders',
  },
  async ({ params: { id }, body, tenant: { storefrontId }, deps, claim }) => {
    const order = await ownOrder(deps, storefrontId, id, [])
    if (!order.lines.some((line) => line.id === body.line_id)) {
      throw refuse('not_found', { param: '/line_id', detail: 'The order has no such line.' })
    }
    const choice = { lineId: body.line_id, offerId: body.offer_id }
    await deps.orderWorkflow.chooseDelivery(storyOf(order), choice, updateIdOf(claim))
    return versioned(orderView(await ownOrder(deps, storefrontId, id, []), []))
  },
)

function updateIdOf(claim: Claim | null): string {
  if (!claim) throw new Error('a change of an order is an idempotent call')
  return claim.id
}

type Expanded = readonly (typeof expansions)[number][]

async function ownOrder(deps: ApiDeps, storefrontId: string, id: string, expand: Expanded) {
  return deps.storage.asTenant(storefrontId, async (tx) => orderById(tx, id, expand))
}

async function orderById(tx: Tx, id: string, expand: Expanded): Promise<OrderRow> {
  const [row] = await readOrders(tx, expand, 'where o.id = $4', [id])
  if (!row) throw refuse('not_found')
  return row
}

/** The client does not wait for this: an order whose start is lost here is started by the relay. */
function startSoon(
  { orderWorkflow, storage, log, metrics }: ApiDeps,
  storefrontId: string,
  order: OrderRow,
): void {
  const started = async () => {
    await orderWorkflow.start(storyOf(order))
    await storage.asTenant(storefrontId, async ({ sql }) => {
      await sql(
        'update orders set workflow_started_at = now() where id = $1 and workflow_started_at is null',
        [order.id],
      )
    })
    metrics.workflowStarts.inc({ outcome: 'started' })
  }
  started().catch((error: unknown) => {
    metrics.workflowStarts.inc({ outcome: 'left_to_relay' })
    log.warn(
      { orderId: order.id, error: error instanceof Error ? error.name : 'unknown' },
      'start left to the relay',
    )
  })
}
