// The region of a run on the platform: a storefront with sites and items of its own, its rules, and its end.
import type { Instructions } from '../../domain/model/item.ts'
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import type { Scope } from '../../domain/scopes.ts'
import { mintKey } from '../../storage/apiKeys.ts'
import { newId } from '../../storage/ids.ts'
import { putItem } from '../../storage/items.ts'
import { addDispatchRules, addPlanningRules, type KeptPlanningRules } from '../../storage/rules.ts'
import { putSite } from '../../storage/sites.ts'
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
    for (const { vehicle, ...site } of content.fleet) {
      const waiting = vehicle && { ...vehicle, stopsVersion: 0 }
      await putSite(tx, { ...site, region, storefrontId, compartmentMm, vehicle: waiting })
    }
    const { dispatch: rules, reason } = content
    const nobody = { restoredVersion: null, simulationId: null }
    await addDispatchRules(tx, { region, after: 0, rules, author: 'live', reason, ...nobody })
    await addPlanningRules(tx, { region, rules: content.planning, reason })
  })
  return text
}

/** How long a part takes is the item's and not its model's: any that the platform keeps will do, the lightest first. */
async function someModel({ sql }: Tx): Promise<Instructions> {
  const [item] = await sql<{ instructions: Instructions }>(
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
  instructions: Instructions,
  { items, names }: RegionContent,
): Promise<void> {
  await tx.sql(
    `insert into supplier (id, name) values ($1, 'Scenarios that are played') on conflict do nothing`,
    [supplierId],
  )
  for (const [at, item] of items.entries()) {
    const id = names.item(at)
    await putItem(tx, {
      item: {
        ...item,
        id,
        supplierId,
        title: item.id,
        description: '',
        made: true,
        stocked: false,
        materials: [item.material],
        priceCents: BigInt(item.priceCents),
        royaltyCents: 0n,
        currency: 'USD',
        restriction: null,
        licenceId: `lic_${id.slice(4)}`,
        instructions,
      },
      storefrontId,
      licensedUses,
    })
  }
}

/** Large enough for whatever is made: the simulated lockers ask for no sizes. */
const compartmentMm = { x: 1_000, y: 1_000, z: 1_000 }

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
