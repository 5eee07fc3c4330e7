// The bridge between a real broker and a real database: everything is applied once, in order, and told until it was taken.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { openBridge, type Bridge } from '../../devices/bridge/bridge.ts'
import type { Reports } from '../../devices/bridge/teller.ts'
import { topics } from '../../devices/contract/topics.ts'
import type { BrokerPart } from '../../infra/broker.ts'
import { moveAll } from '../../storage/states.ts'
import type { World } from '../storage/fixture.ts'
import { orderWorld, storageForTest, type TestStorage } from '../storage/fixture.ts'
import { brokerForTest } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { listen, type Ear } from './plant.ts'

let broker: BrokerPart
let database: TestStorage
let ear: Ear
let bridge: Bridge | null = null
let world: World & { machineId: string; siteId: string }
let told: { what: string; of: string; more: unknown[] }[]
let temporalIsAway: boolean

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
async function printingWorld(attempt: number): Promise<typeof world> {
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

function recording(): Reports {
  return {
    heartbeat: note('heartbeat'),
    complete: note('complete'),
    fail: note('fail'),
    delivery: note('delivery'),
    freed: note('freed'),
    close: async () => await Promise.resolve(),
  }
}

async function start(): Promise<void> {
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  bridge = openBridge({
    mqttUrl: broker.url,
    storage: database.storage,
    reports: recording(),
    onReady: () => resolve(),
    log: pino({ level: 'silent' }),
  })
  await ready
}

async function restart(): Promise<void> {
  await bridge?.close()
  await start()
}

let evtSeq = 0
const numbered = (event: object) => ({
  v: 1,
  bootId: 'boot-1',
  evtSeq: (evtSeq += 1),
  atMs: Date.now(),
  ...event,
})
const jobEvent = (type: string, more: object = {}) =>
  numbered({ type, jobId: world.jobId, attempt: 1, ...more })
const made = { printedSeconds: 60, grams: 12, finishedAtMs: 1_000 }
const harvest = (more: object = {}) =>
  jobEvent('harvested', { ...made, harvestedAtMs: 2_000, ...more })

async function say(...events: object[]): Promise<void> {
  const topic = topics.machine(world.siteId, world.machineId, 'evt')
  for (const event of events) await ear.link.publish(topic, event)
}

async function job() {
  const [row] = await database.storage.sql(
    `select state, progress, attempt, printed_seconds, grams, failure_code from job where id = $1`,
    [world.jobId],
  )
  return row
}

async function story(): Promise<string[]> {
  const rows = await database.storage.sql<{ type: string }>(
    `select type from event where order_id = $1 order by sequence`,
    [world.orderId],
  )
  return rows.map(({ type }) => type)
}

const whatWasTold = (what: string, of: string) =>
  told.filter((report) => report.what === what && report.of === of)

describe('what a machine reports', () => {
  test('moves the job, tells the order, and completes the activity with the part', async () => {
    await start()
    await say(
      jobEvent('prepared'),
      jobEvent('started'),
      jobEvent('progress', { progress: 0.31 }),
      jobEvent('progress', { progress: 0.39 }),
      jobEvent('finished', made),
      harvest(),
    )
    await until(() => whatWasTold('complete', world.jobId).length > 0)
    expect(whatWasTold('complete', world.jobId)[0]?.more).toEqual([
      1,
      { machineId: world.machineId, attempt: 1, ...made, harvestedAtMs: 2_000 },
    ])
    expect(await job()).toMatchObject({ state: 'harvested', progress: 1, grams: 12 })
    expect(await story()).toEqual([
      'job.prepared',
      'job.started',
      'job.progress',
      'job.finished',
      'job.harvested',
    ])
  })

  test('that came twice is applied and told once', async () => {
    await start()
    const events = [jobEvent('started'), jobEvent('finished', made), harvest()]
    await say(...events, ...events)
    await until(() => whatWasTold('complete', world.jobId).length > 0)
    await restart()
    await say(...events)
    await until(() => ear.heard.length > 0)
    const later = await printingWorld(1)
    world = { ...later, orderId: world.orderId, jobId: later.jobId }
    await say(harvest())
    await until(() => whatWasTold('complete', world.jobId).length > 0)
    expect(told.filter(({ what }) => what === 'complete')).toHaveLength(2)
    expect(await story()).toEqual(['job.started', 'job.finished', 'job.harvested'])
  })

  test('is acknowledged only when it is in the database', async () => {
    await start()
    const heard: unknown[] = []
    const acks = await listen(broker.url, { acknowledge: false })
    await acks.link.subscribe(topics.acknowledged(world.siteId))
    const event = jobEvent('started')
    await say(event)
    await until(() => {
      heard.push(...acks.of('ack').map(({ message }) => message))
      return heard.length > 0
    })
    expect(heard[0]).toMatchObject({ events: [{ bootId: 'boot-1', evtSeq: event.evtSeq }] })
    const rows = await database.storage.sql(`select 1 from device_event where evt_seq = $1`, [
      event.evtSeq,
    ])
    expect(rows).toHaveLength(1)
    await acks.link.close()
  })

  test('about a failure fails the activity with its code', async () => {
    await start()
    await say(jobEvent('started'), jobEvent('failed', { code: 'power_cycle', progress: 0.4 }))
    await until(() => whatWasTold('fail', world.jobId).length > 0)
    expect(whatWasTold('fail', world.jobId)[0]?.more).toEqual([
      1,
      'making_failed',
      { reason: 'power_cycle', machine: world.machineId },
    ])
    expect(await job()).toMatchObject({ state: 'failed', failure_code: 'power_cycle' })
  })

  test('about a job that it gives back before the start is a refusal', async () => {
    await start()
    await say(jobEvent('refused', { code: 'bed_probe' }))
    await until(() => whatWasTold('fail', world.jobId).length > 0)
    expect(whatWasTold('fail', world.jobId)[0]?.more).toContain('machine_refused')
  })

  test('of an attempt that is no longer the job’s completes nothing and is told as orphaned', async () => {
    world = await printingWorld(2)
    await start()
    await say(jobEvent('finished', made), harvest())
    await until(async () => (await story()).includes('job.orphaned'))
    expect(await job()).toMatchObject({ state: 'preparing', attempt: 2 })
    expect(whatWasTold('complete', world.jobId)).toEqual([])
    expect(await story()).toEqual(['job.orphaned'])
  })

  test('is not believed where the contract does not know it', async () => {
    await start()
    await say({ ...jobEvent('started'), v: 2 }, { ...jobEvent('started'), surplus: 1 })
    await say(jobEvent('prepared'))
    await until(async () => (await story()).length > 0)
    expect(await story()).toEqual(['job.prepared'])
  })

  test('is told again until Temporal takes it, over a restart of the bridge too', async () => {
    await start()
    temporalIsAway = true
    await say(jobEvent('started'), harvest())
    await until(async () => (await job())?.['state'] === 'harvested')
    await restart()
    expect(whatWasTold('complete', world.jobId)).toEqual([])
    temporalIsAway = false
    await until(() => whatWasTold('complete', world.jobId).length > 0)
    await until(async () => {
      const rows = await database.storage.sql(
        `select 1 from device_event where processed_at is null and source like $1`,
        [`%${world.machineId}%`],
      )
      return rows.length === 0
    })
    expect(whatWasTold('complete', world.jobId)).toHaveLength(1)
  })

  test('frees the machine for the job that waits for it', async () => {
    await start()
    const waiting = await orderWorld(database.storage)
    await database.storage.sql(
      `update job set machine_id = $2, attempt = 1, state = 'assigned' where id = $1`,
      [waiting.jobId, world.machineId],
    )
    await say(jobEvent('started'), harvest())
    await until(() => whatWasTold('freed', waiting.jobId).length > 0)
  })
})

const tell = async (message: object) =>
  await ear.link.publish(topics.machine(world.siteId, world.machineId, 'state'), message, {
    retain: true,
  })
const machineRow = async () => {
  const [machine] = await database.storage.sql(
    `select phase, plate_clear, current_job_id, seq, last_seen_at from machine where id = $1`,
    [world.machineId],
  )
  return machine
}
const rebirths = () =>
  ear.of('cmd').filter(({ message }) => message.type === 'state.rebirth').length

describe('how a machine stands', () => {
  let seq = 0
  const state = (more: object = {}) => ({
    v: 1,
    machineId: world.machineId,
    bootId: 'boot-1',
    seq: (seq += 1),
    atMs: Date.now(),
    phase: 'PRINTING',
    jobId: world.jobId,
    attempt: 1,
    progress: 0.5,
    plateClear: false,
    alerts: [],
    ...more,
  })

  beforeEach(async () => {
    seq = 0
    await ear.link.subscribe(topics.machine(world.siteId, world.machineId, 'cmd'))
  })

  test('is kept as it was told last; what is older changes nothing', async () => {
    await start()
    await tell(state({ seq: 7 }))
    await until(async () => (await machineRow())?.['phase'] === 'PRINTING')
    expect(await machineRow()).toMatchObject({ plate_clear: false, current_job_id: world.jobId })
    await tell(state({ seq: 6, phase: 'ERROR' }))
    await tell(state({ bootId: 'boot-0', seq: 99, phase: 'ERROR' }))
    await tell(state({ seq: 8, phase: 'PAUSED' }))
    await until(async () => (await machineRow())?.['phase'] === 'PAUSED')
  })

  test('with a gap is asked for anew, and so is a boot whose beginning was missed', async () => {
    await start()
    await tell(state())
    await tell(state())
    await tell(state({ seq: 3 }))
    await until(async () => (await machineRow())?.['seq'] === 3n)
    expect(rebirths()).toBe(0)
    await tell(state({ seq: 5 }))
    await until(() => rebirths() === 1)
  })

  test('a machine that was silent for a minute is offline; its next word brings it back', async () => {
    await start()
    await tell(state())
    await until(async () => (await machineRow())?.['phase'] === 'PRINTING')
    await database.storage.sql(`update machine set phase = 'OFFLINE' where id = $1`, [
      world.machineId,
    ])
    const telemetry = {
      v: 1,
      bootId: 'boot-1',
      atMs: Date.now(),
      phase: 'PRINTING',
      jobId: world.jobId,
      attempt: 1,
      progress: 0.6,
      remainingSeconds: 10,
      nozzleC: 210,
      bedC: 60,
    }
    await ear.link.publish(topics.machine(world.siteId, world.machineId, 'tele'), telemetry)
    await until(() => rebirths() === 1)
  })

  test('the last will of a gateway takes its machines offline and fails no job', async () => {
    await start()
    await tell(state())
    await until(async () => (await machineRow())?.['phase'] === 'PRINTING')
    const will = { v: 1, bootId: 'boot-1', online: false, atMs: 1, machines: [world.machineId] }
    await ear.link.publish(topics.gatewayState(world.siteId, 'gw'), will)
    await until(async () => (await machineRow())?.['phase'] === 'OFFLINE')
    expect(whatWasTold('fail', world.jobId)).toEqual([])
    expect(await job()).toMatchObject({ state: 'preparing' })
  })

  test('heartbeats the activity while the print gets on, and not while it stands still', async () => {
    await start()
    await say(jobEvent('started'))
    await tell(state())
    await until(() => whatWasTold('heartbeat', world.jobId).length === 1)
    await tell(state())
    await tell(state())
    await until(async () => (await machineRow())?.['seq'] === 3n)
    expect(whatWasTold('heartbeat', world.jobId)).toHaveLength(1)
  })
})

const V = () => `veh_${world.siteId}`
const stop = (id: string, fulfilmentId: string | null) => ({
  id,
  place: { lon: 0, lat: 0 },
  label: '',
  fulfilmentId,
  serviceSeconds: 60,
  readyAtMs: 0,
  dueAtMs: null,
})

const stops = async () => {
  const [row] = await database.storage.sql<{ stops: { id: string }[]; stops_version: number }>(
    `select stops, stops_version from vehicle where id = $1`,
    [V()],
  )
  return row
}
const drive = async (type: string, stopId: string | null = 's1') =>
  await ear.link.publish(
    topics.vehicle(world.siteId, V(), 'evt'),
    numbered({ type, stopId, fulfilmentId: stopId === null ? null : world.fulfilmentId }),
  )

describe('what a vehicle and a bank of lockers report', () => {
  beforeEach(async () => {
    await database.storage.sql(
      `insert into vehicle (id, site_id, name, region, lon, lat, stops, stops_version)
       values ($1, $2, 'Truck', 'springfield', 0, 0, $3::jsonb, 1)`,
      [V(), world.siteId, JSON.stringify([stop('s1', world.fulfilmentId), stop('s2', null)])],
    )
  })

  test('a stop that is behind leaves the list, and the order hears what happened at the door', async () => {
    await start()
    for (const type of ['departed', 'arrived', 'handed_over', 'stop_done']) await drive(type)
    await until(async () => (await stops())?.stops.length === 1)
    expect(await stops()).toMatchObject({ stops: [{ id: 's2' }], stops_version: 2 })
    expect(await story()).toEqual(['delivery.departed', 'delivery.arrived', 'delivery.handed_over'])
    await until(() => whatWasTold('delivery', world.fulfilmentId).length === 1)
    expect(whatWasTold('delivery', world.fulfilmentId)[0]?.more).toMatchObject([
      { kind: 'handed_over' },
    ])
  })

  test('a truck that goes out of service says so to everybody it still had to come to', async () => {
    await start()
    await drive('out_of_service', null)
    await until(() => whatWasTold('delivery', world.fulfilmentId).length === 1)
    const [row] = await database.storage.sql<{ in_service: boolean }>(
      `select in_service from vehicle where id = $1`,
      [V()],
    )
    expect(row).toEqual({ in_service: false })
    expect(await story()).toEqual(['delivery.out_of_service'])
  })

  test('a position is written where the truck is', async () => {
    await start()
    await ear.link.publish(topics.vehicle(world.siteId, V(), 'pos'), {
      v: 1,
      bootId: 'boot-1',
      atMs: Date.now(),
      lon: 3,
      lat: 4,
      heading: 90,
      nextStopId: 's1',
      stopsVersion: 1,
      inService: true,
    })
    await until(async () => {
      const [row] = await database.storage.sql(
        `select lon, lat, heading from vehicle where id = $1`,
        [V()],
      )
      return JSON.stringify(row) === '{"lon":3,"lat":4,"heading":90}'
    })
  })

  test('what was stored, opened and emptied is told; the workflow hears what it waits for', async () => {
    await start()
    const topic = topics.lockers(world.siteId, world.siteId, 'evt')
    for (const type of ['stored', 'opened', 'emptied']) {
      const about = { compartmentId: 'c1', fulfilmentId: world.fulfilmentId }
      await ear.link.publish(topic, numbered({ type, ...about }))
    }
    await until(() => whatWasTold('delivery', world.fulfilmentId).length === 2)
    expect(await story()).toEqual(['delivery.stored', 'delivery.opened', 'delivery.emptied'])
  })
})
