// What the dispatcher works on: stops that were asked for, and what each of its decisions was decided from.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import type { FailureCode, FailureFacts } from '../../domain/failure.ts'
import { createdAtColumn, idColumn, timeColumn } from '../columns.ts'
import { FulfilmentRecord } from './fulfilment.ts'
import { OrderRecord } from './order.ts'

/** One for each fulfilment that a truck is to bring: asked for once, decided once, told until it was heard. */
export const StopRequestRecord = defineEntity({
  name: 'StopRequestRecord',
  tableName: 'stop_request',
  properties: {
    fulfilmentId: p.manyToOne(FulfilmentRecord).mapToPk().joinColumn('fulfilment_id').primary(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    region: p.text(),
    state: p.enum(['open', 'planned', 'refused', 'withdrawn']).default('open'),
    /** Rises each time it is asked for anew: an answer to an earlier round is not taken for the present one. */
    round: p.integer().default(1),
    /** The truck that an operator named; null where the dispatcher chooses. */
    wantedVehicleId: p.text().strictNullable(),
    /** Why no truck brings it, where it was refused. */
    refusal: p.json<{ code: FailureCode; facts: FailureFacts }>().strictNullable().default(null),
    /** Whether the order that waits has heard the answer. */
    told: p.boolean().default(false),
    askedAt: createdAtColumn(),
    decidedAt: timeColumn().strictNullable(),
  },
  indexes: [
    { name: 'stop_request_order', properties: ['orderId'] },
    {
      name: 'stop_request_waiting',
      expression: `create index "stop_request_waiting" on "stop_request" ("region", "state") where ((state = 'open'::text) or ((told = false) and (state = any (array['planned'::text, 'refused'::text]))))`,
    },
  ],
})
export type StopRequestRecord = InferEntity<typeof StopRequestRecord>

/** One decision about any number of stops: exactly what went in, packed, so that it can be decided again. */
export const DispatchBatchRecord = defineEntity({
  name: 'DispatchBatchRecord',
  tableName: 'dispatch_batch',
  properties: {
    id: idColumn(),
    region: p.text(),
    rulesVersion: p.integer(),
    /** Of the map that all travel times came from. */
    dataVersion: p.text(),
    requests: p.integer(),
    /** Gzipped JSON: facts, rules, seed and what was decided; ids and figures, no place and nothing personal. */
    recording: p.blob(),
    decidedAt: createdAtColumn(),
  },
  indexes: [
    { name: 'dispatch_batch_day', properties: ['region', 'decidedAt'] },
    { name: 'dispatch_batch_age', properties: ['decidedAt'] },
  ],
})
export type DispatchBatchRecord = InferEntity<typeof DispatchBatchRecord>
