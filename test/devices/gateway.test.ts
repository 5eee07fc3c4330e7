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
import { endAll, identityOf, listen, patiently, prepareOrder, printer } from './plant.ts'
import { serveFile, spawnGateway, startOrder } from './plant.ts'
import type { Ear, FileServer, GatewayProcess } from './plant.ts'

const M = 'mch_1'

let broker: BrokerPart
let file: FileServer
let commands: Commands
let ear: Ear
let gateway: GatewayProcess | undefined
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
  site = `sit_${randomUUID()}`
  ear = await listen(broker.url, { siteId: site })
  commands = await openCommands({ mqttUrl: broker.url, clientId: `test-${randomUUID()}` })
})

afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  await endAll()
  await commands.close()
  await ear.link.close()
})

const start = async (speed: number, attended = true) =>
  await spawnGateway(broker.url, { siteId: site, speed, machines: [printer(M, { attended })] })
const states = (of: 'm' | 'gw') => {
  const heard = ear.of('state').filter(({ topic }) => topic.includes(`/${of}/`))
  return heard.map(({ message }) => message)
}
const phases = () => states('m').map(({ phase }) => phase)
const online = () => states('gw').at(-1)?.online
const types = () => ear.events().map(({ type }) => type)
const milestones = () => new Set(types().filter((type) => type !== 'progress'))

async function print(expectedSeconds: number): Promise<void> {
  for (const order of [prepareOrder(file, 'job_1', { expectedSeconds }), startOrder('job_1')]) {
    expect(await commands.send(site, M, order, patiently)).toMatchObject({ accepted: true })
  }
  await until(() => phases().includes('PRINTING'))
}

/** It has told everything anew, and so has taken and told what came before. */
async function reborn(): Promise<void> {
  const order = { type: 'state.rebirth', commandId: randomUUID() } as const
  const reply = await commands.send(site, M, order, patiently)
  if ('unknown' in reply || !reply.accepted) throw new Error(`it is not: ${JSON.stringify(reply)}`)
  const { bootId, seq } = reply.state ?? {}
  await until(() => states('m').some((state) => state.bootId === bootId && state.seq === seq))
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
    await commands.send(site, M, prepareOrder(file, 'job_1', { expectedSeconds: 300 }), patiently)
    const reply = await commands.send(site, M, begin, patiently)
    await gateway.kill()
    gateway = await gateway.again()
    await until(() => types().includes('harvested'))
    expect(await commands.send(site, M, begin, patiently)).toEqual(reply)
    expect(types().filter((type) => type === 'started')).toHaveLength(1)
  })

  test('keeps the plate occupied', async () => {
    gateway = await start(0, false)
    await commands.send(site, M, prepareOrder(file, 'job_1'), patiently)
    await commands.send(site, M, startOrder('job_1'), patiently)
    await until(() => phases().at(-1) === 'FINISHED')
    await gateway.kill()
    gateway = await gateway.again()
    const refused = await commands.send(site, M, prepareOrder(file, 'job_2'), patiently)
    expect(refused).toMatchObject({ accepted: false, code: 'plate_occupied' })
  })
})

test('an event is kept, over a kill too, until the platform says that it has it', async () => {
  await ear.link.close()
  ear = await listen(broker.url, { acknowledge: false, siteId: site })
  gateway = await start(0)
  await commands.send(site, M, prepareOrder(file, 'job_1'), patiently)
  await until(() => types().includes('prepared'))
  await gateway.kill()
  gateway = await gateway.again()
  await until(() => ear.of('evt', 'prepared').length > 1)
  const keys = ear.of('evt').map(identityOf)
  expect(new Set(keys).size).toBe(1)

  const [first] = ear.events()
  const events = [{ bootId: first?.bootId, evtSeq: first?.evtSeq }]
  await ear.link.publish(topics.acknowledged(site), { v: 1, events })
  await reborn()
  const heard = ear.of('evt').length
  // The platform says that it is there: all that is not acknowledged would come at once.
  await ear.link.publish(topics.platformState(), { v: 1, online: true, by: 'test', atMs: 1 })
  await reborn()
  await commands.send(site, M, startOrder('job_1'), patiently)
  await until(() => types().includes('harvested'))
  const later = ear.of('evt').slice(heard)
  expect(later.map(({ message }) => message.type)).not.toContain('prepared')
})

test('a broker that is killed in the middle of a print costs no event and doubles none', async () => {
  gateway = await start(60)
  await print(240)
  const pid = broker.pid()
  if (pid === null) throw new Error('the broker is not ours')
  process.kill(pid, 'SIGKILL')
  // What was on its way in the dead broker is told again later: a later event may overtake it.
  await until(() => milestones().size === 4)
  expect(milestones()).toEqual(new Set(['prepared', 'started', 'finished', 'harvested']))
  const keys = ear.events().map(({ type, progress = '' }) => `${type}/${progress}`)
  expect(keys).toEqual([...new Set(keys)])
})

test('a gateway that dies is told by its last will after the delay, and its print is no failure', async () => {
  gateway = await start(60)
  await print(1_200)
  const killedAtMs = Date.now()
  await gateway.kill()
  await until(() => online() === false)
  expect(Date.now() - killedAtMs).toBeGreaterThan(limits.willDelaySeconds * 1_000 - 2_000)
  gateway = await gateway.again()
  await until(() => online() === true && types().includes('harvested'))
  expect(types()).not.toContain('failed')
})

test('a gateway that comes back within the delay was never told to be gone', async () => {
  gateway = await start(60)
  await until(() => online() === true)
  await gateway.kill()
  gateway = await gateway.again()
  await until(() => new Set(states('gw').map(({ bootId }) => bootId)).size === 2)
  expect(states('gw').map(({ online: is }) => is)).not.toContain(false)
})

test('a second gateway in the same folder ends with a clear word', async () => {
  gateway = await start(0)
  await expect(gateway.again()).rejects.toThrow('Another gateway is running in')
})
