// A database for one test file with the smallest world that an order needs, opened as a worker and as the API.
import { newId } from '../../storage/ids.ts'
import { BuyerRecord } from '../../storage/records/buyer.ts'
import { ItemRecord, SupplierRecord } from '../../storage/records/catalogue.ts'
import { MachineRecord, SiteRecord } from '../../storage/records/fleet.ts'
import { FulfilmentRecord, JobRecord } from '../../storage/records/fulfilment.ts'
import { OrderLineRecord, OrderRecord } from '../../storage/records/order.ts'
import { OfferRecord, QuoteRecord } from '../../storage/records/quote.ts'
import { StorefrontRecord } from '../../storage/records/storefront.ts'
import { openStorage, type Storage } from '../../storage/storage.ts'
import { postgresForTest } from '../support/platform.ts'

export const dataKey = '5b'.repeat(32)
const later = new Date(Date.UTC(2100, 0))
const promise = { makeStartsAtMs: 0, readyAtMs: 1, p50AtMs: 2, p95AtMs: 3 }

export interface TestStorage {
  url: string
  /** As the owner of the tables, which workers are. */
  storage: Storage
  /** As the API's role, whose rows are those of one storefront. */
  api: Storage
  close: () => Promise<void>
}

export async function storageForTest(): Promise<TestStorage> {
  const database = await postgresForTest()
  const { url } = database
  // Whoever asks at once with many others waits for them, on a slow machine for long.
  const connectWithinMs = 60_000
  const storage = await openStorage({ url, dataKey, poolSize: 16, connectWithinMs })
  const api = await openStorage({ url: asApiRole(url), dataKey, connectWithinMs })
  const close = async () => {
    await Promise.all([storage.close(), api.close()])
    await database.drop()
  }
  return { url, storage, api, close }
}

/** The same server, with the privileges of the API's role and no other. */
export function asApiRole(url: string): string {
  const restricted = new URL(url)
  restricted.searchParams.set('options', '-c role=fabroute_api')
  return restricted.href
}

export interface World {
  storefrontId: string
  buyerId: string
  orderId: string
  lineIds: string[]
  offerIds: string[]
  fulfilmentId: string
  jobId: string
}

/** A storefront of its own with one order of so many lines, the first of them with a fulfilment and a job. */
export async function orderWorld(storage: Storage, lines = 1): Promise<World> {
  const ids = { storefrontId: newId('sto'), buyerId: newId('buy'), orderId: newId('ord') }
  const quoteId = newId('quo')
  const { storefrontId, buyerId, orderId } = ids
  await storage.transaction(async ({ em }) => {
    em.create(StorefrontRecord, { id: storefrontId, name: 'Test', mode: 'test' })
    em.create(BuyerRecord, { id: buyerId, storefrontId })
    em.create(QuoteRecord, { id: quoteId, storefrontId, buyerId, request: {}, expiresAt: later })
    em.create(OrderRecord, {
      id: orderId,
      storefrontId,
      buyerId,
      quoteId,
      currency: 'USD',
      totalCents: 100n,
      paymentMethod: { kind: 'card', token: 'tok' },
    })
    await Promise.resolve()
  })
  const placed: Pick<World, 'lineIds' | 'offerIds'> = { lineIds: [], offerIds: [] }
  const thing = await makerOf(storage)
  for (let position = 0; position < lines; position += 1) {
    const offerId = newId('off')
    const lineId = newId('lin')
    await storage.transaction(async ({ em }) => {
      em.create(OfferRecord, {
        id: offerId,
        quoteId,
        storefrontId,
        line: position,
        quantity: 2,
        ...thing,
        method: 'truck',
        kind: 'made',
        price: [],
        totalCents: 100n,
        currency: 'USD',
        promise,
        expiresAt: later,
      })
      em.create(OrderLineRecord, {
        id: lineId,
        orderId,
        storefrontId,
        position,
        itemId: thing.itemId,
        title: 'Handle',
        quantity: 2,
        pending: 2,
        offerId,
        unitCents: 50n,
        totalCents: 100n,
      })
      await Promise.resolve()
    })
    placed.lineIds.push(lineId)
    placed.offerIds.push(offerId)
  }
  return { ...ids, ...placed, ...(await firstFulfilment(storage, { ...ids, ...placed, ...thing })) }
}

async function makerOf(storage: Storage) {
  const thing = { itemId: newId('itm'), siteId: newId('sit'), machineId: newId('mac') }
  const supplierId = newId('sup')
  await storage.transaction(async ({ em }) => {
    em.create(SupplierRecord, { id: supplierId, name: 'Supplier' })
    em.create(ItemRecord, {
      id: thing.itemId,
      supplierId,
      title: 'Handle',
      description: 'A faucet handle',
      made: true,
      stocked: false,
      process: 'fdm',
      materials: ['PLA'],
      colours: ['red'],
      sizeMm: { x: 1, y: 1, z: 1 },
      massGrams: 10,
      makingMinutes: 5,
      resolutionMicrons: 200,
      priceCents: 100n,
      royaltyCents: 10n,
      currency: 'USD',
      licenceId: newId('lic'),
      instructions: { kind: 'stl', source: 'here', sha256: '0'.repeat(64), url: null },
    })
    em.create(SiteRecord, {
      id: thing.siteId,
      kind: 'truck',
      name: 'Truck',
      region: 'springfield',
      lon: 0,
      lat: 0,
    })
    em.create(MachineRecord, {
      id: thing.machineId,
      siteId: thing.siteId,
      model: 'virtual-fdm',
      caps: {
        process: 'fdm',
        volumeMm: { x: 200, y: 200, z: 200 },
        resolutionMicrons: 100,
        materials: [],
        instructionKinds: ['gcode'],
        keyId: null,
      },
    })
    await Promise.resolve()
  })
  return thing
}

async function firstFulfilment(
  storage: Storage,
  of: Omit<World, 'fulfilmentId' | 'jobId'> & { siteId: string },
): Promise<Pick<World, 'fulfilmentId' | 'jobId'>> {
  const fulfilmentId = newId('ful')
  const jobId = newId('job')
  const { orderId, storefrontId, siteId } = of
  const [offerId = '', lineId = ''] = [of.offerIds[0], of.lineIds[0]]
  await storage.transaction(async ({ em }) => {
    em.create(FulfilmentRecord, {
      id: fulfilmentId,
      orderId,
      storefrontId,
      offerId,
      method: 'truck',
      siteId,
      promise,
    })
    em.create(JobRecord, { id: jobId, fulfilmentId, orderId, storefrontId, lineId, unit: 0 })
    await Promise.resolve()
  })
  return { fulfilmentId, jobId }
}
