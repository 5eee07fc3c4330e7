// Effects of sending by a carrier: one parcel however often asked for, its way written down once.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingActivities } from '../../activities/closing.ts'
import { moneyActivities } from '../../activities/money.ts'
import { parcelActivities } from '../../activities/parcels.ts'
import type { ParcelEvent } from '../../domain/parcels.ts'
import { openPayments } from '../../services/payment/simulator.ts'
import { type CarrierSimulator, openCarrierSimulator } from '../../services/carrier/simulator.ts'
import { advance, advanceLines } from '../../storage/advance.ts'
import { labelCell, latestShipment, noteTracking } from '../../storage/shipments.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import * as world from './world.ts'
import type { Item, Placed } from './world.ts'

const root = mkdtempSync(join(tmpdir(), 'parcels-'))
let db: TestStorage
let item: Item
let carrier: CarrierSimulator
let nowMs = world.nowMs
const pass = (hours: number) => void (nowMs += hours * 3_600e3)
beforeAll(async () => {
  db = await storageForTest()
  item = await world.addItem(db.storage)
  carrier = openCarrierSimulator({
    name: 'fabpost',
    dir: join(root, 'carrier'),
    nowMs: () => nowMs,
  })
})
afterAll(async () => {
  await carrier.close()
  await db.close()
  await rm(root, { recursive: true })
})

let effects: ReturnType<typeof parcelActivities>
beforeEach(() => {
  effects = parcelActivities({ storage: db.storage, carrier, nowMs: () => nowMs })
})

/** An order whose part has just been made at a warehouse. */
async function placeMade(reference: string | null = null): Promise<Placed> {
  const site = await world.addWarehouse(db.storage, { region: world.newRegion() })
  const placed = await world.placeOrder(db.storage, item, site, { reference })
  for (const state of ['confirmed', 'planning', 'making'] as const) {
    await advanceLines(db.storage, placed, state)
  }
  await advance(db.storage, 'fulfilment', placed.fulfilmentId, 'making')
  return placed
}

const sent = async ({ fulfilmentId }: Placed) => {
  const shipment = await latestShipment(db.storage, fulfilmentId)
  if (!shipment) throw new Error('there is no shipment')
  return shipment
}
const statesOf = async ({ orderId, fulfilmentId }: Placed) => {
  const [row] = await db.storage.sql(
    `select o.status, f.state from orders o join fulfilment f on f.order_id = o.id
     where o.id = $1 and f.id = $2`,
    [orderId, fulfilmentId],
  )
  return row
}
const countOf = async (table: string, { orderId }: Placed) => {
  const rows = await db.storage.sql(`select 1 from ${table} where order_id = $1`, [orderId])
  return rows.length
}

describe('booking', () => {
  test('is one parcel however often it is asked for, and leaves the part ready to be collected', async () => {
    const placed = await placeMade()
    const booked = await effects.bookCarrier(placed)
    expect(await effects.bookCarrier(placed)).toEqual(booked)
    expect(Object.keys(booked).toSorted()).toEqual(['carrier', 'number'])
    expect(await sent(placed)).toMatchObject({ ...booked, nth: 1, service: 'standard' })
    expect(await countOf('shipment', placed)).toBe(1)
    expect(await statesOf(placed)).toEqual({ status: 'ready', state: 'made' })
    expect(await world.eventTypes(db.storage, placed.orderId)).toEqual(['fulfilment.packed'])
  })

  test('that was cut off after the carrier had answered finds the same parcel', async () => {
    const placed = await placeMade()
    const { number } = await effects.bookCarrier(placed)
    await db.storage.sql('delete from shipment where order_id = $1', [placed.orderId])
    expect(await effects.bookCarrier(placed)).toMatchObject({ number })
  })

  test('keeps the label under the buyer’s key; nothing else holds name or address', async () => {
    const placed = await placeMade()
    await effects.bookCarrier(placed)
    const { id } = await sent(placed)
    const [row] = await db.storage.sql<{ label: Buffer }>(
      'select label from shipment where id = $1',
      [id],
    )
    const open = async () =>
      await db.storage.personal.decrypt<string>(
        db.storage,
        labelCell(id),
        row?.label ?? Buffer.of(),
      )
    const pdf = Buffer.from((await open()).value ?? '', 'base64').toString('latin1')
    for (const word of ['Homer', '742 Evergreen Terrace', placed.orderId.slice(0, 20)]) {
      expect(pdf).toContain(word)
    }
    const events = await db.storage.sql<{ data: string }>(
      'select data::text from event where order_id = $1',
      [placed.orderId],
    )
    expect(JSON.stringify(events)).not.toMatch(/Homer|Evergreen/)
    await db.storage.personal.eraseBuyer(db.storage, placed.buyerId)
    expect(await open()).toEqual({ value: null, reason: 'erased' })
  })

  test('that is refused leaves nothing, and succeeds with the service that an operator names', async () => {
    const placed = await placeMade('cart-9 parcel_refused')
    const facts = { reason: 'address_unknown' }
    await expectFailure(effects.bookCarrier(placed), 'carrier_refused', facts)
    expect(await countOf('shipment', placed)).toBe(0)
    const unknown = effects.bookCarrier({ ...placed, service: 'pigeon' })
    await expectFailure(unknown, 'carrier_refused', { services: 'standard, express' })
    await effects.bookCarrier({ ...placed, service: 'express' })
    expect(await sent(placed)).toMatchObject({ nth: 1, service: 'express' })
  })

  test('in the place of a parcel that was lost is another one', async () => {
    const placed = await placeMade('parcel_lost')
    const first = await effects.bookCarrier(placed)
    pass(48)
    expect(await effects.askCarrier(placed)).toEqual({ kind: 'lost', isOverdue: false })
    const second = await effects.bookCarrier({ ...placed, service: 'express' })
    expect(second.number).not.toBe(first.number)
    expect(await effects.bookCarrier(placed)).toEqual(second)
    expect(await sent(placed)).toMatchObject({ nth: 2, state: 'booked' })
  })

  test('with another service takes back what was not collected, and leaves what was', async () => {
    const placed = await placeMade()
    const first = await effects.bookCarrier(placed)
    const second = await effects.bookCarrier({ ...placed, service: 'express' })
    expect(await carrier.track(first.number)).toMatchObject({ state: 'cancelled' })
    pass(2)
    await effects.askCarrier(placed)
    expect(await effects.bookCarrier({ ...placed, service: 'standard' })).toEqual(second)
  })

  test('where no carrier is set up says so', async () => {
    const placed = await placeMade()
    const without = parcelActivities({ storage: db.storage, carrier: null, nowMs: () => nowMs })
    const facts = { reason: 'no_carrier_is_set_up' }
    await expectFailure(without.bookCarrier(placed), 'carrier_refused', facts)
  })
})

const word = (sequence: number, kind: ParcelEvent['kind']): ParcelEvent => {
  return { sequence, kind, atMs: world.nowMs + sequence }
}

describe('on the way', () => {
  test('collected is written once, and the buyer is told once', async () => {
    const placed = await placeMade()
    await effects.bookCarrier(placed)
    await effects.recordCollected(placed)
    await effects.recordCollected(placed)
    expect(await statesOf(placed)).toEqual({ status: 'in_transit', state: 'in_transit' })
    expect(await countOf('notice', placed)).toBe(1)
    const types = await world.eventTypes(db.storage, placed.orderId)
    expect(types).toEqual(['fulfilment.packed', 'fulfilment.in_transit'])
  })

  test('words that come late, twice or out of order are written once, and the furthest counts', async () => {
    const placed = await placeMade()
    await effects.bookCarrier(placed)
    const shipment = await sent(placed)
    const note = async (...words: ParcelEvent[]) =>
      (await db.storage.transaction(async (tx) => await noteTracking(tx, shipment, words))).map(
        ({ kind }) => kind,
      )
    expect(await note(word(2, 'in_transit'))).toEqual(['in_transit'])
    // Not marked as told yet: it is told again.
    expect(await note(word(2, 'in_transit'), word(1, 'collected'))).toEqual([
      'collected',
      'in_transit',
    ])
    expect(await sent(placed)).toMatchObject({ state: 'in_transit' })
    await note(word(4, 'delivered'))
    expect(await sent(placed)).toMatchObject({ state: 'delivered' })
    expect(await world.eventTypes(db.storage, placed.orderId)).toEqual([
      'fulfilment.packed',
      'delivery.in_transit',
      'delivery.collected',
      'delivery.delivered',
    ])
  })

  test('a carrier that told nothing is asked; what it says is not told again', async () => {
    const placed = await placeMade('parcel_untold')
    await effects.bookCarrier(placed)
    expect(await effects.askCarrier(placed)).toEqual({ kind: null, isOverdue: false })
    pass(24)
    expect(await effects.askCarrier(placed)).toEqual({ kind: 'delivered', isOverdue: false })
    await effects.askCarrier(placed)
    const shipment = await sent(placed)
    const said = (await carrier.track(shipment.number))?.events ?? []
    const again = await db.storage.transaction(async (tx) => noteTracking(tx, shipment, said))
    expect(again).toEqual([])
  })

  test('a parcel is overdue two days after it was expected', async () => {
    const placed = await placeMade('parcel_lost')
    await effects.bookCarrier(placed)
    pass(20 + 47)
    expect(await effects.askCarrier(placed)).toMatchObject({ isOverdue: false })
    pass(2)
    expect(await effects.askCarrier(placed)).toMatchObject({ isOverdue: true })
  })

  test('of an earlier parcel only its arrival is news', async () => {
    const placed = await placeMade('parcel_lost')
    await effects.bookCarrier(placed)
    pass(48)
    await effects.askCarrier(placed)
    const lost = await sent(placed)
    await effects.bookCarrier({ ...placed, service: 'express' })
    const found = [word(4, 'returned'), word(5, 'delivered')]
    const news = await db.storage.transaction(async (tx) => noteTracking(tx, lost, found))
    expect(news.map(({ kind }) => kind)).toEqual(['delivered'])
  })
})

describe('cancelling', () => {
  test('takes a parcel back before it is collected, once', async () => {
    const placed = await placeMade()
    const { number } = await effects.bookCarrier(placed)
    await effects.cancelParcel(placed)
    await effects.cancelParcel(placed)
    expect(await carrier.track(number)).toMatchObject({ state: 'cancelled' })
    expect(await sent(placed)).toMatchObject({ state: 'cancelled' })
  })

  test('does nothing where nothing was sent, or where it is back already', async () => {
    await effects.cancelParcel(await placeMade())
    const placed = await placeMade('parcel_returned')
    await effects.bookCarrier(placed)
    pass(72)
    await effects.askCarrier(placed)
    await effects.cancelParcel(placed)
    expect(await sent(placed)).toMatchObject({ state: 'returned' })
  })

  test('says so when the carrier has it already', async () => {
    const placed = await placeMade()
    await effects.bookCarrier(placed)
    pass(3)
    await expectFailure(effects.cancelParcel(placed), 'state_conflict', { state: 'collected' })
  })
})

test('the carrier is paid for the delivery', async () => {
  const payments = openPayments({ dir: join(root, 'payments') })
  const money = moneyActivities({ storage: db.storage, payments })
  const closing = closingActivities({ storage: db.storage, nowMs: () => nowMs })
  const placed = await placeMade()
  await money.holdPayment(placed)
  await effects.bookCarrier(placed)
  await effects.recordCollected(placed)
  await closing.recordDelivered(placed)
  await money.settleOrder(placed)
  const [paid] = await db.storage.sql<{ amount: bigint }>(
    `select p.amount from ledger_posting p join ledger_account a on a.id = p.account_id
       join ledger_transaction t on t.id = p.transaction_id
     where t.order_id = $1 and a.code = 'party/carrier_fabpost/payable'`,
    [placed.orderId],
  )
  expect(paid).toEqual({ amount: 350n })
  await payments.close()
})
