// Time on a machine is given once: held, booked, given back, never twice.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { newId } from '../../storage/ids.ts'
import {
  bookHold,
  holdSlot,
  holdSlots,
  releaseReservations,
  takenTimes,
  type SlotWish,
} from '../../storage/reservations.ts'
import { orderWorld, storageForTest, type TestStorage } from './fixture.ts'

let db: TestStorage
beforeAll(async () => {
  db = await storageForTest()
})
afterAll(async () => await db.close())

const start = new Date('2100-01-01T00:00:00Z')
const minutesLater = (minutes: number) => new Date(start.getTime() + minutes * 60_000)
const wish = (resourceId: string, more: Partial<SlotWish> = {}): SlotWish => ({
  resourceId,
  seconds: 600,
  notBefore: start,
  offerId: newId('off'),
  expiresAt: new Date(Date.now() + 60_000),
  ...more,
})
const expired = new Date(0)

test('fifty that ask at once get fifty slots, one after another without a gap', async () => {
  const machine = newId('mac')
  const slots = await Promise.all(
    Array.from({ length: 50 }, async () =>
      db.storage.transaction(async (tx) => holdSlot(tx, wish(machine))),
    ),
  )
  const begins = slots.map((slot) => slot?.during.from.getTime() ?? 0).toSorted((a, b) => a - b)
  expect(begins).toEqual(Array.from({ length: 50 }, (_, i) => minutesLater(i * 10).getTime()))
})

test('the earliest gap that is long enough is taken', async () => {
  const machine = newId('mac')
  const taken = [
    wish(machine, { notBefore: minutesLater(5), seconds: 300 }),
    wish(machine, { notBefore: minutesLater(20), seconds: 300 }),
  ]
  await holdSlots(db.storage, taken)
  const slot = await holdSlot(db.storage, wish(machine))
  expect(slot?.during).toEqual({ from: minutesLater(10), to: minutesLater(20) })
})

test('nothing is held when the machine is not free in time', async () => {
  const machine = newId('mac')
  await holdSlot(db.storage, wish(machine))
  const late = await holdSlot(db.storage, wish(machine, { notAfter: minutesLater(9) }))
  const inTime = await holdSlot(db.storage, wish(machine, { notAfter: minutesLater(10) }))
  expect(late).toBeNull()
  expect(inTime?.during.from).toEqual(minutesLater(10))
})

test('plain SQL cannot overlap a reservation either', async () => {
  const machine = newId('mac')
  await holdSlot(db.storage, wish(machine))
  const insert = db.storage.sql(
    `insert into reservation (id, resource_id, during, state, offer_id)
     values ('x', $1, tstzrange($2, $3), 'booked', 'y')`,
    [machine, minutesLater(9), minutesLater(11)],
  )
  await expect(insert).rejects.toMatchObject({ code: 'capacity_taken' })
})

test('the time of an expired hold is given to the next, and the offer can no longer be booked', async () => {
  const machine = newId('mac')
  const late = wish(machine, { expiresAt: expired })
  const locker = wish(newId('cmp'), { offerId: late.offerId, expiresAt: expired })
  await holdSlots(db.storage, [late, locker])
  const next = await holdSlot(db.storage, wish(machine))
  expect(next?.during.from).toEqual(start)
  const world = { orderId: newId('ord'), fulfilmentId: newId('ful') }
  expect(await bookHold(db.storage, late.offerId, world)).toBe(false)
})

test('an expired hold that nobody wanted meanwhile is booked, once, for one order', async () => {
  const late = wish(newId('mac'), { expiresAt: expired })
  await holdSlot(db.storage, late)
  const world = { orderId: newId('ord'), fulfilmentId: newId('ful') }
  const other = { orderId: newId('ord'), fulfilmentId: newId('ful') }
  const answers = await Promise.all(
    [world, world, world].map(async (each) => bookHold(db.storage, late.offerId, each)),
  )
  expect(answers).toEqual([true, true, true])
  expect(await bookHold(db.storage, late.offerId, other)).toBe(false)
})

test('one that expires and one that books never share the time, whoever is first', async () => {
  for (let round = 0; round < 10; round += 1) {
    const machine = newId('mac')
    const late = wish(machine, { expiresAt: expired })
    await holdSlot(db.storage, late)
    const [booked, next] = await Promise.all([
      bookHold(db.storage, late.offerId, { orderId: 'o', fulfilmentId: 'f' }),
      holdSlot(db.storage, wish(machine)),
    ])
    const expected = booked ? minutesLater(10) : start
    expect(next?.during.from).toEqual(expected)
  }
})

test('what is released is free again', async () => {
  const machine = newId('mac')
  const first = wish(machine)
  await holdSlot(db.storage, first)
  await bookHold(db.storage, first.offerId, { orderId: 'o', fulfilmentId: 'ful_x' })
  const taken = async () => (await takenTimes(db.api, start)).get(machine)
  expect(await taken()).toBe(minutesLater(10).getTime())
  expect(await releaseReservations(db.storage, { fulfilmentId: 'ful_x' })).toBe(1)
  expect(await taken()).toBeUndefined()
})

test('the API holds time beside other tenants, and cannot book or release what they hold', async () => {
  const machine = newId('mac')
  const [one, two] = [await orderWorld(db.storage), await orderWorld(db.storage)]
  const theirs = wish(machine)
  await db.api.asTenant(one.storefrontId, async (tx) => holdSlot(tx, theirs))
  const answers = await db.api.asTenant(two.storefrontId, async (tx) => ({
    slot: await holdSlot(tx, wish(machine)),
    booked: await bookHold(tx, theirs.offerId, { orderId: 'o', fulfilmentId: 'f' }),
    released: await releaseReservations(tx, { offerId: theirs.offerId }),
  }))
  expect(answers.slot?.during.from).toEqual(minutesLater(10))
  expect(answers).toMatchObject({ booked: false, released: 0 })
  const until = (await takenTimes(db.api, start)).get(machine)
  expect(until).toBe(minutesLater(20).getTime())
})
