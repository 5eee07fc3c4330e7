// Who may call, and whose things they see: keys, scopes, tenants, budgets.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mintKey, parseKey } from '../../storage/apiKeys.ts'
import { budgets } from '../../api/limits.ts'
import { routes } from '../../api/routes.ts'
import { ann, placedOrder, quoteOn } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addKey, addStorefront } from './world.ts'

let api: Stack
beforeAll(async () => {
  api = await apiForTest()
})
afterAll(async () => api.close())

describe('a key', () => {
  test('has at least 192 random bits and tells a mistyped text from a key', () => {
    const { text, hash } = mintKey('live')
    expect(text).toMatch(/^fab_live_[0-9A-Za-z]{39}$/)
    expect(33 * Math.log2(62)).toBeGreaterThan(192)
    expect(parseKey(text)).toEqual({ mode: 'live', hash })
    const at = 20
    for (const wrong of [
      text.slice(0, -1),
      `${text}0`,
      text.replace('live', 'test'),
      text.toUpperCase(),
      '',
    ]) {
      expect(parseKey(wrong)).toBeNull()
    }
    const other = text[at] === 'a' ? 'b' : 'a'
    expect(parseKey(text.slice(0, at) + other + text.slice(at + 1))).toBeNull()
    expect(new Set(Array.from({ length: 1000 }, () => mintKey('test').text)).size).toBe(1000)
  })

  test('that is missing, garbled, unknown, revoked or expired is 401', async () => {
    const past = new Date(Date.now() - 1000)
    const revoked = await addKey(api.storage, api.storefrontId, { revokedAt: past })
    const expired = await addKey(api.storage, api.storefrontId, { expiresAt: past })
    const missing = await api.get('/v1/items', { key: null })
    expect([missing.status, missing.body.code]).toEqual([401, 'key_missing'])
    expect(missing.headers.get('www-authenticate')).toContain('Bearer')
    for (const key of [
      'nonsense',
      `${api.key}x`,
      mintKey('test').text,
      revoked,
      expired,
      'a b',
      "' or 1=1 --",
    ]) {
      const { status, body } = await api.get('/v1/items', { key })
      expect([key, status, body.code]).toEqual([key, 401, 'key_invalid'])
    }
    const basic = await api.get('/v1/items', {
      key: null,
      headers: { authorization: `Basic ${api.key}` },
    })
    expect(basic.status).toBe(401)
  })

  test('is asked for before anything else is looked at', async () => {
    const { status } = await api.post('/v1/orders', undefined, { key: null, raw: '{{{' })
    expect(status).toBe(401)
  })

  test('that is garbled never reaches the database', async () => {
    const asked: string[] = []
    const book = {
      find: async () => {
        asked.push('key')
        return Promise.resolve(null)
      },
    }
    const { authentication } = await import('../../api/authentication.ts')
    const { tenantOf } = authentication(book, Date.now)
    await expect(tenantOf('Bearer fab_test_garbled')).rejects.toThrow('not known')
    expect(asked).toEqual([])
    await expect(tenantOf(`Bearer ${mintKey('test').text}`)).rejects.toThrow('not known')
    expect(asked).toEqual(['key'])
  })

  test('says when it was last used', async () => {
    const key = await addKey(api.storage, api.storefrontId)
    await api.get('/v1/items', { key })
    const rows = await api.storage.sql(
      'select 1 from api_key where hash = $1 and last_used_at is not null',
      [parseKey(key)?.hash],
    )
    expect(rows).toHaveLength(1)
  })

  test('without the scope of a call is 403 and is told which', async () => {
    const key = await addKey(api.storage, api.storefrontId, { scopes: ['items:read'] })
    expect((await api.get('/v1/items', { key })).status).toBe(200)
    for (const { contract } of routes.filter((each) => each.contract.scope !== 'items:read')) {
      const path = contract.path.replace('{id}', 'x')
      const { status, body } = await api.call(contract.method.toUpperCase(), path, { key })
      expect([path, status, body.facts]).toEqual([path, 403, { scope: contract.scope }])
    }
  })
})

describe('another storefront', () => {
  test('finds nothing of ours under any address, and lists nothing of ours', async () => {
    const theirs = await addKey(api.storage, await addStorefront(api.storage))
    const order = await placedOrder(api)
    const buyer = order.buyer_id
    const { body: quote } = await quoteOn(api)
    const paths = [
      `/v1/quotes/${quote.id}`,
      `/v1/orders/${order.id}`,
      `/v1/orders/${order.id}/events`,
      `/v1/buyers/${buyer}`,
      `/v1/ledger_transactions?order_id=${order.id}`,
    ]
    for (const path of paths) {
      expect([path, (await api.get(path)).status]).toEqual([path, 200])
      expect([path, (await api.get(path, { key: theirs })).status]).toEqual([path, 404])
    }
    const stream = await api.get(`/v1/orders/${order.id}/events`, {
      key: theirs,
      headers: { accept: 'text/event-stream' },
    })
    expect(stream.status).toBe(404)
    for (const path of [
      `/v1/orders/${order.id}/cancel`,
      `/v1/orders/${order.id}/choose_delivery`,
    ]) {
      const body = path.endsWith('cancel')
        ? {}
        : { line_id: order.lines[0].id, offer_id: quote.offers[0].id }
      expect((await api.post(path, body, { key: theirs })).status).toBe(404)
    }
    expect((await api.call('DELETE', `/v1/buyers/${buyer}`, { key: theirs })).status).toBe(404)
    for (const path of ['/v1/orders', '/v1/events']) {
      expect((await api.get(path, { key: theirs })).body.data).toEqual([])
    }
    const body = {
      offers: [quote.offers[0].id],
      buyer: ann,
      payment_method: { kind: 'card', token: 'tok' },
    }
    const stolen = await api.post('/v1/orders', body, { key: theirs })
    // As any offer that is not kept here: nobody learns that it is another's.
    expect([stolen.status, stolen.body.code]).toEqual([409, 'offer_expired'])
    const [kept] = await api.storage.sql<{ state: string }>(
      'select state from offer where id = $1',
      body.offers,
    )
    expect(kept?.state).toBe('open')
  })

  test('may use the same Idempotency-Key and the same reference', async () => {
    const theirs = await addKey(api.storage, await addStorefront(api.storage))
    const headers = { 'idempotency-key': 'same' }
    const body = { ...ann, reference: 'customer-1' }
    const [ours, other] = [
      await api.post('/v1/buyers', body, { headers }),
      await api.post('/v1/buyers', body, { headers, key: theirs }),
    ]
    expect([ours.status, other.status]).toEqual([201, 201])
    expect(other.body.id).not.toBe(ours.body.id)
  })
})

describe('a buyer', () => {
  test('is erased for good: the person is gone, the order stays', async () => {
    const order = await placedOrder(api)
    const path = `/v1/buyers/${order.buyer_id}`
    expect((await api.get(path)).body).toMatchObject(ann)
    expect((await api.call('DELETE', path)).status).toBe(204)
    expect((await api.call('DELETE', path)).status).toBe(204)
    expect((await api.get(path)).body).toMatchObject({ name: null, email: null, phone: null })
    expect((await api.get(`/v1/orders/${order.id}`)).status).toBe(200)
    const again = await quoteOn(api, { buyer_id: order.buyer_id })
    expect([again.status, again.body.code]).toEqual([422, 'buyer_unknown'])
  })

  test('has a reference of its own', async () => {
    await api.post('/v1/buyers', { ...ann, reference: 'twin' })
    const twin = await api.post('/v1/buyers', { ...ann, reference: 'twin' })
    expect([twin.status, twin.body.code, twin.body.param]).toEqual([
      409,
      'state_conflict',
      '/reference',
    ])
  })
})

describe('the budget of a key', () => {
  test('is told in the headers, is one for each kind of call, and ends in 429', async () => {
    const small = await apiForTest({ budgetFactor: 2 / budgets.orders })
    try {
      const first = await small.post('/v1/buyers', ann)
      expect(first.headers.get('ratelimit-policy')).toContain('"orders"; q=2; w=60')
      expect(first.headers.get('ratelimit')).toContain('"orders"; r=1')
      await small.post('/v1/buyers', ann)
      const third = await small.post('/v1/buyers', ann)
      expect([third.status, third.body.code, third.body.retryable]).toEqual([
        429,
        'rate_limited',
        true,
      ])
      expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await quoteOn(small)).status).toBe(201)
      const other = await addKey(small.storage, small.storefrontId)
      expect((await small.post('/v1/buyers', ann, { key: other })).status).toBe(201)
    } finally {
      await small.close()
    }
  })
})
