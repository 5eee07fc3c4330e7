// A repeated call is answered with the very bytes of the first, and never has a second effect.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ann, offerOn, orderOf } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'

let api: Stack
let failing = false
beforeAll(async () => {
  api = await apiForTest({
    change: (deps) => {
      const { plan } = deps.quoting
      deps.quoting = {
        ...deps.quoting,
        plan: async (need, survey) => {
          if (failing) throw new Error('the planner has a bug')
          return plan(need, survey)
        },
      }
    },
  })
})
afterAll(async () => api.close())

const under = (key: string) => ({ headers: { 'idempotency-key': key } })

test('a repeat is byte-identical, says that it is one, and reads the same whatever the order of fields', async () => {
  const key = crypto.randomUUID()
  const first = await api.post('/v1/buyers', ann, under(key))
  const raw = JSON.stringify({ phone: ann.phone, email: ann.email, name: ann.name }, null, 2)
  const again = await api.post('/v1/buyers', undefined, { raw, ...under(key) })
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.text).toBe(first.text)
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  expect([
    first.headers.get('idempotent-replayed'),
    again.headers.get('idempotent-replayed'),
  ]).toEqual([null, 'true'])
})

test('a refusal is replayed as well', async () => {
  const key = crypto.randomUUID()
  const body = orderOf(['ofr_none'])
  const first = await api.post('/v1/orders', body, under(key))
  const again = await api.post('/v1/orders', body, under(key))
  expect([first.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([
    422,
    first.text,
    'true',
  ])
})

test('a key with another body is 422, on another address it is another call', async () => {
  const key = crypto.randomUUID()
  await api.post('/v1/buyers', ann, under(key))
  const other = await api.post('/v1/buyers', { ...ann, name: 'Bob' }, under(key))
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
  const elsewhere = await api.post('/v1/orders', orderOf([await offerOn(api)]), under(key))
  expect(elsewhere.status).toBe(201)
})

test('a call without a key, or with one that is none, is 400', async () => {
  const missing = await api.call('POST', '/v1/buyers', { body: ann })
  expect([missing.status, missing.body.code]).toEqual([400, 'idempotency_key_missing'])
  for (const key of ['k'.repeat(256), 'with space', 'ümlaut']) {
    const { status, body } = await api.post('/v1/buyers', ann, under(key))
    expect([status, body.code]).toEqual([400, 'invalid_request'])
  }
})

test('a call that runs is 409; one that died while it ran is taken over once its lock has lapsed', async () => {
  const key = crypto.randomUUID()
  const first = await api.post('/v1/buyers', ann, under(key))
  // As a process leaves it that was killed in the middle.
  const asKilled = `update idempotency
    set state = 'running', created_at = now(), status = null, headers = null, body = null`
  await api.storage.sql(`${asKilled} where key = $1`, [key])
  const meanwhile = await api.post('/v1/buyers', ann, under(key))
  expect([meanwhile.status, meanwhile.body.code, meanwhile.body.retryable]).toEqual([
    409,
    'idempotency_in_flight',
    true,
  ])
  expect(meanwhile.headers.get('retry-after')).toBe('1')
  await api.storage.sql(
    `update idempotency set created_at = now() - interval '1 minute' where key = $1`,
    [key],
  )
  const later = await api.post('/v1/buyers', ann, under(key))
  expect(later.status).toBe(201)
  expect(later.body.id).not.toBe(first.body.id)
})

test('an answer is forgotten after a day', async () => {
  const key = crypto.randomUUID()
  const first = await api.post('/v1/buyers', ann, under(key))
  await api.storage.sql(
    `update idempotency set created_at = now() - interval '25 hours' where key = $1`,
    [key],
  )
  const nextDay = await api.post('/v1/buyers', { ...ann, name: 'Bob' }, under(key))
  expect(nextDay.status).toBe(201)
  expect(nextDay.body.id).not.toBe(first.body.id)
})

test('what failed on our side is not kept: the same key may succeed later', async () => {
  const key = crypto.randomUUID()
  const body = {
    destination: { address: '742 Evergreen Terrace' },
    lines: [{ item_id: 'itm_handle', quantity: 1 }],
  }
  failing = true
  const first = await api.post('/v1/quotes', body, under(key))
  failing = false
  expect([first.status, first.body.code, first.body.retryable]).toEqual([500, 'internal', true])
  expect(first.text).not.toContain('bug')
  expect((await api.post('/v1/quotes', body, under(key))).status).toBe(201)
})
