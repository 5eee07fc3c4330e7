// Seeds a bench: the demo without its fleet, and in its place the fleet of orders or of quotes.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { seedConfig } from '../config.ts'
import { openStorage, type Tx } from '../storage/storage.ts'
import { demoPlaces } from '../workers/demo/places.ts'
import '../workers/seed.ts'
import { type BenchSite, caps, fleets } from './fleet.ts'

const config = seedConfig()
const name = process.env['FLEET'] === 'quotes' ? 'quotes' : 'orders'
/** Where no gateway reports, machines are on line from the start and for as long as a bench may take. */
const lastSeenAt = name === 'quotes' ? new Date(Date.now() + 24 * 3_600_000) : null
const sites = fleets[name](await demoPlaces(config.mapPath))

const storage = await openStorage({ url: config.databaseUrl, applicationName: 'seed', poolSize: 2 })
await storage.transaction(async (tx) => {
  for (const table of ['vehicle', 'compartment', 'machine', 'site']) {
    await tx.sql(`delete from ${table}`)
  }
  for (const site of sites) await seedSite(tx, site)
})
await storage.sql('analyze')
await storage.close()
const demo: { apiKey: string } = JSON.parse(readFileSync(config.demoFile, 'utf8'))
const places = sites.map((site) => ({
  siteId: site.id,
  gatewayId: `gw-${site.id.slice(4)}`,
  plant: writePlant(site),
}))
writeFileSync(config.demoFile, JSON.stringify({ ...demo, sites: places }))

async function seedSite({ sql }: Tx, site: BenchSite): Promise<void> {
  const { lon, lat } = site.place
  await sql(
    `insert into site (id, kind, name, region, lon, lat) values ($1, $2, $1, 'bench', $3, $4)`,
    [site.id, site.kind, lon, lat],
  )
  await sql(
    `insert into machine (id, site_id, model, caps, phase, last_seen_at, cool_down_minutes,
       cents_per_minute)
     select id, $2, 'Mendel 5', $3::jsonb, $4, $5, 1, 6 from unnest($1::text[]) id`,
    [
      site.machineIds,
      site.id,
      JSON.stringify(caps),
      lastSeenAt === null ? 'OFFLINE' : 'IDLE',
      lastSeenAt,
    ],
  )
  await sql(
    `insert into compartment (id, site_id, label, size_mm)
     select id, $2, nth, '{"x": 300, "y": 200, "z": 400}'
     from unnest($1::text[]) with ordinality as c(id, nth)`,
    [site.compartmentIds, site.id],
  )
  if (site.kind !== 'truck') return
  await sql(
    `insert into vehicle (id, site_id, name, region, lon, lat, stops, stops_version)
     values ($1, $2, $1, 'bench', $3, $4, $5::jsonb, 1)`,
    [`veh_${site.id.slice(4)}`, site.id, lon, lat, JSON.stringify(site.stops)],
  )
}

/** What the site's gateway plays: machines that are done at once, and buyers who come at once. */
function writePlant({ id, machineIds, compartmentIds }: BenchSite): string {
  const path = join(dirname(config.demoFile), `${id}.json`)
  const machines = machineIds.map((machineId, at) => {
    return { machineId, caps, seed: at + 1, attended: true }
  })
  const bank = { bankId: id, compartments: compartmentIds, autoCollectSeconds: 0 }
  const lockers = compartmentIds.length > 0 ? bank : undefined
  writeFileSync(path, JSON.stringify({ siteId: id, speed: 0, machines, lockers }))
  return path
}
