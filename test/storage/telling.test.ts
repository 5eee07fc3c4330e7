// What moves on is told with it: the status, one event and one notice, in one transaction, and nothing for a repeat.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { move } from '../../storage/states.ts'
import { moveDeliveryOn, moveOrderOn, type MovedOn, type Word } from '../../storage/telling.ts'
import { orderWorld, storageForTest, type TestStorage } from './fixture.ts'

let db: TestStorage
beforeAll(async () => {
  db = await storageForTest()
})
afterAll(async () => await db.close())

const word: Word = { type: 'fulfilment.making', data: { fulfilment_id: 'ful_1' } }

async function told(orderId: string) {
  const events = await db.storage.sql(
    'select sequence, type, data from event where order_id = $1 order by sequence',
    [orderId],
  )
  const notices = await db.storage.sql('select kind, data from notice where order_id = $1', [
    orderId,
  ])
  const [order] = await db.storage.sql('select status from orders where id = $1', [orderId])
  return { events, notices, ...order }
}

async function planned(lines: number) {
  const world = await orderWorld(db.storage, lines)
  for (const to of ['confirmed', 'planning'] as const) {
    for (const lineId of world.lineIds) await move(db.storage, 'line', lineId, to)
  }
  await db.storage.sql('update order_line set fulfilment_id = $2 where id = $1', [
    world.lineIds[0],
    world.fulfilmentId,
  ])
  return world
}

const silent = () => null

test('the lines of an order move, and status, event and notice follow', async () => {
  const { orderId, lineIds } = await orderWorld(db.storage, 2)
  const notice = { kind: 'order_confirmed', data: { note: 1 } }
  let moved: MovedOn | null = null
  await moveOrderOn(db.storage, orderId, 'confirmed', (what) => {
    moved = what
    return { type: 'order.authorized', data: {}, notice }
  })
  expect(moved).toEqual({ orderId, lineIds: lineIds.toSorted(), fulfilment: false })
  expect(await told(orderId)).toEqual({
    status: 'confirmed',
    events: [{ sequence: 1, type: 'order.authorized', data: {} }],
    notices: [notice],
  })
})

test('a fulfilment moves with its own lines, and a repeat moves nothing', async () => {
  const { orderId, fulfilmentId, lineIds } = await planned(2)
  const moves: MovedOn[] = []
  const to = { line: 'making', fulfilment: 'making' } as const
  for (const _ of [1, 2]) {
    await db.storage.transaction(async (tx) => {
      await moveDeliveryOn(tx, fulfilmentId, to, (what) => {
        moves.push(what)
        return what.fulfilment ? word : null
      })
    })
  }
  const mine = lineIds.slice(0, 1)
  expect(moves).toEqual([
    { orderId, lineIds: mine, fulfilment: true },
    { orderId, lineIds: [], fulfilment: false },
  ])
  // The other line is of another fulfilment, and holds the order's status back.
  expect(await told(orderId)).toEqual({
    status: 'planning',
    events: [{ sequence: 1, ...word }],
    notices: [],
  })
})

test('without a word the status moves all the same; what may not move stays', async () => {
  const { orderId, fulfilmentId } = await planned(1)
  await moveDeliveryOn(db.storage, fulfilmentId, { line: 'ready', fulfilment: 'made' }, silent)
  expect(await told(orderId)).toMatchObject({ status: 'planning' })
  const to = { line: 'making', fulfilment: 'making' } as const
  await moveDeliveryOn(db.storage, fulfilmentId, to, silent)
  expect(await told(orderId)).toEqual({ status: 'making', events: [], notices: [] })
})

test('an order that is held stays on hold, and an order that is not there is not told of', async () => {
  const { orderId } = await orderWorld(db.storage, 1)
  await db.storage.sql(
    `update orders set hold_reason = 'review', status = 'on_hold' where id = $1`,
    [orderId],
  )
  await moveOrderOn(db.storage, orderId, 'confirmed', () => word)
  expect(await told(orderId)).toMatchObject({ status: 'on_hold', events: [word] })
  await expect(moveOrderOn(db.storage, 'ord_none', 'confirmed', () => word)).rejects.toThrow(
    'There is no order ord_none',
  )
})
