// Seeds the demo: a storefront with its key, a catalogue with models, a fleet on the map; safe to run at every start.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { seedConfig } from '../config.ts'
import { writeStl } from '../domain/geometry/stl.ts'
import { openArtifactFiles } from '../services/artifacts/files.ts'
import type { Artifacts } from '../services/artifacts/artifacts.ts'
import { scopes } from '../domain/scopes.ts'
import { mintKey } from '../storage/apiKeys.ts'
import { newId } from '../storage/ids.ts'
import { putItem } from '../storage/items.ts'
import { addDispatchRules } from '../storage/rules.ts'
import { putSite } from '../storage/sites.ts'
import { openStorage, type Tx } from '../storage/storage.ts'
import { accessPolicies, type DemoItem, items, suppliers } from './demo/catalogue.ts'
import { demoRules, type DemoSite, demoSites, region } from './demo/fleet.ts'
import { demoPlaces } from './demo/places.ts'

const config = seedConfig()
const storefrontId = 'sto_demo'
const licensedUses = 1_000_000n
const compartmentMm = { x: 300, y: 200, z: 400 }

const storage = await openStorage({ url: config.databaseUrl, applicationName: 'seed', poolSize: 2 })
const artifacts = openArtifactFiles({
  dir: config.artifactsDir,
  dataKey: Buffer.from(config.dataKey, 'hex'),
})
const sites = demoSites(await demoPlaces(config.mapPath))
const models = await Promise.all(items.map((item) => keepModel(item, artifacts)))

await storage.transaction(async (tx) => {
  await tx.sql(
    `insert into storefront (id, name, mode) values ($1, 'Demo storefront', 'test') on conflict do nothing`,
    [storefrontId],
  )
  for (const { id, name } of suppliers) {
    await tx.sql(`insert into supplier (id, name) values ($1, $2) on conflict do nothing`, [
      id,
      name,
    ])
  }
  for (const [at, item] of items.entries()) await seedItem(tx, item, models[at]!)
  for (const policy of accessPolicies) {
    await tx.sql(
      `insert into rules (kind, region, version, data, reason) values ('access', $1, $2, $3::jsonb, 'demo')
       on conflict do nothing`,
      [policy.restriction, policy.version, JSON.stringify(policy)],
    )
  }
  await addDispatchRules(tx, demoRules)
  for (const site of sites) await seedSite(tx, site)
})
const apiKey = await demoKey()
writeWhole(config.demoFile, {
  apiKey,
  sites: sites.map((site) => ({
    siteId: site.id,
    gatewayId: `gw-${site.id.slice(4)}`,
    plant: writePlant(site),
  })),
})
await storage.close()

/** What the vendor keeps lies on the vendor's server; everything else here. */
async function keepModel(item: DemoItem, store: Artifacts): Promise<string> {
  const stl = writeStl(item.model())
  if (item.atVendor === null) return (await store.put(stl)).sha256
  mkdirSync(config.vendorDir, { recursive: true })
  writeFileSync(join(config.vendorDir, item.atVendor), stl)
  return createHash('sha256').update(stl).digest('hex')
}

async function seedItem(tx: Tx, item: DemoItem, sha256: string): Promise<void> {
  const { atVendor } = item
  const licenceId = `lic_${item.id.slice(4)}`
  const source = atVendor === null ? 'here' : 'supplier'
  const url = atVendor === null ? null : `${config.vendorUrl}/${atVendor}`
  const instructions = { kind: 'stl', source, sha256, url } as const
  await putItem(tx, {
    item: { ...item, currency: 'USD', licenceId, instructions },
    storefrontId: null,
    licensedUses,
  })
}

async function seedSite(tx: Tx, { at, vehicle, ...site }: DemoSite): Promise<void> {
  await putSite(tx, {
    ...site,
    region,
    place: at.place,
    storefrontId: null,
    compartmentMm,
    vehicle: vehicle && { ...vehicle, stopsVersion: 1, repeatsRound: true },
  })
}

/** The key of an earlier start is kept, since only its hash is in the database. */
async function demoKey(): Promise<string> {
  const kept = earlierKey()
  // What a newer version lets a key do the demo's may do too.
  const [known] = await storage.sql(
    `update api_key set scopes = $3 where storefront_id = $1 and hint = $2 returning id`,
    [storefrontId, kept?.slice(-4) ?? '', Object.keys(scopes)],
  )
  if (kept !== null && known) return kept
  const { text, hash } = mintKey('test')
  await storage.sql(
    `insert into api_key (id, storefront_id, name, hash, hint, scopes) values ($1, $2, 'demo', $3, $4, $5)`,
    [newId('key'), storefrontId, hash, text.slice(-4), Object.keys(scopes)],
  )
  return text
}

function earlierKey(): string | null {
  try {
    const demo: { apiKey: string } = JSON.parse(readFileSync(config.demoFile, 'utf8'))
    return demo.apiKey
  } catch {
    return null
  }
}

/** What the site's gateway plays: the machines as they were seeded, at the demo's speed. */
function writePlant(site: DemoSite): string {
  const path = join(dirname(config.demoFile), 'plants', `${site.id}.json`)
  writeWhole(path, {
    siteId: site.id,
    speed: config.demoSpeed,
    machines: site.machines.map(({ id, caps }, at) => ({ machineId: id, caps, seed: at + 1 })),
    ...(site.vehicle ? { vehicle: { vehicleId: site.vehicle.id, start: site.at.place } } : {}),
    ...(site.compartments.length > 0
      ? { lockers: { bankId: site.id, compartments: site.compartments } }
      : {}),
  })
  return path
}

function writeWhole(path: string, content: object): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.part`, JSON.stringify(content, null, 2), { mode: 0o600 })
  renameSync(`${path}.part`, path)
}
