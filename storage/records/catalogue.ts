// The catalogue that all storefronts share: suppliers, their items, and the licences under which items are made.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import type { Instructions, Process, SizeMm } from '../../domain/model/item.ts'
import { createdAtColumn, idColumn, timeColumn } from '../columns.ts'
import { StorefrontRecord } from './storefront.ts'

export const SupplierRecord = defineEntity({
  name: 'SupplierRecord',
  tableName: 'supplier',
  properties: { id: idColumn(), name: p.text(), createdAt: createdAtColumn() },
})
export type SupplierRecord = InferEntity<typeof SupplierRecord>

export const ItemRecord = defineEntity({
  name: 'ItemRecord',
  tableName: 'item',
  properties: {
    id: idColumn(),
    supplierId: p.manyToOne(SupplierRecord).mapToPk().joinColumn('supplier_id'),
    title: p.text(),
    description: p.text(),
    made: p.boolean(),
    stocked: p.boolean(),
    process: p.enum(['fdm', 'sla', 'sls', 'cnc']).$type<Process>(),
    materials: p.array().columnType('text[]'),
    colours: p.array().columnType('text[]'),
    sizeMm: p.json<SizeMm>(),
    massGrams: p.double(),
    makingMinutes: p.double(),
    resolutionMicrons: p.double(),
    priceCents: p.bigint(),
    royaltyCents: p.bigint(),
    currency: p.text(),
    restriction: p.text().strictNullable(),
    /** No foreign key: item and licence name each other, and the item comes first. */
    licenceId: p.text(),
    instructions: p.json<Instructions>(),
    /** Null: every storefront sells it; else this one alone. */
    storefrontId: p
      .manyToOne(StorefrontRecord)
      .mapToPk()
      .joinColumn('storefront_id')
      .deleteRule('restrict')
      .strictNullable(),
    /** Rises with each write, by a trigger: the item's ETag. */
    version: p.integer().default(1),
    createdAt: createdAtColumn(),
    updatedAt: timeColumn().defaultRaw('now()'),
  },
  indexes: [
    {
      name: 'item_search',
      expression: `create index "item_search" on "item" using gin (to_tsvector('simple'::regconfig, "title" || ' ' || "description"))`,
    },
    {
      name: 'item_list',
      expression: 'create index "item_list" on "item" ("created_at" desc, "id" desc)',
    },
    { name: 'item_supplier', properties: ['supplierId'] },
  ],
  checks: [
    { name: 'item_offered', expression: 'made or stocked' },
    { name: 'item_price', expression: 'price_cents >= 0 and royalty_cents >= 0' },
  ],
})
export type ItemRecord = InferEntity<typeof ItemRecord>

export const LicenceRecord = defineEntity({
  name: 'LicenceRecord',
  tableName: 'licence',
  properties: {
    id: idColumn(),
    itemId: p.manyToOne(ItemRecord).mapToPk().joinColumn('item_id'),
    ownerSupplierId: p.manyToOne(SupplierRecord).mapToPk().joinColumn('owner_supplier_id'),
    currency: p.text(),
    royaltyCents: p.bigint(),
    /** The account of the licence book that holds the uses left. */
    ledgerAccount: p.text(),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'licence_item', properties: ['itemId'] }],
  checks: [{ name: 'licence_royalty', expression: 'royalty_cents >= 0' }],
})
export type LicenceRecord = InferEntity<typeof LicenceRecord>
