// Deciding for all that wait in a region: once, together, told until heard, and kept so that it can be decided again.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { defaultDispatchRules } from '../../domain/dispatch/rules.ts'
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import { planStops } from '../../domain/stopPlan.ts'
import { advanceLines } from '../../storage/advance.ts'
import { batchesBetween } from '../../storage/dispatchBatches.ts'
import { vehicleById } from '../../storage/fleet.ts'
import { bookedSlots, bookSlot, releaseReservations } from '../../storage/reservations.ts'
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

async function regionWithTrucks(
  trucks: number,
  rules: Partial<DispatchRules> = {},
): Promise<{ region: string; sites: Site[] }> {
  const region = world.newRegion()
  await setRules(db.storage, region, rules)
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

test('a stop that the driver makes while it is decided does not come back', async () => {
  const { region, sites } = await regionWithTrucks(1)
  await addOwnStop(sites[0]!)
  const [placed] = await waiting(sites)
  const { travel } = city
  const slow = bookingForTest({
    storage: db.storage,
    nowMs: () => world.nowMs,
    travel: {
      ...travel,
      legs: async (wanted) => {
        const made = `update vehicle set stops = '[]', stops_version = stops_version + 1 where region = $1`
        if (slow.told.length === 0) await db.storage.sql(made, [region])
        return await travel.legs(wanted)
      },
    },
  })
  await slow.decideStops({ region })
  const listed = (await stopsOf(sites[0]!)).map((stop) => stop.fulfilmentId)
  expect(listed).toEqual([placed!.fulfilmentId])
})

test('where drivers are to be treated fairly, the one who has driven less today is sent', async () => {
  expect([await sentBy(0), await sentBy(1_000)]).toEqual(['the near one', 'the far one'])
})

/** The driver of the near truck has been at the wheel for six hours. */
async function sentBy(driverFairness: number): Promise<string> {
  const weights = { ...defaultDispatchRules.weights, driverFairness }
  const { region, sites } = await regionWithTrucks(1, { weights })
  const near = await world.addTruck(db.storage, { region, at: world.placeAt(1, 0.5) })
  await db.storage.sql(
    'update vehicle set driven_seconds = 6 * 3600, stood_at = now() where id = $1',
    [near.vehicleId],
  )
  const [placed] = await waiting(sites)
  await booking.decideStops({ region })
  return (await whereIs(placed!)).vehicle_id === near.vehicleId ? 'the near one' : 'the far one'
}

test('two dispatchers of one region at once write each stop once', async () => {
  const { region, sites } = await regionWithTrucks(2)
  const orders = await waiting([...sites, ...sites, ...sites])
  await Promise.all([1, 2, 3].map(() => booking.decideStops({ region })))
  const stops = [...(await stopsOf(sites[0]!)), ...(await stopsOf(sites[1]!))]
  expect(stops).toHaveLength(orders.length)
  const planned = new Set(stops.map(({ fulfilmentId }) => fulfilmentId))
  expect(planned).toEqual(new Set(orders.map(({ fulfilmentId }) => fulfilmentId)))
})

/** The driver is on the way there: it comes first and stays. */
async function addOwnStop({ vehicleId }: Site): Promise<void> {
  const place = world.placeAt(-1)
  const own = { id: 'shop', place, label: '', fulfilmentId: null, serviceSeconds: 60 }
  await db.storage.sql('update vehicle set stops = $2::jsonb where id = $1', [
    vehicleId,
    JSON.stringify([{ ...own, readyAtMs: 0, dueAtMs: null }]),
  ])
}

/** A part whose slot begins far enough from now to be thought about anew. */
async function laterSlot({ machineIds }: Site, { orderId, fulfilmentId }: Placed) {
  await releaseReservations(db.storage, { fulfilmentId })
  await bookSlot(db.storage, {
    resourceId: machineIds[0]!,
    seconds: 720,
    notBefore: new Date(world.nowMs + 30 * 60e3),
    orderId,
    fulfilmentId,
  })
}

const whereIs = async ({ fulfilmentId }: Placed) =>
  await world.row<{ vehicle_id: string; site_id: string; machine_id: string }>(
    db.storage,
    'select vehicle_id, site_id, machine_id from fulfilment where id = $1',
    fulfilmentId,
  )

/** It stands on the far truck, behind what is queued there, while a near truck comes into service. */
async function betterTruckComes() {
  const region = world.newRegion()
  await setRules(db.storage, region, { commitHorizonMinutes: 2 })
  const far = await world.addTruck(db.storage, { region, at: world.placeAt(-3) })
  await addOwnStop(far)
  const [standing] = await waiting([far])
  await booking.decideStops({ region })
  await laterSlot(far, standing!)
  const near = await world.addTruck(db.storage, { region, at: world.buyersPlace })
  return { region, far, near, standing: standing! }
}

describe('a stop of an earlier order', () => {
  test('moves to a better truck with its machine slot, and whoever waits is told', async () => {
    const { region, far, near, standing } = await betterTruckComes()
    await waiting([near])
    await booking.decideStops({ region })
    const moved = [near.vehicleId, near.siteId, near.machineIds[0]]
    const { vehicle_id, site_id, machine_id } = await whereIs(standing)
    expect([vehicle_id, site_id, machine_id]).toEqual(moved)
    expect((await stopsOf(far)).map(({ id }) => id)).toEqual(['shop'])
    expect(await stopsOf(near)).toHaveLength(2)
    const slots = await bookedSlots(db.storage, [standing.fulfilmentId])
    expect(slots.map(({ resourceId }) => resourceId)).toEqual(near.machineIds)
    const { fulfilmentId, jobIds } = standing
    expect(booking.moved).toMatchObject([{ fulfilmentId, jobIds }])
    const types = await world.eventTypes(db.storage, standing.orderId)
    expect(types.filter((type) => type === 'fulfilment.stop_planned')).toHaveLength(2)
  })

  test('stays when its part is being made', async () => {
    const { region, far, near, standing } = await betterTruckComes()
    await db.storage.sql(`update job set state = 'preparing' where fulfilment_id = $1`, [
      standing.fulfilmentId,
    ])
    await waiting([near])
    await booking.decideStops({ region })
    expect(await stopsOf(far)).toHaveLength(2)
    expect((await whereIs(standing)).vehicle_id).toBe(far.vehicleId)
    expect(booking.moved).toEqual([])
  })

  test('stays when making begins while it is decided, and the other is decided all the same', async () => {
    const { region, far, near, standing } = await betterTruckComes()
    const [asked] = await waiting([near])
    const { travel } = city
    const slow = bookingForTest({
      storage: db.storage,
      nowMs: () => world.nowMs,
      travel: {
        ...travel,
        legs: async (wanted) => {
          await db.storage.sql(`update job set state = 'preparing' where fulfilment_id = $1`, [
            standing.fulfilmentId,
          ])
          return await travel.legs(wanted)
        },
      },
    })
    await slow.decideStops({ region })
    expect((await whereIs(standing)).vehicle_id).toBe(far.vehicleId)
    expect((await whereIs(asked!)).vehicle_id).toBe(near.vehicleId)
  })

  test('stays on the truck that an operator chose', async () => {
    const { region, far, near, standing } = await betterTruckComes()
    const wanted = 'update stop_request set wanted_vehicle_id = $2 where fulfilment_id = $1'
    await db.storage.sql(wanted, [standing.fulfilmentId, far.vehicleId])
    await waiting([near])
    await booking.decideStops({ region })
    expect((await whereIs(standing)).vehicle_id).toBe(far.vehicleId)
  })
})
