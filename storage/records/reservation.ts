// Time on a machine or in a compartment that is held for an offer or booked for an order; two never overlap. Machines
// serve every tenant: the API's role sees when they are taken (001-grants.sql), and not by whom.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import { createdAtColumn, idColumn, timeColumn } from '../columns.ts'

export const ReservationRecord = defineEntity({
  name: 'ReservationRecord',
  tableName: 'reservation',
  properties: {
    id: idColumn(),
    /** A machine or a compartment. */
    resourceId: p.text(),
    during: p.text().columnType('tstzrange'),
    state: p.enum(['held', 'booked']),
    /** No foreign key: the hold comes before the offer, whose times it decides. */
    offerId: p.text(),
    /** Null where a worker reserves without a tenant, for its own purposes. */
    storefrontId: p.text().strictNullable(),
    orderId: p.text().strictNullable(),
    fulfilmentId: p.text().strictNullable(),
    expiresAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'reservation_offer', properties: ['offerId'] },
    {
      name: 'reservation_fulfilment',
      expression:
        'create index "reservation_fulfilment" on "reservation" ("fulfilment_id") where (fulfilment_id is not null)',
    },
    {
      name: 'reservation_lapsing',
      expression: `create index "reservation_lapsing" on "reservation" ("expires_at") where (state = 'held'::text)`,
    },
    {
      name: 'reservation_ends',
      expression: 'create index "reservation_ends" on "reservation" (upper("during"))',
    },
  ],
  checks: [
    {
      name: 'reservation_no_overlap',
      expression: 'EXCLUDE USING gist (resource_id WITH =, during WITH &&)',
    },
    { name: 'reservation_not_empty', expression: 'not isempty(during)' },
    { name: 'reservation_expiry', expression: `(state = 'held') = (expires_at is not null)` },
  ],
})
export type ReservationRecord = InferEntity<typeof ReservationRecord>
