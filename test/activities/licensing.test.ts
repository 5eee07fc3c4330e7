// Reserving uses of licences: each order once, never more than there are, and given back once.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { licensingActivities } from '../../activities/licensing.ts'
import { accounts } from '../../domain/postings.ts'
import { ledger } from '../../storage/ledger.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import { addItem, addLockers, type Item, newRegion, placeOrder, type Site } from './world.ts'

let db: TestStorage
let licensing: ReturnType<typeof licensingActivities>
let site: Site
beforeAll(async () => {
  db = await storageForTest()
  licensing = licensingActivities({ storage: db.storage })
  site = await addLockers(db.storage, { region: newRegion() })
})
afterAll(async () => await db.close())

const usesLeft = async ({ licenceId }: Item) =>
  await ledger.balance(db.storage, 'licence', accounts.usesLeft(licenceId), licenceId)

test('an order takes a use for each part, however often it is asked', async () => {
  const item = await addItem(db.storage, { uses: 5n })
  const placed = await placeOrder(db.storage, item, site, { quantity: 3 })
  await licensing.reserveUses(placed)
  await licensing.reserveUses(placed)
  expect(await usesLeft(item)).toBe(2n)
})

test('a licence without enough uses gives none, and says how many are needed', async () => {
  const item = await addItem(db.storage, { uses: 2n })
  const placed = await placeOrder(db.storage, item, site, { quantity: 3 })
  const facts = { licence: item.licenceId, needed: 3 }
  await expectFailure(licensing.reserveUses(placed), 'licence_exhausted', facts)
  expect(await usesLeft(item)).toBe(2n)
})

test('of many orders at once no more get a use than there are', async () => {
  const item = await addItem(db.storage, { uses: 3n })
  const orders = await Promise.all(
    Array.from({ length: 8 }, async () => await placeOrder(db.storage, item, site)),
  )
  const taken = await Promise.allSettled(orders.map((placed) => licensing.reserveUses(placed)))
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  expect(await usesLeft(item)).toBe(0n)
})

test('what was not spent is given back once', async () => {
  const item = await addItem(db.storage, { uses: 5n })
  const placed = await placeOrder(db.storage, item, site, { quantity: 2 })
  await licensing.reserveUses(placed)
  await licensing.releaseUses(placed)
  await licensing.releaseUses(placed)
  expect(await usesLeft(item)).toBe(5n)
})

test('an order that never took a use gives none back', async () => {
  const item = await addItem(db.storage, { uses: 5n })
  await licensing.releaseUses(await placeOrder(db.storage, item, site))
  expect(await usesLeft(item)).toBe(5n)
})
