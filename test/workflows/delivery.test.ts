// Bringing parts to the buyer: what trucks, lockers and carriers report, each report once, whenever it comes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DomainError } from '../../domain/failure.ts'
import { stageQuery } from '../../workflows/messages.ts'
import { madeReport } from './effects.ts'
import { until } from '../support/until.ts'
import { answer, metadataOf, parked, searchedBy, summariesOf } from './history.ts'
import { openRig, type Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(async () => await rig.close())

const vehicleOf = async ({ vehicleId = 'veh_1' }: { vehicleId?: string }) => ({ vehicleId })
/** An order whose part is on a truck that says nothing yet. */
const placeOnTruck = async (effects = {}) => {
  const scene = await rig.place({ effects: () => ({ loadTruck: vehicleOf, ...effects }) })
  await scene.untilCalled('loadTruck')
  const stage = async () => (await scene.fulfilment.query(stageQuery)).stage
  await until(async () => (await stage()) === 'in transit', { what: 'the way to the buyer' })
  return scene
}

const delivered = async (scene: Scene) => {
  expect(await scene.order.result()).toMatchObject({ status: 'settled' })
  expect(scene.called('recordDelivered')).toEqual([{ fulfilmentId: scene.fulfilmentId }])
}

describe('by truck', () => {
  test('departing and arriving do not end it, handing over does', async () => {
    const scene = await placeOnTruck()
    await scene.report('departed')
    await scene.report('arrived')
    expect(await scene.fulfilment.query(stageQuery)).toMatchObject({ stage: 'in transit' })
    await scene.report('handed_over')
    await delivered(scene)
    const waited = 'Waiting for truck veh_1 to hand over'
    expect(await summariesOf(scene.fulfilment)).toContain(waited)
  })

  test('a report that comes before the step that waits for it is not lost', async () => {
    const scene = await rig.place({
      effects: (here) => ({
        async make({ attempt }) {
          await here.report('handed_over')
          return madeReport(attempt)
        },
        loadTruck: vehicleOf,
      }),
    })
    await delivered(scene)
  })

  test('a truck out of service asks an operator, who names another that takes it over', async () => {
    const scene = await placeOnTruck()
    await scene.report('out_of_service')
    const view = await parked(scene.fulfilment)
    expect(view).toMatchObject({
      step: 'delivery',
      code: 'vehicle_out_of_service',
      facts: { vehicleId: 'veh_1' },
      patchable: ['vehicleId'],
    })
    const { attentionId } = view
    const patch = { vehicleId: 'veh_2' }
    await answer(scene.fulfilment, { attentionId, action: 'retryWith', patch })
    await scene.untilCalled('loadTruck', 2)
    expect(scene.called('loadTruck')).toEqual([
      { fulfilmentId: scene.fulfilmentId },
      { fulfilmentId: scene.fulfilmentId, vehicleId: 'veh_2' },
    ])
    await scene.report('handed_over')
    await delivered(scene)
  })

  test('the same report twice counts once', async () => {
    const scene = await placeOnTruck()
    await scene.report('not_met', 'boot-1/7')
    const { attentionId, code } = await parked(scene.fulfilment)
    expect(code).toBe('not_collected')
    await scene.report('not_met', 'boot-1/7')
    await answer(scene.fulfilment, { attentionId, action: 'retry' })
    await scene.untilCalled('loadTruck', 2)
    await scene.report('not_met', 'boot-1/7')
    await scene.report('handed_over', 'boot-1/8')
    await delivered(scene)
    expect(scene.called('openAttention')).toHaveLength(1)
  })

  test('a truck that cannot be loaded asks too', async () => {
    let fits = false
    const gone = new DomainError('no_vehicle_fits', { veh_1: 'shift_over' })
    const scene = await rig.place({
      effects: (here) => ({
        async loadTruck(loading) {
          if (!fits) throw gone
          await here.report('handed_over')
          return await vehicleOf(loading)
        },
      }),
    })
    const { attentionId, facts } = await parked(scene.fulfilment)
    expect(facts).toEqual({ veh_1: 'shift_over' })
    fits = true
    await answer(scene.fulfilment, { attentionId, action: 'retry' })
    await delivered(scene)
  })
})

describe('for pick-up', () => {
  test('the buyer is told the code when the part is in the compartment, and not before', async () => {
    const scene = await rig.place({
      method: 'pickup',
      effects: () => ({
        storeInLocker: async () => undefined,
        announceReady: async () => undefined,
      }),
    })
    await scene.untilCalled('storeInLocker')
    expect(await scene.fulfilment.query(stageQuery)).toMatchObject({ stage: 'storing' })
    expect(scene.called('announceReady')).toEqual([])
    await scene.report('stored')
    await scene.untilCalled('announceReady')
    await scene.report('opened')
    await scene.report('emptied')
    await delivered(scene)
    expect(await searchedBy(scene.fulfilment)).toMatchObject({ OrderStatus: 'delivered' })
  })

  test('a locker that takes nothing asks an operator, who names another compartment', async () => {
    const scene = await rig.place({
      method: 'pickup',
      effects: (here) => ({
        async storeInLocker({ compartmentId }) {
          if (compartmentId !== 'cmp_2') throw new DomainError('no_compartment_free')
          await here.report('stored')
        },
      }),
    })
    const { attentionId, patchable } = await parked(scene.fulfilment)
    expect(patchable).toEqual(['compartmentId'])
    const patch = { compartmentId: 'cmp_2' }
    await answer(scene.fulfilment, { attentionId, action: 'retryWith', patch })
    await delivered(scene)
  })
})

const bookCarrier = async ({ service = 'standard' }: { service?: string }) => ({
  carrier: 'fabpost',
  number: `FP-${service}`,
})

/** An order whose part is labelled and waits for what the carrier tells. */
const placeWithCarrier = async (effects = {}) => {
  const scene = await rig.place({
    method: 'carrier',
    effects: () => ({ bookCarrier, ...effects }),
  })
  await scene.untilCalled('bookCarrier')
  return scene
}

describe('by carrier', () => {
  test('what the carrier tells is the stage, until it is delivered', async () => {
    const scene = await placeWithCarrier()
    const stage = async () => (await scene.fulfilment.query(stageQuery)).stage
    await until(async () => (await stage()) === 'packed')
    await scene.report('collected')
    await until(async () => (await stage()) === 'in transit')
    expect((await metadataOf(scene.fulfilment)).currentDetails).toContain(
      'Collected: parcel FP-standard of fabpost',
    )
    expect(await searchedBy(scene.fulfilment)).toMatchObject({ OrderStatus: 'in_transit' })
    await scene.report('out_for_delivery')
    await scene.report('delivered')
    await delivered(scene)
    expect(await summariesOf(scene.fulfilment)).toEqual(
      expect.arrayContaining([
        'Label the parcel and hand it to the carrier',
        'Waiting for word of parcel FP-standard of fabpost',
        'Note that the carrier has it',
      ]),
    )
  })

  test('a carrier that tells of the arrival alone has brought it all the same', async () => {
    const scene = await placeWithCarrier()
    await scene.report('delivered')
    await delivered(scene)
    const done = scene.calls.map(({ effect }) => effect)
    expect(done.indexOf('recordCollected')).toBeLessThan(done.indexOf('recordDelivered'))
    expect(scene.called('recordCollected')).toHaveLength(1)
  })

  test('a parcel that is lost asks an operator, who sends another one by another service', async () => {
    const scene = await placeWithCarrier()
    await scene.report('collected')
    await scene.report('lost')
    const view = await parked(scene.fulfilment)
    expect(view).toMatchObject({
      step: 'shipping',
      code: 'parcel_lost',
      facts: { parcel: 'parcel FP-standard of fabpost' },
      actions: ['retry', 'retryWith', 'cancel'],
      patchable: ['service'],
    })
    const { attentionId } = view
    const patch = { service: 'express' }
    await answer(scene.fulfilment, { attentionId, action: 'retryWith', patch })
    await scene.untilCalled('bookCarrier', 2)
    expect(scene.called('bookCarrier')).toEqual([
      { fulfilmentId: scene.fulfilmentId },
      { fulfilmentId: scene.fulfilmentId, service: 'express' },
    ])
    await scene.report('delivered')
    await delivered(scene)
  })

  test('a parcel that comes back and one that the carrier does not take ask as well', async () => {
    const [returned, refused] = await Promise.all([
      placeWithCarrier(),
      placeWithCarrier({
        bookCarrier: async () => {
          throw new DomainError('carrier_refused', { reason: 'address_unknown' })
        },
      }),
    ])
    await returned.report('returned')
    expect(await parked(returned.fulfilment)).toMatchObject({ code: 'parcel_returned' })
    expect(await parked(refused.fulfilment)).toMatchObject({
      code: 'carrier_refused',
      facts: { reason: 'address_unknown' },
    })
    for (const scene of [returned, refused]) {
      const { attentionId } = await parked(scene.fulfilment)
      await answer(scene.fulfilment, { attentionId, action: 'cancel' })
      expect(await scene.order.result()).toMatchObject({ status: 'cancelled' })
      expect(scene.called('cancelParcel')).toEqual([{ fulfilmentId: scene.fulfilmentId }])
    }
  })

  test('delivered after all, while an operator was asked, needs no other parcel', async () => {
    const scene = await placeWithCarrier()
    await scene.report('lost')
    const { attentionId } = await parked(scene.fulfilment)
    await scene.report('delivered')
    await answer(scene.fulfilment, { attentionId, action: 'retry' })
    await delivered(scene)
    expect(scene.called('bookCarrier')).toHaveLength(1)
  })
})
