// Buyers and what is known of them: personal data only as ciphertext, each buyer under a key of its own.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import { createdAtColumn, idColumn, tenantPolicies, timeColumn } from '../columns.ts'
import { StorefrontRecord } from './storefront.ts'

export const BuyerRecord = defineEntity({
  name: 'BuyerRecord',
  tableName: 'buyer',
  properties: {
    id: idColumn(),
    storefrontId: p.manyToOne(StorefrontRecord).mapToPk().joinColumn('storefront_id'),
    /** What the storefront calls this buyer. */
    reference: p.text().strictNullable(),
    /** Ciphertext of {name, email, phone}. */
    personal: p.blob().strictNullable(),
    /** Finds a buyer by e-mail address without storing it. */
    emailIndex: p.blob().strictNullable(),
    erasedAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'buyer_email', properties: ['storefrontId', 'emailIndex'] },
    {
      name: 'buyer_list',
      expression:
        'create index "buyer_list" on "buyer" ("storefront_id", "created_at" desc, "id" desc)',
    },
  ],
  uniques: [{ name: 'buyer_reference', properties: ['storefrontId', 'reference'] }],
  policies: tenantPolicies,
})
export type BuyerRecord = InferEntity<typeof BuyerRecord>

export const DataKeyRecord = defineEntity({
  name: 'DataKeyRecord',
  tableName: 'data_key',
  properties: {
    id: idColumn(),
    storefrontId: p.manyToOne(StorefrontRecord).mapToPk().joinColumn('storefront_id'),
    /** Null for the storefront's own key; no foreign key, since a buyer's data is encrypted before its row is. */
    buyerId: p.text().strictNullable(),
    /** The key, wrapped by the master key; null once it is erased, and with it all that it encrypted. */
    wrapped: p.blob().strictNullable(),
    erasedAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  uniques: [
    {
      name: 'data_key_owner',
      expression:
        'create unique index "data_key_owner" on "data_key" ("storefront_id", coalesce("buyer_id", \'\'))',
    },
  ],
  checks: [{ name: 'data_key_erased', expression: '(wrapped is null) = (erased_at is not null)' }],
  policies: tenantPolicies,
})
export type DataKeyRecord = InferEntity<typeof DataKeyRecord>

export const CredentialRecord = defineEntity({
  name: 'CredentialRecord',
  tableName: 'credential',
  properties: {
    id: idColumn(),
    storefrontId: p.manyToOne(StorefrontRecord).mapToPk().joinColumn('storefront_id'),
    buyerId: p.manyToOne(BuyerRecord).mapToPk().joinColumn('buyer_id'),
    kind: p.text(),
    /** Who says so: an authority, a school, a pharmacy chain. */
    issuer: p.text(),
    jurisdiction: p.text(),
    validUntil: timeColumn().strictNullable(),
    /** Ciphertext of what was shown: a licence number, a date of birth. */
    data: p.blob(),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'credential_buyer', properties: ['buyerId', 'kind'] }],
  policies: tenantPolicies,
})
export type CredentialRecord = InferEntity<typeof CredentialRecord>
