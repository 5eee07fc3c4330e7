// Simulations that are asked for over the API: run by a real worker, with figures, a report, and a way to stop them.
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { defaultDispatchRules } from '../../domain/dispatch/rules.ts'
import { openArtifactFiles } from '../../services/artifacts/files.ts'
import { plantContext } from '../../simulations/commands/plantContext.ts'
import { openExperiments } from '../../workers/openExperiments.ts'
import { dataKey } from '../storage/fixture.ts'
import { temporalForTest, testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addKey, addStorefront } from './world.ts'

let api: Stack
let native: NativeConnection
let worker: Awaited<ReturnType<typeof openExperiments>>
let running: Promise<void>
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const temporal = await temporalForTest()
  const artifacts = openArtifactFiles({
    dir: testDir('reports'),
    dataKey: Buffer.from(dataKey, 'hex'),
  })
  api = await apiForTest({ temporal, change: (deps) => (deps.artifacts = artifacts) })
  native = await NativeConnection.connect({ address: temporal.address })
  const { namespace } = temporal
  const { storage } = api
  worker = await openExperiments({
    connection: native,
    namespace,
    storage,
    artifacts,
    threads: 1,
    ...plantContext,
  })
  running = worker.run()
})
afterAll(async () => {
  worker.shutdown()
  await running
  await native.close()
  await api.close()
})

const { weights } = defaultDispatchRules
const evergreen = (deviationMinutes: number) => ({
  scenario: 'evergreen-terrace',
  rules: { ...defaultDispatchRules, weights: { ...weights, deviationMinutes } },
  name: `deviation ${deviationMinutes}`,
})

const ask = (changes: Record<string, unknown> = {}) =>
  api.post('/v1/simulations', {
    kind: 'run',
    scenarios: [evergreen(2)],
    replications: 2,
    author: 'Pat Planner',
    ...changes,
  })

async function ended(id: string) {
  return await until(
    async () => {
      const { status, body } = await api.get(`/v1/simulations/${id}`)
      expect(status).toBe(200)
      return ['queued', 'running'].includes(body.state) ? null : body
    },
    { timeoutMs: 60_000, everyMs: 100, what: 'an end' },
  )
}

test('a comparison ends with its verdict, its figures and a report that can be read', async () => {
  const scenarios = [evergreen(0), evergreen(20)]
  const { status, body } = await ask({ kind: 'compare', scenarios })
  expect([status, body.state, body.allowed_actions]).toEqual([201, 'queued', ['cancel']])
  const found = await ended(body.id)
  expect([found.failure, found.state]).toEqual([null, 'completed'])
  expect(found.scenarios.map(({ name }: { name: string }) => name)).toEqual([
    'deviation 0',
    'deviation 20',
  ])
  expect(found.result.verdict).toMatch(/deviation 0|deviation 20/)
  expect(found.result.figures.minutesToBuyerP50).toHaveProperty('difference')
  expect(found.progress.done).toBe(found.progress.expected)
  const [report] = found.artifacts
  expect(report).toMatchObject({ name: 'report.html', media_type: 'text/html' })
  const page = await fetch(api.url + report.url)
  expect([page.status, (await page.text()).slice(0, 15)]).toEqual([200, '<!doctype html>'])
})

test('the same scenario and seed find the same, and the newest stands first', async () => {
  const one = await ended((await ask()).body.id)
  const other = await ended((await ask()).body.id)
  expect(other.result).toEqual(one.result)
  const { body } = await api.get('/v1/simulations?limit=2')
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual([other.id, one.id])
  const stranger = await addKey(api.storage, await addStorefront(api.storage))
  expect((await api.get(`/v1/simulations/${one.id}`, { key: stranger })).status).toBe(404)
})

test('a simulation is cancelled in the middle of a day, and not after', async () => {
  // A day of so many orders takes minutes.
  const orders = { generator: { perDay: 300_000 } }
  const long = await ask({ scenarios: [{ scenario: { name: 'endless', orders } }] })
  const { id } = long.body
  await until(async () => (await api.get(`/v1/simulations/${id}`)).body.state === 'running', {
    what: 'a start',
  })
  expect((await api.post(`/v1/simulations/${id}/cancel`, {})).status).toBe(202)
  expect(await ended(id)).toMatchObject({ state: 'cancelled', allowed_actions: [] })
  expect((await api.post(`/v1/simulations/${id}/cancel`, {})).body.code).toBe('state_conflict')
})

test('what is found out only while simulating fails at once and for good, with its place', async () => {
  const names = ['a', 'b', 'c']
  const junctions = names.map((name, at) => ({ name, place: { lon: at / 100, lat: 0 } }))
  const roads = [{ from: 'a', to: 'b', minutes: 1, kilometres: 1 }]
  const { body } = await ask({
    scenarios: [{ scenario: { name: 'parted', map: { junctions, roads } } }],
  })
  expect(await ended(body.id)).toMatchObject({
    state: 'failed',
    failure: '/map/roads is not connected: no way from "a" to "c"',
  })
  const short = await ask({ scenarios: [evergreen(2)], warm_up_hours: 3 })
  expect(await ended(short.body.id)).toMatchObject({
    state: 'failed',
    failure: 'a warm-up of 3 h leaves nothing of a day of 1 h',
  })
})

describe('what cannot be simulated is refused at its place:', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no scenario of that name', { scenarios: [{ scenario: 'noon' }] }, '/scenarios/0/scenario'],
    [
      'a scenario that names a file',
      { scenarios: [{ scenario: { name: 'x', map: { file: '/etc/passwd' } } }] },
      '/scenarios/0/scenario/map/file',
    ],
    [
      'a scenario that plays a recording',
      { scenarios: [{ scenario: { name: 'x', orders: { recording: '/etc/passwd' } } }] },
      '/scenarios/0/scenario/orders/recording',
    ],
    [
      'a scenario that is fitted to recordings',
      { scenarios: [{ scenario: { name: 'x', orders: { fittedTo: ['/etc/passwd'] } } }] },
      '/scenarios/0/scenario/orders/fittedTo',
    ],
    [
      'a scenario that starts from a file',
      { scenarios: [{ scenario: { name: 'x', extends: 'morning.json' } }] },
      '/scenarios/0/scenario/extends',
    ],
    [
      'a scenario with a field that nobody knows',
      { scenarios: [{ scenario: { name: 'x', whim: 1 } }] },
      '/scenarios/0/scenario/whim',
    ],
    ['two scenarios to run', { scenarios: [evergreen(1), evergreen(2)] }, '/scenarios'],
    ['one scenario to compare', { kind: 'compare' }, '/scenarios'],
    ['a single day', { replications: 1 }, '/replications'],
  ])('%s', async (_what, changes, param) => {
    const { status, body } = await ask(changes)
    expect([status, body.code, body.param]).toEqual([400, 'invalid_request', param])
  })

  test('without the scope', async () => {
    const key = await addKey(api.storage, api.storefrontId, { scopes: ['simulations:read'] })
    expect((await api.get('/v1/simulations', { key })).status).toBe(200)
    const scenarios = [evergreen(2)]
    const asked = { kind: 'run', scenarios, author: 'Pat' }
    expect((await api.post('/v1/simulations', asked, { key })).body.code).toBe('scope_missing')
  })
})
