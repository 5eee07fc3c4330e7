// What happened to an order: its events (the outbox), the decisions taken for it, its payments, its
// messages, and where it waited for a person.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import type { Candidate, Decision, PaymentMethod } from '../../domain/model/order.ts'
import { createdAtColumn, idColumn, stateColumn, tenantPolicies, timeColumn } from '../columns.ts'
import { OrderRecord } from './order.ts'
import { QuoteRecord } from './quote.ts'

export const EventRecord = defineEntity({
  name: 'EventRecord',
  tableName: 'event',
  properties: {
    id: idColumn(),
    storefrontId: p.text(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    /** From 1, without gaps, for each order. */
    sequence: p.integer(),
    type: p.text(),
    data: p.json<Record<string, unknown>>(),
    previous: p.json<Record<string, unknown>>().strictNullable().default(null),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'event_list', properties: ['storefrontId', 'id'] }],
  uniques: [{ name: 'event_sequence', properties: ['orderId', 'sequence'] }],
  policies: tenantPolicies,
})
export type EventRecord = InferEntity<typeof EventRecord>

export const DecisionRecord = defineEntity({
  name: 'DecisionRecord',
  tableName: 'decision',
  properties: {
    id: idColumn(),
    storefrontId: p.text(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id').strictNullable(),
    quoteId: p.manyToOne(QuoteRecord).mapToPk().joinColumn('quote_id').strictNullable(),
    /** What it was about: the job, the fulfilment, the line. */
    subjectId: p.text(),
    kind: p.enum(['access', 'offers', 'machine', 'dispatch', 'split']).$type<Decision['kind']>(),
    chosen: p.text().strictNullable(),
    candidates: p.json<Candidate[]>(),
    /** Of the rules that weighed the candidates; null where a decision knows no rules of a region. */
    rulesVersion: p.integer().strictNullable(),
    /** The batch of the dispatcher in which it was taken, as long as that is kept. */
    batchId: p.text().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'decision_order', properties: ['orderId'] },
    { name: 'decision_quote', properties: ['quoteId'] },
  ],
  policies: tenantPolicies,
})
export type DecisionRecord = InferEntity<typeof DecisionRecord>

export const PaymentRecord = defineEntity({
  name: 'PaymentRecord',
  tableName: 'payment',
  properties: {
    id: idColumn(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    storefrontId: p.text(),
    state: stateColumn('payment', 'pending'),
    amountCents: p.bigint(),
    currency: p.text(),
    method: p.json<PaymentMethod>(),
    /** What the provider calls it. */
    reference: p.text().strictNullable(),
    failureCode: p.text().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'payment_order', properties: ['orderId'] }],
  checks: [{ name: 'payment_amount', expression: 'amount_cents >= 0' }],
  policies: tenantPolicies,
})
export type PaymentRecord = InferEntity<typeof PaymentRecord>

export const NoticeRecord = defineEntity({
  name: 'NoticeRecord',
  tableName: 'notice',
  properties: {
    id: idColumn(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    storefrontId: p.text(),
    kind: p.text(),
    state: p.enum(['pending', 'sent', 'failed']).default('pending'),
    attempts: p.integer().default(0),
    nextAt: timeColumn().defaultRaw('now()'),
    sentAt: timeColumn().strictNullable(),
    /** Ids and figures to write the message from; nothing personal. */
    data: p.json<Record<string, unknown>>(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'notice_order', properties: ['orderId'] },
    {
      name: 'notice_due',
      expression: `create index "notice_due" on "notice" ("next_at") where (state = 'pending'::text)`,
    },
  ],
  policies: tenantPolicies,
})
export type NoticeRecord = InferEntity<typeof NoticeRecord>

export const AttentionRecord = defineEntity({
  name: 'AttentionRecord',
  tableName: 'attention',
  properties: {
    id: idColumn(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    storefrontId: p.text(),
    workflowId: p.text(),
    step: p.text(),
    code: p.text(),
    facts: p.json<Record<string, unknown>>(),
    openedAt: createdAtColumn(),
    resolvedAt: timeColumn().strictNullable(),
    action: p.enum(['retry', 'retryWith', 'skip', 'cancel']).strictNullable(),
    operator: p.text().strictNullable(),
    note: p.text().strictNullable(),
  },
  indexes: [
    { name: 'attention_order', properties: ['orderId'] },
    {
      name: 'attention_open',
      expression:
        'create index "attention_open" on "attention" ("opened_at") where (resolved_at is null)',
    },
  ],
  policies: tenantPolicies,
})
export type AttentionRecord = InferEntity<typeof AttentionRecord>
