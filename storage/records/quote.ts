// What was asked and what was offered: quotes with the reasons against each way that is not offered, and their offers.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import type { Customization } from '../../domain/model/item.ts'
import type { DeliveryMethod, Promise50, WhyNot } from '../../domain/model/offer.ts'
import type { Decision } from '../../domain/model/order.ts'
import { createdAtColumn, idColumn, tenantPolicies, timeColumn } from '../columns.ts'
import { BuyerRecord } from './buyer.ts'

/** A price line as JSON keeps it: cents as a string of digits. */
export interface StoredPriceLine {
  code: string
  cents: string
}

export const QuoteRecord = defineEntity({
  name: 'QuoteRecord',
  tableName: 'quote',
  properties: {
    id: idColumn(),
    storefrontId: p.text(),
    buyerId: p.manyToOne(BuyerRecord).mapToPk().joinColumn('buyer_id').strictNullable(),
    /** The request without anything personal: the address is in `destination`. */
    request: p.json<Record<string, unknown>>(),
    /** Ciphertext of {label, lon, lat}. */
    destination: p.blob().strictNullable(),
    whyNot: p.json<WhyNot[]>().defaultRaw(`'[]'::jsonb`),
    decision: p.json<Decision>().strictNullable(),
    expiresAt: timeColumn(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    {
      name: 'quote_list',
      expression:
        'create index "quote_list" on "quote" ("storefront_id", "created_at" desc, "id" desc)',
    },
  ],
  policies: tenantPolicies,
})
export type QuoteRecord = InferEntity<typeof QuoteRecord>

export const OfferRecord = defineEntity({
  name: 'OfferRecord',
  tableName: 'offer',
  properties: {
    id: idColumn(),
    quoteId: p.manyToOne(QuoteRecord).mapToPk().joinColumn('quote_id'),
    storefrontId: p.text(),
    /** The index of the quoted line, from 0. */
    line: p.integer(),
    /** What an offer names may be gone when it is ordered: then it has expired. */
    itemId: p.text(),
    quantity: p.integer(),
    customization: p.json<Customization>().strictNullable(),
    method: p.enum(['truck', 'pickup', 'carrier']).$type<DeliveryMethod>(),
    kind: p.enum(['made', 'stocked']),
    siteId: p.text(),
    machineId: p.text(),
    vehicleId: p.text().strictNullable(),
    compartmentId: p.text().strictNullable(),
    price: p.json<StoredPriceLine[]>(),
    totalCents: p.bigint(),
    currency: p.text(),
    promise: p.json<Promise50>(),
    expiresAt: timeColumn(),
    state: p.enum(['open', 'ordered']).default('open'),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'offer_quote', properties: ['quoteId', 'line'] }],
  checks: [
    { name: 'offer_quantity', expression: 'quantity > 0' },
    { name: 'offer_total', expression: 'total_cents >= 0' },
  ],
  policies: tenantPolicies,
})
export type OfferRecord = InferEntity<typeof OfferRecord>
