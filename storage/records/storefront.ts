// Who sells through the platform: storefronts, their API keys, and the keys that encrypt their buyers' data.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import { apiRole, createdAtColumn, idColumn, tenantPolicies, timeColumn } from '../columns.ts'

export const StorefrontRecord = defineEntity({
  name: 'StorefrontRecord',
  tableName: 'storefront',
  properties: {
    id: idColumn(),
    name: p.text(),
    mode: p.enum(['live', 'test']),
    createdAt: createdAtColumn(),
  },
  policies: [
    {
      name: 'tenant',
      command: 'select',
      roles: [apiRole],
      using: `id = current_setting('fabroute.storefront'::text, true)`,
    },
  ],
})
export type StorefrontRecord = InferEntity<typeof StorefrontRecord>

export const ApiKeyRecord = defineEntity({
  name: 'ApiKeyRecord',
  tableName: 'api_key',
  properties: {
    id: idColumn(),
    storefrontId: p.manyToOne(StorefrontRecord).mapToPk().joinColumn('storefront_id'),
    name: p.text(),
    /** SHA-256 of the key; the key itself is shown once and never kept. */
    hash: p.blob().unique('api_key_hash_unique'),
    /** Its last characters, so that a person can tell keys apart. */
    hint: p.text(),
    scopes: p.array().columnType('text[]'),
    expiresAt: timeColumn().strictNullable(),
    revokedAt: timeColumn().strictNullable(),
    lastUsedAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'api_key_storefront', properties: ['storefrontId'] }],
  policies: tenantPolicies,
})
export type ApiKeyRecord = InferEntity<typeof ApiKeyRecord>
