// The API as a process: says what its environment lacks, says when it is ready, and ends cleanly.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { apiConfig, ordersWorkerConfig } from '../../config.ts'
import { freePort } from '../../infra/ports.ts'
import { cityOsm } from '../../services/router/city.ts'
import { asApiRole, dataKey } from '../storage/fixture.ts'
import { postgresForTest, testDir } from '../support/platform.ts'

const dir = testDir('api-process')
const main = join(import.meta.dirname, '../../api/main.ts')
let database: Awaited<ReturnType<typeof postgresForTest>>

beforeAll(async () => {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'city.osm'), cityOsm())
  database = await postgresForTest()
})
afterAll(async () => {
  await database.drop()
  rmSync(dir, { recursive: true })
})

const environmentOf = (port: number, databaseUrl: string) => ({
  API_DATABASE_URL: databaseUrl,
  DATA_KEY: dataKey,
  TEMPORAL_ADDRESS: '127.0.0.1:9',
  MAP: join(dir, 'city.osm'),
  ARTIFACTS_DIR: dir,
  API_PORT: String(port),
})

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line))
  const ready = (async () => {
    for await (const line of reader) if (line.includes('"msg":"ready"')) return
  })()
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  // What it has said is whole only when its pipes are closed too.
  const ended = once(child, 'close').then(([code]): unknown => code)
  return { child, lines, ready, ended, errors: () => errors }
}

test('it listens, answers, and ends with 0 on SIGTERM, streams and all', async () => {
  const port = await freePort()
  const api = start(environmentOf(port, asApiRole(database.url)))
  await api.ready
  const { status, headers } = await fetch(`http://127.0.0.1:${port}/healthz`)
  expect(status).toBe(200)
  // Whoever waits shorter than this before the next call never finds the connection closed.
  expect(headers.get('keep-alive')).toBe('timeout=75')
  await fetch(`http://127.0.0.1:${port}/v1/items?q=ann%40example.com`)
  api.child.kill('SIGTERM')
  expect(await api.ended).toBe(0)
  expect(api.lines.join()).not.toContain('example.com')
})

test('without its database it ends with an error, for whoever supervises it to start it anew', async () => {
  const api = start(environmentOf(await freePort(), 'postgres://nobody@127.0.0.1:9/none'))
  expect(await api.ended).toBe(1)
  expect(api.errors()).toContain('ECONNREFUSED')
})

test('it names everything that its environment lacks, and shows no secret', async () => {
  const api = start({ DATA_KEY: 'secret', API_PORT: '99999', API_DATABASE_URL: 'mysql://x' })
  expect(await api.ended).not.toBe(0)
  for (const name of [
    'API_DATABASE_URL',
    'DATA_KEY',
    'TEMPORAL_ADDRESS',
    'MAP',
    'API_PORT',
    'ARTIFACTS_DIR',
  ]) {
    expect(api.errors()).toContain(name)
  }
  expect(api.errors()).not.toContain('secret')
})

test('what is read is frozen, with its defaults', () => {
  const config = apiConfig(environmentOf(1, 'postgres://x@localhost/x'))
  expect(config).toMatchObject({
    host: '127.0.0.1',
    inbox: false,
    temporalNamespace: 'default',
    osrmUrl: null,
  })
  expect(Object.isFrozen(config)).toBe(true)
})

const apiOf = (name: string) =>
  apiConfig({ ...environmentOf(1, 'postgres://x@localhost/x'), CARRIER: name })

test('a carrier has a name that fits into an address, and a key where it has a server', () => {
  expect(apiOf('swift-post').carrier).toBe('swift-post')
  for (const name of ['Swift Post', '../x', 'x'.repeat(41)]) {
    expect(() => apiOf(name)).toThrow(/CARRIER must be a short name/)
  }
  expect(() => ordersWorkerConfig({ CARRIER_URL: 'https://carrier.example' })).toThrow(
    /CARRIER_KEY is missing/,
  )
  expect(() => ordersWorkerConfig({})).toThrow(/^(?!.*CARRIER)/s)
})
