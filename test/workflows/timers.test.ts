// What happens when nothing happens: waits of minutes, days and weeks, on a server that skips them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { DomainError } from '../../domain/failure.ts'
import { openingMs, openTimeSkipping, timeSkippingIsHad } from '../support/timeSkipping.ts'
import { answer, parked } from './history.ts'
import { openRig, type Rig } from './rig.ts'

const nothing = async () => undefined

const withTimeSkipping = timeSkippingIsHad() ? describe : describe.skip

withTimeSkipping('as time passes', () => {
  let server: TestWorkflowEnvironment
  let close: () => Promise<void>
  let rig: Rig
  beforeAll(async () => {
    ;({ server, close } = await openTimeSkipping())
    rig = await openRig({ at: { client: server.client, native: server.nativeConnection } })
  }, openingMs)
  afterAll(async () => {
    await rig.close()
    await close()
  })

  test('a part that is not collected in 48 hours is noted and asks an operator', async () => {
    const scene = await rig.place({ method: 'pickup', effects: () => ({ announceReady: nothing }) })
    await scene.untilCalled('announceReady')
    await server.sleep('47 hours')
    expect(scene.called('expirePickup')).toEqual([])
    await server.sleep('2 hours')
    const { attentionId, code } = await parked(scene.fulfilment)
    expect(code).toBe('not_collected')
    expect(scene.called('expirePickup')).toEqual([{ fulfilmentId: scene.fulfilmentId }])
    // The operator gives the buyer more time, and the buyer comes.
    await answer(scene.fulfilment, { attentionId, action: 'retry' })
    await server.sleep('40 hours')
    await scene.report('emptied')
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
  })

  test('a locker that does not say that it holds the part asks an operator', async () => {
    const scene = await rig.place({ method: 'pickup', effects: () => ({ storeInLocker: nothing }) })
    await scene.untilCalled('storeInLocker')
    await server.sleep('16 minutes')
    const { attentionId, code } = await parked(scene.fulfilment)
    expect(code).toBe('no_compartment_free')
    await scene.report('stored')
    await answer(scene.fulfilment, { attentionId, action: 'retry' })
    await scene.order.result()
  })

  test('a carrier that is silent is asked, again and again, until the parcel is there or long overdue', async () => {
    const known = [
      { kind: null, isOverdue: false },
      { kind: 'in_transit' as const, isOverdue: false },
      { kind: 'in_transit' as const, isOverdue: true },
      { kind: 'delivered' as const, isOverdue: true },
    ]
    const scene = await rig.place({
      method: 'carrier',
      effects: () => ({
        bookCarrier: async () => ({ carrier: 'fabpost', number: 'FP1' }),
        askCarrier: async () => known.shift() ?? { kind: null, isOverdue: false },
      }),
    })
    await scene.untilCalled('bookCarrier')
    await server.sleep('11 hours')
    expect(scene.called('askCarrier')).toEqual([])
    await server.sleep('26 hours')
    const { attentionId, code } = await parked(scene.fulfilment)
    expect(code).toBe('parcel_overdue')
    expect(scene.called('askCarrier')).toHaveLength(3)
    await answer(scene.fulfilment, { attentionId, action: 'retry' })
    await scene.untilCalled('bookCarrier', 2)
    await server.sleep('13 hours')
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
    expect(scene.called('recordCollected').length).toBeGreaterThan(0)
  })

  test('a truck that says nothing for a day is taken for out of service', async () => {
    const scene = await rig.place({
      effects: () => ({ loadTruck: async () => ({ vehicleId: 'veh_1' }) }),
    })
    await scene.untilCalled('loadTruck')
    await server.sleep('25 hours')
    const { attentionId, code } = await parked(scene.fulfilment)
    expect(code).toBe('vehicle_out_of_service')
    await scene.report('handed_over')
    await answer(scene.fulfilment, { attentionId, action: 'retry' })
    await scene.order.result()
  })

  test('a part asks for its turn again when nobody says that the machine is free', async () => {
    const scene = await rig.place({
      effects: (here) => ({
        async prepareJob() {
          const claimed = here.called('prepareJob').length === 3
          return { machineId: 'mac_1', claimed, instructionsReady: true }
        },
      }),
    })
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
    expect(scene.called('prepareJob')).toHaveLength(3)
  })

  test('after ten tries within some minutes a provider that is away asks an operator', async () => {
    let away = true
    const scene = await rig.place({
      effects: () => ({
        async holdPayment() {
          if (away) throw new Error('connection refused')
        },
      }),
    })
    await scene.untilCalled('holdPayment')
    await server.sleep('15 minutes')
    const { attentionId, code, facts } = await parked(scene.order)
    expect([code, facts]).toEqual([
      'unavailable',
      { activity: 'holdPayment', last: 'connection refused' },
    ])
    expect(scene.called('holdPayment')).toHaveLength(10)
    away = false
    await answer(scene.order, { attentionId, action: 'retry' })
    await scene.order.result()
  })

  test('what waits for an operator waits for longer than a month', async () => {
    let allowed = false
    const scene = await rig.place({
      effects: () => ({
        async authorizeBuyer() {
          if (!allowed) throw new DomainError('credentials_missing')
        },
      }),
    })
    const { attentionId } = await parked(scene.order)
    await server.sleep('65 days')
    allowed = true
    await answer(scene.order, { attentionId, action: 'retry' })
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
    expect(scene.called('openAttention')).toHaveLength(1)
  })
})
