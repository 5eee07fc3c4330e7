// A day of orders in a database, as the platform would have written them: two quarters of a town, busier by noon.
import { newId } from '../../../storage/ids.ts'
import { keepBatch, packedBatch } from '../../../storage/dispatchBatches.ts'
import { destinationCell } from '../../../storage/destinations.ts'
import { BuyerRecord } from '../../../storage/records/buyer.ts'
import { ItemRecord, SupplierRecord } from '../../../storage/records/catalogue.ts'
import { MachineRecord, SiteRecord } from '../../../storage/records/fleet.ts'
import { FulfilmentRecord } from '../../../storage/records/fulfilment.ts'
import { OrderLineRecord, OrderRecord } from '../../../storage/records/order.ts'
import { OfferRecord, QuoteRecord } from '../../../storage/records/quote.ts'
import { StorefrontRecord } from '../../../storage/records/storefront.ts'
import type { Storage } from '../../../storage/storage.ts'
import { openStreams } from '../../../simulations/kernel/streams.ts'
import { placeAt } from '../plant/town.ts'
import { recordedDay } from './recordedDay.ts'

export const day = '2026-11-18'
const later = new Date(Date.UTC(2100, 0))
const titles = ['Gear', 'Wall hook'] as const
const buyers = 24

export interface DayOrder {
  buyer: number
  placedAtMs: number
  lon: number
  lat: number
  method: 'truck' | 'pickup'
}

/** From eight to twelve, twice as many in each hour as in the one before; three of four in the west. */
export function ordersOfDay(): DayOrder[] {
  const draw = openStreams(3).purpose('placed day').of(0)
  const perHour = [16, 32, 64, 128]
  return perHour.flatMap((count, hour) =>
    Array.from({ length: count }, (_, nth): DayOrder => {
      const isWest = nth % 4 > 0
      const corner = placeAt(4 * Math.floor(draw.uniform() * 4) + (isWest ? 0 : 3))
      const off = () => (draw.uniform() - 0.5) * 0.002
      return {
        buyer: nth % buyers,
        placedAtMs: Date.parse(day) + Math.floor((8 + hour + draw.uniform()) * 3_600) * 1_000,
        lon: corner.lon + off(),
        lat: corner.lat + off(),
        method: nth % 5 === 0 ? 'pickup' : 'truck',
      }
    }),
  )
}

export async function placeOrders(storage: Storage, orders: readonly DayOrder[]): Promise<void> {
  const shop = await openShop(storage)
  const { storefrontId } = shop
  const rows = await Promise.all(
    orders.map(async (order) => {
      const ids = { orderId: newId('ord'), quoteId: newId('quo'), offerId: newId('off') }
      const owner = { storefrontId, buyerId: shop.buyerIds[order.buyer]! }
      const { lon, lat } = order
      const place = { label: '742 Evergreen Terrace', lon, lat }
      const cell = destinationCell(ids.orderId)
      const destination = await storage.personal.encrypt(storage, cell, owner, place)
      return { ...order, ...ids, destination, lineId: newId('lin'), fulfilmentId: newId('ful') }
    }),
  )
  for (let at = 0; at < rows.length; at += 60) await write(storage, shop, rows.slice(at, at + 60))
  for (const [nth, { region, facts, plan }] of recordedDay(3, 'ful_').decisions.entries()) {
    const { 'demo/0': rules } = recordedDay(1).rules
    const decidedAtMs = Date.parse(day) + (9 + nth) * 3_600_000
    const id = newId('bat')
    const batch = { id, region, decidedAtMs, rulesVersion: 0, rules: rules!, facts, plan }
    await keepBatch(storage, batch, await packedBatch(batch))
  }
}

type Shop = Awaited<ReturnType<typeof openShop>>
type Row = DayOrder &
  Record<'orderId' | 'quoteId' | 'offerId' | 'lineId' | 'fulfilmentId', string> & {
    destination: Buffer
  }

async function write(storage: Storage, shop: Shop, rows: readonly Row[]): Promise<void> {
  const { storefrontId, siteId, machineId } = shop
  const minutes = (row: Row, more: number) => row.placedAtMs + more * 60_000
  const facts = rows.map((row) => {
    const title = titles[row.method === 'pickup' ? 1 : 0]
    const p95AtMs = minutes(row, 50)
    const promise = { makeStartsAtMs: 0, readyAtMs: 1, p50AtMs: p95AtMs - 60_000, p95AtMs }
    const buyerId = shop.buyerIds[row.buyer]!
    return { ...row, title, itemId: shop.itemIds.get(title)!, promise, buyerId, storefrontId }
  })
  const made = { siteId, machineId, currency: 'USD', totalCents: 100n, kind: 'made' } as const
  await storage.transaction(async ({ em }) => {
    for (const { quoteId: id, buyerId } of facts) {
      em.create(QuoteRecord, { id, storefrontId, buyerId, request: {}, expiresAt: later })
    }
    await em.flush()
    for (const { offerId: id, quoteId, itemId, method, promise } of facts) {
      const offer = { id, quoteId, storefrontId, line: 0, quantity: 1, itemId, method, promise }
      em.create(OfferRecord, { ...offer, ...made, price: [], expiresAt: later })
    }
    for (const { orderId: id, quoteId, buyerId, destination, placedAtMs } of facts) {
      em.create(OrderRecord, {
        id,
        quoteId,
        storefrontId,
        buyerId,
        destination,
        currency: 'USD',
        totalCents: 100n,
        paymentMethod: { kind: 'card', token: 'tok' },
        createdAt: new Date(placedAtMs),
      })
    }
    await em.flush()
    for (const row of facts) {
      const { orderId, offerId, fulfilmentId, itemId, title, method, promise } = row
      em.create(OrderLineRecord, {
        id: row.lineId,
        orderId,
        storefrontId,
        position: 0,
        itemId,
        title,
        quantity: 1,
        pending: 1,
        offerId,
        fulfilmentId,
        unitCents: 100n,
        totalCents: 100n,
      })
      em.create(FulfilmentRecord, {
        id: fulfilmentId,
        orderId,
        storefrontId,
        offerId,
        method,
        siteId,
        promise,
        arrivedAt: new Date(minutes(row, 30)),
        deliveredAt: new Date(minutes(row, 45)),
      })
    }
  })
}

async function openShop(storage: Storage) {
  const ids = { storefrontId: newId('sto'), siteId: newId('sit'), machineId: newId('mac') }
  const { storefrontId, siteId, machineId } = ids
  const supplierId = newId('sup')
  const buyerIds = Array.from({ length: buyers }, () => newId('buy'))
  const itemIds = new Map(titles.map((title) => [title, newId('itm')]))
  await storage.transaction(async ({ em }) => {
    em.create(StorefrontRecord, { id: storefrontId, name: 'Test', mode: 'test' })
    em.create(SupplierRecord, { id: supplierId, name: 'Supplier' })
    await em.flush()
    for (const id of buyerIds) em.create(BuyerRecord, { id, storefrontId })
    for (const [title, id] of itemIds) {
      em.create(ItemRecord, {
        id,
        supplierId,
        title,
        description: title,
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
    }
    const place = { region: 'town', lon: 0, lat: 0 }
    em.create(SiteRecord, { id: siteId, kind: 'warehouse', name: 'Hall', ...place })
    await em.flush()
    const volumeMm = { x: 200, y: 200, z: 200 }
    const caps = { process: 'fdm', volumeMm, resolutionMicrons: 100, keyId: null } as const
    em.create(MachineRecord, {
      id: machineId,
      siteId,
      model: 'virtual-fdm',
      caps: { ...caps, materials: [], instructionKinds: ['gcode'] },
    })
  })
  return { ...ids, buyerIds, itemIds }
}
