// The numbers of an order's events have no gaps, whatever is tried at once and whatever is rolled back.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { appendEvent, appendEvents, eventChannel, eventsAfter } from '../../storage/events.ts'
import { orderWorld, storageForTest, type TestStorage, type World } from './fixture.ts'
import { until } from '../support/until.ts'

let db: TestStorage
let world: World
beforeAll(async () => {
  db = await storageForTest()
})
afterAll(async () => await db.close())

const sequencesOf = async ({ storefrontId, orderId }: World) =>
  (await eventsAfter(db.storage, { storefrontId, orderId, limit: 1000 })).map(
    ({ sequence }) => sequence,
  )

test('forty writers at once, a third of which roll back, leave no gap', async () => {
  world = await orderWorld(db.storage)
  const { orderId } = world
  const outcomes = await Promise.allSettled(
    Array.from({ length: 40 }, async (_, i) =>
      db.storage.transaction(async (tx) => {
        await appendEvents(tx, [
          { orderId, type: 'one', data: { i } },
          { orderId, type: 'two', data: { i } },
        ])
        if (i % 3 === 0) throw new Error('changed its mind')
      }),
    ),
  )
  const committed = outcomes.filter(({ status }) => status === 'fulfilled').length
  expect(committed).toBe(26)
  expect(await sequencesOf(world)).toEqual(Array.from({ length: 52 }, (_, i) => i + 1))
})

test('events of several orders are written in one call, each with its own numbers', async () => {
  const [a, b] = [await orderWorld(db.storage), await orderWorld(db.storage)]
  const stored = await appendEvents(db.storage, [
    { orderId: a.orderId, type: 'first', data: {}, previous: { status: 'confirmed' } },
    { orderId: b.orderId, type: 'first', data: {} },
    { orderId: a.orderId, type: 'second', data: {} },
  ])
  const ofA = stored.filter(({ orderId }) => orderId === a.orderId)
  expect(ofA.map(({ type, sequence, previous }) => ({ type, sequence, previous }))).toEqual([
    { type: 'first', sequence: 1, previous: { status: 'confirmed' } },
    { type: 'second', sequence: 2, previous: null },
  ])
  expect(await sequencesOf(b)).toEqual([1])
})

test('an event of an order that is not there is refused', async () => {
  const event = { orderId: 'ord_none', type: 'x', data: {} }
  await expect(appendEvent(db.storage, event)).rejects.toThrow(/no order ord_none/)
})

test('an event is announced when it is committed, and only then', async () => {
  const { orderId, storefrontId } = await orderWorld(db.storage)
  const heard: string[] = []
  const unlisten = await db.storage.listen(eventChannel, (payload) => heard.push(payload))
  const rolledBack = db.storage.transaction(async (tx) => {
    await appendEvent(tx, { orderId, type: 'never', data: {} })
    throw new Error('changed its mind')
  })
  await expect(rolledBack).rejects.toThrow()
  const id = await db.storage.transaction(async (tx) =>
    appendEvent(tx, { orderId, type: 'order.created', data: {} }),
  )
  await until(() => heard.length > 0)
  await unlisten()
  const announced = heard.map((payload): unknown => JSON.parse(payload))
  expect(announced).toEqual([{ id, orderId, storefrontId, sequence: 1 }])
})

test('reading goes on after a number or after an event, and stays within the storefront', async () => {
  const { orderId, storefrontId } = world
  const after = await eventsAfter(db.storage, {
    storefrontId,
    orderId,
    afterSequence: 50,
    limit: 9,
  })
  expect(after.map(({ sequence }) => sequence)).toEqual([51, 52])
  const [last] = after.slice(-1)
  const all = await eventsAfter(db.storage, { storefrontId, limit: 100 })
  const rest = await eventsAfter(db.storage, { storefrontId, afterId: all[49]?.id ?? '', limit: 9 })
  expect(all).toHaveLength(52)
  expect(rest).toHaveLength(2)
  expect(last?.data).toEqual({ i: expect.any(Number) })
  expect(await eventsAfter(db.storage, { storefrontId: 'sto_other', orderId, limit: 9 })).toEqual(
    [],
  )
})

test('an event can be neither changed nor deleted', async () => {
  await expect(db.storage.sql('update event set type = $1', ['x'])).rejects.toThrow(/append-only/)
  await expect(db.storage.sql('delete from event')).rejects.toThrow(/append-only/)
})
