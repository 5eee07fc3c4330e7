// The parts that every test file can have: each answers, and each caller gets its own.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connectAsync } from 'mqtt'
import { Client } from 'pg'
import {
  brokerForTest,
  postgresForTest,
  temporalForTest,
  type TestDatabase,
} from '../support/platform.ts'

let databases: TestDatabase[]

beforeAll(async () => {
  databases = await Promise.all([
    postgresForTest({ empty: true }),
    postgresForTest({ empty: true }),
  ])
})

afterAll(async () => {
  await Promise.all(databases.map(async (database) => await database.drop()))
})

test('two databases of one run do not see each other', async () => {
  const [mine, theirs] = databases.map(({ url }) => url)
  await query(mine, 'create table only_here (id int)')
  expect(await query(mine, `select to_regclass('only_here')::text as found`)).toBe('only_here')
  expect(await query(theirs, `select to_regclass('only_here')::text as found`)).toBeNull()
})

test('each caller gets a namespace of its own on the Temporal server', async () => {
  const first = await temporalForTest()
  const second = await temporalForTest()
  expect(second.address).toBe(first.address)
  expect(second.namespace).not.toBe(first.namespace)
})

test.each([undefined, 'aedes' as const])(
  'a broker of its own (%s) carries a message',
  async (engine) => {
    const broker = await brokerForTest(engine ? { engine } : {})
    const client = await connectAsync(broker.url, { protocolVersion: 5 })
    const arrived = new Promise<string>((resolve) => {
      client.once('message', (_topic, payload) => resolve(payload.toString()))
    })
    await client.subscribeAsync('greeting', { qos: 1 })
    await client.publishAsync('greeting', 'hello', { qos: 1 })
    expect(await arrived).toBe('hello')
    await client.endAsync()
    await broker.stop()
  },
)

async function query(url: string | undefined, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ found: unknown }>(sql)
  await client.end()
  return rows[0]?.found
}
