// The bridge and machines: what they report is applied once, in order, and told until it was taken.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { readEvent } from '../../devices/bridge/inboxEvent.ts'
import { openTeller } from '../../devices/bridge/teller.ts'
import { topics } from '../../devices/contract/topics.ts'
import type { Sql } from '../../storage/storage.ts'
import { orderWorld } from '../storage/fixture.ts'
import { until } from '../support/until.ts'
import { listen } from './plant.ts'
import {
  broker,
  database,
  ear,
  world,
  printingWorld,
  start,
  restart,
  jobEvent,
  made,
  harvest,
  say,
  job,
  recording,
  story,
  whatWasTold,
  setWorld,
  setTemporalIsAway,
} from './bridgeRig.ts'

const writtenDown = async () => {
  const source = topics.machine(world.siteId, world.machineId, 'evt')
  const all = `select 1 from device_event where source = $1`
  return (await database.storage.sql(all, [source])).length
}

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

  test.each(['finished', 'harvested'])(
    'overtaken by %s is told with it, in order, and not again when it comes',
    async (first) => {
      await start()
      const [started, finished] = [jobEvent('started'), jobEvent('finished', made)]
      const harvested = harvest()
      const whole = ['job.started', 'job.finished', 'job.harvested']
      await say(first === 'finished' ? finished : harvested)
      await until(async () => (await story()).includes(`job.${first}`))
      expect(await story()).toEqual(whole.slice(0, whole.indexOf(`job.${first}`) + 1))
      await say(started, finished, harvested)
      await until(async () => (await writtenDown()) === 3)
      expect(await story()).toEqual(whole)
    },
  )

  test('that came twice is applied and told once', async () => {
    await start()
    const events = [jobEvent('started'), jobEvent('finished', made), harvest()]
    await say(...events, ...events)
    await until(() => whatWasTold('complete', world.jobId).length > 0)
    await restart()
    await say(...events)
    await until(() => ear.heard.length > 0)
    const later = await printingWorld(1)
    const both = [world.jobId, later.jobId]
    setWorld({ ...later, orderId: world.orderId, jobId: later.jobId })
    await say(harvest())
    await until(() => whatWasTold('complete', world.jobId).length > 0)
    expect(both.map((id) => whatWasTold('complete', id).length)).toEqual([1, 1])
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
    setWorld(await printingWorld(2))
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
    setTemporalIsAway(true)
    await say(jobEvent('started'), harvest())
    await until(async () => (await job())?.['state'] === 'harvested')
    await restart()
    expect(whatWasTold('complete', world.jobId)).toEqual([])
    setTemporalIsAway(false)
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

  test('is told once where somebody looks for what is left while it is told', async () => {
    const { storage } = database
    const source = topics.machine(world.siteId, world.machineId, 'evt')
    const event = readEvent(source, JSON.stringify(harvest()))
    if (!event.ok) throw new Error(event.reason)
    const { bootId, evtSeq, type } = event.value.event
    await storage.sql(
      `insert into device_event (source, boot_id, evt_seq, type, payload) values ($1, $2, $3, $4, $5::jsonb)`,
      [source, bootId, evtSeq, type, JSON.stringify(event.value.event)],
    )
    const { promise: looked, resolve: look } = Promise.withResolvers<void>()
    const { promise: told, resolve: tell } = Promise.withResolvers<void>()
    const sql: Sql = async (text, values) => {
      const rows = await storage.sql<never>(text, values)
      if (!text.startsWith('select')) return rows
      look()
      await told
      return rows
    }
    const teller = openTeller({ sql }, recording(), pino({ level: 'silent' }))
    await looked
    teller.tell([event.value])
    const isDone = `select 1 from device_event where source = $1 and processed_at is not null`
    await until(async () => (await storage.sql(isDone, [source])).length === 1)
    tell()
    await teller.close()
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

  test('what was told just before the last will of its gateway does not bring a machine back', async () => {
    await start()
    const will = { v: 1, bootId: 'boot-1', online: false, atMs: 1, machines: [world.machineId] }
    await Promise.all([
      tell(state()),
      ear.link.publish(topics.gatewayState(world.siteId, 'gw'), will),
    ])
    await until(async () => (await machineRow())?.['seq'] === 1n)
    await until(async () => (await machineRow())?.['phase'] === 'OFFLINE')
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
