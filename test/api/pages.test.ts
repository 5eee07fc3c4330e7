// What is served without a key: health, metrics, documentation, the demo's inbox, artifacts behind signed links.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { asDomainError } from '../../api/problem.ts'
import { openArtifactFiles } from '../../services/artifacts/files.ts'
import { signLink } from '../../services/artifacts/links.ts'
import { failureOf } from '../support/failures.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { placedOrder, quoteOn } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'

let api: Stack
const dataKey = Buffer.from('5b'.repeat(32), 'hex')
const artifacts = openArtifactFiles({ dir: testDir('api-artifacts'), dataKey })
beforeAll(async () => {
  api = await apiForTest({
    change: (deps) => {
      deps.artifacts = artifacts
    },
  })
})
afterAll(async () => api.close())

const open = { key: null }

test('the process says that it lives, and which of its parts do not answer', async () => {
  expect((await api.get('/healthz', open)).body).toEqual({ status: 'ok' })
  // Whoever asks while the machine stalls is told that the database does not answer either.
  const { status, body } = await until(async () => {
    const asked = await api.get('/readyz', open)
    return asked.body.parts.database === 'ok' ? asked : null
  })
  expect([status, body]).toEqual([
    503,
    { status: 'not_ready', parts: { database: 'ok', temporal: 'unreachable' } },
  ])
})

test('metrics count quotes and orders and time requests by route, never by address', async () => {
  await placedOrder(api)
  await api.get('/v1/somewhere/else')
  const { text, headers } = await api.get('/metrics', open)
  expect(headers.get('content-type')).toContain('text/plain')
  expect(text).toContain('fabroute_quotes_total{offered="yes"} 1')
  expect(text).toContain('fabroute_orders_total 1')
  expect(text).toMatch(
    /fabroute_http_request_seconds_count\{method="POST",route="\/v1\/orders",status="201"\} 1/,
  )
  expect(text).not.toContain('somewhere')
})

describe('the documentation', () => {
  test('is served whole from here, under a policy that lets nothing else in', async () => {
    const { text, headers } = await api.get('/docs', open)
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(headers.get('content-security-policy')).not.toContain('unsafe-eval')
    expect(text).not.toMatch(/https?:\/\//)
    const linked = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? '')
    expect(linked.length).toBeGreaterThan(3)
    for (const path of linked)
      expect([path, (await api.get(path, open)).status]).toEqual([path, 200])
    expect((await api.get('/openapi.json', open)).body.openapi).toBe('3.1.0')
    expect((await api.get('/', open)).headers.get('location')).toBe('/docs')
  })
})

describe('the inbox', () => {
  test('says that it is empty, then shows mail newest first and harmless', async () => {
    expect((await api.get('/inbox', open)).text).toContain('No mail yet')
    const [, icon = ''] =
      /rel="icon" href="([^"]+)"/.exec((await api.get('/inbox', open)).text) ?? []
    expect((await api.get(icon, open)).status).toBe(200)
    const insert = `insert into inbox_mail (id, message_id, sender, recipient, subject, text, received_at)
      values ($1, $1, 'shop@example.com', 'ann@example.com', $2, $3, $4)`
    await api.storage.sql(insert, ['m1', 'First', 'Hello', new Date(1000)])
    await api.storage.sql(insert, ['m2', '<script>alert(1)</script>', 'A & B', new Date(2000)])
    const { text } = await api.get('/inbox', open)
    expect(text).not.toContain('<script>')
    expect(text.indexOf('&lt;script&gt;')).toBeLessThan(text.indexOf('First'))
    expect(text).toContain('A &amp; B')
  })

  test('is not there where it is switched off', async () => {
    const quiet = await apiForTest({
      change: (deps) => {
        deps.settings = { ...deps.settings, inbox: false }
      },
    })
    expect((await quiet.get('/inbox', open)).status).toBe(404)
    await quiet.close()
  })
})

describe('an artifact', () => {
  test('is handed to whoever holds a link that is signed and has not expired', async () => {
    const bytes = randomBytes(200_000)
    const { sha256 } = await artifacts.put(bytes)
    const link = signLink({ sha256, expiresAtMs: Date.now() + 60_000 }, dataKey)
    const response = await fetch(api.url + link)
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    const expired = signLink({ sha256, expiresAtMs: Date.now() - 60_000 }, dataKey)
    const missing = signLink({ sha256: '0'.repeat(64), expiresAtMs: Date.now() + 60_000 }, dataKey)
    const wrong = [
      expired,
      missing,
      `/artifacts/${sha256}`,
      `${link.slice(0, -2)}AA`,
      `${link}&x=1`,
      '/artifacts/..%2f..',
    ]
    for (const path of wrong)
      expect([path, (await api.get(path, open)).status]).toEqual([path, 404])
  })
})

const away = async () =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))

test('while the database is away every call is 503, may be repeated, and succeeds when it is back', async () => {
  const { asTenant, sql, call } = api.deps.storage
  expect((await api.get('/v1/items')).status).toBe(200)
  Object.assign(api.deps.storage, { asTenant: away, sql: away, call: away })
  const answers = [await api.get('/v1/items'), await quoteOn(api), await api.get('/v1/orders')]
  Object.assign(api.deps.storage, { asTenant, sql, call })
  for (const { status, body, headers } of answers) {
    expect([status, body.code, body.retryable, headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      true,
      '1',
    ])
  }
  expect((await quoteOn(api)).status).toBe(201)
})

test('a connection that is lost between two statements is a database that is away as well', async () => {
  const lost = api.deps.storage.asTenant(api.storefrontId, async ({ sql }) => {
    const [own] = await sql<{ pid: number }>('select pg_backend_pid() as pid')
    await api.storage.sql('select pg_terminate_backend($1, 60000)', [own?.pid])
    // Until it is answered, ours has heard of its end, and takes no statement any more.
    await api.storage.ping()
    await sql('select 1')
  })
  expect(asDomainError(await failureOf(lost)).code).toBe('unavailable')
})
