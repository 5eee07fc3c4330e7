// Turning offers into bookings: a stop on a truck that still fits, a compartment that is still free, each once.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Stop } from '../../domain/model/site.ts'
import { advanceLines } from '../../storage/advance.ts'
import { vehicleById } from '../../storage/fleet.ts'
import { bookHold, holdSlot } from '../../storage/reservations.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import { bookingForTest } from './dispatchers.ts'
import * as world from './world.ts'
import type { Item, Placed, Site } from './world.ts'

let db: TestStorage
let city: Awaited<ReturnType<typeof world.openTravel>>
let booking: ReturnType<typeof bookingForTest>
let item: Item
beforeAll(async () => {
  db = await storageForTest()
  city = await world.openTravel()
  const { nowMs } = world
  booking = bookingForTest({ storage: db.storage, travel: city.travel, nowMs: () => nowMs })
  item = await world.addItem(db.storage)
})
afterAll(async () => {
  await city.close()
  await db.close()
})

async function place(site: Site): Promise<Placed> {
  const placed = await world.placeOrder(db.storage, item, site)
  await advanceLines(db.storage, placed, 'confirmed')
  return placed
}

const stopsOf = async ({ vehicleId }: Site): Promise<Stop[]> =>
  (await vehicleById(db.storage, vehicleId ?? ''))?.stops ?? []

const fulfilmentOf = async ({ fulfilmentId }: Placed) =>
  await world.row<Record<string, unknown>>(
    db.storage,
    'select site_id, machine_id, vehicle_id, compartment_id from fulfilment where id = $1',
    fulfilmentId,
  )

const reservationsOf = async ({ fulfilmentId }: Placed) =>
  await db.storage.sql<{ resource_id: string; state: string }>(
    'select resource_id, state from reservation where fulfilment_id = $1 order by resource_id',
    [fulfilmentId],
  )

const setVehicle = async ({ vehicleId }: Site, change: string) =>
  await db.storage.sql(`update vehicle set ${change} where id = $1`, [vehicleId])

/** What somebody else has booked at the time of the promise. */
async function take(resourceId: string): Promise<void> {
  const notBefore = new Date(world.promise.makeStartsAtMs)
  const offerId = `other/${resourceId}`
  const slot = { resourceId, seconds: 3 * 86_400, notBefore, offerId }
  await holdSlot(db.storage, { ...slot, expiresAt: new Date(Date.now() + 60_000) })
  await bookHold(db.storage, offerId, { orderId: 'ord_other', fulfilmentId: 'ful_other' })
}

describe('by truck', () => {
  test('the stop goes once on the list of the truck that the rules like best, whichever was offered', async () => {
    const region = world.newRegion()
    const near = await world.addTruck(db.storage, { region, at: world.buyersPlace })
    const offered = await world.addTruck(db.storage, { region, at: world.placeAt(-2) })
    const placed = await place(offered)
    const { fulfilmentId, jobIds } = placed
    const planned = { fulfilments: [{ fulfilmentId, method: 'truck', jobIds }] }
    expect(await booking.bookOffers(placed)).toMatchObject(planned)
    const [stop] = await stopsOf(near)
    expect(await booking.bookOffers(placed)).toMatchObject(planned)
    expect(await stopsOf(near)).toEqual([stop])
    expect(await stopsOf(offered)).toEqual([])
    expect(stop).toMatchObject({ id: `stop-${fulfilmentId}`, fulfilmentId, label: '' })
    const types = await world.eventTypes(db.storage, placed.orderId)
    expect(types).toEqual(['fulfilment.stop_planned', 'order.planned'])
  })

  test('the stop is not before the part is ready, and nothing personal is on the list', async () => {
    const site = await world.addTruck(db.storage, { region: world.newRegion() })
    const placed = await place(site)
    await booking.bookOffers(placed)
    const [stop] = await stopsOf(site)
    expect(stop?.readyAtMs).toBeGreaterThanOrEqual(world.nowMs + 12 * 60_000)
    expect(stop?.dueAtMs).toBeGreaterThanOrEqual(world.nowMs)
    expect(JSON.stringify(stop)).not.toContain('Evergreen')
  })

  test('when the offered truck is out of service the best of the others takes it, with its machine', async () => {
    const region = world.newRegion()
    const offered = await world.addTruck(db.storage, { region })
    const other = await world.addTruck(db.storage, { region, at: world.placeAt(1) })
    const placed = await place(offered)
    await setVehicle(offered, 'in_service = false')
    await booking.bookOffers(placed)
    expect(await stopsOf(other)).toHaveLength(1)
    const [machineId] = other.machineIds
    expect(await fulfilmentOf(placed)).toMatchObject({
      site_id: other.siteId,
      vehicle_id: other.vehicleId,
      machine_id: machineId,
    })
    expect(await reservationsOf(placed)).toEqual([{ resource_id: machineId, state: 'booked' }])
  })

  test('when no truck fits, it says of each why', async () => {
    const region = world.newRegion()
    const [late, broken] = [
      await world.addTruck(db.storage, { region }),
      await world.addTruck(db.storage, { region }),
    ]
    const placed = await place(late)
    await setVehicle(late, `shift_ends_at = to_timestamp(${world.nowMs / 1000 + 60})`)
    await setVehicle(broken, 'in_service = false')
    await expectFailure(booking.bookOffers(placed), 'no_vehicle_fits', {
      [late.vehicleId ?? '']: expect.any(String),
      [broken.vehicleId ?? '']: 'out_of_service',
    })
    expect(await world.eventTypes(db.storage, placed.orderId)).toEqual([])
  })

  test('an operator’s truck is taken or refused, and the stop moves there', async () => {
    const region = world.newRegion()
    const first = await world.addTruck(db.storage, { region })
    const second = await world.addTruck(db.storage, { region })
    const placed = await place(first)
    await booking.bookOffers(placed)
    await booking.bookOffers({ ...placed, vehicleId: second.vehicleId ?? '' })
    expect([await stopsOf(first), await stopsOf(second)].map(({ length }) => length)).toEqual([
      0, 1,
    ])
    await setVehicle(first, 'in_service = false')
    const back = booking.bookOffers({ ...placed, vehicleId: first.vehicleId ?? '' })
    await expectFailure(back, 'vehicle_out_of_service')
    // What it had is not lost for asking.
    expect(await stopsOf(second)).toHaveLength(1)
  })

  test('of orders that are booked on one truck at once each has its one stop', async () => {
    const site = await world.addTruck(db.storage, { region: world.newRegion() })
    const orders = await Promise.all(Array.from({ length: 6 }, () => place(site)))
    for (let round = 0; round < 4; round += 1) {
      await Promise.allSettled(orders.map((placed) => booking.bookOffers(placed)))
    }
    const stops = await stopsOf(site)
    expect(new Set(stops.map(({ fulfilmentId }) => fulfilmentId)).size).toBe(6)
    expect(stops).toHaveLength(6)
  })

  test('giving back takes the stop off and frees the machine, twice as once', async () => {
    const site = await world.addTruck(db.storage, { region: world.newRegion() })
    const placed = await place(site)
    await booking.bookOffers(placed)
    await booking.releaseBookings(placed)
    await booking.releaseBookings(placed)
    expect(await stopsOf(site)).toEqual([])
    expect(await reservationsOf(placed)).toEqual([])
  })
})

describe('for pick-up', () => {
  test('a compartment is booked, once', async () => {
    const site = await world.addLockers(db.storage, { region: world.newRegion() })
    const placed = await place(site)
    await booking.bookOffers(placed)
    await booking.bookOffers(placed)
    const [id] = site.compartmentIds
    expect(await reservationsOf(placed)).toEqual([{ resource_id: id, state: 'booked' }])
    expect(await fulfilmentOf(placed)).toMatchObject({ compartment_id: id })
  })

  test('a compartment that was lost to others is replaced by the next that is free', async () => {
    const site = await world.addLockers(db.storage, { region: world.newRegion() })
    const placed = await place(site)
    const [lost = '', next] = site.compartmentIds
    await take(lost)
    await booking.bookOffers(placed)
    expect(await fulfilmentOf(placed)).toMatchObject({ compartment_id: next })
  })

  test('when all are taken it says so, and how many there are', async () => {
    const site = await world.addLockers(db.storage, { region: world.newRegion() })
    const placed = await place(site)
    for (const id of site.compartmentIds) await take(id)
    const facts = { site: site.siteId, compartments: 2 }
    await expectFailure(booking.bookOffers(placed), 'no_compartment_free', facts)
  })
})

const heldFor = 'select 1 from reservation where offer_id = $1'
const openOffer = 'select 1 from offer where id = $1 and expires_at > now()'

async function placeWithChoice() {
  const region = world.newRegion()
  const [lockers, truck] = [
    await world.addLockers(db.storage, { region }),
    await world.addTruck(db.storage, { region }),
  ]
  const placed = await place(lockers)
  const of = { itemId: item.itemId, quantity: 1 }
  const offerId = await world.addOffer(db.storage, placed, of, truck)
  const [machineId = ''] = truck.machineIds
  const notBefore = new Date(world.promise.makeStartsAtMs)
  const expiresAt = new Date(Date.now() + 60_000)
  await holdSlot(db.storage, {
    resourceId: machineId,
    seconds: 60,
    notBefore,
    offerId,
    expiresAt,
  })
  return { placed, truck, choice: { orderId: placed.orderId, lineId: placed.lineId, offerId } }
}

describe('another delivery', () => {
  test('takes the place of the first, twice as once', async () => {
    const { placed, truck, choice } = await placeWithChoice()
    await booking.rebookLine(choice)
    await booking.rebookLine(choice)
    expect(await fulfilmentOf(placed)).toMatchObject({ vehicle_id: truck.vehicleId })
    const [machineId] = truck.machineIds
    expect(await reservationsOf(placed)).toEqual([{ resource_id: machineId, state: 'booked' }])
    const types = await world.eventTypes(db.storage, placed.orderId)
    expect(types).toEqual(['order.delivery_chosen'])
  })

  test('is refused once the money is held, and when its time was given to others', async () => {
    const { placed, choice } = await placeWithChoice()
    const release = 'delete from reservation where offer_id = $1'
    await db.storage.sql(release, [choice.offerId])
    await expectFailure(booking.rebookLine(choice), 'offer_expired')
    await db.storage.sql(`update payment set state = 'held' where id = $1`, [placed.paymentId])
    await expectFailure(booking.rebookLine(choice), 'state_conflict', { payment: 'held' })
    expect(await fulfilmentOf(placed)).toMatchObject({ vehicle_id: null })
  })

  test('is given back once the order is booked: its time is free, and the offer has ended', async () => {
    const { placed, choice } = await placeWithChoice()
    const { offerId } = choice
    expect(await db.storage.sql(heldFor, [offerId])).toHaveLength(1)
    await booking.bookOffers(placed)
    expect(await db.storage.sql(heldFor, [offerId])).toEqual([])
    expect(await db.storage.sql(openOffer, [offerId])).toEqual([])
    expect(await reservationsOf(placed)).toHaveLength(1)
  })

  test('must be an offer of the same quote', async () => {
    const { placed, choice } = await placeWithChoice()
    const { choice: foreign } = await placeWithChoice()
    const { offerId } = foreign
    await expectFailure(booking.rebookLine({ ...choice, offerId }), 'offer_expired')
    const other = { ...choice, offerId: 'ofr_never' }
    await expectFailure(booking.rebookLine(other), 'offer_unknown')
    const { lineId } = foreign
    await expectFailure(booking.rebookLine({ ...choice, lineId }), 'not_found')
    expect(await fulfilmentOf(placed)).toMatchObject({ vehicle_id: null })
  })
})
