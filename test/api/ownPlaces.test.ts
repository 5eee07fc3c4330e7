// Sites and items of one storefront: it alone is served there, and what its region plans with is what it is promised.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CITY_MIDDLE } from '../../services/router/city.ts'
import { MachineRecord, SiteRecord, VehicleRecord } from '../../storage/records/fleet.ts'
import { addPlanningRules } from '../../storage/rules.ts'
import { until } from '../support/until.ts'
import { apiForTest, type Stack } from './stack.ts'
import { addItem, addKey, addStorefront, itemId } from './world.ts'

let api: Stack
let owner: { key: string; itemId: string }

const region = 'own'
const [siteId, machineId, vehicleId] = ['sit_own', 'mac_own', 'veh_own']

beforeAll(async () => {
  api = await apiForTest()
  const storefrontId = await addStorefront(api.storage)
  const own = await addItem(api.storage, { title: 'Own thing' })
  await api.storage.sql('update item set storefront_id = $1 where id = $2', [storefrontId, own])
  await api.storage.transaction(async ({ em }) => {
    const at = { region, lon: CITY_MIDDLE.lon + 0.01, lat: CITY_MIDDLE.lat }
    em.create(SiteRecord, { ...at, id: siteId, kind: 'truck', name: 'Own truck', storefrontId })
    em.create(VehicleRecord, { ...at, id: vehicleId, siteId, name: 'Own truck' })
    const known = await em.findOneOrFail(MachineRecord, 'mac_truck')
    const { caps, phase, lastSeenAt } = known
    em.create(MachineRecord, {
      id: machineId,
      siteId,
      model: 'own',
      caps,
      phase,
      lastSeenAt,
      speed: 1_000,
    })
  })
  owner = { key: await addKey(api.storage, storefrontId), itemId: own }
})
afterAll(async () => api.close())

const quoteOf = async (item: string, key?: string) => {
  const { lon, lat } = CITY_MIDDLE
  const asked = {
    destination: { lon: lon + 0.002, lat },
    lines: [{ item_id: item, quantity: 1 }],
    buyer: { name: 'Ann Ode', email: 'ann@example.com' },
    hold_seconds: 0,
  }
  return await api.post('/v1/quotes', asked, key === undefined ? {} : { key })
}

const idsAt = async (path: string, key?: string) => {
  const { body } = await api.get(path, key === undefined ? {} : { key })
  return body.data.map(({ id }: { id: string }) => id)
}

test('a storefront with sites of its own is served from these alone, also where they are nothing but trucks', async () => {
  const { status, body } = await quoteOf(owner.itemId, owner.key)
  expect(status).toBe(201)
  expect(body.offers.map((offer: { machine_id: string }) => offer.machine_id)).toEqual([machineId])
  const shared = await quoteOf(itemId, owner.key)
  expect(shared.body.offers.map((offer: { site_id: string }) => offer.site_id)).toEqual([siteId])
})

test('nobody else sees them, is served there, or can order its items', async () => {
  const { body } = await quoteOf(itemId)
  const machines = body.offers.map((offer: { machine_id: string }) => offer.machine_id)
  expect(machines.length).toBeGreaterThan(0)
  expect(machines).not.toContain(machineId)
  expect((await quoteOf(owner.itemId)).body.code).toBe('item_unknown')
  const things: [string, string][] = [
    ['sites', siteId],
    ['machines', machineId],
    ['vehicles', vehicleId],
    ['items', owner.itemId],
  ]
  for (const [kind, id] of things) {
    expect(await idsAt(`/v1/${kind}?limit=100`)).not.toContain(id)
    expect((await api.get(`/v1/${kind}/${id}`)).status).toBe(404)
    expect(await idsAt(`/v1/${kind}?limit=100`, owner.key)).toContain(id)
    expect((await api.get(`/v1/${kind}/${id}`, { key: owner.key })).status).toBe(200)
  }
})

/** From the moment for which it was planned: the machine is free. */
const minutes = async () => {
  const { body } = await quoteOf(owner.itemId, owner.key)
  const { making_starts_at: from, p50_at: until50 } = body.offers[0].promise
  return (Date.parse(until50) - Date.parse(from)) / 60e3
}

test('a region that drives slower than the map promises later, from the next second on', async () => {
  const before = await minutes()
  const rules = { travelSpeed: 0.25, handOverSeconds: 10 }
  await addPlanningRules(api.storage, { region, rules, reason: 'bicycles' })
  // Quotes remember a region for a second.
  const after = await until(async () => ((await minutes()) > before * 2 ? await minutes() : null), {
    everyMs: 50,
    what: 'a quote that knows the rules',
  })
  expect(after / before).toBeGreaterThan(3)
  expect(after / before).toBeLessThan(4.5)
})

test('a region is not shared by those who have places of their own and everybody else', async () => {
  const [site] = await api.storage.sql<{ region: string }>(
    `select region from site where storefront_id is null limit 1`,
  )
  const move = api.storage.sql('update site set region = $1 where id = $2', [site!.region, siteId])
  await expect(move).rejects.toThrow('site_region_owner')
})
