// The dispatch rules of a region: versions with who and why, nobody's change lost, every change taken back.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { defaultDispatchRules } from '../../domain/dispatch/rules.ts'
import { dispatchRulesInForce } from '../../storage/rules.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addKey } from './world.ts'

const path = '/v1/regions/springfield/dispatch_rules'
const why = { author: 'Pat Planner', reason: 'Trucks drove too far' }

let api: Stack
beforeAll(async () => {
  api = await apiForTest()
})
afterAll(async () => api.close())

const etagNow = async () => (await api.get(path)).headers.get('etag') ?? ''

async function change(rules: unknown, headers: Record<string, string>, more = {}) {
  return await api.call('PUT', path, { body: { rules, ...why, ...more }, headers })
}

const farther = (maxDeviationMeters: number) => ({ ...defaultDispatchRules, maxDeviationMeters })

test('where nobody has changed them the defaults are in force, as version 0', async () => {
  const { status, body } = await api.get(path)
  expect(status).toBe(200)
  expect(body).toMatchObject({ version: 0, rules: defaultDispatchRules, created_at: null })
  expect((await api.get(`${path}/versions`)).body.data).toEqual([])
})

test('a change is a new version that says who and why, in force at once, and can be taken back', async () => {
  const etag = await etagNow()
  const changed = await change(farther(5_000), { 'if-match': etag }, { simulation_id: 'sim_1' })
  expect(changed.status).toBe(200)
  const { version } = changed.body
  expect(changed.body).toMatchObject({ ...why, simulation_id: 'sim_1', restored_version: null })
  expect(changed.headers.get('etag')).toBe(await etagNow())
  const inForce = await dispatchRulesInForce(api.storage, 'springfield')
  expect([inForce.version, inForce.rules]).toEqual([version, farther(5_000)])

  const back = { version: 0, author: 'Ola Operator', reason: 'Buyers waited' }
  const headers = { 'if-match': await etagNow() }
  const restored = await api.post(`${path}/restore`, back, { headers })
  expect(restored.body).toMatchObject({
    version: version + 1,
    restored_version: 0,
    rules: defaultDispatchRules,
    author: 'Ola Operator',
  })
  const { body: history } = await api.get(`${path}/versions?limit=1`)
  expect([history.data[0].version, history.has_more]).toEqual([version + 1, true])
  const { body: older } = await api.get(`${path}/versions?cursor=${history.next_cursor}`)
  expect(older.data.map((one: { version: number }) => one.version)).toEqual([version])
  expect((await api.get(`${path}/versions/${version}`)).body.rules).toEqual(farther(5_000))
})

test('of two who have read the same version the second is told so', async () => {
  const etag = await etagNow()
  const answers = await Promise.all(
    [6_000, 7_000].map((meters) => change(farther(meters), { 'if-match': etag })),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412])
  expect((await change(farther(8_000), { 'if-match': etag })).status).toBe(412)
  expect((await change(farther(8_000), { 'if-match': `W/${await etagNow()}` })).status).toBe(412)
  expect((await change(farther(8_000), {})).body.code).toBe('precondition_required')
})

test('what is left out of the rules is as by default', async () => {
  const { weights } = defaultDispatchRules
  const headers = { 'if-match': await etagNow() }
  const { body } = await change({ weights: { ...weights, waitingMinutes: 7 } }, headers)
  const expected = { ...defaultDispatchRules, weights: { ...weights, waitingMinutes: 7 } }
  expect(body.rules).toEqual(expected)
})

const broken: [string, unknown][] = [
  ['/rules/maxDeviationMeters', farther(-1)],
  ['/rules/maxDeviationMeters', { ...defaultDispatchRules, maxDeviationMeters: 'far' }],
  ['/rules/batchIntervalMs', { ...defaultDispatchRules, batchIntervalMs: 0.5 }],
  [
    '/rules/weights/whim',
    { ...defaultDispatchRules, weights: { ...defaultDispatchRules.weights, whim: 1 } },
  ],
  ['/rules/weights', { ...defaultDispatchRules, weights: null }],
  ['/rules', null],
]

test.each(broken)('rules that break their schema are refused at %s', async (param, rules) => {
  const { status, body } = await change(rules, { 'if-match': await etagNow() })
  expect([status, body.code, body.param]).toEqual([400, 'invalid_request', param])
})

test('a change without its reason, of a region or to a version that is none, is refused', async () => {
  const headers = { 'if-match': await etagNow() }
  const nameless = await change(farther(1), headers, { author: '' })
  expect([nameless.status, nameless.body.param]).toEqual([400, '/author'])
  expect((await api.get('/v1/regions/atlantis/dispatch_rules')).status).toBe(404)
  expect((await api.get(`${path}/versions/4711`)).status).toBe(404)
  const restored = await api.post(`${path}/restore`, { version: 4711, ...why }, { headers })
  expect([restored.status, restored.body.param]).toEqual([404, '/version'])
})

test('reading needs one scope, changing another', async () => {
  const reader = await addKey(api.storage, api.storefrontId, { scopes: ['rules:read'] })
  expect((await api.get(path, { key: reader })).status).toBe(200)
  const body = { rules: defaultDispatchRules, ...why }
  const changed = await api.call('PUT', path, { key: reader, body, headers: { 'if-match': '*' } })
  expect([changed.status, changed.body.code]).toEqual([403, 'scope_missing'])
  const shop = await addKey(api.storage, api.storefrontId, { scopes: ['orders:read'] })
  expect((await api.get(path, { key: shop })).status).toBe(403)
})
