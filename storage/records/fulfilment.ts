// One delivery of an order and the jobs that make its parts.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import type { DeliveryMethod, Promise50 } from '../../domain/model/offer.ts'
import { createdAtColumn, idColumn, stateColumn, tenantPolicies, timeColumn } from '../columns.ts'
import { CompartmentRecord, MachineRecord, SiteRecord, VehicleRecord } from './fleet.ts'
import { OrderLineRecord, OrderRecord } from './order.ts'
import { OfferRecord } from './quote.ts'

export const FulfilmentRecord = defineEntity({
  name: 'FulfilmentRecord',
  tableName: 'fulfilment',
  properties: {
    id: idColumn(),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    storefrontId: p.text(),
    offerId: p.manyToOne(OfferRecord).mapToPk().joinColumn('offer_id'),
    method: p.enum(['truck', 'pickup', 'carrier']).$type<DeliveryMethod>(),
    siteId: p.manyToOne(SiteRecord).mapToPk().joinColumn('site_id'),
    machineId: p.manyToOne(MachineRecord).mapToPk().joinColumn('machine_id').strictNullable(),
    vehicleId: p.manyToOne(VehicleRecord).mapToPk().joinColumn('vehicle_id').strictNullable(),
    compartmentId: p
      .manyToOne(CompartmentRecord)
      .mapToPk()
      .joinColumn('compartment_id')
      .strictNullable(),
    state: stateColumn('fulfilment', 'planned'),
    /** Ciphertext of the code that opens the compartment, and its hash for the bank that checks it. */
    accessCode: p.blob().strictNullable(),
    accessCodeHash: p.blob().strictNullable(),
    promise: p.json<Promise50>(),
    arrivedAt: timeColumn().strictNullable(),
    deliveredAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'fulfilment_order', properties: ['orderId'] },
    { name: 'fulfilment_vehicle', properties: ['vehicleId', 'state'] },
    { name: 'fulfilment_compartment', properties: ['compartmentId', 'state'] },
  ],
  uniques: [{ name: 'fulfilment_offer', properties: ['offerId'] }],
  policies: tenantPolicies,
})
export type FulfilmentRecord = InferEntity<typeof FulfilmentRecord>

export const JobRecord = defineEntity({
  name: 'JobRecord',
  tableName: 'job',
  properties: {
    id: idColumn(),
    fulfilmentId: p.manyToOne(FulfilmentRecord).mapToPk().joinColumn('fulfilment_id'),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    storefrontId: p.text(),
    lineId: p.manyToOne(OrderLineRecord).mapToPk().joinColumn('line_id'),
    /** Which unit of the line, from 0. */
    unit: p.integer(),
    state: stateColumn('job', 'planned'),
    attempt: p.integer().default(0),
    machineId: p.manyToOne(MachineRecord).mapToPk().joinColumn('machine_id').strictNullable(),
    artifactSha256: p.text().strictNullable(),
    progress: p.float().default(0),
    printedSeconds: p.double().strictNullable(),
    grams: p.double().strictNullable(),
    triedMachineIds: p.array().columnType('text[]').defaultRaw(`'{}'::text[]`),
    failureCode: p.text().strictNullable(),
    startedAt: timeColumn().strictNullable(),
    finishedAt: timeColumn().strictNullable(),
    harvestedAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'job_fulfilment', properties: ['fulfilmentId'] },
    { name: 'job_order', properties: ['orderId'] },
    { name: 'job_machine', properties: ['machineId', 'state'] },
  ],
  uniques: [{ name: 'job_unit', properties: ['lineId', 'unit'] }],
  policies: tenantPolicies,
})
export type JobRecord = InferEntity<typeof JobRecord>
