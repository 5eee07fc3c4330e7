// Virtual trucks and lockers over a real broker: stops are made in order, and doors open on the right code alone.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createHash, randomUUID } from 'node:crypto'
import { openCommands, type Commands, type LockerOrder } from '../../devices/commands.ts'
import { topics } from '../../devices/contract/topics.ts'
import type { ListedStop } from '../../devices/contract/vehicle.ts'
import { openGateway, type Gateway } from '../../devices/gateway/gateway.ts'
import type { Profile } from '../../devices/gateway/profile.ts'
import type { BrokerPart } from '../../infra/broker.ts'
import { brokerForTest, testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { listen, patiently, type Ear } from './plant.ts'

const V = 'veh_1'
const B = 'bank_1'

let broker: BrokerPart
let commands: Commands
let ear: Ear
let gateway: Gateway | undefined
let dir: string
let siteId: string

beforeAll(async () => {
  broker = await brokerForTest()
})
afterAll(async () => {
  await broker.stop()
})
// The broker keeps the stops and states of the site of the test before.
beforeEach(async () => {
  dir = testDir('gateway')
  siteId = `sit_${randomUUID()}`
  ear = await listen(broker.url, { siteId })
  commands = await openCommands({ mqttUrl: broker.url, clientId: `test-${randomUUID()}` })
})
afterEach(async () => {
  await end()
  await commands.close()
  await ear.link.close()
})

async function site(
  speed: number,
  more: Partial<Profile>,
  onTrouble = (error: unknown): void => {
    throw error
  },
): Promise<void> {
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  gateway = openGateway({
    gatewayId: `gw-${randomUUID()}`,
    dir,
    mqttUrl: broker.url,
    profile: { siteId, speed, machines: [], ...more },
    onReady: () => resolve(),
    onTrouble,
  })
  await ready
}

async function end(): Promise<void> {
  const ending = gateway
  gateway = undefined
  await ending?.close()
}

const told = () => ear.events().map(({ type, stopId }) => `${String(type)} ${String(stopId)}`)
const types = () => ear.events().map(({ type }) => type)
const positions = () => ear.of('pos').map(({ message }) => message)
const longitudes = () => new Set(positions().map(({ lon }) => lon))
const stop = (id: string, more: Partial<ListedStop> = {}): ListedStop => ({
  id,
  lon: 10.01,
  lat: 50,
  label: id,
  fulfilmentId: null,
  serviceSeconds: 60,
  readyAtMs: 0,
  loaded: true,
  ...more,
})

const buyer = (loaded: boolean) => stop('b', { fulfilmentId: 'ful_1', loaded })

describe('a truck', () => {
  const vehicle = { vehicleId: V, start: { lon: 10, lat: 50 } }
  const stops = async (version: number, list: ListedStop[]) =>
    await commands.publishStops(siteId, V, { version, stops: list })
  const strike = async (fault: string) =>
    await ear.link.publish(topics.fault(siteId, V), { v: 1, fault })

  test('makes its stops in order and waits where what it hands over is not on board yet', async () => {
    await site(0, { vehicle })
    await stops(1, [stop('a'), buyer(false), stop('c')])
    await until(() => told().includes('arrived b'))
    expect(told()).toEqual(['departed a', 'arrived a', 'stop_done a', 'departed b', 'arrived b'])
    const heard = positions().length
    await until(() => positions().length > heard + 1, { what: 'it says where it is meanwhile' })
    expect(positions().at(-1)).toMatchObject({ lon: 10.01, lat: 50 })
    await stops(2, [buyer(true), stop('c')])
    await until(() => told().includes('stop_done c'))
    expect(told().slice(5)).toEqual([
      'handed_over b',
      'stop_done b',
      'departed c',
      'arrived c',
      'stop_done c',
    ])
  })

  test('waits so long and no longer: it says that the stop was not met', async () => {
    // One second of the clock.
    await site(60, { vehicle: { ...vehicle, patienceMinutes: 1 } })
    await stops(1, [stop('b', { lon: 10.0001, fulfilmentId: 'ful_1', loaded: false }), stop('c')])
    await until(() => told().includes('stop_done b'))
    expect(told().slice(0, 4)).toEqual(['departed b', 'arrived b', 'not_met b', 'stop_done b'])
    await until(() => told().includes('departed c'))
    expect(told()).not.toContain('handed_over b')
  })

  test('goes back to a stop that it left when the part is on board after all', async () => {
    await site(0, { vehicle: { ...vehicle, patienceMinutes: 0 } })
    await stops(1, [buyer(false), stop('c')])
    await until(() => told().includes('stop_done c'))
    expect(told()).toContain('not_met b')
    await stops(2, [buyer(false)])
    await stops(3, [buyer(true)])
    await until(() => told().includes('handed_over b'))
    expect(told().filter((each) => each === 'departed b')).toHaveLength(2)
  })

  test('drives along the streets that the list gives and says where it is', async () => {
    await site(20, { vehicle })
    const path: [number, number][] = [
      [10, 50],
      [10, 50.02],
      [10.01, 50.02],
      [10.01, 50],
    ]
    await stops(1, [stop('a', { path })])
    await until(() => told().includes('departed a'))
    await until(() => positions().some(({ lat }) => Number(lat) > 50.002))
    // The rest takes no time.
    await end()
    await site(0, { vehicle })
    await until(() => told().includes('stop_done a'))
    expect(positions().at(-1)).toMatchObject({ stopsVersion: 1 })
  })

  test('keeps its place and its stops over a restart', async () => {
    await site(20, { vehicle })
    await stops(1, [stop('a', { lon: 10.1 })])
    await until(() => positions().some(({ lon }) => Number(lon) > 10.002))
    const { lon, bootId } = positions().at(-1) ?? {}
    await end()
    await site(20, { vehicle })
    const after = await until(() => positions().find((position) => position.bootId !== bootId))
    expect(Number(after.lon)).toBeGreaterThanOrEqual(Number(lon))
    expect(told()).toEqual(['departed a'])
  })

  test('goes where a newer list sends it first, and takes no older one', async () => {
    await site(120, { vehicle })
    await stops(2, [stop('a', { lon: 10.5 })])
    await until(() => told().includes('departed a'))
    await stops(3, [stop('z'), stop('a', { lon: 10.5 })])
    await until(() => told().includes('departed z'))
    await stops(1, [stop('old')])
    await until(() => told().includes('stop_done z'))
    await stops(4, [stop('y', { lon: 10 })])
    await until(() => told().includes('departed y'))
    expect(told()).not.toContain('departed old')
  })

  test('drives its own round endlessly while it has no stops', async () => {
    const round = [
      [10, 50],
      [10.001, 50],
      [10.001, 50.001],
    ].map(([lon = 0, lat = 0]) => ({ lon, lat }))
    await site(60, { vehicle: { ...vehicle, round } })
    await until(() => longitudes().size > 3)
    expect(told()).toEqual([])
  })

  test('can go out of service, stands still, and goes on when it is back', async () => {
    await site(0, { vehicle })
    await strike('out_of_service')
    await until(() => told().includes('out_of_service null'))
    await stops(1, [stop('a')])
    await strike('in_service')
    await until(() => told().includes('stop_done a'))
    expect(told().slice(0, 2)).toEqual(['out_of_service null', 'in_service null'])
  })

  test('says when nobody took what it brought', async () => {
    await site(0, { vehicle })
    await strike('not_met')
    await stops(1, [buyer(true)])
    await until(() => told().includes('stop_done b'))
    expect(told()).toContain('not_met b')
    expect(told()).not.toContain('handed_over b')
  })
})

test('a gateway that ends leaves alone what still comes', async () => {
  const troubles: unknown[] = []
  await site(0, { vehicle: { vehicleId: V, start: { lon: 10, lat: 50 } } }, (error) => {
    troubles.push(error)
  })
  const said = new AbortController()
  const coming = (async () => {
    for (let n = 0; !said.signal.aborted; n += 1) {
      const fault = n % 2 === 0 ? 'out_of_service' : 'in_service'
      void ear.link.publish(topics.fault(siteId, V), { v: 1, fault }, { qos: 0 })
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  await until(() => told().length > 0)
  await end()
  said.abort()
  await coming
  expect(troubles).toEqual([])
})

describe('a bank of lockers', () => {
  const salt = 'salt-of-the-test'
  const lockers = { bankId: B, compartments: ['c1', 'c2'] }
  const ask = async (order: LockerOrder) => {
    const reply = await commands.sendLocker(siteId, B, order, patiently)
    if ('unknown' in reply) throw new Error(reply.reason)
    return reply
  }
  const assign = async (more: object = {}) =>
    await ask({
      type: 'locker.assign',
      commandId: randomUUID(),
      compartmentId: 'c1',
      fulfilmentId: 'ful_1',
      salt,
      expiresAtMs: Date.now() + 60_000,
      codeHash: createHash('sha256').update(`${salt}4711`).digest('hex'),
      ...more,
    })
  const enter = async (code: string, more: object = {}) =>
    await ask({ type: 'locker.enter', commandId: randomUUID(), code, ...more })

  test('takes a part in, opens on its code, and is free again when it was emptied', async () => {
    await site(0, { lockers })
    expect(await assign()).toMatchObject({ accepted: true })
    await until(() => types().includes('stored'))
    expect(await enter('0815')).toMatchObject({ accepted: false, code: 'code_wrong' })
    expect(await enter('4711')).toMatchObject({ accepted: true })
    await until(() => types().includes('emptied'))
    expect(types()).toEqual(['stored', 'refused', 'opened', 'emptied'])
    await until(() => {
      const bank = ear.of('state').findLast(({ topic }) => topic.includes('/l/'))?.message
      const compartments = JSON.stringify(bank?.compartments ?? [])
      return compartments.includes('free') && !compartments.includes('stored')
    })
  })

  test('locks everybody out after five wrong codes', async () => {
    await site(0, { lockers })
    await assign()
    const codes: unknown[] = []
    for (let n = 0; n < 5; n += 1) codes.push((await enter('0000', { compartmentId: 'c1' })).code)
    expect(codes.at(-1)).toBe('locked_out')
    expect(await enter('4711')).toMatchObject({ accepted: false, code: 'locked_out' })
    const refused = await until(() => ear.events('refused')[0])
    expect(refused).toMatchObject({ fulfilmentId: 'ful_1' })
  })

  test('gives a compartment to one fulfilment at a time, and to none that it does not have', async () => {
    await site(60, { lockers })
    await assign()
    expect(await assign({ fulfilmentId: 'ful_2' })).toMatchObject({ code: 'compartment_taken' })
    expect(await assign({ compartmentId: 'c9' })).toMatchObject({ code: 'compartment_unknown' })
    expect(await assign()).toMatchObject({ accepted: true })
    const release = { type: 'locker.release', compartmentId: 'c1' } as const
    const other = { ...release, fulfilmentId: 'ful_2', commandId: randomUUID() }
    expect(await ask(other)).toMatchObject({ code: 'compartment_taken' })
    await ask({ ...release, fulfilmentId: 'ful_1', commandId: randomUUID() })
    expect(await assign({ fulfilmentId: 'ful_2' })).toMatchObject({ accepted: true })
  })

  test('says when nobody came, and does not open after that', async () => {
    await site(0, { lockers })
    await assign({ expiresAtMs: Date.now() + 300 })
    await until(() => types().includes('expired'))
    expect(await enter('4711')).toMatchObject({ accepted: false, code: 'assignment_expired' })
    await assign({ expiresAtMs: Date.now() + 60_000 })
    expect(await enter('4711')).toMatchObject({ accepted: true })
  })

  test('plays the buyer where a load test wants it', async () => {
    await site(0, { lockers: { ...lockers, autoCollectSeconds: 1 } })
    await assign()
    await until(() => types().includes('emptied'))
    expect(types()).toEqual(['stored', 'opened', 'emptied'])
  })

  test('remembers what lies in it over a restart', async () => {
    await site(0, { lockers })
    await assign()
    await until(() => types().includes('stored'))
    await end()
    await site(0, { lockers })
    expect(await enter('4711')).toMatchObject({ accepted: true })
    expect(types().filter((type) => type === 'stored')).toHaveLength(1)
  })
})
