// Puts a site on the platform, with all that stands and drives there; what is there already stays as it is.
import type { SizeMm } from '../domain/model/item.ts'
import type { Machine, SiteKind, Stop } from '../domain/model/site.ts'
import type { Place } from '../domain/model/place.ts'
import type { Sql } from './storage.ts'

export interface NewSite {
  id: string
  kind: SiteKind
  name: string
  region: string
  place: Place
  /** Null: makes for every storefront. */
  storefrontId: string | null
  machines: readonly NewMachine[]
  compartments: readonly string[]
  compartmentMm: SizeMm
  /** Of a truck. Trucks have version 0 of their stops until they are sent off. */
  vehicle: { id: string; stops: Stop[]; stopsVersion: number; repeatsRound: boolean } | null
}

export interface NewMachine extends Pick<
  Machine,
  'id' | 'model' | 'caps' | 'rating' | 'speed' | 'coolDownMinutes'
> {
  centsPerMinute: bigint | number
}

export async function putSite({ sql }: { sql: Sql }, site: NewSite): Promise<void> {
  const { id, kind, name, region, storefrontId, machines, compartments, vehicle } = site
  const { lon, lat } = site.place
  await sql(
    `insert into site (id, kind, name, region, lon, lat, storefront_id) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict do nothing`,
    [id, kind, name, region, lon, lat, storefrontId],
  )
  for (const machine of machines) {
    await sql(
      `insert into machine (id, site_id, model, caps, rating, speed, cool_down_minutes, cents_per_minute)
       values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8) on conflict do nothing`,
      [
        machine.id,
        id,
        machine.model,
        JSON.stringify(machine.caps),
        machine.rating,
        machine.speed,
        machine.coolDownMinutes,
        machine.centsPerMinute,
      ],
    )
  }
  await sql(
    `insert into compartment (id, site_id, label, size_mm)
     select id, $2, nth, $3::jsonb from unnest($1::text[]) with ordinality as c(id, nth)
     on conflict do nothing`,
    [compartments, id, JSON.stringify(site.compartmentMm)],
  )
  if (!vehicle) return
  await sql(
    `insert into vehicle (id, site_id, name, region, lon, lat, stops, stops_version, repeats_round)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9) on conflict do nothing`,
    [
      vehicle.id,
      id,
      name,
      region,
      lon,
      lat,
      JSON.stringify(vehicle.stops),
      vehicle.stopsVersion,
      vehicle.repeatsRound,
    ],
  )
}
