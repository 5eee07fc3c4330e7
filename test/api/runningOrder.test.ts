// Orders whose workflow runs on a real Temporal server: started at once, cancelled and changed through their updates.
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { bookingActivities } from '../../activities/booking.ts'
import { closingActivities } from '../../activities/closing.ts'
import type { OrdersDeps } from '../../activities/deps.ts'
import { permanentFailures } from '../../workers/interceptors.ts'
import { bundleWorkflows } from '../../workers/bundle.ts'
import { taskQueues, workflowIds } from '../../workflows/messages.ts'
import { temporalForTest } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { offerOn, orderOf, placedOrder, quoteOn } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'

let api: Stack
let client: Client
let bundle: Awaited<ReturnType<typeof bundleWorkflows>>
let connections: { client: Connection; worker: NativeConnection }
let temporal: Awaited<ReturnType<typeof temporalForTest>>

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  temporal = await temporalForTest()
  api = await apiForTest({ temporal, compartments: 50 })
  const { address, namespace } = temporal
  connections = {
    client: await Connection.connect({ address, connectTimeout: '1 minute' }),
    worker: await NativeConnection.connect({ address }),
  }
  client = new Client({ connection: connections.client, namespace })
  bundle = await bundleWorkflows()
})
afterAll(async () => {
  await api.close()
  await connections.client.close()
  await connections.worker.close()
})
beforeEach(async () => api.freeAll())

const done = async () => Promise.resolve()

/** A worker whose payments never answer, so that an order stays where it may still be changed. */
async function withWorker<T>(work: () => Promise<T>, releasePayment = done): Promise<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing here reaches a truck or a machine
  const deps = { storage: api.storage, nowMs: Date.now } as OrdersDeps
  const worker = await Worker.create({
    connection: connections.worker,
    namespace: temporal.namespace,
    taskQueue: taskQueues.orders,
    workflowBundle: bundle,
    shutdownGraceTime: 0,
    interceptors: { activity: [permanentFailures] },
    activities: {
      ...bookingActivities(deps),
      ...closingActivities(deps),
      authorizeBuyer: done,
      reserveUses: done,
      releaseUses: done,
      releasePayment,
      openAttention: done,
      resolveAttention: done,
      holdPayment: async () => Promise.reject(new Error('the provider does not answer')),
    },
  })
  return worker.runUntil(work)
}

/** As a client should: the same call under the same key for as long as it is told to come back. */
async function persist(path: string, body: unknown, key: string = crypto.randomUUID()) {
  const headers = { 'idempotency-key': key }
  return until(async () => {
    const answered = await api.post(path, body, { headers })
    return answered.status === 503 ? null : answered
  })
}

const summaryOf = async (orderId: string) =>
  client.workflow.getHandle(workflowIds.order(orderId)).describe()

test('an order is started with a summary that names its items and nobody', async () => {
  const { id } = await placedOrder(api)
  const found = await until(async () => summaryOf(id).catch(() => null))
  expect([found.type, found.taskQueue]).toEqual(['order', 'orders'])
  expect(await found.staticSummary()).toBe(`Order ${id}: Faucet handle`)
  const details = (await found.staticDetails()) ?? ''
  expect(details).toMatch(/1 × Faucet handle \(`itm_handle`\) by (truck|pickup), promised by 20/)
  expect(details).not.toMatch(/Ann|Evergreen/)
  const startedAt = 'select 1 from orders where id = $1 and workflow_started_at is not null'
  await until(async () => (await api.storage.sql(startedAt, [id])).length === 1)
})

test('a cancel runs to its end, and a second one is refused', async () => {
  const { id } = await placedOrder(api)
  await withWorker(async () => {
    const { status, body } = await persist(`/v1/orders/${id}/cancel`, {
      by: 'buyer',
      reason: 'changed_mind',
    })
    expect([status, body.id]).toEqual([200, id])
    const ended = async () => (await api.get(`/v1/orders/${id}`)).body
    await until(async () => (await ended()).status === 'cancelled')
    expect((await ended()).allowed_actions).toEqual([])
    const handle = client.workflow.getHandle(workflowIds.order(id))
    expect(await handle.result()).toMatchObject({ status: 'cancelled' })
    const again = await persist(`/v1/orders/${id}/cancel`, {})
    expect([again.status, again.body.code]).toEqual([409, 'state_conflict'])
  })
})

test('an order that is being cancelled says so at once, and offers nothing more', async () => {
  const { id, cancel_requested_at: before } = await placedOrder(api)
  const read = Promise.withResolvers<void>()
  await withWorker(
    async () => {
      const asked = persist(`/v1/orders/${id}/cancel`, {})
      const reading = asked.then(async () => (await api.get(`/v1/orders/${id}`)).body)
      const [{ body }, now] = await Promise.all([asked, reading]).finally(read.resolve)
      expect([before, body.allowed_actions]).toEqual([null, []])
      expect(Date.parse(body.cancel_requested_at)).toBeGreaterThan(Date.parse(body.created_at))
      const { status, allowed_actions: actions, cancel_requested_at: at } = now
      expect([status, actions, at]).toEqual([body.status, [], body.cancel_requested_at])
      expect(status).not.toBe('cancelled')
      const ended = async () => (await api.get(`/v1/orders/${id}`)).body
      await until(async () => (await ended()).status === 'cancelled')
      expect((await ended()).cancel_requested_at).toBe(at)
    },
    async () => read.promise,
  )
})

test('a cancel after making has ended is too late, and says so', async () => {
  const { id } = await placedOrder(api)
  await api.storage.sql(`update order_line set state = 'in_transit' where order_id = $1`, [id])
  await withWorker(async () => {
    const { status, body } = await persist(`/v1/orders/${id}/cancel`, {})
    expect([status, body.code, body.facts.state]).toEqual([409, 'cancel_too_late', 'in_transit'])
    expect((await api.get(`/v1/orders/${id}`)).body.cancel_requested_at).toBeNull()
  })
})

test('another delivery is chosen for a line, and the offer it had is free again', async () => {
  const { body: quote } = await quoteOn(api)
  const [first, second] = quote.offers
  const { body: order } = await api.post('/v1/orders', orderOf([first.id]))
  const path = `/v1/orders/${order.id}/choose_delivery`
  await withWorker(async () => {
    const change = { line_id: order.lines[0].id, offer_id: second.id }
    const { status, body } = await persist(path, change)
    expect([status, body.lines[0].offer_id]).toEqual([200, second.id])
    expect(second.promise).not.toEqual(first.promise)
    expect([body.total, body.due_by, body.cancel_until]).toEqual([
      second.total,
      second.promise.p95_at,
      second.promise.making_starts_at,
    ])
    const unknown = await persist(path, { ...change, offer_id: 'ofr_none' })
    expect([unknown.status, unknown.body.code]).toEqual([422, 'offer_unknown'])
    const noLine = await persist(path, { ...change, line_id: 'lin_none' })
    expect([noLine.status, noLine.body.param]).toEqual([404, '/line_id'])
  })
})

test('an order whose start was lost is started by the first who asks it for something', async () => {
  const { start } = api.deps.orderWorkflow
  api.deps.orderWorkflow.start = async () => Promise.reject(new Error('lost'))
  const { id } = await placedOrder(api)
  api.deps.orderWorkflow.start = start
  await expect(summaryOf(id)).rejects.toThrow()
  await withWorker(async () => {
    expect((await persist(`/v1/orders/${id}/cancel`, {})).status).toBe(200)
  })
})

test('without a worker an order cannot be changed now, and the call may be repeated', async () => {
  const { body: order } = await api.post('/v1/orders', orderOf([await offerOn(api)]))
  const headers = { 'idempotency-key': 'cancel-later' }
  const path = `/v1/orders/${order.id}/cancel`
  const now = await api.post(path, {}, { headers })
  expect([now.status, now.body.code, now.body.retryable]).toEqual([503, 'unavailable', true])
  await withWorker(async () => {
    expect((await persist(path, {}, 'cancel-later')).status).toBe(200)
    await until(async () => (await api.get(`/v1/orders/${order.id}`)).body.status === 'cancelled')
  })
})
