// Deciding for all that wait in a region: once, together, told until heard, and kept so that it can be decided again.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { planStops } from '../../domain/stopPlan.ts'
import { advanceLines } from '../../storage/advance.ts'
import { batchesBetween } from '../../storage/dispatchBatches.ts'
import { vehicleById } from '../../storage/fleet.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { bookingForTest, setRules } from './dispatchers.ts'
import * as world from './world.ts'
import type { Item, Placed, Site } from './world.ts'

let db: TestStorage
let city: Awaited<ReturnType<typeof world.openTravel>>
let item: Item
let booking: ReturnType<typeof bookingForTest>
beforeAll(async () => {
  db = await storageForTest()
  city = await world.openTravel()
  item = await world.addItem(db.storage)
})
beforeEach(() => {
  const { nowMs } = world
  booking = bookingForTest({ storage: db.storage, travel: city.travel, nowMs: () => nowMs })
})
afterAll(async () => {
  await city.close()
  await db.close()
})

/** Orders that have asked for a truck of a region and wait. */
async function waiting(sites: readonly Site[]): Promise<Placed[]> {
  const orders = []
  for (const site of sites) {
    const placed = await world.placeOrder(db.storage, item, site)
    await advanceLines(db.storage, placed, 'confirmed')
    await booking.ask(placed)
    orders.push(placed)
  }
  return orders
}

async function regionWithTrucks(trucks: number): Promise<{ region: string; sites: Site[] }> {
  const region = world.newRegion()
  await setRules(db.storage, region)
  const sites = []
  for (let nth = 0; nth < trucks; nth += 1) {
    sites.push(await world.addTruck(db.storage, { region, at: world.placeAt(nth / 2) }))
  }
  return { region, sites }
}

const stopsOf = async ({ vehicleId }: Site) =>
  (await vehicleById(db.storage, vehicleId ?? ''))?.stops ?? []

const batchesOf = async (region: string) =>
  await batchesBetween(db.storage, {
    region,
    from: new Date(0),
    to: new Date(Date.UTC(2100, 0)),
    afterId: '',
    limit: 100,
  })

const countOf = async (what: string, { orderId }: Placed) =>
  (await db.storage.sql(`select 1 from ${what} where order_id = $1`, [orderId])).length

test('what waits is decided together, and each order hears its own', async () => {
  const { region, sites } = await regionWithTrucks(2)
  const orders = await waiting([...sites, ...sites])
  const { answered, said } = await booking.decideStops({ region })
  expect(new Set(answered)).toEqual(new Set(orders.map((one) => one.fulfilmentId)))
  expect(said.join('\n')).toMatch(/Chosen: `veh_\w+`, [\d.]+ points \(minutesToBuyer/)
  for (const { orderId, fulfilmentId } of orders) {
    const told = booking.told.filter((answer) => answer.orderId === orderId)
    expect(told).toMatchObject([{ refusal: null, fulfilments: [{ fulfilmentId }] }])
  }
  const batches = await batchesOf(region)
  expect(batches.map(({ facts }) => facts.requests.length)).toEqual([4])
  const stops = [await stopsOf(sites[0]!), await stopsOf(sites[1]!)]
  expect(stops.map(({ length }) => length)).toEqual([2, 2])
})

test('an answer that was lost is told again, and nothing is decided or written again', async () => {
  const { region, sites } = await regionWithTrucks(1)
  const [placed] = await waiting(sites)
  const deaf = bookingForTest({
    storage: db.storage,
    travel: city.travel,
    nowMs: () => world.nowMs,
  })
  deaf.told.push = () => {
    throw new Error('the server is away')
  }
  await expect(deaf.decideStops({ region })).rejects.toThrow('the server is away')
  const before = await stopsOf(sites[0]!)
  expect(before).toHaveLength(1)
  await booking.decideStops({ region })
  await booking.decideStops({ region })
  expect(booking.told).toHaveLength(1)
  expect(await stopsOf(sites[0]!)).toEqual(before)
  expect(await countOf('decision', placed!)).toBe(1)
  expect(await batchesOf(region)).toHaveLength(1)
})

test('what is given back while it waits is not planned, then or later; the others are', async () => {
  const { region, sites } = await regionWithTrucks(1)
  const [left, stays] = await waiting([sites[0]!, sites[0]!])
  await booking.releaseBookings(left!)
  await booking.ask(left!)
  const { answered } = await booking.decideStops({ region })
  expect(answered).toEqual([stays!.fulfilmentId])
  expect((await stopsOf(sites[0]!)).map((stop) => stop.fulfilmentId)).toEqual([stays!.fulfilmentId])
})

test('what is given back in the midst of deciding takes nobody else with it', async () => {
  const { region, sites } = await regionWithTrucks(1)
  const [left, stays] = await waiting([sites[0]!, sites[0]!])
  let gaveBack = false
  const { travel } = city
  const hasty = bookingForTest({
    storage: db.storage,
    nowMs: () => world.nowMs,
    travel: {
      ...travel,
      legs: async (asked) => {
        if (!gaveBack) await booking.releaseBookings(left!)
        gaveBack = true
        return await travel.legs(asked)
      },
    },
  })
  await hasty.decideStops({ region })
  expect((await stopsOf(sites[0]!)).map((stop) => stop.fulfilmentId)).toEqual([stays!.fulfilmentId])
})

test('an order without a place any more is refused, and holds up nobody', async () => {
  const { region, sites } = await regionWithTrucks(1)
  const [erased, stays] = await waiting([sites[0]!, sites[0]!])
  await db.storage.sql('update orders set destination = null where id = $1', [erased!.orderId])
  await booking.decideStops({ region })
  const refusals = new Map(booking.told.map(({ orderId, refusal }) => [orderId, refusal]))
  expect(refusals.get(erased!.orderId)).toEqual({
    code: 'no_vehicle_fits',
    facts: { destination: 'erased' },
  })
  expect(refusals.get(stays!.orderId)).toBeNull()
})

test('a refused order that asks again is decided again, by whatever is there then', async () => {
  const { region, sites } = await regionWithTrucks(1)
  const inService = (on: boolean) =>
    db.storage.sql('update vehicle set in_service = $2 where region = $1', [region, on])
  await inService(false)
  const [placed] = await waiting(sites)
  await booking.decideStops({ region })
  expect(booking.told.at(-1)?.refusal?.code).toBe('no_vehicle_fits')
  await inService(true)
  const again = await booking.ask(placed!)
  await booking.decideStops({ region })
  const answer = booking.told.at(-1)
  expect([answer?.refusal, answer?.round]).toEqual([null, again.waitsFor])
  expect(await world.eventTypes(db.storage, placed!.orderId)).toEqual([
    'fulfilment.stop_planned',
    'order.planned',
  ])
})

test('what was decided from is kept: it decides the same again, and says nothing of any place', async () => {
  const { region, sites } = await regionWithTrucks(3)
  await waiting([...sites, ...sites])
  await booking.decideStops({ region })
  const [batch] = await batchesOf(region)
  expect(planStops(batch!.facts, batch!.rules)).toEqual(batch!.plan)
  const text = JSON.stringify(batch)
  expect(text).not.toMatch(/evergreen|"lon"|"lat"|homer|@/i)
  expect(text).not.toContain(String(world.buyersPlace.lat).slice(0, 7))
})

test('two dispatchers of one region at once write each stop once', async () => {
  const { region, sites } = await regionWithTrucks(2)
  const orders = await waiting([...sites, ...sites, ...sites])
  await Promise.all([1, 2, 3].map(() => booking.decideStops({ region })))
  const stops = [...(await stopsOf(sites[0]!)), ...(await stopsOf(sites[1]!))]
  expect(stops).toHaveLength(orders.length)
  const planned = new Set(stops.map(({ fulfilmentId }) => fulfilmentId))
  expect(planned).toEqual(new Set(orders.map(({ fulfilmentId }) => fulfilmentId)))
})
