// The world that effects of orders work in: items with licence uses, trucks and lockers in the demo city, orders.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { licencePostings } from '../../domain/postings.ts'
import type { DeliveryMethod, Promise50 } from '../../domain/model/offer.ts'
import type { PaymentMethod } from '../../domain/model/order.ts'
import type { Place } from '../../domain/model/place.ts'
import type { MachineCaps } from '../../domain/model/site.ts'
import { CITY_MIDDLE, cityOsm } from '../../services/router/city.ts'
import { openRouter } from '../../services/router/open.ts'
import { travelPlanner } from '../../services/router/travel.ts'
import { destinationCell } from '../../storage/destinations.ts'
import { newId } from '../../storage/ids.ts'
import { ledger } from '../../storage/ledger.ts'
import type { Storage } from '../../storage/storage.ts'
import { testDir } from '../support/platform.ts'

export const nowMs = Date.UTC(2030, 0, 7, 12)
const minute = 60_000
const later = new Date(Date.UTC(2100, 0))

/** What the offers of this world promise. */
export const promise: Promise50 = {
  makeStartsAtMs: nowMs,
  readyAtMs: nowMs + 30 * minute,
  p50AtMs: nowMs + 60 * minute,
  p95AtMs: nowMs + 120 * minute,
}

/** A place so many kilometres from the middle of the city. */
export const placeAt = (eastKm: number, northKm = 0): Place => ({
  lon: CITY_MIDDLE.lon + eastKm / 85.5,
  lat: CITY_MIDDLE.lat + northKm / 111.2,
})
export const buyersPlace = placeAt(1, 1)

export const caps: MachineCaps = {
  process: 'fdm',
  volumeMm: { x: 200, y: 200, z: 200 },
  resolutionMicrons: 100,
  materials: [{ material: 'PLA', colour: 'white', grams: 800 }],
  instructionKinds: ['gcode', 'stl'],
  keyId: null,
}

export async function openTravel() {
  const dir = testDir('city')
  await mkdir(dir, { recursive: true })
  const mapPath = join(dir, 'city.osm')
  await writeFile(mapPath, cityOsm())
  const router = await openRouter({ mapPath })
  const close = async () => {
    await router.close()
    await rm(dir, { recursive: true })
  }
  return { travel: travelPlanner(router), close }
}

export interface Item {
  itemId: string
  licenceId: string
  supplierId: string
}

export async function addItem(
  storage: Storage,
  { uses = 100n, restriction = null }: { uses?: bigint; restriction?: string | null } = {},
): Promise<Item> {
  const item = { itemId: newId('itm'), licenceId: newId('lic'), supplierId: newId('sup') }
  const { itemId, licenceId, supplierId } = item
  await insert(storage, 'supplier', { id: supplierId, name: 'Faucets' })
  await insert(storage, 'item', {
    id: itemId,
    supplier_id: supplierId,
    title: 'Faucet handle',
    description: 'With a cross grip',
    made: true,
    stocked: false,
    process: 'fdm',
    materials: ['PLA'],
    colours: ['white'],
    size_mm: { x: 60, y: 40, z: 30 },
    mass_grams: 20,
    making_minutes: 12,
    resolution_microns: 200,
    price_cents: 900n,
    royalty_cents: 300n,
    currency: 'USD',
    restriction,
    licence_id: licenceId,
    instructions: { kind: 'stl', source: 'here', sha256: 'a'.repeat(64), url: null },
  })
  const postings = licencePostings.grant(licenceId, uses)
  await ledger.post(storage, { key: `grant/${licenceId}`, description: 'granted', postings })
  return item
}

export interface Site {
  region: string
  method: DeliveryMethod
  siteId: string
  machineIds: string[]
  vehicleId: string | null
  compartmentIds: string[]
}

interface SiteWishes {
  region: string
  /** How many machines there are. */
  machines?: number
  at?: Place
}

/** Regions keep the fleets of tests apart. */
export const newRegion = () => newId('reg')

export async function addTruck(storage: Storage, wishes: SiteWishes): Promise<Site> {
  const site = await addSite(storage, 'truck', wishes)
  const vehicleId = newId('veh')
  const { region, at = CITY_MIDDLE } = wishes
  await insert(storage, 'vehicle', {
    id: vehicleId,
    site_id: site.siteId,
    name: 'Grocery truck',
    region,
    ...at,
  })
  return { ...site, vehicleId }
}

export async function addLockers(
  storage: Storage,
  { compartments = 2, ...wishes }: SiteWishes & { compartments?: number },
): Promise<Site> {
  const site = await addSite(storage, 'lockers', wishes)
  const compartmentIds = Array.from({ length: compartments }, () => newId('cmp'))
  for (const [index, id] of compartmentIds.entries()) {
    const size = { x: 300, y: 300, z: 300 }
    const label = String(index + 1)
    await insert(storage, 'compartment', { id, site_id: site.siteId, label, size_mm: size })
  }
  return { ...site, compartmentIds }
}

export async function addWarehouse(storage: Storage, wishes: SiteWishes): Promise<Site> {
  return { ...(await addSite(storage, 'warehouse', wishes)), method: 'carrier' }
}

async function addSite(
  storage: Storage,
  kind: 'truck' | 'lockers' | 'warehouse',
  { region, machines = 1, at = CITY_MIDDLE }: SiteWishes,
): Promise<Site> {
  const siteId = newId('sit')
  await insert(storage, 'site', { id: siteId, kind, name: `The ${kind}`, region, ...at })
  const machineIds = Array.from({ length: machines }, () => newId('mac'))
  for (const id of machineIds) {
    const of = { site_id: siteId, model: 'virtual-fdm', phase: 'IDLE' }
    await insert(storage, 'machine', { id, ...of, caps, last_seen_at: new Date(nowMs) })
  }
  const method = kind === 'truck' ? 'truck' : 'pickup'
  return { region, method, siteId, machineIds, vehicleId: null, compartmentIds: [] }
}

export interface Placed {
  storefrontId: string
  buyerId: string
  orderId: string
  quoteId: string
  offerId: string
  lineId: string
  fulfilmentId: string
  jobIds: string[]
  paymentId: string
}

const card: PaymentMethod = { kind: 'card', token: 'tok_visa' }

interface Wished {
  quantity?: number
  payment?: PaymentMethod
  /** What the storefront calls it. */
  reference?: string | null
}

/** An order as the API leaves it: rows, a sealed destination, and a payment that is pending. */
export async function placeOrder(
  storage: Storage,
  { itemId }: Item,
  site: Site,
  { quantity = 1, payment = card, reference = null }: Wished = {},
): Promise<Placed> {
  const placed: Placed = {
    storefrontId: newId('sto'),
    buyerId: newId('buy'),
    orderId: newId('ord'),
    quoteId: newId('quo'),
    offerId: newId('ofr'),
    lineId: newId('lin'),
    fulfilmentId: newId('ful'),
    jobIds: Array.from({ length: quantity }, () => newId('job')),
    paymentId: newId('pay'),
  }
  const { storefrontId, buyerId, orderId, quoteId, lineId, fulfilmentId } = placed
  const tenant = { storefront_id: storefrontId }
  await insert(storage, 'storefront', { id: storefrontId, name: 'Test', mode: 'test' })
  const owner = { storefrontId, buyerId }
  await addBuyer(storage, owner)
  await insert(storage, 'quote', { id: quoteId, ...tenant, request: {}, expires_at: later })
  await addOffer(storage, placed, { itemId, quantity }, site, placed.offerId)
  const destination = { label: '742 Evergreen Terrace', ...buyersPlace }
  await insert(storage, 'orders', {
    id: orderId,
    ...tenant,
    buyer_id: buyerId,
    quote_id: quoteId,
    currency: 'USD',
    total_cents: totalCents,
    payment_method: payment,
    reference,
    destination: await storage.personal.encrypt(
      storage,
      destinationCell(orderId),
      owner,
      destination,
    ),
  })
  await insert(storage, 'payment', {
    id: placed.paymentId,
    order_id: orderId,
    ...tenant,
    amount_cents: totalCents,
    currency: 'USD',
    method: payment,
  })
  const of = { order_id: orderId, ...tenant, offer_id: placed.offerId }
  await insert(storage, 'order_line', {
    id: lineId,
    ...of,
    position: 0,
    item_id: itemId,
    title: 'Faucet handle',
    quantity,
    customization,
    fulfilment_id: fulfilmentId,
    unit_cents: totalCents / BigInt(quantity),
    total_cents: totalCents,
    pending: quantity,
  })
  await insert(storage, 'fulfilment', { id: fulfilmentId, ...of, ...wayOf(site) })
  for (const [unit, id] of placed.jobIds.entries()) {
    const job = { fulfilment_id: fulfilmentId, order_id: orderId, line_id: lineId, unit }
    await insert(storage, 'job', { id, ...tenant, ...job })
  }
  return placed
}

async function addBuyer(
  storage: Storage,
  owner: { storefrontId: string; buyerId: string },
): Promise<void> {
  const { storefrontId, buyerId } = owner
  await insert(storage, 'buyer', { id: buyerId, storefront_id: storefrontId })
  const cell = { table: 'buyer', column: 'personal', rowId: buyerId }
  const personal = { email: 'homer@example.org', name: 'Homer' }
  await storage.sql('update buyer set personal = $2 where id = $1', [
    buyerId,
    await storage.personal.encrypt(storage, cell, owner, personal),
  ])
}

export const totalCents = 1500n
const customization = { material: 'PLA', colour: 'white', scale: 1 }
const price = [
  { code: 'item', cents: '900' },
  { code: 'making', cents: '200' },
  { code: 'material', cents: '50' },
  { code: 'delivery', cents: '350' },
]

/** One more way to fulfil the line of a quote. */
export async function addOffer(
  storage: Storage,
  { storefrontId, quoteId }: Pick<Placed, 'storefrontId' | 'quoteId'>,
  { itemId, quantity }: { itemId: string; quantity: number },
  site: Site,
  id = newId('ofr'),
): Promise<string> {
  await insert(storage, 'offer', {
    id,
    quote_id: quoteId,
    storefront_id: storefrontId,
    line: 0,
    item_id: itemId,
    quantity,
    customization,
    kind: 'made',
    ...wayOf(site),
    price,
    total_cents: totalCents,
    currency: 'USD',
    expires_at: later,
  })
  return id
}

function wayOf({ method, siteId, machineIds, vehicleId, compartmentIds }: Site) {
  return {
    method,
    site_id: siteId,
    machine_id: machineIds[0],
    vehicle_id: vehicleId,
    compartment_id: compartmentIds[0] ?? null,
    promise,
  }
}

export async function insert(
  { sql }: Pick<Storage, 'sql'>,
  table: string,
  values: Record<string, unknown>,
): Promise<void> {
  const columns = Object.keys(values)
  const params = Object.values(values).map((value) =>
    isJson(value) ? JSON.stringify(value) : value,
  )
  const places = columns.map((_, index) => `$${index + 1}`)
  await sql(`insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`, params)
}

/** Arrays of strings are columns of the type text[]. */
function isJson(value: unknown): boolean {
  if (Array.isArray(value)) return typeof value[0] !== 'string'
  if (value instanceof Date || Buffer.isBuffer(value)) return false
  return typeof value === 'object' && value !== null
}

export async function row<T>(storage: Storage, query: string, id: string): Promise<T> {
  const [found] = await storage.sql<T & object>(query, [id])
  if (!found) throw new Error(`nothing for ${id}`)
  return found
}

export async function eventTypes({ sql }: Storage, orderId: string): Promise<string[]> {
  const rows = await sql<{ type: string }>(
    'select type from event where order_id = $1 order by sequence',
    [orderId],
  )
  return rows.map(({ type }) => type)
}
