// The small world that API tests quote in: one item, a locker bank and a truck in the demo city, two storefronts.
import { mintKey } from '../../storage/apiKeys.ts'
import { scopes } from '../../domain/scopes.ts'
import type { MachineCaps } from '../../domain/model/site.ts'
import { CITY_MIDDLE } from '../../services/router/city.ts'
import { newId } from '../../storage/ids.ts'
import { ApiKeyRecord, StorefrontRecord } from '../../storage/records/storefront.ts'
import { ItemRecord, SupplierRecord } from '../../storage/records/catalogue.ts'
import {
  CompartmentRecord,
  MachineRecord,
  SiteRecord,
  VehicleRecord,
} from '../../storage/records/fleet.ts'
import type { Storage } from '../../storage/storage.ts'

export const itemId = 'itm_handle'
const region = 'springfield'

const caps: MachineCaps = {
  process: 'fdm',
  volumeMm: { x: 200, y: 200, z: 200 },
  resolutionMicrons: 100,
  materials: [{ material: 'PLA', colour: 'white', grams: 800 }],
  instructionKinds: ['gcode', 'stl'],
  keyId: null,
}

/** `compartments` bounds how many pick-ups can be held at once, each machine how many are made at once. */
export async function buildWorld(storage: Storage, { compartments = 12 } = {}): Promise<void> {
  const at = { region, lon: CITY_MIDDLE.lon, lat: CITY_MIDDLE.lat }
  const machine = {
    model: 'virtual-fdm',
    caps,
    phase: 'IDLE',
    lastSeenAt: new Date(Date.now() + 3600e3),
  } as const
  await storage.transaction(async ({ em }) => {
    em.create(SupplierRecord, { id: 'sup_faucets', name: 'Faucets' })
    em.create(SiteRecord, {
      ...at,
      id: 'sit_lockers',
      kind: 'lockers',
      name: 'Lockers at the market',
    })
    em.create(SiteRecord, { ...at, id: 'sit_truck', kind: 'truck', name: 'Grocery truck' })
    em.create(SiteRecord, { ...at, id: 'sit_home', kind: 'home', name: 'Somebody’s home' })
    em.create(MachineRecord, { ...machine, id: 'mac_locker', siteId: 'sit_lockers' })
    em.create(MachineRecord, { ...machine, id: 'mac_truck', siteId: 'sit_truck' })
    em.create(MachineRecord, { ...machine, id: 'mac_home', siteId: 'sit_home' })
    em.create(VehicleRecord, {
      ...at,
      id: 'veh_grocery',
      siteId: 'sit_truck',
      name: 'Grocery truck',
    })
    for (let nth = 1; nth <= compartments; nth += 1) {
      const sizeMm = { x: 300, y: 300, z: 300 }
      em.create(CompartmentRecord, {
        id: `cmp_${nth}`,
        siteId: 'sit_lockers',
        label: `${nth}`,
        sizeMm,
      })
    }
    await Promise.resolve()
  })
  await addItem(storage, { id: itemId, title: 'Faucet handle' })
}

export async function addItem(
  storage: Storage,
  { id = newId('itm'), title = 'Thing' } = {},
): Promise<string> {
  await storage.transaction(async ({ em }) => {
    em.create(ItemRecord, {
      id,
      supplierId: 'sup_faucets',
      title,
      description: 'With a cross grip',
      made: true,
      stocked: false,
      process: 'fdm',
      materials: ['PLA', 'PETG'],
      colours: ['white', 'black'],
      sizeMm: { x: 60, y: 40, z: 30 },
      massGrams: 20,
      makingMinutes: 12,
      resolutionMicrons: 200,
      priceCents: 900n,
      royaltyCents: 300n,
      currency: 'USD',
      licenceId: newId('lic'),
      instructions: { kind: 'stl', source: 'here', sha256: 'a'.repeat(64), url: null },
    })
    await Promise.resolve()
  })
  return id
}

export async function addStorefront(storage: Storage): Promise<string> {
  const id = newId('sto')
  await storage.transaction(async ({ em }) => {
    em.create(StorefrontRecord, { id, name: 'Test', mode: 'test' })
    await Promise.resolve()
  })
  return id
}

interface KeyChanges {
  scopes?: string[]
  expiresAt?: Date
  revokedAt?: Date
}

export async function addKey(
  storage: Storage,
  storefrontId: string,
  changes: KeyChanges = {},
): Promise<string> {
  const { text, hash } = mintKey('test')
  await storage.transaction(async ({ em }) => {
    em.create(ApiKeyRecord, {
      id: newId('key'),
      storefrontId,
      name: 'Test',
      hash,
      hint: text.slice(-4),
      scopes: Object.keys(scopes),
      ...changes,
    })
    await Promise.resolve()
  })
  return text
}
