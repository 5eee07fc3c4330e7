// The buyer's money: held once, let go once, taken once, and paid out to the cent.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rm } from 'node:fs/promises'
import { moneyActivities } from '../../activities/money.ts'
import { accounts } from '../../domain/postings.ts'
import type { Payments } from '../../services/payment/payments.ts'
import { openPayments } from '../../services/payment/simulator.ts'
import { advanceLines } from '../../storage/advance.ts'
import { ledger } from '../../storage/ledger.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import { testDir } from '../support/platform.ts'
import { addItem, addLockers, eventTypes, newRegion, placeOrder, row, totalCents } from './world.ts'
import type { Item, Placed, Site } from './world.ts'

const dir = testDir('payments')
let db: TestStorage
let payments: Payments
let money: ReturnType<typeof moneyActivities>
let item: Item
let site: Site
beforeAll(async () => {
  db = await storageForTest()
  payments = openPayments({ dir })
  money = moneyActivities({ storage: db.storage, payments })
  item = await addItem(db.storage)
  site = await addLockers(db.storage, { region: newRegion() })
})
afterAll(async () => {
  await payments.close()
  await db.close()
  await rm(dir, { recursive: true })
})

const place = async (token = 'tok_visa') =>
  await placeOrder(db.storage, item, site, { payment: { kind: 'card', token } })

const paymentOf = async ({ paymentId }: Placed) =>
  await row<{ state: string; reference: string; method: object; failure_code: string | null }>(
    db.storage,
    'select state, reference, method, failure_code from payment where id = $1',
    paymentId,
  )

const held = async ({ orderId }: Placed) =>
  await ledger.balance(db.storage, 'money', accounts.held(orderId), 'USD')

const owed = async (partyId: string) =>
  await ledger.balance(db.storage, 'money', accounts.payable(partyId), 'USD')

/** As the steps before settlement leave it. */
async function deliver({ orderId }: Placed): Promise<void> {
  const way = ['confirmed', 'planning', 'making', 'ready', 'ready_for_pickup', 'delivered'] as const
  for (const state of way) await advanceLines(db.storage, { orderId }, state)
}

test('holding twice holds once', async () => {
  const placed = await place()
  await money.holdPayment(placed)
  const { reference } = await paymentOf(placed)
  await money.holdPayment(placed)
  expect(await paymentOf(placed)).toMatchObject({ state: 'held', reference })
  expect(await payments.read(reference)).toMatchObject({ status: 'held', heldCents: totalCents })
  expect(await held(placed)).toBe(totalCents)
  expect(await eventTypes(db.storage, placed.orderId)).toEqual(['payment.held'])
})

test('a hold whose answer was lost is found again by the next run', async () => {
  const placed = await place()
  const lossy: Payments = {
    ...payments,
    async hold(order) {
      await payments.hold(order)
      throw new Error('the connection broke')
    },
  }
  const unlucky = moneyActivities({ storage: db.storage, payments: lossy })
  await expect(unlucky.holdPayment(placed)).rejects.toThrow('the connection broke')
  await money.holdPayment(placed)
  expect(await held(placed)).toBe(totalCents)
  expect(await paymentOf(placed)).toMatchObject({ state: 'held' })
})

test('a declined payment says why and is held with another card under the same key', async () => {
  const placed = await place('tok_insufficient')
  const reason = { reason: 'insufficient_funds' }
  await expectFailure(money.holdPayment(placed), 'payment_declined', reason)
  await expectFailure(money.holdPayment(placed), 'payment_declined', reason)
  expect(await paymentOf(placed)).toMatchObject({
    state: 'declined',
    failure_code: 'payment_declined',
  })
  await money.holdPayment({ ...placed, token: 'tok_visa' })
  expect(await paymentOf(placed)).toMatchObject({
    state: 'held',
    failure_code: null,
    method: { kind: 'card', token: 'tok_visa' },
  })
  expect(await held(placed)).toBe(totalCents)
  const types = await eventTypes(db.storage, placed.orderId)
  expect(types.at(-1)).toBe('payment.held')
})

test('an operator may change from card to account', async () => {
  const placed = await place('tok_declined')
  await expectFailure(money.holdPayment(placed), 'payment_declined')
  await money.holdPayment({ ...placed, kind: 'account', token: 'acc_homer' })
  expect(await paymentOf(placed)).toMatchObject({ state: 'held', method: { kind: 'account' } })
})

test('letting go twice lets go once, and the ledger holds nothing for the order', async () => {
  const placed = await place()
  await money.holdPayment(placed)
  await money.releasePayment(placed)
  await money.releasePayment(placed)
  const { state, reference } = await paymentOf(placed)
  expect(state).toBe('released')
  expect(await payments.read(reference)).toMatchObject({ status: 'released' })
  expect(await held(placed)).toBe(0n)
})

test.each(['tok_visa', 'tok_declined'])(
  'letting go of what was never held (%s) is harmless',
  async (token) => {
    const placed = await place(token)
    if (token === 'tok_declined') await expectFailure(money.holdPayment(placed), 'payment_declined')
    await money.releasePayment(placed)
    expect(await paymentOf(placed)).toMatchObject({ state: 'released' })
    expect(await held(placed)).toBe(0n)
  },
)

test('settling twice takes the money once and pays each party its part, to the cent', async () => {
  const placed = await place()
  const { siteId } = site
  const before = { supplier: await owed(item.supplierId), site: await owed(siteId) }
  await money.holdPayment(placed)
  await deliver(placed)
  await money.settleOrder(placed)
  await money.settleOrder(placed)
  // Royalty 300; making 200, material 50 and the locker's 350 go to the site; the rest is the marketplace's.
  expect((await owed(item.supplierId)) - before.supplier).toBe(300n)
  expect((await owed(siteId)) - before.site).toBe(600n)
  const { reference } = await paymentOf(placed)
  expect(await payments.read(reference)).toMatchObject({
    status: 'captured',
    capturedCents: totalCents,
  })
  const posted = await ledger.transactionsOf(db.storage, placed.orderId)
  expect(posted).toHaveLength(2)
  for (const { postings } of posted) {
    expect(postings.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n)
  }
  const paid = posted
    .at(-1)
    ?.postings.filter(({ account, amount }) => amount > 0n && /payable|fees/.test(account))
  expect(paid?.reduce((sum, { amount }) => sum + amount, 0n)).toBe(totalCents)
  expect(await held(placed)).toBe(0n)
  const status = 'select status from orders where id = $1'
  expect(await row(db.storage, status, placed.orderId)).toEqual({ status: 'settled' })
  expect(await eventTypes(db.storage, placed.orderId)).toEqual(['payment.held', 'order.settled'])
})

test('who made a part is paid for it, though another truck brought it', async () => {
  const placed = await place()
  const maker = await addLockers(db.storage, { region: newRegion() })
  await db.storage.sql(`update job set machine_id = $2, state = 'harvested' where order_id = $1`, [
    placed.orderId,
    maker.machineIds[0],
  ])
  const before = { maker: await owed(maker.siteId), site: await owed(site.siteId) }
  await money.holdPayment(placed)
  await deliver(placed)
  await money.settleOrder(placed)
  expect((await owed(maker.siteId)) - before.maker).toBe(250n)
  expect((await owed(site.siteId)) - before.site).toBe(350n)
})

test('what was taken is not let go', async () => {
  const placed = await place()
  await money.holdPayment(placed)
  await deliver(placed)
  await money.settleOrder(placed)
  await money.releasePayment(placed)
  expect(await paymentOf(placed)).toMatchObject({ state: 'captured' })
})
