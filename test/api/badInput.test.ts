// Whatever is sent, the answer is a typed problem that says what is wrong and where; never a 500.
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { rawCall } from '../support/rawCall.ts'
import { evergreen, offerOn, oneHandle, orderOf, quoteOn } from './asking.ts'
import { apiForTest, type Answered, type Stack } from './stack.ts'
import { itemId } from './world.ts'

let api: Stack
beforeAll(async () => {
  api = await apiForTest({ budgetFactor: 100 })
})
afterAll(async () => api.close())

const told = ({ status, body }: Answered) => [status, body.code]
const handle = { item_id: itemId, quantity: 1 }

async function refused(raw: string, headers: Record<string, string> = {}) {
  return api.post('/v1/quotes', undefined, { raw, headers })
}

describe('a body', () => {
  test('that is not JSON is 400', async () => {
    expect(told(await refused('{"lines": ['))).toEqual([400, 'malformed_json'])
    expect(told(await refused('nonsense'))).toEqual([400, 'malformed_json'])
  })

  test('of another type than JSON is 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      expect(told(await refused('{}', { 'content-type': type }))).toEqual([
        415,
        'unsupported_media_type',
      ])
    }
    expect(
      told(await refused('{}', { 'content-type': 'application/json; charset=latin1' }))[0],
    ).toBe(415)
    const { status, body } = await refused('{}', { 'content-encoding': 'snappy' })
    expect([status, body.detail]).toEqual([415, expect.stringContaining('gzip, deflate or br')])
  })

  test('above one megabyte is 413, also when it was sent without its length', async () => {
    expect(told(await refused(JSON.stringify({ pad: 'x'.repeat(1_100_000) })))).toEqual([
      413,
      'body_too_large',
    ])
    const { hostname, port } = new URL(api.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST /v1/quotes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.key}\r\nidempotency-key: k\r\n` +
        'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    for (let chunks = 0; chunks < 20; chunks += 1) {
      socket.write(`10000\r\n${'[' + ' '.repeat(65_535)}\r\n`)
    }
    socket.write('0\r\n\r\n')
    const [answer]: Buffer[] = await once(socket, 'data')
    expect(answer?.toString()).toMatch(/^HTTP\/1.1 413 /)
    socket.destroy()
  })

  test('that is nested a hundred thousand deep is refused and harms nobody', async () => {
    const { status } = await refused('['.repeat(100_000) + ']'.repeat(100_000))
    expect(status).toBe(400)
  })

  test('with wrong types is 400 and points at each of them', async () => {
    const lines = [
      { item_id: 7, quantity: 'one' },
      { ...handle, quantity: 21, colour: 'red' },
    ]
    const { status, body } = await api.post('/v1/quotes', {
      destination: { lon: 200, lat: 0 },
      lines,
    })
    expect([status, body.code]).toEqual([400, 'invalid_request'])
    const params = body.errors.map(({ param }: { param: string }) => param)
    for (const param of [
      '/lines/0/item_id',
      '/lines/0/quantity',
      '/lines/1/quantity',
      '/lines/1/colour',
      '/destination/lon',
    ]) {
      expect(params).toContain(param)
    }
    expect(params).toContain(body.param)
  })

  test('is told what its values may be, and is measured by the shape that it comes nearest to', async () => {
    const { body } = await api.post('/v1/quotes', {
      destination: { lon: 200, lat: 0 },
      lines: [{ item_id: itemId, quantity: 'one' }],
      preferences: { methods: ['truck', 'drone'], want_by: 7 },
    })
    expect(body.errors).toEqual([
      { param: '/lines/0/quantity', message: 'must be an integer' },
      { param: '/preferences/want_by', message: 'must be a string' },
      { param: '/destination/lon', message: 'must be <= 180' },
      { param: '/preferences/methods/1', message: 'must be one of truck, pickup, carrier' },
    ])
    expect(body.detail).toBe('/lines/0/quantity must be an integer.')
  })

  test('that is wrong a hundred thousand times is refused as fast as one that is wrong once', async () => {
    const methods = Array.from({ length: 100_000 }, () => 'drone')
    const { status, body } = await api.post('/v1/quotes', {
      ...oneHandle,
      preferences: { methods },
    })
    expect([status, body.errors.length]).toEqual([400, 20])
  })

  test('that is missing, empty, an array, a number or null is 400', async () => {
    for (const raw of ['', '[]', '1', 'null', '""', '{}']) {
      expect(told(await refused(raw))).toEqual([400, 'invalid_request'])
    }
  })

  test('with U+0000 in a text, which the database cannot keep, is 400', async () => {
    const { status, body } = await quoteOn(api, { destination: { address: 'a\0b' } })
    expect([status, body.param]).toEqual([400, '/destination/address'])
    expect(body.detail).toBe('/destination/address must not contain U+0000.')
    const offer = await offerOn(api)
    expect((await api.post('/v1/orders', orderOf([offer], { reference: '\0' }))).status).toBe(400)
    expect((await api.get('/v1/items?q=%00')).status).toBe(400)
    expect((await api.get('/v1/items/%00')).status).toBe(400)
  })

  test('with half a surrogate pair is kept or refused, not a 500', async () => {
    const raw = JSON.stringify({ name: 'Ann', email: 'ann@example.com' }).replace('Ann', 'A\\ud800')
    expect((await api.post('/v1/buyers', undefined, { raw })).status).toBeLessThan(500)
  })

  test('with more lines than a quote may have is 400', async () => {
    const lines = Array.from({ length: 101 }, () => handle)
    expect(told(await quoteOn(api, { lines }))).toEqual([400, 'invalid_request'])
  })
})

describe('a quote', () => {
  test('of an unknown item is 422 and names the line', async () => {
    const { status, body } = await quoteOn(api, {
      lines: [handle, { ...handle, item_id: 'itm_none' }],
    })
    expect([status, body.code, body.param]).toEqual([422, 'item_unknown', '/lines/1/item_id'])
  })

  test('of a material or colour that the item does not come in is 422 and names the choices', async () => {
    const lines = [{ ...handle, customization: { colour: 'plaid' } }]
    const { status, body } = await quoteOn(api, { lines })
    expect([status, body.code, body.param]).toEqual([
      422,
      'customization_unknown',
      '/lines/0/customization/colour',
    ])
    expect(body.facts.choices).toBe('white, black')
  })

  test('to an address that is not on the map is 422 and suggests some that are', async () => {
    const { status, body } = await quoteOn(api, { destination: { address: '742 Evergren Terace' } })
    expect([status, body.code]).toEqual([422, 'address_unknown'])
    expect(body.suggestions).toContain(evergreen.address)
    expect(told(await quoteOn(api, { destination: { address: 'Atlantis' } }))).toEqual([
      422,
      'address_unknown',
    ])
  })

  test('to the middle of the ocean is 422', async () => {
    expect(told(await quoteOn(api, { destination: { lon: -30, lat: 0 } }))).toEqual([
      422,
      'address_unreachable',
    ])
  })

  test('for a buyer who is not there is 422', async () => {
    expect(told(await quoteOn(api, { buyer_id: 'buy_none' }))).toEqual([422, 'buyer_unknown'])
  })
})

describe('an address', () => {
  test('that is unknown is 404, with a wrong method 405 that says what it takes', async () => {
    expect(told(await api.get('/nowhere'))).toEqual([404, 'not_found'])
    expect(told(await api.get('/v1/nowhere'))).toEqual([404, 'not_found'])
    const wrong = await api.call('PUT', '/v1/quotes')
    expect([...told(wrong), wrong.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'POST',
    ])
    const order = await api.call('DELETE', '/v1/orders/ord_1')
    expect([order.status, order.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('that cannot be decoded is 400', async () => {
    expect(told(await api.get('/v1/items/%E0%A4%A'))).toEqual([400, 'invalid_request'])
  })

  test('with a query that nobody expects, or of the wrong type, is 400', async () => {
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=ten',
      'colour=red',
      'cursor=!!!',
      'cursor=W10',
      'cursor=WzEsMl0',
    ]) {
      const { status, body } = await api.get(`/v1/items?${query}`)
      expect([query, status, body.code]).toEqual([query, 400, 'invalid_request'])
    }
    expect((await api.get('/v1/orders/x?expand[]=buyers')).status).toBe(400)
    expect((await api.get('/v1/ledger_transactions')).status).toBe(400)
  })
})

test('a problem carries its code, the id of the request, and no trace of our code', async () => {
  const { headers, body, text } = await api.get('/v1/orders/ord_none', {
    headers: { 'x-request-id': 'my-request-1' },
  })
  expect(headers.get('content-type')).toContain('application/problem+json')
  expect(headers.get('x-request-id')).toBe('my-request-1')
  expect(body).toMatchObject({
    code: 'not_found',
    status: 404,
    request_id: 'my-request-1',
    retryable: false,
    links: [],
  })
  expect(text).not.toMatch(/\.ts|node_modules|select /)
})

test('what is no call gets a problem too, on the bare connection', async () => {
  const start = 'GET /v1/items HTTP/1.1\r\n'
  const large = await rawCall(api.url, `${start}Host: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
  expect([large.status, JSON.parse(large.body).code]).toEqual([
    'HTTP/1.1 431 Request Header Fields Too Large',
    'headers_too_large',
  ])
  const nameless = await rawCall(api.url, `${start}Connection: close\r\n\r\n`)
  expect([nameless.status, JSON.parse(nameless.body)]).toEqual([
    'HTTP/1.1 400 Bad Request',
    expect.objectContaining({ code: 'malformed_http', detail: 'The header Host is missing.' }),
  ])
})

describe('random bodies', () => {
  const posts = [
    '/v1/quotes',
    '/v1/orders',
    '/v1/buyers',
    '/v1/orders/ord_1/cancel',
    '/v1/orders/ord_1/choose_delivery',
  ]
  /** Near to what is expected, so that some come far. */
  const near = fc.record(
    {
      destination: fc.oneof(
        fc.constant(evergreen),
        fc.jsonValue(),
        fc.record({ lon: fc.double(), lat: fc.double() }),
      ),
      lines: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record(
            {
              item_id: fc.oneof(fc.constant(itemId), fc.string()),
              quantity: fc.oneof(fc.integer(), fc.constant(1)),
              customization: fc.jsonValue(),
            },
            { requiredKeys: ['item_id', 'quantity'] },
          ),
        ),
      ),
      preferences: fc.oneof(
        fc.jsonValue(),
        fc.record({ want_by: fc.string(), max_miles: fc.double() }, { requiredKeys: [] }),
      ),
      offers: fc.oneof(fc.jsonValue(), fc.array(fc.string())),
      payment_method: fc.oneof(fc.constant({ kind: 'card', token: 'tok' }), fc.jsonValue()),
      buyer: fc.jsonValue(),
      name: fc.string(),
      email: fc.oneof(fc.emailAddress(), fc.string()),
      reference: fc.string(),
      hold_seconds: fc.oneof(fc.integer(), fc.double()),
      line_id: fc.string(),
      offer_id: fc.string(),
      reason: fc.string(),
    },
    { requiredKeys: [] },
  )

  test.each(posts)('to %s are never a 500', async (path) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), near, near), async (body) => {
        const { status } = await api.post(path, body)
        expect(status === 503 ? 0 : status).toBeLessThan(500)
      }),
      { numRuns: 150 },
    )
  })

  test('a body that means something is still accepted after all of that', async () => {
    expect((await api.post('/v1/quotes', oneHandle)).status).toBe(201)
  })
})
