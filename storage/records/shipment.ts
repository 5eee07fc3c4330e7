// Parcels that a carrier brings for fulfilments, and what the carrier told of each.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import { parcelServices, type ParcelService } from '../../domain/parcels.ts'
import { createdAtColumn, idColumn, stateColumn, tenantPolicies, timeColumn } from '../columns.ts'
import { FulfilmentRecord } from './fulfilment.ts'
import { OrderRecord } from './order.ts'

export const ShipmentRecord = defineEntity({
  name: 'ShipmentRecord',
  tableName: 'shipment',
  properties: {
    id: idColumn(),
    fulfilmentId: p.manyToOne(FulfilmentRecord).mapToPk().joinColumn('fulfilment_id'),
    orderId: p.manyToOne(OrderRecord).mapToPk().joinColumn('order_id'),
    storefrontId: p.text(),
    /** From 1: another is sent in the place of one that came to nothing. */
    nth: p.integer(),
    carrier: p.text(),
    /** By which the carrier knows it. */
    number: p.text(),
    service: p.enum([...parcelServices]).$type<ParcelService>(),
    state: stateColumn('shipment', 'booked'),
    /** Ciphertext of the PDF that goes onto the parcel. */
    label: p.blob(),
    expectedAt: timeColumn(),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'shipment_order', properties: ['orderId'] }],
  uniques: [
    { name: 'shipment_nth', properties: ['fulfilmentId', 'nth'] },
    { name: 'shipment_number', properties: ['carrier', 'number'] },
  ],
  policies: tenantPolicies,
})
export type ShipmentRecord = InferEntity<typeof ShipmentRecord>

export const ShipmentEventRecord = defineEntity({
  name: 'ShipmentEventRecord',
  tableName: 'shipment_event',
  properties: {
    shipmentId: p.manyToOne(ShipmentRecord).mapToPk().joinColumn('shipment_id').primary(),
    /** As the carrier counts them. */
    sequence: p.integer().primary(),
    storefrontId: p.text(),
    type: p.text(),
    at: timeColumn(),
    /** When the fulfilment was told; until then the carrier is asked to say it again. */
    toldAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  policies: tenantPolicies,
})
export type ShipmentEventRecord = InferEntity<typeof ShipmentEventRecord>
