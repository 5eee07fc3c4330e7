// From a quote to an order over HTTP: offers hold capacity, an order takes them once, and is answered at once.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { apiForTest, type Stack } from './stack.ts'
import { itemId } from './world.ts'

let api: Stack
beforeAll(async () => {
  api = await apiForTest({ compartments: 40 })
})
afterAll(async () => api.close())

const ann = { name: 'Ann Ode', email: 'ann@example.com', phone: '+1 555 0100' }
const card = { kind: 'card', token: 'tok_visa' }
const evergreen = { address: '742 Evergreen Terrace' }

async function quote(changes: Record<string, unknown> = {}) {
  const body = { destination: evergreen, lines: [{ item_id: itemId, quantity: 1 }], ...changes }
  return api.post('/v1/quotes', body)
}

async function order(offers: string[], changes: Record<string, unknown> = {}) {
  return api.post('/v1/orders', { offers, buyer: ann, payment_method: card, ...changes })
}

test('a quote offers a truck and a pick-up with price and promise, and says why not the rest', async () => {
  const { status, body, headers } = await quote()
  expect(status).toBe(201)
  expect(headers.get('location')).toBe(`/v1/quotes/${body.id}`)
  const methods = body.offers.map((offer: { method: string }) => offer.method)
  expect(methods.toSorted()).toEqual(['pickup', 'truck'])
  const [offer] = body.offers
  expect(Date.parse(offer.promise.p95_at)).toBeGreaterThan(Date.parse(offer.promise.p50_at))
  expect(body.destination.label).toBe('742 Evergreen Terrace')
  const again = await api.get(`/v1/quotes/${body.id}`)
  expect(again.body).toEqual(body)
  const expanded = await api.get(`/v1/quotes/${body.id}?expand[]=decisions`)
  expect(expanded.body.decisions[0].candidates.length).toBeGreaterThan(0)
})
