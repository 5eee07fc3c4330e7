// An order whose start was lost is started by the relay, once, however often it is tried and whatever is away.
import { Client, Connection } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { freePort } from '../../infra/ports.ts'
import { newId } from '../../storage/ids.ts'
import { addSimulation } from '../../storage/simulations.ts'
import { type Relay, startRelay } from '../../workers/relay.ts'
import { orderStart } from '../../workflows/messages.ts'
import * as world from '../activities/world.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { doorTo } from '../support/door.ts'
import { temporalForTest } from '../support/platform.ts'
import { until } from '../support/until.ts'

const log = pino({ level: 'silent' })
let db: TestStorage
let temporal: Awaited<ReturnType<typeof temporalForTest>>
let connection: Connection
let client: Client
let relays: Relay[]

beforeAll(async () => {
  db = await storageForTest()
  temporal = await temporalForTest()
  connection = await Connection.connect({ address: temporal.address, connectTimeout: '1 minute' })
  client = new Client({ connection, namespace: temporal.namespace })
})
beforeEach(() => {
  relays = []
})
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()))
})
afterAll(async () => {
  await connection.close()
  await db.close()
})

const relay = (by = client) => relays.push(startRelay({ storage: db.storage, client: by, log }))

/** An order that was placed so many seconds ago, below zero later, and whose workflow nobody started. */
async function placeLost(secondsAgo = 60): Promise<string> {
  const site = await world.addLockers(db.storage, { region: world.newRegion() })
  const { orderId } = await world.placeOrder(db.storage, await world.addItem(db.storage), site)
  await db.storage.sql(
    'update orders set created_at = now() - make_interval(secs => $2) where id = $1',
    [orderId, secondsAgo],
  )
  return orderId
}

const startedAt = async (orderId: string) => {
  const query = 'select workflow_started_at as at from orders where id = $1'
  return (await world.row<{ at: Date | null }>(db.storage, query, orderId)).at
}
const untilStarted = async (orderId: string) =>
  await until(async () => await startedAt(orderId), {
    what: `${orderId} is known to run`,
    // As long as connecting anew takes at most.
    timeoutMs: 90_000,
  })

const describe = async (orderId: string) =>
  await client.workflow.getHandle(`order/${orderId}`).describe()

test('a lost order is started, with a summary that tells what it is and nothing personal', async () => {
  const orderId = await placeLost()
  relay()
  await untilStarted(orderId)
  const execution = await describe(orderId)
  expect(execution).toMatchObject({ type: 'order', taskQueue: 'orders' })
  expect(execution.status.name).toBe('RUNNING')
  expect(await execution.staticSummary()).toBe(`Order ${orderId}: Faucet handle`)
})

test('one that runs already, or has ended, is left as it is and noted', async () => {
  const [runs, ended] = [await placeLost(), await placeLost()]
  const story = { summary: 'By the API', details: '', searched: {} }
  for (const orderId of [runs, ended]) {
    await client.workflow.start('order', orderStart({ orderId, ...story }))
  }
  await client.workflow.getHandle(`order/${ended}`).terminate()
  relay()
  await untilStarted(runs)
  await untilStarted(ended)
  expect(await (await describe(runs)).staticSummary()).toBe('By the API')
  expect((await describe(ended)).status.name).toBe('TERMINATED')
})

test('what the API may still be starting is not taken for lost', async () => {
  const fresh = await placeLost(-3600)
  const lost = await placeLost()
  relay()
  await untilStarted(lost)
  expect(await startedAt(fresh)).toBeNull()
})

test('two relays at once start an order once', async () => {
  const orders = await Promise.all([placeLost(), placeLost(), placeLost()])
  relay()
  relay()
  for (const orderId of orders) {
    await untilStarted(orderId)
    expect((await describe(orderId)).historyLength).toBeLessThanOrEqual(2)
  }
})

test('while Temporal is away it goes on trying, and starts the order when it is back', async () => {
  const orderId = await placeLost()
  const port = await freePort()
  const away = Connection.lazy({ address: `127.0.0.1:${port}`, connectTimeout: 1_000 })
  const refusals: unknown[] = []
  const noted = pino(
    { level: 'warn' },
    { write: (line: string) => void refusals.push(JSON.parse(line)) },
  )
  const through = new Client({ connection: away, namespace: temporal.namespace })
  relays.push(startRelay({ storage: db.storage, client: through, log: noted }))
  await until(() => refusals.length > 0, { what: 'a try that fails' })
  expect(await startedAt(orderId)).toBeNull()
  const [host = '', serverPort] = temporal.address.split(':')
  const door = await doorTo({ host, port: Number(serverPort) }, port)
  await untilStarted(orderId)
  expect((await describe(orderId)).status.name).toBe('RUNNING')
  await Promise.all(relays.splice(0).map((one) => one.stop()))
  await away.close()
  await door.close()
})

test('a simulation whose start was lost is started too, once', async () => {
  const id = newId('sim')
  await addSimulation(db.storage, {
    id,
    storefrontId: newId('sto'),
    kind: 'run',
    author: 'Pat Planner',
    scenarios: [],
    design: { replications: 2, seed: 1, level: 0.95, warmUpHours: 0 },
    expected: 2,
  })
  await db.storage.sql(`update simulation set created_at = now() - interval '1 minute'`)
  relay()
  relay()
  const started = 'select 1 from simulation where id = $1 and workflow_started_at is not null'
  await until(async () => (await db.storage.sql(started, [id])).length > 0, { what: 'the start' })
  const { status, type } = await client.workflow.getHandle(`simulation/${id}`).describe()
  expect([status.name, type]).toEqual(['RUNNING', 'simulation'])
})
