// A small day before a whole running platform: plan and reality agree, and nothing is left behind,
// however it ends.
import { readFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { writeReport } from '../../../simulations/report/writeReport.ts'
import { testDir } from '../../support/platform.ts'
import { called, openStand, type Stand } from './platform.ts'

let stand: Stand
let dir: string
let scenario: string

const home = { lon: -89.65, lat: 39.8 }
const near = { lon: -89.655, lat: 39.803 }
const steady = { factor: 1.1, deviation: 0.05 }

/** Two trucks, a bank of lockers, and four orders: some are brought, some are fetched. */
const smallDay = {
  name: 'small day',
  // Minutes of the clock, and not seconds, for a platform that has much else to do.
  hours: { fromHour: 9, toHour: 10, drainMinutes: 840 },
  models: [{ id: 'Mendel 5', making: steady, hoursBetweenFailures: 1e6 }],
  items: [{ id: 'wall hook', makingMinutes: 12 }],
  sites: [
    {
      id: 'Corner lockers',
      kind: 'lockers',
      place: near,
      machines: [{ model: 'Mendel 5', count: 2 }],
      compartments: 4,
    },
  ],
  trucks: [
    {
      id: 'truck',
      count: 2,
      place: home,
      machines: [{ model: 'Mendel 5', count: 1 }],
      round: { stops: 6, radiusMeters: 2_000 },
      refusalShare: 0,
    },
  ],
  couriers: [],
  incidents: [{ kind: 'machines_stop', at: 'Corner lockers', hour: 9, minutes: 5 }],
  orders: {
    listed: [9.05, 9.1, 9.2, 9.3].map((hour, nth) => ({
      hour,
      item: 'wall hook',
      place: nth % 2 === 0 ? home : near,
    })),
  },
  rules: { dispatch: { maxWaitingMinutes: 240 } },
  buyers: {
    patienceMinutes: { mean: 840, deviation: 0 },
    pickupShare: 0.5,
    deliveryShare: 0.5,
    maxPickupMeters: { mean: 5_000, deviation: 0 },
    fetchMinutes: { mean: 5, deviation: 1 },
    neverFetchedShare: 0,
  },
}

beforeAll(async () => {
  dir = testDir('live-scenarios')
  await mkdir(dir, { recursive: true })
  scenario = join(dir, 'small.json')
  await writeFile(scenario, JSON.stringify(smallDay))
  stand = await openStand()
}, 400_000)
afterAll(async () => await stand?.close(), 120_000)

const count = async (text: string) => {
  const [row] = await stand.sql<{ count: number }>(`select count(*)::int as count from ${text}`)
  return row?.count ?? -1
}

async function expectNothingLeft(): Promise<void> {
  const kept = await stand.retained()
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.filter((topic) => /\/sit_([0-9a-f]{8}|dead)_/.test(topic))).toEqual([])
  const ofRuns = `machine m join site s on s.id = m.site_id where s.region like 'live-%'`
  expect(await count(`${ofRuns} and m.enabled`)).toBe(0)
  expect(await count(`vehicle where region like 'live-%'`)).toBe(0)
  expect(
    await count(
      `reservation where starts_with(storefront_id, 'sto_live_') or offer_id like 'live/%'`,
    ),
  ).toBe(0)
  expect(await count(`api_key where storefront_id like 'sto_live_%' and revoked_at is null`)).toBe(
    0,
  )
  expect(
    await count(
      `orders where storefront_id like 'sto_live_%' and status not in ('settled', 'cancelled')`,
    ),
  ).toBe(0)
}

test('every order of the plan is played, settled, and set beside the plan', async () => {
  const out = join(dir, 'out')
  // The machines and trucks of the run live in this process.
  const stoodStill = monitorEventLoopDelay()
  stoodStill.enable()
  const {
    code,
    out: said,
    complaint,
  } = await called(['live', scenario, '--speed', String(speed), '--out', out], stand.env)
  stoodStill.disable()
  expect({ code, complaint }).toEqual({ code: 0, complaint: '' })
  expect(said).toContain('small day: 4 orders from 09:03 to 09:18, of which the plan serves 4')
  expect(said).toMatch(/orders served +4\.0 +4\.0 +0\.0/)
  expect(await count(`orders where status = 'settled'`)).toBe(4)
  await expectNothingLeft()

  const { result } = JSON.parse(await readFile(join(out, 'result.json'), 'utf8'))
  expect(result.orders.rows).toHaveLength(4)
  const ways = result.orders.rows.map((row: { broughtBy: string }) => row.broughtBy)
  expect(ways).toContain('Corner lockers')
  expect(ways.some((by: string) => by.startsWith('truck'))).toBe(true)
  // What the platform lags behind comes on top, at each of the steps on the way.
  const { ordered, begun } = result.behind
  const stoodMinutes = (stoodStill.max / 60e9) * speed
  const lagMinutes = ordered.most + begun.most + (await mostBroughtLate()) + stoodMinutes
  for (const { plannedMinutes, realMinutes } of result.orders.rows) {
    expect(Math.abs(realMinutes - plannedMinutes)).toBeLessThan(25 + 2 * lagMinutes)
  }
  const { page, tables } = await writeReport(out)
  expect(await readFile(page, 'utf8')).toContain('small day: plan and reality')
  const names = tables.map(({ path }) => path.split('/').at(-1))
  expect(names).toEqual(
    expect.arrayContaining(['plan-and-reality', 'plan-orders', 'reality-orders', 'reality-legs']),
  )
}, 400_000)

const speed = 240

/** From when a part was made and its truck there until the buyer had it, in minutes of the day. */
async function mostBroughtLate(): Promise<number> {
  const [row] = await stand.sql<{ ms: number }>(
    `select max(had.ms - there.ms) as ms
     from (${toldOf(`payload->>'fulfilmentId'`)}) had
       join (select id, max(ms) as ms from (${toldOf(`coalesce(j.fulfilment_id, payload->>'fulfilmentId')`)}) either
         where type in ('harvested', 'arrived') group by id) there on there.id = had.id
     where had.type in ('stored', 'handed_over')`,
  )
  return ((row?.ms ?? 0) / 60e3) * speed
}

const toldOf = (whom: string) => `select ${whom} as id, (payload->>'atMs')::float8 as ms, e.type
  from device_event e left join job j on j.id = payload->>'jobId'`

test('Ctrl-C takes everything back that was put on the platform', async () => {
  const stop = new AbortController()
  const { code, complaint } = await called(['live', scenario, '--speed', '120'], stand.env, {
    signal: stop.signal,
    onOutput: (text) => {
      if (/placed [1-4] of 4/.test(text)) stop.abort(new Error('stopped'))
    },
  })
  expect({ code, complaint }).toEqual({ code: 130, complaint: 'stopped' })
  expect(await count(`orders where status = 'cancelled'`)).toBeGreaterThan(0)
  await expectNothingLeft()
}, 400_000)

test('what a run left that was killed is ended by the next', async () => {
  await stand.sql(
    `insert into storefront (id, name, mode) values ('sto_live_dead', 'dead', 'test')`,
  )
  await stand.sql(
    `insert into api_key (id, storefront_id, name, hash, hint, scopes)
     values ('key_dead', 'sto_live_dead', 'live', 'dead', 'dead', '{}')`,
  )
  await stand.sql(
    `insert into site (id, kind, name, region, lon, lat, storefront_id)
     values ('sit_dead_0', 'truck', 'dead', 'live-dead', 0, 0, 'sto_live_dead')`,
  )
  await stand.sql(
    `insert into vehicle (id, site_id, name, region, lon, lat)
     values ('veh_dead_0', 'sit_dead_0', 'dead', 'live-dead', 0, 0)`,
  )
  const { code, out } = await called(
    ['live', scenario, '--speed', '600', '--orders', '1'],
    stand.env,
  )
  expect(code).toBe(0)
  expect(out).toContain('Ended what 1 earlier run(s) had left on the platform')
  await expectNothingLeft()
}, 400_000)

test('a scenario of another city, and a platform that is not there, are named', async () => {
  const far = join(dir, 'far.json')
  const sites = [{ ...smallDay.sites[0], place: { lon: 10, lat: 50 } }]
  await writeFile(far, JSON.stringify({ ...smallDay, sites }))
  const refused = await called(['live', far], stand.env)
  expect(refused.code).toBe(1)
  expect(refused.complaint).toMatch(
    /small day cannot be played:\n {2}\/sites\/0\/place is off the map: \d+ km/,
  )

  const nowhere = { ...stand.env, API_URL: 'http://127.0.0.1:9' }
  const silent = await called(['live', scenario], nowhere)
  expect(silent.code).toBe(1)
  expect(silent.complaint).toContain(
    'nothing answers at http://127.0.0.1:9: start it with `npm start`',
  )

  const shut = { ...stand.env, MQTT_URL: stand.env['MQTT_URL']!.replace(/:[^:@]+@/, ':wrong@') }
  const denied = await called(['live', scenario], shut)
  expect(denied.complaint).toMatch(
    /the broker at .* does not let the gateways in: .*Not authorized/,
  )
  await expectNothingLeft()
}, 400_000)
