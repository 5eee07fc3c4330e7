// A heartbeat is written as long as its process is well, and goes with it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pino } from 'pino'
import { openGateway } from '../../devices/gateway/gateway.ts'
import { openHeartbeat } from '../../devices/heartbeat.ts'
import { brokerForTest, testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'

const log = pino({ level: 'silent' })
const closing: (() => Promise<void>)[] = []
let dir: string
let file: string
beforeEach(() => {
  dir = testDir('heartbeat')
  mkdirSync(dir, { recursive: true })
  file = join(dir, 'heartbeat')
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  rmSync(dir, { recursive: true })
})

const beat = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')

test('it beats while all is well, stops when something is not, and leaves nothing behind', async () => {
  let state: 'well' | 'ill' | 'broken' = 'ill'
  let asked = 0
  const isWell = async () => {
    asked += 1
    if (state === 'broken') throw new Error('the database is away')
    return state === 'well'
  }
  const heartbeat = openHeartbeat({ file, isWell, log, everyMs: 5 })
  closing.push(heartbeat.stop)
  const askedMore = async () => {
    const before = asked
    await until(() => asked > before + 2, { everyMs: 5 })
  }
  await askedMore()
  expect(beat()).toBe('')
  state = 'well'
  await until(() => beat() !== '', { everyMs: 5 })
  const first = beat()
  await until(() => beat() !== first, { everyMs: 5 })
  for (const trouble of ['ill', 'broken'] as const) {
    state = trouble
    await askedMore()
    const last = beat()
    await askedMore()
    expect(beat()).toBe(last)
  }
  state = 'well'
  const last = beat()
  await until(() => beat() !== last, { everyMs: 5 })
  await heartbeat.stop()
  expect(existsSync(file)).toBe(false)
})

const asked = async () => Promise.reject(new Error('nobody is to ask'))

test('nothing is written where nobody looks', async () => {
  await openHeartbeat({ file: '', isWell: asked, log, everyMs: 1 }).stop()
})

test('a gateway is well while the platform can reach it', async () => {
  const broker = await brokerForTest()
  const gateway = openGateway({
    gatewayId: `gw-${randomUUID()}`,
    dir,
    mqttUrl: broker.url,
    profile: { siteId: 'sit_a', speed: 0, machines: [] },
    onReady: () => {},
    onTrouble: () => {},
  })
  closing.push(gateway.close, broker.stop)
  await until(() => gateway.isWell())
  await broker.stop()
  await until(async () => !(await gateway.isWell()))
})
