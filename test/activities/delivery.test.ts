// Effects at the buyer's end: loading trucks, lockers and their codes, and how fulfilments and orders end, each once.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { closingActivities } from '../../activities/closing.ts'
import { lockerActivities } from '../../activities/lockers.ts'
import { truckActivities } from '../../activities/trucks.ts'
import { accessCodeCell } from '../../storage/accessCodes.ts'
import { advance, advanceLines } from '../../storage/advance.ts'
import { vehicleById } from '../../storage/fleet.ts'
import { addPlanningRules } from '../../storage/rules.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import { commandsForTest, refused, silent, type TestCommands } from './commands.ts'
import { bookingForTest } from './dispatchers.ts'
import * as world from './world.ts'
import type { Item, Placed, Site } from './world.ts'

let db: TestStorage
let city: Awaited<ReturnType<typeof world.openTravel>>
let commands: TestCommands
let effects: ReturnType<typeof openEffects>
let item: Item
beforeAll(async () => {
  db = await storageForTest()
  city = await world.openTravel()
  item = await world.addItem(db.storage)
})
beforeEach(() => {
  commands = commandsForTest()
  effects = openEffects()
})
afterAll(async () => {
  await city.close()
  await db.close()
})

function openEffects() {
  const { storage } = db
  const deps = { storage, commands, travel: city.travel, nowMs: () => world.nowMs }
  return {
    ...bookingForTest(deps),
    ...closingActivities(deps),
    ...lockerActivities(deps),
    ...truckActivities(deps),
  }
}

/** An order whose part has just been made. */
async function placeMade(site: Site): Promise<Placed> {
  const placed = await world.placeOrder(db.storage, item, site)
  await advanceLines(db.storage, placed, 'confirmed')
  await effects.bookOffers(placed)
  await advanceLines(db.storage, placed, 'making')
  await advance(db.storage, 'fulfilment', placed.fulfilmentId, 'making')
  return placed
}

const placeOnTruck = async () => {
  const site = await world.addTruck(db.storage, { region: world.newRegion() })
  return { site, placed: await placeMade(site) }
}
const placeAtLockers = async () => {
  const site = await world.addLockers(db.storage, { region: world.newRegion() })
  return { site, placed: await placeMade(site) }
}

const statesOf = async ({ orderId, fulfilmentId }: Placed) => {
  const { state } = await world.row<{ state: string }>(
    db.storage,
    'select state from fulfilment where id = $1',
    fulfilmentId,
  )
  const order = await world.row<{ status: string }>(
    db.storage,
    'select status from orders where id = $1',
    orderId,
  )
  return { fulfilment: state, order: order.status }
}

const noticesOf = async ({ orderId }: Placed) => {
  const rows = await db.storage.sql<{ kind: string }>(
    'select kind from notice where order_id = $1 order by created_at, id',
    [orderId],
  )
  return rows.map(({ kind }) => kind)
}

describe('loading a truck', () => {
  test('tells its list and the buyer once', async () => {
    const { site, placed } = await placeOnTruck()
    const before = await vehicleById(db.storage, site.vehicleId ?? '')
    expect(await effects.loadTruck(placed)).toEqual({ vehicleId: site.vehicleId })
    await effects.loadTruck(placed)
    expect(await statesOf(placed)).toEqual({ fulfilment: 'in_transit', order: 'in_transit' })
    const after = await vehicleById(db.storage, site.vehicleId ?? '')
    expect(after?.stopsVersion).toBe((before?.stopsVersion ?? 0) + 1)
    expect(await noticesOf(placed)).toEqual(['order_confirmed', 'on_its_way'])
  })

  test('that went out of service says so', async () => {
    const { site, placed } = await placeOnTruck()
    await db.storage.sql('update vehicle set in_service = false where id = $1', [site.vehicleId])
    const facts = { vehicle: site.vehicleId }
    await expectFailure(effects.loadTruck(placed), 'vehicle_out_of_service', facts)
    expect(await statesOf(placed)).toMatchObject({ fulfilment: 'making' })
  })

  test('that an operator names moves the stop there', async () => {
    const { site, placed } = await placeOnTruck()
    const { region } = site
    const other = await world.addTruck(db.storage, { region })
    const { vehicleId } = other
    expect(await effects.loadTruck({ ...placed, vehicleId: vehicleId ?? '' })).toEqual({
      vehicleId,
    })
    expect((await vehicleById(db.storage, vehicleId ?? ''))?.stops).toHaveLength(1)
    expect((await vehicleById(db.storage, site.vehicleId ?? ''))?.stops).toEqual([])
  })

  test('that takes a part over hands it over in the time that the rules have now', async () => {
    const { site, placed } = await placeOnTruck()
    const { region } = site
    const { vehicleId } = await world.addTruck(db.storage, { region })
    const rules = { handOverSeconds: 77 }
    await addPlanningRules(db.storage, { region, rules, reason: 'Test' })
    await effects.loadTruck({ ...placed, vehicleId: vehicleId ?? '' })
    const moved = await vehicleById(db.storage, vehicleId ?? '')
    expect(moved?.stops).toMatchObject([{ serviceSeconds: 77 }])
  })

  test('puts a stop that was not met on the list again', async () => {
    const { site, placed } = await placeOnTruck()
    await effects.loadTruck(placed)
    await db.storage.sql(`update vehicle set stops = '[]' where id = $1`, [site.vehicleId])
    await effects.loadTruck(placed)
    expect((await vehicleById(db.storage, site.vehicleId ?? ''))?.stops).toHaveLength(1)
    await effects.unloadTruck(placed)
    await effects.unloadTruck(placed)
    expect((await vehicleById(db.storage, site.vehicleId ?? ''))?.stops).toEqual([])
  })
})

const codeOf = async ({ fulfilmentId }: Placed): Promise<string | null> => {
  const { access_code: sealed } = await world.row<{ access_code: Buffer }>(
    db.storage,
    'select access_code from fulfilment where id = $1',
    fulfilmentId,
  )
  const cell = accessCodeCell(fulfilmentId)
  return (await db.storage.personal.decrypt<string>(db.storage, cell, sealed)).value
}

describe('a locker', () => {
  test('gets the part under one code that only the buyer learns, however often it is told', async () => {
    const { site, placed } = await placeAtLockers()
    await effects.storeInLocker(placed)
    const code = await codeOf(placed)
    await effects.storeInLocker(placed)
    expect(await codeOf(placed)).toBe(code)
    expect(code).toMatch(/^\d{6}$/)
    expect(commands.types()).toEqual(['locker.assign', 'locker.assign'])
    const [compartmentId] = site.compartmentIds
    const { fulfilmentId } = placed
    expect(commands.sent[0]?.order).toMatchObject({ compartmentId, fulfilmentId })
    expect(JSON.stringify(commands.sent)).not.toContain(`"${code}"`)
    const types = await world.eventTypes(db.storage, placed.orderId)
    expect(types.filter((type) => type === 'fulfilment.made')).toHaveLength(1)
  })

  test('that refuses asks for another compartment, one that is silent is tried again', async () => {
    const { site, placed } = await placeAtLockers()
    commands.answer = refused('compartment_taken')
    const [first, second = ''] = site.compartmentIds
    const facts = { compartment: first, reason: 'compartment_taken' }
    await expectFailure(effects.storeInLocker(placed), 'no_compartment_free', facts)
    commands.answer = silent
    await expect(effects.storeInLocker(placed)).rejects.toThrow('did not answer')
    commands = commandsForTest()
    effects = openEffects()
    await effects.storeInLocker({ ...placed, compartmentId: second })
    expect(commands.sent[0]?.order).toMatchObject({ compartmentId: second })
  })

  test('is announced once, and what is not collected expires once', async () => {
    const { placed } = await placeAtLockers()
    await effects.storeInLocker(placed)
    await effects.announceReady(placed)
    await effects.announceReady(placed)
    expect(await statesOf(placed)).toEqual({
      fulfilment: 'ready_for_pickup',
      order: 'ready_for_pickup',
    })
    expect(await noticesOf(placed)).toEqual(['order_confirmed', 'ready_for_pickup'])
    await effects.expirePickup(placed)
    await effects.expirePickup(placed)
    expect(await statesOf(placed)).toMatchObject({ fulfilment: 'expired' })
    const types = await world.eventTypes(db.storage, placed.orderId)
    expect(types.slice(-2)).toEqual(['fulfilment.ready_for_pickup', 'fulfilment.expired'])
  })

  test('what is collected after all, once an operator gave more time, is delivered', async () => {
    const { placed } = await placeAtLockers()
    await effects.storeInLocker(placed)
    await effects.announceReady(placed)
    await effects.expirePickup(placed)
    await effects.recordDelivered(placed)
    expect(await statesOf(placed)).toEqual({ fulfilment: 'delivered', order: 'delivered' })
  })

  test('is freed', async () => {
    const { placed } = await placeAtLockers()
    await effects.clearLocker(placed)
    const { fulfilmentId } = placed
    expect(commands.sent[0]?.order).toMatchObject({ type: 'locker.release', fulfilmentId })
  })
})

describe('the end', () => {
  test('delivered: the units are with the buyer, the time is given back, the buyer is told, once', async () => {
    const { placed } = await placeOnTruck()
    await effects.loadTruck(placed)
    await effects.recordDelivered(placed)
    await effects.recordDelivered(placed)
    expect(await statesOf(placed)).toEqual({ fulfilment: 'delivered', order: 'delivered' })
    const units = 'select pending, delivered from order_line where id = $1'
    const delivered = { pending: 0, delivered: 1 }
    expect(await world.row(db.storage, units, placed.lineId)).toEqual(delivered)
    const taken = 'select count(*)::int as count from reservation where fulfilment_id = $1'
    expect(await world.row(db.storage, taken, placed.fulfilmentId)).toEqual({ count: 0 })
    expect((await noticesOf(placed)).filter((kind) => kind === 'delivered')).toHaveLength(1)
  })

  test('cancelled: the order, its lines and its units are, with one notice and one event', async () => {
    const { placed } = await placeOnTruck()
    const { orderId } = placed
    await effects.cancelFulfilment(placed)
    await effects.cancelFulfilment(placed)
    const why = { orderId, by: 'buyer', reason: 'changed my mind' }
    await effects.closeCancelled(why)
    await effects.closeCancelled(why)
    expect(await statesOf(placed)).toEqual({ fulfilment: 'cancelled', order: 'cancelled' })
    const units = 'select pending, cancelled from order_line where id = $1'
    expect(await world.row(db.storage, units, placed.lineId)).toEqual({ pending: 0, cancelled: 1 })
    const types = await world.eventTypes(db.storage, orderId)
    expect(types.filter((type) => type === 'order.cancelled')).toHaveLength(1)
    expect(await noticesOf(placed)).toEqual(['order_confirmed', 'cancelled'])
  })

  test('a buyer may cancel until the goods are on their way, an operator always', async () => {
    const { placed } = await placeOnTruck()
    const { orderId, lineId } = placed
    await effects.checkCancel({ orderId, by: 'buyer' })
    await effects.loadTruck(placed)
    const facts = { line: lineId, state: 'in_transit' }
    await expectFailure(effects.checkCancel({ orderId, by: 'buyer' }), 'cancel_too_late', facts)
    await effects.checkCancel({ orderId, by: 'operator' })
  })

  test('a cancel is noted once, as soon as it is taken, and not where nothing is left to cancel', async () => {
    const { placed } = await placeOnTruck()
    const { orderId } = placed
    const noted = 'select cancel_requested_at as at from orders where id = $1'
    await effects.checkCancel({ orderId, by: 'buyer' })
    const { at } = await world.row<{ at: Date }>(db.storage, noted, orderId)
    expect(at).toBeInstanceOf(Date)
    await effects.checkCancel({ orderId, by: 'operator' })
    expect(await world.row(db.storage, noted, orderId)).toEqual({ at })

    const { placed: over } = await placeOnTruck()
    await effects.loadTruck(over)
    await effects.recordDelivered(over)
    await effects.checkCancel({ orderId: over.orderId, by: 'operator' })
    expect(await world.row(db.storage, noted, over.orderId)).toEqual({ at: null })
  })
})
