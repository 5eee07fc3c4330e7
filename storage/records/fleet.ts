// Where things are made and kept: sites, machines with their last reported state, vehicles with their stops, lockers.
import { defineEntity, p, type InferEntity } from '@mikro-orm/core'
import type { SizeMm } from '../../domain/model/item.ts'
import type { MachineCaps, Stop } from '../../domain/model/site.ts'
import { createdAtColumn, idColumn, stateColumn, timeColumn } from '../columns.ts'
import { StorefrontRecord } from './storefront.ts'

export const SiteRecord = defineEntity({
  name: 'SiteRecord',
  tableName: 'site',
  properties: {
    id: idColumn(),
    kind: p.enum(['warehouse', 'truck', 'lockers', 'kiosk', 'home']),
    name: p.text(),
    region: p.text(),
    lon: p.double(),
    lat: p.double(),
    /** Null: makes for every storefront; else for this one alone, which has no other sites. */
    storefrontId: p
      .manyToOne(StorefrontRecord)
      .mapToPk()
      .joinColumn('storefront_id')
      .deleteRule('restrict')
      .strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [{ name: 'site_region', properties: ['region', 'kind'] }],
  checks: [
    // A region is everybody's or one storefront's: what is planned for a region need not ask whose its places are.
    {
      name: 'site_region_owner',
      expression: "EXCLUDE USING gist (region WITH =, COALESCE(storefront_id, ''::text) WITH <>)",
    },
  ],
})
export type SiteRecord = InferEntity<typeof SiteRecord>

export const MachineRecord = defineEntity({
  name: 'MachineRecord',
  tableName: 'machine',
  properties: {
    id: idColumn(),
    siteId: p.manyToOne(SiteRecord).mapToPk().joinColumn('site_id'),
    model: p.text(),
    caps: p.json<MachineCaps>(),
    phase: stateColumn('machine', 'OFFLINE'),
    plateClear: p.boolean().default(true),
    rating: p.double().default(1),
    speed: p.double().default(1),
    coolDownMinutes: p.double().default(0),
    centsPerMinute: p.bigint().default('0'),
    enabled: p.boolean().default(true),
    lastSeenAt: timeColumn().strictNullable(),
    // The last state that it reported; bootId and seq tell a gap and a restart.
    bootId: p.text().strictNullable(),
    seq: p.bigint().default('0'),
    progress: p.float().default(0),
    currentJobId: p.text().strictNullable(),
    currentAttempt: p.integer().strictNullable(),
    temps: p.json<Record<string, number>>().strictNullable().default(null),
    stateAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'machine_site', properties: ['siteId'] },
    { name: 'machine_current_job', properties: ['currentJobId'] },
    { name: 'machine_last_seen', properties: ['lastSeenAt'] },
  ],
  checks: [
    { name: 'machine_rating', expression: 'rating::numeric >= 0 and rating::numeric <= 1' },
    { name: 'machine_speed', expression: 'speed::numeric > 0' },
  ],
})
export type MachineRecord = InferEntity<typeof MachineRecord>

export const VehicleRecord = defineEntity({
  name: 'VehicleRecord',
  tableName: 'vehicle',
  properties: {
    id: idColumn(),
    siteId: p.manyToOne(SiteRecord).mapToPk().joinColumn('site_id'),
    name: p.text(),
    region: p.text(),
    inService: p.boolean().default(true),
    lon: p.double(),
    lat: p.double(),
    heading: p.double().strictNullable(),
    stops: p.json<Stop[]>().defaultRaw(`'[]'::jsonb`),
    /** Rises with each change of the stops; a writer states the version that it read. */
    stopsVersion: p.integer().default(0),
    /** Whether its own stops come again once they are made: a milk round. */
    repeatsRound: p.boolean().default(false),
    shiftEndsAt: timeColumn().strictNullable(),
    /** In the driver's day, without the drive that is under way. */
    drivenSeconds: p.double().default(0),
    /** Null while it stands. */
    departedAt: timeColumn().strictNullable(),
    stoodAt: timeColumn().strictNullable(),
    seenAt: timeColumn().strictNullable(),
    createdAt: createdAtColumn(),
  },
  indexes: [
    { name: 'vehicle_region', properties: ['region', 'inService'] },
    { name: 'vehicle_site', properties: ['siteId'] },
  ],
})
export type VehicleRecord = InferEntity<typeof VehicleRecord>

export const CompartmentRecord = defineEntity({
  name: 'CompartmentRecord',
  tableName: 'compartment',
  properties: {
    id: idColumn(),
    siteId: p.manyToOne(SiteRecord).mapToPk().joinColumn('site_id'),
    label: p.text(),
    sizeMm: p.json<SizeMm>(),
    createdAt: createdAtColumn(),
  },
  uniques: [{ name: 'compartment_label', properties: ['siteId', 'label'] }],
})
export type CompartmentRecord = InferEntity<typeof CompartmentRecord>
