// The bridge, trucks and lockers: what they report reaches the stop lists and the orders once.
import { beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { topics } from '../../devices/contract/topics.ts'
import { until } from '../support/until.ts'
import { vehicleById } from '../../storage/fleet.ts'
import { openSilence } from '../../devices/bridge/silence.ts'
import type { Sql } from '../../storage/storage.ts'
import { database, ear, world, printingWorld, start, restart, numbered } from './bridgeRig.ts'
import { story, whatWasTold } from './bridgeRig.ts'

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
const drive = async (type: string, stopId: string | null = 's1', atMs = Date.now()) =>
  await ear.link.publish(
    topics.vehicle(world.siteId, V(), 'evt'),
    numbered({ type, stopId, atMs, fulfilmentId: stopId === null ? null : world.fulfilmentId }),
  )

const hour = 3_600e3
const driven = async () => (await vehicleById(database.storage, V()))?.drivenSeconds

const position = async (atMs = Date.now()) =>
  await ear.link.publish(topics.vehicle(world.siteId, V(), 'pos'), {
    v: 1,
    bootId: 'boot-1',
    atMs: Math.round(atMs),
    lon: 3,
    lat: 4,
    heading: 90,
    nextStopId: 's1',
    stopsVersion: 1,
    inService: true,
  })

/** Of another order, and told of after ours where both are silent. */
async function silentTruck() {
  const other = await printingWorld(1)
  await database.storage.sql(
    `insert into vehicle (id, site_id, name, region, lon, lat, stops, stops_version, seen_at)
     values ($1, $2, 'Truck', 'springfield', 0, 0, $3::jsonb, 1, now() - interval '1 hour')`,
    [`veh_z_${other.siteId}`, other.siteId, JSON.stringify([stop('s1', other.fulfilmentId)])],
  )
  return other
}

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

  test('what lies between departures and arrivals is the driver’s day, until a long rest', async () => {
    await start()
    const began = Math.round(Date.now() - 60 * hour)
    const at = async (hours: number, ...types: string[]) => {
      for (const type of types) await drive(type, 's2', began + hours * hour)
    }
    await at(0, 'departed')
    await at(2, 'arrived')
    // A day later: an hour, and half an hour until it breaks down.
    await at(53.5, 'departed')
    await at(54.5, 'arrived')
    await at(55, 'departed')
    await drive('out_of_service', null, began + 55.5 * hour)
    await until(async () => (await driven()) === 1.5 * 3600)
    // A list that changes on the way has it depart anew.
    await at(58, 'departed')
    await at(59, 'departed')
    await until(async () => Math.abs(Number(await driven()) - 3.5 * 3600) < 600)
    await at(60, 'arrived')
    await until(async () => (await driven()) === 3.5 * 3600)
  })

  test('of a drive whose end was never told nobody knows how long it was: it does not count', async () => {
    await start()
    const now = Math.round(Date.now())
    await drive('departed', 's2', now - 30 * hour)
    await drive('arrived', 's2', now - 2 * hour)
    await drive('departed', 's2', now - hour)
    await drive('arrived', 's2', now)
    await until(async () => (await driven()) === 3600)
  })

  test('a truck that falls silent is out of service: everybody it had to come to is told, once', async () => {
    await database.storage.sql(
      `update vehicle set seen_at = now() - interval '1 hour' where id = $1`,
      [V()],
    )
    await start({ silenceMs: 400 })
    await until(() => whatWasTold('delivery', world.fulfilmentId).length > 0)
    const [{ more } = { more: [] }] = whatWasTold('delivery', world.fulfilmentId)
    expect(more).toMatchObject([{ kind: 'out_of_service' }])
    await restart({ silenceMs: 400 })
    const inService = async () => {
      const [row] = await database.storage.sql<{ in_service: boolean }>(
        `select in_service from vehicle where id = $1`,
        [V()],
      )
      return row?.in_service
    }
    expect(await inService()).toBe(false)
    // It is heard again: in service, and silent for the second time it is told anew.
    await position()
    await until(() => whatWasTold('delivery', world.fulfilmentId).length === 2)
    expect(await story()).toEqual(['delivery.out_of_service', 'delivery.out_of_service'])
  })

  test('a truck whose clock is slow is not silent', async () => {
    const unheard = await silentTruck()
    // Time goes on here alone, so that no machine is too slow for the truck to be heard.
    let nowMs = Date.now()
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => nowMs)
    let looks = 0
    const { sql, transaction } = database.storage
    const watched: Sql = async (text, params) => {
      if (text.includes('seen_at < now()')) looks += 1
      return await sql(text, params)
    }
    try {
      await start({ silenceMs: 2_000, storage: { sql: watched, transaction } })
      await until(() => looks > 1)
      nowMs += 1_500
      await position(nowMs - hour)
      await until(async () => {
        const seen = `select 1 from vehicle where id = $1 and seen_at is not null`
        return (await sql(seen, [V()])).length > 0
      })
      // The bridge has listened for longer than it may be silent, and heard it meanwhile.
      nowMs += 1_000
      await until(() => whatWasTold('delivery', unheard.fulfilmentId).length > 0)
      expect(whatWasTold('delivery', world.fulfilmentId)).toEqual([])
      nowMs += 2_000
      await until(() => whatWasTold('delivery', world.fulfilmentId).length > 0)
    } finally {
      clock.mockRestore()
    }
  })

  test('while nobody listens, silence says nothing', async () => {
    await database.storage.sql(
      `update vehicle set seen_at = now() - interval '1 hour' where id = $1`,
      [V()],
    )
    const said: string[] = []
    let isListening = false
    let rounds = 0
    const silence = openSilence({
      storage: database.storage,
      isListening: async () => {
        rounds += 1
        return isListening
      },
      heardWithin: () => false,
      say: ({ id }) => said.push(id),
      silenceMs: 200,
      log: pino({ level: 'silent' }),
    })
    try {
      await until(() => rounds > 6)
      expect(said).toEqual([])
      isListening = true
      await until(() => said.includes(V()))
    } finally {
      await silence.close()
    }
  })

  test('a position is written where the truck is', async () => {
    await start()
    await position()
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
