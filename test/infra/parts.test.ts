// Each part beside us: starts, answers, comes back after SIGKILL with its data, stops without
// leftovers, evades a taken port.
import { createServer } from 'node:net'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { connectAsync } from 'mqtt'
import { Client } from 'pg'
import { hasMosquitto, startBroker, type BrokerEngine } from '../../infra/broker.ts'
import { secret } from '../../infra/files.ts'
import { accepts, askedPort, freePort } from '../../infra/ports.ts'
import { startPostgres } from '../../infra/postgres.ts'
import { isAlive } from '../../infra/processes.ts'
import type { Part } from '../../infra/supervise.ts'
import { startTemporal } from '../../infra/temporal.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'

const dir = testDir('parts')
// In CI a real part that is missing is a failure, not a test that is left out.
const engines: BrokerEngine[] =
  hasMosquitto() || process.env['CI'] ? ['mosquitto', 'aedes'] : ['aedes']

afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Kind {
  name: string
  start: (place: string, preferredPort?: number) => Promise<Part>
  /** Fails while the part does not do its work. */
  answers: (part: Part) => Promise<unknown>
}

const kinds: Kind[] = [
  {
    name: 'postgres',
    start: async (place, preferredPort) =>
      await startPostgres({ dir: join(dir, place), durable: false, preferredPort }),
    answers: async ({ url }) => await query(url, 'select 1 as found'),
  },
  {
    name: 'temporal',
    start: async (place, preferredPort) =>
      await startTemporal({ dir: join(dir, place), ui: false, preferredPort }),
    answers: async ({ url }) => {
      if (!(await accepts('127.0.0.1', portOf(url), 60_000))) throw new Error('refused')
    },
  },
  ...engines.map((engine) => ({
    name: engine,
    start: async (place: string, preferredPort?: number) =>
      await startBroker({ dir: join(dir, place), engine, preferredPort }),
    answers: async ({ url }: Part) => {
      const client = await connectAsync(url, { reconnectPeriod: 0, connectTimeout: 60_000 })
      await client.endAsync()
    },
  })),
]

describe.each(kinds)('$name', ({ name, start, answers }) => {
  let part: Part

  beforeAll(async () => {
    part = await start(name)
  })

  afterAll(async () => {
    await part.stop()
  })

  test('answers, and answers again at the same address after it was killed', async () => {
    await answers(part)
    const first = part.pid()!
    process.kill(first, 'SIGKILL')
    await until(() => part.pid() !== null && part.pid() !== first)
    await until(async () => await works(async () => await answers(part)))
  })

  test('takes another port when the one it prefers is taken', async () => {
    const taken = createServer()
    const port = await freePort()
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
    const other = await start(`${name}-evading`, port)
    expect(portOf(other.url)).not.toBe(port)
    await answers(other)
    const pid = other.pid()!
    await other.stop()
    expect(isAlive(pid)).toBe(false)
    await new Promise((resolve) => taken.close(resolve))
  })
})

test('what was committed is there after PostgreSQL was killed', async () => {
  const part = await startPostgres({ dir: join(dir, 'durable') })
  await query(part.url, 'create table kept as select 42 as found')
  const first = part.pid()!
  process.kill(first, 'SIGKILL')
  await until(async () => await works(async () => await query(part.url, 'select 1 as found')))
  expect(await query(part.url, 'select found from kept')).toBe(42)
  await part.stop()
})

test('a part that is given by its URL is used as it is and never ended', async () => {
  const own = await startPostgres({ dir: join(dir, 'given') })
  const found = await startPostgres({ dir: join(dir, 'unused'), url: own.url })
  expect(found).toMatchObject({ url: own.url, embedded: false })
  expect(found.pid()).toBeNull()
  await found.stop()
  expect(await query(own.url, 'select 1 as found')).toBe(1)
  await own.stop()
})

test.each(engines)('%s turns away who has not its password', async (engine) => {
  const part = await startBroker({ dir: join(dir, `closed-${engine}`), engine })
  const options = { reconnectPeriod: 0, protocolVersion: 5 as const }
  const anonymous = `mqtt://127.0.0.1:${portOf(part.url)}`
  await expect(connectAsync(anonymous, options)).rejects.toThrow()
  await expect(
    connectAsync(`mqtt://fabroute:wrong@127.0.0.1:${portOf(part.url)}`, options),
  ).rejects.toThrow()
  await part.stop()
})

test('a secret stays the same and only its owner can read it', () => {
  const place = join(dir, 'secrets')
  const first = secret(place, 'one')
  expect(secret(place, 'two')).not.toBe(first)
  expect(secret(place, 'one')).toBe(first)
  expect(statSync(join(place, 'secrets.json')).mode & 0o777).toBe(0o600)
})

async function query(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ found: unknown }>(sql)
    return rows[0]?.found
  } finally {
    await client.end()
  }
}

async function works(attempt: () => Promise<unknown>): Promise<boolean> {
  return await attempt().then(
    () => true,
    () => false,
  )
}

function portOf(url: string): number {
  return Number(url.split(':').at(-1)?.split('/')[0])
}

test('a port that was asked for is noted, so that who looks for the part in this folder finds it', () => {
  const asked = { dir: join(dir, 'asked'), name: 'api' }
  expect(askedPort(asked, 18_080)).toBe(18_080)
  expect(askedPort(asked, 18_081)).toBe(18_081)
  const noted: unknown = JSON.parse(readFileSync(join(dir, 'asked', 'ports.json'), 'utf8'))
  expect(noted).toEqual({ api: 18_081 })
})
