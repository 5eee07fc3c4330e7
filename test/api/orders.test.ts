// From a quote to an order over HTTP: offers hold capacity, an order takes them once, and is answered at once.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { newId } from '../../storage/ids.ts'
import { ann, card, offerOn, orderOf, placedOrder, quoteOn } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addItem, itemId } from './world.ts'

let api: Stack
beforeAll(async () => {
  api = await apiForTest({ compartments: 200 })
})
afterAll(async () => api.close())
// What other tests hold would keep the truck waiting for its machine.
beforeEach(async () => api.freeAll())

const numbersOf = (rows: readonly { n: bigint }[]) => rows.map(({ n }) => Number(n))

describe('a quote', () => {
  test('offers a truck and a pick-up with price and promise', async () => {
    const { status, body, headers } = await quoteOn(api)
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/v1/quotes/${body.id}`)
    const methods = body.offers.map((offer: { method: string }) => offer.method)
    expect(methods.toSorted()).toEqual(['pickup', 'truck'])
    const [offer] = body.offers
    expect(Date.parse(offer.promise.p95_at)).toBeGreaterThan(Date.parse(offer.promise.p50_at))
    expect(body.destination.label).toBe('742 Evergreen Terrace')
    expect((await api.get(`/v1/quotes/${body.id}`)).body).toEqual(body)
    const expanded = await api.get(`/v1/quotes/${body.id}?expand[]=decisions`)
    expect(expanded.body.decisions[0].candidates.length).toBeGreaterThan(1)
  })

  test('says why the other ways are not offered', async () => {
    const { body } = await quoteOn(api, {
      preferences: { methods: ['pickup'], max_pickup_miles: 0.001 },
    })
    expect(body.offers).toEqual([])
    const codes = body.why_not.map(
      ({ method, code }: Record<string, string>) => `${method} ${code}`,
    )
    expect(codes.toSorted()).toEqual(['pickup too_far_to_fetch', 'truck not_wanted_by_buyer'])
  })

  test('says what came too late in times and names as all of the API has them', async () => {
    const wanted = '2020-01-01T00:00:00.000Z'
    const { body } = await quoteOn(api, { preferences: { want_by: wanted } })
    const { details } = body.why_not.find(
      ({ code }: { code: string }) => code === 'not_there_in_time',
    )
    expect(details).toMatchObject({ want_by: wanted, p95_at: expect.stringMatching(/^20.+Z$/) })
    const names = body.why_not.flatMap((why: { details: object }) => Object.keys(why.details))
    expect(names.filter((name: string) => !/^[a-z0-9_]+$/.test(name))).toEqual([])
  })

  test('gives each quote a time of its own on the machine', async () => {
    const [first, second] = [await quoteOn(api), await quoteOn(api)]
    const startOf = (quote: typeof first) =>
      Date.parse(
        quote.body.offers.find((one: { method: string }) => one.method === 'pickup').promise
          .making_starts_at,
      )
    expect(startOf(second)).toBeGreaterThan(startOf(first))
  })

  test('asked for by thirty at once never holds one time twice', async () => {
    const quotes = await Promise.all(Array.from({ length: 30 }, async () => quoteOn(api)))
    expect(new Set(quotes.map(({ status }) => status))).toEqual(new Set([201]))
    const overlaps = await api.storage.sql(
      `select 1 from reservation a join reservation b on a.resource_id = b.resource_id and a.id < b.id
       where a.during && b.during`,
    )
    expect(overlaps).toEqual([])
  })

  test('without a hold is a price to look at and cannot be ordered', async () => {
    const offer = await offerOn(api, { hold_seconds: 0 })
    const held = await api.storage.sql('select 1 from reservation where offer_id = $1', [offer])
    expect(held).toEqual([])
    const { status, body } = await api.post('/v1/orders', orderOf([offer]))
    expect([status, body.code]).toEqual([409, 'offer_expired'])
  })

  test('keeps the address as ciphertext', async () => {
    const { body, text } = await quoteOn(api, { buyer: ann })
    const [row] = await api.storage.sql<{ text: string }>(
      'select q::text as text from quote q where id = $1',
      [body.id],
    )
    // With more decimals than a time of the row has.
    const { lon, lat } = body.destination.place
    const place = [lon, lat].map((at) => String(at).slice(0, 8))
    for (const part of ['Evergreen', ...place]) {
      expect(text).toContain(part)
      expect(row?.text).not.toContain(part)
    }
    const [buyer] = await api.storage.sql<{ text: string }>(
      'select b::text as text from buyer b where id = $1',
      [body.buyer_id],
    )
    expect(buyer?.text).not.toMatch(/Ann|example/)
  })
})

describe('an order', () => {
  test('is answered at once, with its rows, its booking and its first event, while Temporal is away', async () => {
    const offer = await offerOn(api, { lines: [{ item_id: itemId, quantity: 3 }] })
    const { status, body, headers } = await api.post(
      '/v1/orders',
      orderOf([offer], { reference: 'cart-1' }),
    )
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/v1/orders/${body.id}`)
    expect(body).toMatchObject({
      status: 'awaiting_authorization',
      reference: 'cart-1',
      allowed_actions: ['cancel', 'choose_delivery'],
      last_sequence: 1,
      lines: [{ quantity: 3, quantities: { pending: 3, made: 0, delivered: 0, cancelled: 0 } }],
    })
    const full = await api.get(
      `/v1/orders/${body.id}?expand[]=fulfilments.jobs&expand[]=payments&expand[]=decisions`,
    )
    expect(full.body.fulfilments[0].jobs.map((job: { unit: number }) => job.unit)).toEqual([
      0, 1, 2,
    ])
    expect(full.body.payments).toMatchObject([{ state: 'pending', amount: body.total }])
    const events = await api.get(`/v1/orders/${body.id}/events`)
    expect(events.body.data).toMatchObject([
      { type: 'order.created', sequence: 1, order_id: body.id },
    ])
    const booked = await api.storage.sql(
      `select 1 from reservation where order_id = $1 and state = 'booked'`,
      [body.id],
    )
    expect(booked.length).toBeGreaterThan(0)
    const [row] = await api.storage.sql('select workflow_started_at from orders where id = $1', [
      body.id,
    ])
    expect(row).toEqual({ workflow_started_at: null })
  })

  test('counts each part as made once it lies ready, and as delivered or cancelled later', async () => {
    const lines = [{ item_id: itemId, quantity: 3 }]
    const { body } = await api.post('/v1/orders', orderOf([await offerOn(api, { lines })]))
    const [{ id: lineId }] = body.lines
    const quantities = async () => (await api.get(`/v1/orders/${body.id}`)).body.lines[0].quantities
    await api.storage.sql(
      `update job set state = 'harvested' where line_id = $1 and unit in (0, 2)`,
      [lineId],
    )
    expect(await quantities()).toEqual({ pending: 1, made: 2, delivered: 0, cancelled: 0 })
    await api.storage.sql(`update order_line set delivered = 3, pending = 0 where id = $1`, [
      lineId,
    ])
    expect(await quantities()).toEqual({ pending: 0, made: 0, delivered: 3, cancelled: 0 })
  })

  test('takes one offer for each line of its quote, and nothing else', async () => {
    const belt = await addItem(api.storage, { title: 'Belt buckle' })
    const lines = [
      { item_id: itemId, quantity: 1 },
      { item_id: belt, quantity: 2, customization: { colour: 'white', scale: 1.5 } },
    ]
    const { body } = await quoteOn(api, { lines })
    const ofLine = (line: number) =>
      body.offers.filter((one: { line: number }) => one.line === line)
    const [first, second, other] = [ofLine(0)[0].id, ofLine(1)[0].id, await offerOn(api)]
    for (const offers of [[first], [first, ofLine(0)[1].id], [first, other]]) {
      const refused = await api.post('/v1/orders', orderOf(offers))
      expect([refused.status, refused.body.code, refused.body.param]).toEqual([
        400,
        'invalid_request',
        '/offers',
      ])
    }
    const placed = await api.post('/v1/orders', orderOf([second, first]))
    expect(placed.body.lines.map((line: { title: string }) => line.title)).toEqual([
      'Faucet handle',
      'Belt buckle',
    ])
    expect(placed.body.fulfilments).toHaveLength(2)
  })

  test('sent fifty times at once under one key is one order', async () => {
    const body = orderOf([await offerOn(api)])
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => api.post('/v1/orders', body, { headers })),
    )
    const codes = new Set(answers.map((each) => each.body.code ?? 'order'))
    expect([...codes].every((code) => ['order', 'idempotency_in_flight'].includes(code))).toBe(true)
    expect(
      new Set(answers.flatMap((each) => (each.status === 201 ? [each.body.id] : []))).size,
    ).toBe(1)
    const last = await api.post('/v1/orders', body, { headers })
    expect([last.status, last.headers.get('idempotent-replayed')]).toEqual([201, 'true'])
    const count = await api.storage.sql<{ n: bigint }>(
      'select count(*) as n from order_line where offer_id = any($1)',
      [body.offers],
    )
    expect(numbersOf(count)).toEqual([1])
  })

  test('sent fifty times at once under fifty keys is one order, and the offer is taken for the rest', async () => {
    const body = orderOf([await offerOn(api)])
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => api.post('/v1/orders', body)),
    )
    const statuses = answers
      .map(({ status, body: { code } }) => `${status} ${code ?? ''}`)
      .toSorted()
    expect(statuses).toEqual(['201 ', ...Array.from({ length: 49 }, () => '409 offer_taken')])
  })

  test('for an offer that has expired is refused with the way to a fresh quote', async () => {
    const offer = await offerOn(api)
    await api.storage.sql(
      `update offer set expires_at = now() - interval '1 second' where id = $1`,
      [offer],
    )
    const { status, body } = await api.post('/v1/orders', orderOf([offer]))
    expect([status, body.code]).toEqual([409, 'offer_expired'])
    expect(body.links).toContainEqual({ rel: 'fresh_quote', href: '/v1/quotes' })
  })

  test('for an offer that is not kept any more is refused as expired, one that never was as unknown', async () => {
    const gone = [newId('ofr', Date.now() - 86_400e3), newId('ofr')]
    for (const offer of gone) {
      const { status, body } = await api.post('/v1/orders', orderOf([offer]))
      expect([status, body.code, body.param]).toEqual([409, 'offer_expired', '/offers/0'])
      expect(body.links).toEqual([{ rel: 'fresh_quote', href: '/v1/quotes' }])
    }
    const never = [newId('quo'), `ofr_${'z'.repeat(26)}`, newId('ofr').slice(0, -1)]
    for (const offer of never) {
      const { status, body } = await api.post('/v1/orders', orderOf([offer]))
      expect([status, body.code]).toEqual([422, 'offer_unknown'])
    }
  })

  test('for an offer or a buyer that is not there is refused where it says so', async () => {
    const unknown = await api.post('/v1/orders', orderOf(['ofr_nothing']))
    expect([unknown.status, unknown.body.code, unknown.body.param]).toEqual([
      422,
      'offer_unknown',
      '/offers/0',
    ])
    const offers = [await offerOn(api)]
    const nobody = await api.post('/v1/orders', { offers, payment_method: card })
    expect([nobody.status, nobody.body.param]).toEqual([400, '/buyer'])
    const stranger = await api.post('/v1/orders', {
      offers,
      payment_method: card,
      buyer_id: 'buy_nobody',
    })
    expect([stranger.status, stranger.body.code]).toEqual([422, 'buyer_unknown'])
    const registered = await api.post('/v1/buyers', ann)
    const placed = await api.post('/v1/orders', {
      offers,
      payment_method: card,
      buyer_id: registered.body.id,
    })
    expect([placed.status, placed.body.buyer_id]).toEqual([201, registered.body.id])
  })

  test('keeps what is personal as ciphertext', async () => {
    const { id } = await placedOrder(api)
    const [row] = await api.storage.sql<{ text: string }>(
      `select o::text || e::text as text from orders o join event e on e.order_id = o.id where o.id = $1`,
      [id],
    )
    expect(row?.text).not.toMatch(/Ann|example|Evergreen/)
  })

  test('cannot be cancelled while Temporal is away, and says that it may be tried again', async () => {
    const { id } = await placedOrder(api)
    const headers = { 'idempotency-key': crypto.randomUUID() }
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await api.post(`/v1/orders/${id}/cancel`, {}, { headers })
      expect([status, body.code, body.retryable]).toEqual([503, 'unavailable', true])
    }
  })
})
