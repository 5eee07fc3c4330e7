// What waits for an operator is written down once, holds the order, and lets it go when the last of it is answered.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { attentionActivities } from '../../activities/attention.ts'
import { advanceLines } from '../../storage/advance.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import {
  addItem,
  addLockers,
  eventTypes,
  newRegion,
  placeOrder,
  row,
  type Placed,
} from './world.ts'

let db: TestStorage
let attention: ReturnType<typeof attentionActivities>
beforeAll(async () => {
  db = await storageForTest()
  attention = attentionActivities({ storage: db.storage })
})
afterAll(async () => await db.close())

async function placeConfirmed(): Promise<Placed> {
  const site = await addLockers(db.storage, { region: newRegion() })
  const placed = await placeOrder(db.storage, await addItem(db.storage), site)
  await advanceLines(db.storage, placed, 'confirmed')
  return placed
}

const holdOf = async ({ orderId }: Placed) =>
  await row(db.storage, 'select status, hold_reason from orders where id = $1', orderId)

const why = { step: 'payment', code: 'payment_declined', facts: { reason: 'expired_card' } }
const answer = { action: 'retry', operator: 'Olga', note: '' }

test('opened twice it is one entry, one event, one notice, and the order is on hold', async () => {
  const placed = await placeConfirmed()
  const { orderId } = placed
  const about = { orderId, workflowId: `order/${orderId}`, attentionId: 'payment-1' }
  await attention.openAttention({ ...about, ...why })
  await attention.openAttention({ ...about, ...why })
  expect(await holdOf(placed)).toEqual({
    status: 'on_hold',
    hold_reason: 'payment_declined',
  })
  expect(await eventTypes(db.storage, orderId)).toEqual(['order.on_hold'])
  const notices = 'select count(*)::int as count from notice where order_id = $1'
  expect(await row(db.storage, notices, orderId)).toEqual({ count: 1 })
})

test('answered twice it is closed once, with who decided what', async () => {
  const placed = await placeConfirmed()
  const { orderId } = placed
  const about = { orderId, workflowId: `order/${orderId}`, attentionId: 'payment-1' }
  await attention.openAttention({ ...about, ...why })
  await attention.closeAttention({ ...about, ...answer })
  await attention.closeAttention({ ...about, ...answer, operator: 'Otto' })
  expect(await holdOf(placed)).toEqual({ status: 'confirmed', hold_reason: null })
  const query = 'select action, operator from attention where order_id = $1'
  expect(await row(db.storage, query, orderId)).toEqual({ action: 'retry', operator: 'Olga' })
  expect(await eventTypes(db.storage, orderId)).toEqual(['order.on_hold', 'order.resumed'])
})

test('answered with cancel the order is noted as being cancelled, at once', async () => {
  const placed = await placeConfirmed()
  const { orderId } = placed
  const about = { orderId, workflowId: `order/${orderId}`, attentionId: 'payment-1' }
  const noted = 'select cancel_requested_at is not null as noted from orders where id = $1'
  await attention.openAttention({ ...about, ...why })
  expect(await row(db.storage, noted, orderId)).toEqual({ noted: false })
  await attention.closeAttention({ ...about, ...answer, action: 'cancel' })
  expect(await row(db.storage, noted, orderId)).toEqual({ noted: true })
})

test('while another step waits the order stays on hold, for that one’s reason', async () => {
  const placed = await placeConfirmed()
  const { orderId } = placed
  const first = { orderId, workflowId: 'job/a', attentionId: 'making-1' }
  const second = { orderId, workflowId: 'job/b', attentionId: 'making-1' }
  await attention.openAttention({ ...first, ...why, code: 'making_failed' })
  await attention.openAttention({ ...second, ...why, code: 'no_machine_fits' })
  await attention.closeAttention({ ...first, ...answer })
  expect(await holdOf(placed)).toEqual({ status: 'on_hold', hold_reason: 'no_machine_fits' })
  await attention.closeAttention({ ...second, ...answer })
  expect(await holdOf(placed)).toEqual({ status: 'confirmed', hold_reason: null })
})
