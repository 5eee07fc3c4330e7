// What was decided for an order is read page by page, ranked, with the reason against each that was not chosen.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { recordDecision } from '../../storage/decisions.ts'
import { placedOrder } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addKey, addStorefront } from './world.ts'

let api: Stack
let orderId: string
beforeAll(async () => {
  api = await apiForTest()
  const order = await placedOrder(api)
  orderId = order.id
  const [subjectId] = order.fulfilments
  const van = { id: 'veh_van', score: 12.5, terms: { minutesToBuyer: 12.5 }, reason: null }
  const truck = { id: 'veh_truck', score: null, terms: {}, reason: 'deviation_too_long' }
  await recordDecision(api.storage, {
    orderId,
    subjectId,
    decision: {
      kind: 'dispatch',
      chosen: 'veh_van',
      candidates: [
        { ...van, details: { beforeStopId: '744' } },
        { ...truck, details: { maxMinutes: 30 } },
      ],
    },
    rulesVersion: 3,
  })
})
afterAll(async () => api.close())

test('the truck that was chosen and the one that was not, with the rules that weighed them', async () => {
  const { status, body } = await api.get(`/v1/orders/${orderId}/decisions?kind=dispatch`)
  expect(status).toBe(200)
  expect(body.data).toHaveLength(1)
  expect(body.data[0]).toMatchObject({
    object: 'order_decision',
    chosen: 'veh_van',
    rules_version: 3,
    candidates: [
      { rank: 1, id: 'veh_van', score: 12.5, details: { beforeStopId: '744' } },
      { rank: null, id: 'veh_truck', reason: 'deviation_too_long', details: { maxMinutes: 30 } },
    ],
  })
})

test('pages show each decision once, from the quote on', async () => {
  const seen = []
  for (let cursor = ''; ;) {
    const { body } = await api.get(`/v1/orders/${orderId}/decisions?limit=1${cursor}`)
    seen.push(...body.data)
    if (!body.has_more) break
    cursor = `&cursor=${body.next_cursor}`
  }
  expect(seen.map(({ kind }) => kind)).toEqual(['offers', 'dispatch'])
})

test('decisions can be asked for by what they were about', async () => {
  const { body } = await api.get(`/v1/orders/${orderId}/decisions?subject_id=nothing`)
  expect(body.data).toEqual([])
})

test('another storefront does not learn that the order is there', async () => {
  const key = await addKey(api.storage, await addStorefront(api.storage))
  const { status, body } = await api.get(`/v1/orders/${orderId}/decisions`, { key })
  expect([status, body.code]).toEqual([404, 'not_found'])
})

test('a kind that is none is named', async () => {
  const { status, body } = await api.get(`/v1/orders/${orderId}/decisions?kind=whim`)
  expect([status, body.param]).toEqual([400, '/query/kind'])
})
