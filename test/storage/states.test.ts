// States move by their tables, under a lock, and carry the order's status with them.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { OrderRecord } from '../../storage/records/order.ts'
import { holdOrder, move, moveAll } from '../../storage/states.ts'
import { orderWorld, storageForTest, type TestStorage } from './fixture.ts'

let db: TestStorage
beforeAll(async () => {
  db = await storageForTest()
})
afterAll(async () => await db.close())

const orderOf = async (orderId: string) =>
  await db.storage.transaction(async ({ em }) => em.findOneOrFail(OrderRecord, { id: orderId }))
const idsOf = (ids: readonly string[]): [string, string] => [ids[0] ?? '', ids[1] ?? '']

test('the order is as far as its least advanced line', async () => {
  const world = await orderWorld(db.storage, 2)
  const [one, two] = idsOf(world.lineIds)
  await move(db.storage, 'line', one, 'confirmed')
  expect((await orderOf(world.orderId)).status).toBe('awaiting_authorization')
  const moved = await move(db.storage, 'line', two, 'confirmed')
  expect(moved).toEqual({ id: two, from: 'awaiting_authorization', moved: true })
  expect((await orderOf(world.orderId)).status).toBe('confirmed')
})

test('both lines in one call, and a reason to hold stands above them', async () => {
  const world = await orderWorld(db.storage, 2)
  await moveAll(db.storage, 'line', world.lineIds, 'confirmed')
  expect(await holdOrder(db.storage, world.orderId, 'review')).toBe('on_hold')
  await moveAll(db.storage, 'line', world.lineIds, 'planning')
  expect((await orderOf(world.orderId)).status).toBe('on_hold')
  expect(await holdOrder(db.storage, world.orderId, null)).toBe('planning')
})

test('a step that the table does not have is refused with both states, and nothing of the call is done', async () => {
  const world = await orderWorld(db.storage, 2)
  const [one, two] = idsOf(world.lineIds)
  await move(db.storage, 'line', two, 'cancelled')
  const refused = moveAll(db.storage, 'line', [one, two], 'confirmed')
  await expect(refused).rejects.toMatchObject({
    code: 'state_conflict',
    facts: { kind: 'line', id: two, from: 'cancelled', to: 'confirmed' },
  })
  const states = await db.storage.sql(
    'select state from order_line where order_id = $1 order by position',
    [world.orderId],
  )
  expect(states).toEqual([{ state: 'awaiting_authorization' }, { state: 'cancelled' }])
})

test('moving again is harmless, and what is not there is not found', async () => {
  const world = await orderWorld(db.storage)
  await move(db.storage, 'fulfilment', world.fulfilmentId, 'making')
  const again = await move(db.storage, 'fulfilment', world.fulfilmentId, 'making')
  expect(again).toEqual({ id: world.fulfilmentId, from: 'making', moved: false })
  await expect(move(db.storage, 'job', 'job_none', 'assigned')).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('of two that move a job different ways at once, one is refused', async () => {
  const world = await orderWorld(db.storage)
  await move(db.storage, 'job', world.jobId, 'assigned')
  await move(db.storage, 'job', world.jobId, 'preparing')
  await move(db.storage, 'job', world.jobId, 'printing')
  const outcomes = await Promise.allSettled([
    db.storage.transaction(async (tx) => move(tx, 'job', world.jobId, 'harvested')),
    db.storage.transaction(async (tx) => move(tx, 'job', world.jobId, 'cancelled')),
  ])
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('lines of one order that move at once end with the right status', async () => {
  const world = await orderWorld(db.storage, 6)
  await Promise.all(
    world.lineIds.map(async (id) =>
      db.storage.transaction(async (tx) => move(tx, 'line', id, 'confirmed')),
    ),
  )
  expect((await orderOf(world.orderId)).status).toBe('confirmed')
})

test('the quantities of a line always sum to what was ordered', async () => {
  const world = await orderWorld(db.storage)
  const [line] = idsOf(world.lineIds)
  const set = async (change: string) =>
    await db.storage.sql(`update order_line set ${change} where id = $1`, [line])
  await set('pending = 0, delivered = 2')
  await expect(set('pending = 1')).rejects.toThrow(/order_line_buckets/)
  await expect(set('pending = -1, delivered = 3')).rejects.toThrow(/order_line_buckets/)
})

test('the version of an order rises with each write', async () => {
  const world = await orderWorld(db.storage)
  const before = await orderOf(world.orderId)
  await move(db.storage, 'line', idsOf(world.lineIds)[0], 'confirmed')
  expect((await orderOf(world.orderId)).version).toBe(before.version + 1)
})
