// Reading: pages without gaps or doubles while rows are added, search, ETags, and what is kept out of sight.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { placedOrder } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addItem, itemId } from './world.ts'

let api: Stack
beforeAll(async () => {
  api = await apiForTest({ compartments: 50 })
})
afterAll(async () => api.close())

async function allPages(
  path: string,
  between: () => Promise<unknown> = async () => Promise.resolve(),
): Promise<string[]> {
  const ids: string[] = []
  for (let cursor = ''; ;) {
    const { status, body } = await api.get(
      `${path}${path.includes('?') ? '&' : '?'}limit=4${cursor}`,
    )
    expect(status).toBe(200)
    ids.push(...body.data.map(({ id }: { id: string }) => id))
    if (!body.has_more) return ids
    await between()
    cursor = `&cursor=${body.next_cursor}`
  }
}

test('pages of orders show each once, newest first, also while orders are added', async () => {
  const placed: string[] = []
  for (let n = 0; n < 10; n += 1) {
    placed.unshift((await placedOrder(api)).id)
    await api.freeAll()
  }
  const seen = await allPages('/v1/orders', async () => {
    await placedOrder(api)
    await api.freeAll()
  })
  expect(seen).toEqual(placed)
})

test('pages stay whole where many rows were made in the same millisecond', async () => {
  const made = await Promise.all(
    Array.from({ length: 11 }, async (_, n) => addItem(api.storage, { title: `Twin ${n}` })),
  )
  await api.storage.sql(`update item set created_at = '2026-01-01' where id = any($1)`, [made])
  const seen = await allPages('/v1/items?q=twin')
  expect(seen.toSorted()).toEqual(made.toSorted())
  expect(new Set(seen).size).toBe(11)
})

async function titles(q: string): Promise<string[]> {
  const { body } = await api.get(`/v1/items?q=${encodeURIComponent(q)}`)
  return body.data.map(({ title }: { title: string }) => title)
}

test('a search finds words of title and description, and survives any text', async () => {
  expect(await titles('faucet')).toEqual(['Faucet handle'])
  expect(await titles('handle cross grip')).toContain('Faucet handle')
  expect(await titles('unicorn')).toEqual([])
  for (const q of ["'", '"', '& | ! ( )', '%', '\\', ':*', 'a:b', '💡'])
    expect(await titles(q)).toEqual([])
})

test('orders are filtered by status, buyer and reference', async () => {
  const order = await placedOrder(api, { reference: 'cart-7' })
  for (const query of ['reference=cart-7', `buyer_id=${order.buyer_id}`]) {
    const { body } = await api.get(`/v1/orders?${query}&expand[]=payments`)
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([order.id])
    expect(body.data[0].payments).toHaveLength(1)
  }
  expect((await api.get('/v1/orders?status=settled')).body.data).toEqual([])
  const { status, body } = await api.get('/v1/orders?status=eaten')
  expect([status, body.param]).toEqual([400, '/query/status'])
  expect(body.detail).toMatch(/must be one of awaiting_authorization, .*on_hold/)
})

test('an unchanged thing is 304 to whoever has it, a changed one is not', async () => {
  const order = await placedOrder(api)
  const paths = [
    `/v1/orders/${order.id}`,
    `/v1/items/${itemId}`,
    '/v1/sites/sit_lockers',
    '/v1/machines/mac_truck',
  ]
  for (const path of paths) {
    const first = await api.get(path)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]+"$/)
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const again = await api.get(path, { headers: { 'if-none-match': known } })
      expect([path, again.status, again.text]).toEqual([path, 304, ''])
    }
    expect((await api.get(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  }
  const etag = (await api.get(paths[0] ?? '')).headers.get('etag') ?? ''
  await api.storage.sql(`update orders set hold_reason = 'payment_declined' where id = $1`, [
    order.id,
  ])
  expect((await api.get(paths[0] ?? '', { headers: { 'if-none-match': etag } })).status).toBe(200)
})

test('sites, machines and trucks are read, and a home and its machine are nobody’s business', async () => {
  expect(await allPages('/v1/sites')).toEqual(['sit_lockers', 'sit_truck'])
  expect((await api.get('/v1/sites?kind=lockers')).body.data).toHaveLength(1)
  expect(await allPages('/v1/machines')).toEqual(['mac_locker', 'mac_truck'])
  expect((await api.get('/v1/machines?site_id=sit_truck')).body.data).toHaveLength(1)
  for (const path of [
    '/v1/sites/sit_home',
    '/v1/machines/mac_home',
    '/v1/vehicles/none',
    '/v1/items/none',
  ]) {
    expect([path, (await api.get(path)).status]).toEqual([path, 404])
  }
})

test('a truck shows where it is and how many stops it has, not whose they are', async () => {
  const stop = {
    id: 's',
    place: { lon: 1, lat: 2 },
    label: '742 Evergreen Terrace',
    fulfilmentId: 'ful_1',
  }
  const stops = JSON.stringify([{ ...stop, serviceSeconds: 60, readyAtMs: 0, dueAtMs: null }])
  await api.storage.sql('update vehicle set stops = $1::jsonb where id = $2', [
    stops,
    'veh_grocery',
  ])
  const { body, text } = await api.get('/v1/vehicles/veh_grocery')
  expect(body.stop_count).toBe(1)
  expect(text).not.toMatch(/Evergreen|ful_1/)
  await api.storage.sql(`update vehicle set stops = '[]'`)
})

test('the postings of an order are shown, and sum to zero in each unit', async () => {
  const { id } = await placedOrder(api)
  const postings = [
    { book: 'money', account: 'buyers', unit: 'USD', amount: '-1299' },
    { book: 'money', account: 'held', unit: 'USD', amount: '1299' },
  ]
  await api.storage.sql('select ledger_post($1, $2, $3, $4::jsonb)', [
    `hold/${id}`,
    'Payment held',
    id,
    JSON.stringify(postings),
  ])
  const { body } = await api.get(`/v1/ledger_transactions?order_id=${id}`)
  expect(body.data).toMatchObject([{ order_id: id, description: 'Payment held', postings }])
  expect((await api.get('/v1/ledger_transactions?order_id=ord_none')).status).toBe(404)
})
