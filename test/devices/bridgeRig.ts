// What the tests of the bridge share: a real broker, a real database, and an ear for whoever is told.
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import { pino } from 'pino'
import { openBridge, type Bridge, type BridgeOptions } from '../../devices/bridge/bridge.ts'
import type { Reports } from '../../devices/bridge/teller.ts'
import { topics } from '../../devices/contract/topics.ts'
import type { BrokerPart } from '../../infra/broker.ts'
import { moveAll } from '../../storage/states.ts'
import type { World } from '../storage/fixture.ts'
import { orderWorld, storageForTest, type TestStorage } from '../storage/fixture.ts'
import { brokerForTest } from '../support/platform.ts'

import { listen, type Ear } from './plant.ts'

export let broker: BrokerPart
export let database: TestStorage
export let ear: Ear
export let bridge: Bridge | null = null
export let world: World & { machineId: string; siteId: string }
export let told: { what: string; of: string; more: unknown[] }[]
export let temporalIsAway: boolean

beforeAll(async () => {
  broker = await brokerForTest()
  database = await storageForTest()
})

afterAll(async () => {
  await broker.stop()
  await database.close()
})

beforeEach(async () => {
  told = []
  temporalIsAway = false
  ear = await listen(broker.url, { acknowledge: false })
  world = await printingWorld(1)
})

afterEach(async () => {
  await bridge?.close()
  await ear.link.close()
})

/** An order whose job is on a machine, at an attempt. */
export async function printingWorld(attempt: number): Promise<typeof world> {
  const { storage } = database
  const ordered = await orderWorld(storage)
  const [machine] = await storage.sql<{ id: string; site_id: string }>(
    `select m.id, m.site_id from machine m join fulfilment f on f.site_id = m.site_id where f.id = $1`,
    [ordered.fulfilmentId],
  )
  if (!machine) throw new Error('no machine')
  await storage.sql(`update job set machine_id = $2, attempt = $3 where id = $1`, [
    ordered.jobId,
    machine.id,
    attempt,
  ])
  await storage.transaction(async (tx) => {
    await moveAll(tx, 'job', [ordered.jobId], 'assigned')
    await moveAll(tx, 'job', [ordered.jobId], 'preparing')
  })
  return { ...ordered, machineId: machine.id, siteId: machine.site_id }
}

const note =
  (what: string) =>
  async (of: string, ...more: unknown[]) => {
    if (temporalIsAway) throw new Error('Temporal is away')
    told.push({ what, of, more })
    return await Promise.resolve()
  }

export function recording(): Reports {
  return {
    heartbeat: note('heartbeat'),
    complete: note('complete'),
    fail: note('fail'),
    delivery: note('delivery'),
    freed: note('freed'),
    close: async () => await Promise.resolve(),
  }
}

type More = Partial<Pick<BridgeOptions, 'silenceMs' | 'storage'>>

export async function start(more: More = {}): Promise<void> {
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  bridge = openBridge({
    mqttUrl: broker.url,
    storage: database.storage,
    reports: recording(),
    onReady: () => resolve(),
    log: pino({ level: 'silent' }),
    ...more,
  })
  await ready
}

export async function restart(more: More = {}): Promise<void> {
  await bridge?.close()
  await start(more)
}

let evtSeq = 0
export const numbered = (event: object) => ({
  v: 1,
  bootId: 'boot-1',
  evtSeq: (evtSeq += 1),
  atMs: Date.now(),
  ...event,
})
export const jobEvent = (type: string, more: object = {}) =>
  numbered({ type, jobId: world.jobId, attempt: 1, ...more })
export const made = { printedSeconds: 60, grams: 12, finishedAtMs: 1_000 }
export const harvest = (more: object = {}) =>
  jobEvent('harvested', { ...made, harvestedAtMs: 2_000, ...more })

export async function say(...events: object[]): Promise<void> {
  const topic = topics.machine(world.siteId, world.machineId, 'evt')
  for (const event of events) await ear.link.publish(topic, event)
}

export async function job() {
  const [row] = await database.storage.sql(
    `select state, progress, attempt, printed_seconds, grams, failure_code from job where id = $1`,
    [world.jobId],
  )
  return row
}

export async function story(): Promise<string[]> {
  const rows = await database.storage.sql<{ type: string }>(
    `select type from event where order_id = $1 order by sequence`,
    [world.orderId],
  )
  return rows.map(({ type }) => type)
}

export const whatWasTold = (what: string, of: string) =>
  told.filter((report) => report.what === what && report.of === of)

export function setWorld(value: typeof world): void {
  world = value
}

export function setTemporalIsAway(value: typeof temporalIsAway): void {
  temporalIsAway = value
}
