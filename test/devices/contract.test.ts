// The contract itself: topics and payloads go round on a real broker, and what is not of it is named and refused.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reference } from '../../devices/contract/reference.ts'
import { limits } from '../../devices/contract/limits.ts'
import { read } from '../../devices/contract/read.ts'
import { parseTopic, topics } from '../../devices/contract/topics.ts'
import { openCommands } from '../../devices/commands.ts'
import { openLink, type Link } from '../../devices/link.ts'
import type { BrokerEngine, BrokerPart } from '../../infra/broker.ts'
import { hasMosquitto } from '../../infra/broker.ts'
import { projectDir } from '../../infra/programs.ts'
import { brokerForTest } from '../support/platform.ts'
import { until } from '../support/until.ts'

const start = {
  v: 1,
  type: 'job.start',
  commandId: 'c',
  notAfterMs: 1,
  jobId: 'job_1',
  attempt: 1,
  fence: 0,
}
const reasonOf = (message: unknown) => {
  const command = read.command(JSON.stringify(message))
  return command.ok ? null : command.reason
}

describe('a topic', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/).filter((text) => text !== 'ctl')

  test('is parsed to what it was built from', () => {
    fc.assert(
      fc.property(id, id, (siteId, thing) => {
        expect(parseTopic(topics.machine(siteId, thing, 'cmd'))).toEqual({
          kind: 'machine',
          siteId,
          id: thing,
          leaf: 'cmd',
        })
        expect(parseTopic(topics.vehicle(siteId, thing, 'stops'))).toMatchObject({
          kind: 'vehicle',
        })
        expect(parseTopic(topics.lockers(siteId, thing, 'evt'))).toMatchObject({ kind: 'lockers' })
        expect(parseTopic(topics.gatewayState(siteId, thing))).toMatchObject({ kind: 'gateway' })
        expect(parseTopic(topics.acknowledged(siteId))).toEqual({ kind: 'acknowledged', siteId })
        expect(parseTopic(topics.replies(thing))).toEqual({ kind: 'replies', id: thing })
      }),
    )
    expect(parseTopic(topics.platformState())).toEqual({ kind: 'platform' })
  })

  test.each([
    'fabroute/v2/a/m/b/state',
    'fabroute/v1/a/m/b/gcode',
    'fabroute/v1/a/m/b',
    'fabroute/v1/a/m/b/state/more',
    'fabroute/v1/a b/m/c/state',
    'fabroute/v1/a/constructor/b/state',
    'fabroute/v1/ctl/m/b/state',
    'elsewhere',
  ])('%s is none of the contract', (topic) => {
    expect(parseTopic(topic)).toBeNull()
  })

  test('cannot be built from an id that would reach elsewhere', () => {
    for (const evil of ['+', '#', 'a/b', '', 'ctl', 'x'.repeat(81)]) {
      expect(() => topics.machine(evil, 'm', 'cmd')).toThrow('cannot be a level of a topic')
    }
  })
})

describe('a payload', () => {
  test('is refused with what is wrong with it', () => {
    expect(reasonOf(start)).toBeNull()
    expect(reasonOf({ ...start, v: 2 })).toBe('version 2 is not known')
    expect(reasonOf({ ...start, v: undefined })).toBe('version undefined is not known')
    expect(reasonOf({ ...start, type: 'gcode.run' })).toBe('type "gcode.run" is not known')
    expect(reasonOf({ ...start, type: '__proto__' })).toBe('type "__proto__" is not known')
    expect(reasonOf({ ...start, gcode: 'G28' })).toBe('/ has the unknown field "gcode"')
    expect(reasonOf({ ...start, attempt: 0 })).toBe('/attempt must be >= 1')
    expect(reasonOf({ ...start, expect: { phase: 'ASLEEP' } })).toContain('/expect/phase')
    expect(reasonOf([])).toBe('not a JSON object')
    expect(read.command('{')).toEqual({ ok: false, reason: 'not JSON' })
    const large = read.command(JSON.stringify({ ...start, commandId: 'x'.repeat(70_000) }))
    expect(large).toEqual({ ok: false, reason: `larger than ${limits.messageBytes} bytes` })
  })

  test('never makes a reader throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.values(read)), (value, reader) => {
        expect(reader(JSON.stringify(value)).ok).toBe(false)
      }),
    )
  })
})

const engines: BrokerEngine[] = hasMosquitto() ? ['mosquitto', 'aedes'] : ['aedes']

test('with CI the real broker is there', () => {
  expect(hasMosquitto() || process.env['CI'] === undefined).toBe(true)
})

describe.each(engines)('on %s', (engine) => {
  let broker: BrokerPart
  let link: Link
  const heard: { topic: string; payload: string }[] = []

  beforeAll(async () => {
    broker = await brokerForTest({ engine })
    link = openLink({
      mqttUrl: broker.url,
      clientId: `ear-${randomUUID()}`,
      subscriptions: () => ['fabroute/v1/#'],
      onMessage: (topic, packet) => {
        heard.push({ topic, payload: packet.payload.toString() })
      },
    })
    expect(await link.connected(90_000)).toBe(true)
  })

  afterAll(async () => {
    await link.close()
    await broker.stop()
  })

  test('a command arrives as one of the contract, with the instant after which it no longer counts', async () => {
    const commands = await openCommands({ mqttUrl: broker.url, clientId: randomUUID() })
    const order = {
      type: 'job.start',
      commandId: 'c1',
      jobId: 'job_1',
      attempt: 1,
      fence: 0,
    } as const
    const sentAtMs = Date.now()
    const reply = await commands.send('sit_a', 'mch_1', order, { deadlineMs: 300 })
    expect(reply).toEqual({ unknown: true, reason: 'timeout' })
    const topic = topics.machine('sit_a', 'mch_1', 'cmd')
    const sent = await until(() => heard.find((message) => message.topic === topic))
    const command = read.command(sent.payload)
    expect(command).toMatchObject({ ok: true, value: order })
    expect(command.ok && command.value.notAfterMs).toBeGreaterThanOrEqual(sentAtMs + 300)
    await commands.close()
  })

  test('a stop list is retained, and the streets of far legs give way where it would be too large', async () => {
    const commands = await openCommands({ mqttUrl: broker.url, clientId: randomUUID() })
    const path = Array.from({ length: 900 }, (_, n): [number, number] => [10 + n / 1e5, 50.12345])
    const stops = Array.from({ length: 20 }, (_, n) => ({
      id: `stop-${n}`,
      lon: 10,
      lat: 50,
      label: `${n} Evergreen Terrace`,
      fulfilmentId: null,
      serviceSeconds: 60,
      readyAtMs: 0,
      loaded: true,
      path,
    }))
    await commands.publishStops('sit_a', 'veh_1', { version: 3, stops })
    const topic = topics.vehicle('sit_a', 'veh_1', 'stops')
    const sent = await until(() => heard.find((message) => message.topic === topic))
    const list = read.stopList(sent.payload)
    expect(list).toMatchObject({ ok: true, value: { version: 3 } })
    if (!list.ok) return
    expect(list.value.stops).toHaveLength(20)
    expect(list.value.stops[0]?.path).toHaveLength(900)
    expect(list.value.stops.at(-1)).not.toHaveProperty('path')
    await commands.close()
  })

  test('a message that the broker would drop the connection for is not sent', async () => {
    const topic = topics.machine('sit_a', 'mch_1', 'evt')
    expect(await link.publish(topic, { text: 'x'.repeat(limits.messageBytes) })).toBe('too_large')
    expect(await link.publish(topic, { text: 'x' })).toBe('acknowledged')
  })

  test('a state that nobody told is null, one that was told is read', async () => {
    const commands = await openCommands({ mqttUrl: broker.url, clientId: randomUUID() })
    expect(await commands.readState('sit_a', 'mch_9')).toBeNull()
    const state = {
      v: 1,
      machineId: 'mch_8',
      bootId: 'b',
      seq: 1,
      atMs: 1,
      phase: 'IDLE',
      jobId: null,
      attempt: null,
      progress: null,
      plateClear: true,
      alerts: [],
    }
    await link.publish(topics.machine('sit_a', 'mch_8', 'state'), state, { retain: true })
    const told = await until(async () => await commands.readState('sit_a', 'mch_8'))
    expect(told).toEqual(state)
    await commands.close()
  })
})

test('the reference page is what the code says', () => {
  const page = readFileSync(join(projectDir, 'docs/reference/mqtt.md'), 'utf8')
  expect(page).toBe(reference())
})
