// Orders and their lines. An order's status is derived from its lines by storage/states.ts and written nowhere else.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import type { OrderStatus } from '../../domain/lifecycle.ts'
import type { Customization } from '../../domain/model/item.ts'
import type { PaymentMethod } from '../../domain/model/order.ts'
import {
  createdAtColumn,
  idColumn,
  stateColumn,
  statesOf,
  tenantPolicies,
  timeColumn,
} from '../columns.ts'
import { BuyerRecord } from './buyer.ts'
import { ItemRecord } from './catalogue.ts'
import { OfferRecord, QuoteRecord } from './quote.ts'
import { StorefrontRecord } from './storefront.ts'

const statuses = [...statesOf('line'), 'on_hold', 'partially_completed'] as const

export const OrderRecord = defineEntity({
  name: 'OrderRecord',
  tableName: 'orders',
  properties: {
    id: idColumn(),
    storefrontId: p.manyToOne(StorefrontRecord).mapToPk().joinColumn('storefront_id'),
    buyerId: p.manyToOne(BuyerRecord).mapToPk().joinColumn('buyer_id'),
    quoteId: p.manyToOne(QuoteRecord).mapToPk().joinColumn('quote_id'),
    reference: p.text().strictNullable(),
    currency: p.text(),
    totalCents: p.bigint(),
    status: p.enum(statuses).$type<OrderStatus>().default('awaiting_authorization'),
    holdReason: p.text().strictNullable(),
    paymentMethod: p.json<PaymentMethod>(),
    /** Ciphertext of {label, lon, lat}. */
    destination: p.blob().strictNullable(),
    dueBy: timeColumn().strictNullable(),
    /** Until when a cancel is free of charge. */
    cancelUntil: timeColumn().strictNullable(),
    /** Since when it is being cancelled; storage/cancels.ts alone writes it. */
    cancelRequestedAt: timeColumn().strictNullable(),
    /** The sequence of its last event; storage/events.ts alone raises it. */
    eventSequence: p.integer().default(0),
    /** Rises with each write, by a trigger: the order's ETag. */
    version: p.integer().default(1),
    /** Null until its workflow is known to run: what the relay looks for. */
    workflowStartedAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
    updatedAt: timeColumn().defaultRaw('now()'),
  },
  indexes: [
    {
      name: 'orders_list',
      expression:
        'create index "orders_list" on "orders" ("storefront_id", "created_at" desc, "id" desc)',
    },
    {
      name: 'orders_not_started',
      expression:
        'create index "orders_not_started" on "orders" ("created_at") where (workflow_started_at is null)',
    },
    { name: 'orders_buyer', properties: ['buyerId'] },
    { name: 'orders_quote', properties: ['quoteId'] },
    { name: 'orders_reference', properties: ['storefrontId', 'reference'] },
  ],
  checks: [{ name: 'orders_total', expression: 'total_cents >= 0' }],
  policies: tenantPolicies,
})
export type OrderRecord = InferEntity<typeof OrderRecord>

export const OrderLineRecord = defineEntity({
  name: 'OrderLineRecord',
  tableName: 'order_line',
  properties: {
    id: idColumn(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    storefrontId: p.text(),
    /** From 0, in the order in which the buyer put them. */
    position: p.integer(),
    itemId: p.manyToOne(ItemRecord).mapToPk().joinColumn('item_id'),
    title: p.text(),
    quantity: p.integer(),
    customization: p.json<Customization>().strictNullable(),
    offerId: p.manyToOne(OfferRecord).mapToPk().joinColumn('offer_id'),
    /** No foreign key: fulfilment and line name each other, and the line comes first. */
    fulfilmentId: p.text().strictNullable(),
    unitCents: p.bigint(),
    totalCents: p.bigint(),
    state: stateColumn('line', 'awaiting_authorization'),
    // Where the units are; together always the quantity.
    pending: p.integer(),
    /** Always 0 and read by nothing: jobs know what is made. Processes of an earlier version write it. */
    made: p.integer().default(0),
    delivered: p.integer().default(0),
    cancelled: p.integer().default(0),
  },
  indexes: [{ name: 'order_line_fulfilment', properties: ['fulfilmentId'] }],
  uniques: [
    { name: 'order_line_position', properties: ['orderId', 'position'] },
    { name: 'order_line_offer', properties: ['offerId'] },
  ],
  checks: [
    {
      name: 'order_line_buckets',
      expression:
        'quantity > 0 and pending >= 0 and made >= 0 and delivered >= 0 and cancelled >= 0 and pending + made + delivered + cancelled = quantity',
    },
  ],
  policies: tenantPolicies,
})
export type OrderLineRecord = InferEntity<typeof OrderLineRecord>
