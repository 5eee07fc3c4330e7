// Parcels over the API: offered, shown with their way and their label, and a door that takes a carrier's word alone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parcelActivities } from '../../activities/parcels.ts'
import { refuse } from '../../api/problem.ts'
import type { DeliveryReport } from '../../domain/model/report.ts'
import { CITY_MIDDLE } from '../../services/router/city.ts'
import { type CarrierSimulator, openCarrierSimulator } from '../../services/carrier/simulator.ts'
import { signMessage } from '../../services/carrier/signature.ts'
import { SiteRecord } from '../../storage/records/fleet.ts'
import { ann, quoteOn } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addKey, addStorefront } from './world.ts'

const secret = 'between the two of us'
const root = mkdtempSync(join(tmpdir(), 'api-carrier-'))
let api: Stack
let carrier: CarrierSimulator
let told: { fulfilmentId: string; report: DeliveryReport }[] = []
let isTemporalAway = false

beforeAll(async () => {
  carrier = openCarrierSimulator({ name: 'fabpost', dir: root })
  api = await apiForTest({
    carrierSecret: secret,
    change: (deps) => {
      deps.orderWorkflow.report = async (fulfilmentId, report) => {
        if (isTemporalAway) throw refuse('unavailable')
        told.push({ fulfilmentId, report })
      }
    },
  })
  await addWarehouse(api.storage)
})
afterAll(async () => {
  await api.close()
  await carrier.close()
  rmSync(root, { recursive: true })
})
beforeEach(() => {
  told = []
  isTemporalAway = false
})

/** One warehouse in the region of the other sites, with a machine like theirs. */
async function addWarehouse({ transaction, sql }: Stack['storage']): Promise<void> {
  const at = { region: 'springfield', lon: CITY_MIDDLE.lon, lat: CITY_MIDDLE.lat }
  await transaction(async ({ em }) => {
    em.create(SiteRecord, { ...at, id: 'sit_warehouse', kind: 'warehouse', name: 'Northgate' })
    await Promise.resolve()
  })
  await sql(
    `insert into machine (id, site_id, model, caps, phase, last_seen_at)
     select 'mac_warehouse', 'sit_warehouse', model, caps, phase, last_seen_at from machine where id = 'mac_locker'`,
  )
}

const byCarrier = { preferences: { methods: ['carrier'] } }

async function offered(by: Stack = api) {
  await by.freeAll()
  const { status, body } = await quoteOn(by, byCarrier)
  expect(status).toBe(201)
  return body
}

/** An order whose parcel is labelled. */
async function sent() {
  const { offers } = await offered()
  const wish = {
    offers: [offers[0].id],
    buyer: ann,
    payment_method: { kind: 'card', token: 'tok_visa' },
  }
  const { body: order } = await api.post('/v1/orders', wish)
  const fulfilmentId: string = order.fulfilments[0]
  const deps = { storage: api.storage, carrier, nowMs: Date.now }
  const { number } = await parcelActivities(deps).bookCarrier({ fulfilmentId })
  return { orderId: String(order.id), fulfilmentId, number }
}

const shipmentOf = async (orderId: string) =>
  (await api.get(`/v1/orders/${orderId}?expand[]=fulfilments`)).body.fulfilments[0].shipment

const at = new Date(Date.UTC(2030, 0, 7)).toISOString()
const word = (number: string, sequence: number, kind: string) =>
  JSON.stringify({ tracking_number: number, sequence, kind, at })

async function tell(body: string, { by = secret, from = 'fabpost', ageMs = 0, headers = {} } = {}) {
  const signed = signMessage({ id: 'one', atMs: Date.now() - ageMs, body }, by)
  const response = await fetch(`${api.url}/v1/carriers/${from}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signed, ...headers },
    body,
  })
  const text = await response.text()
  return { status: response.status, code: text === '' ? null : JSON.parse(text).code }
}

test('a warehouse is offered by carrier, priced and timed', async () => {
  const { offers, why_not: whyNot } = await offered()
  expect(offers).toMatchObject([
    { method: 'carrier', site_id: 'sit_warehouse', machine_id: 'mac_warehouse', vehicle_id: null },
  ])
  const [{ promise }] = offers
  expect(Date.parse(promise.p50_at) - Date.parse(promise.ready_at)).toBe(20 * 3_600e3)
  expect(
    whyNot.map(({ method, code }: { method: string; code: string }) => [method, code]),
  ).toEqual(
    expect.arrayContaining([
      ['pickup', 'not_wanted_by_buyer'],
      ['truck', 'not_wanted_by_buyer'],
    ]),
  )
})

test('an order shows its parcel as the carrier tells of it', async () => {
  const { orderId, fulfilmentId, number } = await sent()
  const before = await shipmentOf(orderId)
  expect(before).toMatchObject({
    carrier: 'fabpost',
    tracking_number: number,
    service: 'standard',
    state: 'booked',
    events: [],
  })
  expect(await tell(word(number, 1, 'collected'))).toEqual({ status: 204, code: null })
  expect(await tell(word(number, 2, 'in_transit'))).toEqual({ status: 204, code: null })
  const kinds = ['collected', 'in_transit'] as const
  expect(await shipmentOf(orderId)).toMatchObject({
    state: 'in_transit',
    events: kinds.map((kind) => ({ kind, at })),
  })
  expect(told).toEqual(
    kinds.map((kind, index) => ({
      fulfilmentId,
      report: { kind, reportId: `fabpost/${number}/${index + 1}`, atMs: Date.parse(at) },
    })),
  )
  const { body: events } = await api.get(`/v1/orders/${orderId}/events`)
  expect(events.data.map(({ type }: { type: string }) => type)).toEqual([
    'order.created',
    'fulfilment.packed',
    'delivery.collected',
    'delivery.in_transit',
  ])
})

describe('the door', () => {
  test('takes a word once, and tells it until the fulfilment knows', async () => {
    const { orderId, number } = await sent()
    isTemporalAway = true
    const body = word(number, 1, 'collected')
    expect(await tell(body)).toEqual({ status: 503, code: 'unavailable' })
    expect(await tell(body)).toEqual({ status: 503, code: 'unavailable' })
    isTemporalAway = false
    expect(await tell(body)).toMatchObject({ status: 204 })
    expect(await tell(body)).toMatchObject({ status: 204 })
    expect(told).toHaveLength(1)
    expect((await shipmentOf(orderId)).events).toHaveLength(1)
  })

  test('opens for the carrier’s signature alone', async () => {
    const { number } = await sent()
    const body = word(number, 1, 'collected')
    const refused = { status: 401, code: 'signature_invalid' }
    expect(await tell(body, { by: 'a guess' })).toEqual(refused)
    expect(await tell(body, { ageMs: 10 * 60e3 })).toEqual(refused)
    expect(await tell(body, { headers: { 'webhook-signature': '' } })).toEqual(refused)
    const theirs = await addKey(api.storage, await addStorefront(api.storage))
    const headers = { authorization: `Bearer ${theirs}`, 'webhook-signature': 'v1,' }
    expect(await tell(body, { headers })).toEqual(refused)
    expect(told).toEqual([])
  })

  test.each([
    ['another carrier', word('FP1', 1, 'lost'), { from: 'pigeons' }, 404, 'not_found'],
    ['a parcel of nobody', word('FP1', 1, 'lost'), {}, 404, 'not_found'],
    ['no JSON', '{', {}, 400, 'malformed_json'],
    ['no number', '{}', {}, 400, 'invalid_request'],
    ['nothing', 'null', {}, 400, 'invalid_request'],
    ['an unknown event', word('FP1', 1, 'eaten'), {}, 400, 'invalid_request'],
    [
      'another type',
      word('FP1', 1, 'lost'),
      { headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    ['too much', `"${'x'.repeat(20_000)}"`, {}, 413, 'body_too_large'],
  ])('refuses %s', async (_what, body, how, status, code) => {
    expect(await tell(body, how)).toEqual({ status, code })
  })
})

const label = async (id: string, key = api.key) => {
  const headers = { authorization: `Bearer ${key}` }
  const response = await fetch(`${api.url}/v1/shipments/${id}/label`, { headers })
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
  return { status: response.status, type: response.headers.get('content-type'), text }
}

describe('the label', () => {
  test('is a PDF with the buyer’s address, for keys that may read buyers, until the buyer is erased', async () => {
    const { orderId } = await sent()
    const { id } = await shipmentOf(orderId)
    const printed = await label(id)
    expect([printed.status, printed.type]).toEqual([200, 'application/pdf'])
    for (const text of ['%PDF', ann.name, '742 Evergreen Terrace']) {
      expect(printed.text).toContain(text)
    }
    const theirs = await addKey(api.storage, await addStorefront(api.storage))
    expect((await label(id, theirs)).status).toBe(404)
    const narrow = await addKey(api.storage, api.storefrontId, { scopes: ['orders:read'] })
    expect((await label(id, narrow)).status).toBe(403)
    expect((await label('shp_none')).status).toBe(404)
    const { body: order } = await api.get(`/v1/orders/${orderId}`)
    await api.call('DELETE', `/v1/buyers/${order.buyer_id}`)
    const erased = await label(id)
    expect(erased.status).toBe(404)
    expect(erased.text).not.toContain(ann.name)
  })
})

test('without a carrier a warehouse says that its method is not offered, and there is no door', async () => {
  const without = await apiForTest()
  await addWarehouse(without.storage)
  const { offers, why_not: whyNot } = await offered(without)
  expect(offers).toEqual([])
  expect(whyNot).toContainEqual(
    expect.objectContaining({ method: 'carrier', code: 'method_not_offered' }),
  )
  const response = await fetch(`${without.url}/v1/carriers/fabpost/events`, { method: 'POST' })
  expect(response.status).toBe(404)
  await without.close()
})
