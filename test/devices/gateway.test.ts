// The gateway as a process of its own: killed, doubled, cut off from its broker, with nothing lost
// and nothing done twice.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { openCommands, type Commands } from '../../devices/commands.ts'
import { limits } from '../../devices/contract/limits.ts'
import { topics } from '../../devices/contract/topics.ts'
import type { BrokerPart } from '../../infra/broker.ts'
import { brokerForTest } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { identityOf, listen, prepareOrder, printer } from './plant.ts'
import { serveFile, spawnGateway, startOrder } from './plant.ts'
import type { Ear, FileServer, GatewayProcess } from './plant.ts'

const M = 'mch_1'
const soon = { deadlineMs: 5_000 }

let broker: BrokerPart
let file: FileServer
let commands: Commands
let ear: Ear
let gateway: GatewayProcess
let site: string

beforeAll(async () => {
  broker = await brokerForTest()
  file = await serveFile()
})

afterAll(async () => {
  await file.close()
  await broker.stop()
})

beforeEach(async () => {
  site = `sit_${randomUUID().slice(0, 8)}`
  ear = await listen(broker.url)
  commands = await openCommands({ mqttUrl: broker.url, clientId: `test-${randomUUID()}` })
})

afterEach(async () => {
  await gateway.stop()
  await commands.close()
  await ear.link.close()
})

const start = async (speed: number, attended = true) =>
  await spawnGateway(broker.url, { siteId: site, speed, machines: [printer(M, { attended })] })
const at = (leaf: string) => ear.of(leaf).filter(({ topic }) => topic.includes(`/${site}/`))
const phase = () => at('state').findLast(({ topic }) => topic.includes('/m/'))?.message.phase
/** Each event once: what the platform had not acknowledged before a kill is told again. */
const types = () => {
  const once = new Map(at('evt').map((heard) => [identityOf(heard), heard.message.type]))
  return [...once.values()]
}
const milestones = () => new Set(types().filter((type) => type !== 'progress'))
const tellings = (type: string) =>
  ear.of('evt', type).filter(({ topic }) => topic.includes(`/${site}/`))
const online = () => at('state').findLast(({ topic }) => topic.includes('/gw/'))?.message.online

async function print(expectedSeconds: number): Promise<void> {
  for (const order of [prepareOrder(file, 'job_1', { expectedSeconds }), startOrder('job_1')]) {
    expect(await commands.send(site, M, order, soon)).toMatchObject({ accepted: true })
  }
  await until(() => phase() === 'PRINTING')
}

describe('a gateway that is killed in the middle of a print', () => {
  test('finds the print gone on, and says once that it is finished', async () => {
    gateway = await start(60)
    await print(180)
    await gateway.kill()
    gateway = await gateway.again()
    await until(() => types().includes('harvested'))
    expect(types().filter((type) => type !== 'progress')).toEqual([
      'prepared',
      'started',
      'finished',
      'harvested',
    ])
  })

  test('tells after its return what happened while it was away, and remembers its replies', async () => {
    gateway = await start(600)
    const begin = startOrder('job_1')
    await commands.send(site, M, prepareOrder(file, 'job_1', { expectedSeconds: 300 }), soon)
    const reply = await commands.send(site, M, begin, soon)
    await gateway.kill()
    gateway = await gateway.again()
    await until(() => types().includes('harvested'))
    expect(await commands.send(site, M, begin, soon)).toEqual(reply)
    expect(types().filter((type) => type === 'started')).toHaveLength(1)
  })

  test('keeps the plate occupied', async () => {
    gateway = await start(0, false)
    await commands.send(site, M, prepareOrder(file, 'job_1'), soon)
    await commands.send(site, M, startOrder('job_1'), soon)
    await until(() => phase() === 'FINISHED')
    await gateway.kill()
    gateway = await gateway.again()
    const refused = await commands.send(site, M, prepareOrder(file, 'job_2'), soon)
    expect(refused).toMatchObject({ accepted: false, code: 'plate_occupied' })
  })
})

test('an event is kept, over a kill too, until the platform says that it has it', async () => {
  await ear.link.close()
  ear = await listen(broker.url, { acknowledge: false })
  gateway = await start(0)
  await commands.send(site, M, prepareOrder(file, 'job_1'), soon)
  await until(() => types().includes('prepared'))
  await gateway.kill()
  gateway = await gateway.again()
  await until(() => tellings('prepared').length > 1)
  const keys = at('evt').map(identityOf)
  expect(new Set(keys).size).toBe(1)

  const first = at('evt')[0]?.message
  const events = [{ bootId: first?.bootId, evtSeq: first?.evtSeq }]
  await ear.link.publish(topics.acknowledged(site), { v: 1, events })
  const heard = at('evt').length
  // The platform says that it is there: all that is not acknowledged would come at once.
  await ear.link.publish(topics.platformState(), { v: 1, online: true, by: 'test', atMs: 1 })
  await commands.send(site, M, { type: 'state.rebirth', commandId: randomUUID() }, soon)
  await commands.send(site, M, startOrder('job_1'), soon)
  await until(() => types().includes('harvested'))
  expect(
    at('evt')
      .slice(heard)
      .map((event) => event.message.type),
  ).not.toContain('prepared')
})

test('a broker that is killed in the middle of a print costs no event and doubles none', async () => {
  gateway = await start(60)
  await print(240)
  const pid = broker.pid()
  if (pid === null) throw new Error('the broker is not ours')
  process.kill(pid, 'SIGKILL')
  // What was on its way in the dead broker is told again later: a later event may overtake it.
  await until(() => milestones().size === 4, { timeoutMs: 40_000 })
  expect(milestones()).toEqual(new Set(['prepared', 'started', 'finished', 'harvested']))
  const keys = at('evt').map(({ message }) => `${message.type ?? ''}/${message.progress ?? ''}`)
  const ids = new Set(at('evt').map(identityOf))
  expect(ids.size).toBe(new Set(keys).size)
})

test('a gateway that dies is told by its last will after the delay, and its print is no failure', async () => {
  gateway = await start(60)
  await print(1_200)
  await gateway.kill()
  const killedAtMs = Date.now()
  await until(() => online() === false, { timeoutMs: 40_000 })
  expect(Date.now() - killedAtMs).toBeGreaterThan(limits.willDelaySeconds * 1_000 - 2_000)
  gateway = await gateway.again()
  await until(() => online() === true && types().includes('harvested'), { timeoutMs: 40_000 })
  expect(types()).not.toContain('failed')
})

test('a gateway that comes back within the delay was never told to be gone', async () => {
  gateway = await start(60)
  await until(() => online() === true)
  await gateway.kill()
  gateway = await gateway.again()
  await until(() => at('state').filter(({ message }) => message.online === true).length === 2)
  expect(at('state').some(({ message }) => message.online === false)).toBe(false)
})

test('a second gateway in the same folder ends with a clear word', async () => {
  gateway = await start(0)
  await expect(gateway.again()).rejects.toThrow('Another gateway is running in')
})
