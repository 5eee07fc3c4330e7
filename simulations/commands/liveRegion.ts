// The region of a run on the platform: a storefront with sites and items of its own, its rules, and its end.
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import { licencePostings } from '../../domain/postings.ts'
import type { Scope } from '../../domain/scopes.ts'
import { mintKey } from '../../storage/apiKeys.ts'
import { newId } from '../../storage/ids.ts'
import { ledger } from '../../storage/ledger.ts'
import { addDispatchRules, addPlanningRules, type KeptPlanningRules } from '../../storage/rules.ts'
import type { Storage, Tx } from '../../storage/storage.ts'
import type { DayClock } from '../live/dayClock.ts'
import type { LiveSite, Names } from '../live/fleet.ts'
import type { SiteDevices } from '../live/liveGateways.ts'
import type { Scenario } from '../scenario/scenario.ts'

export interface LiveRegion {
  run: string
  region: string
  storefrontId: string
}

export const regionOf = (run: string): LiveRegion => ({
  run,
  region: `live-${run}`,
  storefrontId: `${storefrontPrefix}${run}`,
})
const storefrontPrefix = 'sto_live_'

/** What a run does, and no more. */
const scopes: Scope[] = [
  'quotes:create',
  'orders:create',
  'orders:read',
  'orders:change',
  'sites:read',
]

export interface RegionContent {
  name: string
  fleet: readonly LiveSite[]
  items: Scenario['items']
  names: Names
  dispatch: DispatchRules
  planning: KeptPlanningRules
  reason: string
}

/** All of it or nothing; nobody is served there yet but the run, by the key that is answered. */
export async function openRegion(
  storage: Storage,
  { region, storefrontId }: LiveRegion,
  content: RegionContent,
): Promise<string> {
  const { text, hash } = mintKey('test')
  await storage.transaction(async (tx) => {
    const instructions = await someModel(tx)
    await tx.sql(`insert into storefront (id, name, mode) values ($1, $2, 'test')`, [
      storefrontId,
      content.name,
    ])
    await tx.sql(
      `insert into api_key (id, storefront_id, name, hash, hint, scopes) values ($1, $2, 'live', $3, $4, $5)`,
      [newId('key'), storefrontId, hash, text.slice(-4), scopes],
    )
    await addItems(tx, storefrontId, instructions, content)
    for (const site of content.fleet) await addSite(tx, { region, storefrontId }, site)
    const { dispatch: rules, reason } = content
    const nobody = { restoredVersion: null, simulationId: null }
    await addDispatchRules(tx, { region, after: 0, rules, author: 'live', reason, ...nobody })
    await addPlanningRules(tx, { region, rules: content.planning, reason })
  })
  return text
}

/** How long a part takes is the item's and not its model's: any that the platform keeps will do, the lightest first. */
async function someModel({ sql }: Tx): Promise<unknown> {
  const [item] = await sql<{ instructions: unknown }>(
    `select instructions from item
     where process = 'fdm' and restriction is null and instructions->>'source' = 'here'
       and instructions->>'kind' = 'stl'
     order by mass_grams, id limit 1`,
  )
  if (item) return item.instructions
  throw new Error('the platform keeps no model that its machines could make: list an item first')
}

const supplierId = 'sup_live'
const licensedUses = 1_000_000n

async function addItems(
  tx: Tx,
  storefrontId: string,
  instructions: unknown,
  { items, names }: RegionContent,
): Promise<void> {
  await tx.sql(
    `insert into supplier (id, name) values ($1, 'Scenarios that are played') on conflict do nothing`,
    [supplierId],
  )
  for (const [at, item] of items.entries()) {
    const id = names.item(at)
    const licenceId = `lic_${id.slice(4)}`
    await tx.sql(
      `insert into item (id, supplier_id, title, description, made, stocked, process, materials, colours, size_mm,
         mass_grams, making_minutes, resolution_microns, price_cents, royalty_cents, currency, licence_id,
         instructions, storefront_id)
       values ($1, $2, $3, '', true, false, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, 0, 'USD', $12, $13::jsonb, $14)`,
      [
        id,
        supplierId,
        item.id,
        item.process,
        [item.material],
        item.colours,
        JSON.stringify(item.sizeMm),
        item.massGrams,
        item.makingMinutes,
        item.resolutionMicrons,
        item.priceCents,
        licenceId,
        JSON.stringify(instructions),
        storefrontId,
      ],
    )
    await tx.sql(
      `insert into licence (id, item_id, owner_supplier_id, currency, royalty_cents, ledger_account)
       values ($1, $2, $3, 'USD', 0, $4)`,
      [licenceId, id, supplierId, `licence/${licenceId}/left`],
    )
    await ledger.post(tx, {
      key: `grant/${licenceId}`,
      description: 'Uses for a scenario that is played',
      postings: licencePostings.grant(licenceId, licensedUses),
    })
  }
}

/** Large enough for whatever is made: the simulated lockers ask for no sizes. */
const compartmentMm = JSON.stringify({ x: 1_000, y: 1_000, z: 1_000 })

async function addSite(
  { sql }: Tx,
  { region, storefrontId }: Omit<LiveRegion, 'run'>,
  { id, kind, name, place: { lon, lat }, machines, compartments, vehicle }: LiveSite,
): Promise<void> {
  await sql(
    `insert into site (id, kind, name, region, lon, lat, storefront_id) values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, kind, name, region, lon, lat, storefrontId],
  )
  for (const machine of machines) {
    await sql(
      `insert into machine (id, site_id, model, caps, rating, speed, cool_down_minutes, cents_per_minute)
       values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)`,
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
     select id, $2, nth, $3::jsonb from unnest($1::text[]) with ordinality as c(id, nth)`,
    [compartments, id, compartmentMm],
  )
  if (!vehicle) return
  await sql(
    `insert into vehicle (id, site_id, name, region, lon, lat, repeats_round, stops)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [vehicle.id, id, name, region, lon, lat, vehicle.repeatsRound, JSON.stringify(vehicle.stops)],
  )
}

/** From here on the trucks have their rounds, and shifts end when they do. */
export async function sendOff(
  { sql }: Storage,
  fleet: readonly LiveSite[],
  clock: DayClock,
): Promise<void> {
  for (const { vehicle } of fleet) {
    if (!vehicle) continue
    await sql(
      `update vehicle set shift_ends_at = to_timestamp($2 / 1000.0), stops_version = stops_version + 1
       where id = $1`,
      [vehicle.id, Math.round(clock.msAt(vehicle.toSecond))],
    )
  }
}

/** Machines of which nothing was heard are not offered. */
export async function silentMachines({ sql }: Storage, { region }: LiveRegion): Promise<number> {
  const [row] = await sql<{ silent: number }>(
    `select count(*)::int as silent from machine m join site s on s.id = m.site_id
     where s.region = $1 and m.last_seen_at is null`,
    [region],
  )
  return row?.silent ?? 0
}

/** All that ever spoke for the region, while its rows are there. */
export async function devicesOf({ sql }: Storage, { region }: LiveRegion): Promise<SiteDevices[]> {
  return await sql<SiteDevices>(
    `select s.id, (select v.id from vehicle v where v.site_id = s.id) as "vehicleId",
       array(select m.id from machine m where m.site_id = s.id order by m.id) as "machineIds",
       exists (select 1 from compartment c where c.site_id = s.id) as "hasLockers"
     from site s where s.region = $1 order by s.id`,
    [region],
  )
}

/** Runs whose keys nobody has taken back: one of them may be going on. */
export async function openRuns({ sql }: Storage): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `select distinct storefront_id as id from api_key
     where starts_with(storefront_id, $1) and revoked_at is null order by 1`,
    [storefrontPrefix],
  )
  return rows.map(({ id }) => id.slice(storefrontPrefix.length))
}

export async function openOrders(
  { sql }: Storage,
  { storefrontId }: LiveRegion,
): Promise<{ id: string }[]> {
  return await sql<{ id: string }>(
    `select id from orders where storefront_id = $1
       and status not in ('settled', 'cancelled', 'refunded', 'unfulfillable', 'returned') order by id`,
    [storefrontId],
  )
}

export async function revokeKeys({ sql }: Storage, { storefrontId }: LiveRegion): Promise<void> {
  await sql(
    'update api_key set revoked_at = now() where storefront_id = $1 and revoked_at is null',
    [storefrontId],
  )
}

/** Orders and what was decided of them are history, and so the sites and machines that they name stay as rows. */
export async function disableRegion(
  storage: Storage,
  { region, storefrontId }: LiveRegion,
): Promise<void> {
  await storage.transaction(async ({ sql }) => {
    await sql(
      `update machine m set enabled = false, phase = 'OFFLINE' from site s
       where s.id = m.site_id and s.region = $1`,
      [region],
    )
    await sql(
      `delete from reservation where resource_id in (
         select m.id from machine m join site s on s.id = m.site_id where s.region = $1
         union all select c.id from compartment c join site s on s.id = c.site_id where s.region = $1)`,
      [region],
    )
    await sql('delete from vehicle where region = $1', [region])
    await sql(`delete from compartment c using site s where s.id = c.site_id and s.region = $1`, [
      region,
    ])
    await sql(
      `update attention set resolved_at = now(), action = 'cancel', operator = 'live', note = 'the run has ended'
       where storefront_id = $1 and resolved_at is null`,
      [storefrontId],
    )
    await sql(
      `update orders set workflow_started_at = now() where storefront_id = $1 and workflow_started_at is null`,
      [storefrontId],
    )
  })
}
