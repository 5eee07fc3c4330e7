// Cancelling an order stops what runs and gives back what was taken, last first, each once, whoever asks for it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DomainError } from '../../domain/failure.ts'
import { cancelOrderUpdate, type CancelOrder, stageQuery } from '../../workflows/messages.ts'
import { untilEndedOutside } from './effects.ts'
import { answer, parked, searchedBy } from './history.ts'
import { openRig, type Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(async () => await rig.close())

const byBuyer: CancelOrder = { by: 'buyer', reason: 'changed my mind' }
const cancelled = { status: 'cancelled' }

const cancel = async (scene: Scene, request = byBuyer) =>
  await scene.order.executeUpdate(cancelOrderUpdate, { args: [request] })

const givingBack = new Set([
  'clearLocker',
  'unloadTruck',
  'releaseBookings',
  'releasePayment',
  'releaseUses',
])

/** What was given back, in the order in which it was. */
const undone = ({ calls }: Scene) =>
  calls.map(({ effect }) => effect).filter((effect) => givingBack.has(effect))

/** An order whose part is on the machine. */
async function placeMaking(method: 'truck' | 'pickup' = 'truck', parts = 1): Promise<Scene> {
  const scene = await rig.place({ method, parts, effects: () => ({ make: untilEndedOutside }) })
  await scene.untilCalled('make', parts)
  return scene
}

/** An order that waits for an operator because its payment was declined. */
async function placeParked(): Promise<Scene> {
  const scene = await rig.place({
    effects: () => ({
      async holdPayment() {
        throw new DomainError('payment_declined')
      },
    }),
  })
  await parked(scene.order)
  return scene
}

async function expectAllCancelled(scene: Scene): Promise<void> {
  expect(await scene.order.result()).toMatchObject(cancelled)
  const { status } = await scene.fulfilment.describe()
  expect(status.name).toBe('CANCELLED')
}

describe('while the part is made', () => {
  test('the machine is stopped, the fulfilment closed, and everything given back', async () => {
    const scene = await placeMaking()
    expect(await cancel(scene)).toEqual({ accepted: true })
    await expectAllCancelled(scene)
    expect(scene.called('stopMaking')).toEqual([{ jobId: scene.jobIds[0], cancel: true }])
    expect(scene.called('cancelFulfilment')).toHaveLength(1)
    expect(undone(scene)).toEqual(['releaseBookings', 'releasePayment', 'releaseUses'])
    const { orderId } = scene
    expect(scene.called('closeCancelled')).toEqual([{ orderId, ...byBuyer }])
    expect(await searchedBy(scene.order)).toMatchObject({ OrderStatus: 'cancelled' })
  })

  test('every part is stopped', async () => {
    const scene = await placeMaking('truck', 3)
    await cancel(scene)
    await scene.order.result()
    const stopped = scene.called('stopMaking').map(({ jobId }) => jobId)
    expect(new Set(stopped)).toEqual(new Set(scene.jobIds))
  })

  test("the Temporal UI's plain cancel does the same", async () => {
    const scene = await placeMaking()
    await scene.order.cancel()
    await expectAllCancelled(scene)
    expect(scene.called('stopMaking')).toHaveLength(1)
    expect(undone(scene)).toEqual(['releaseBookings', 'releasePayment', 'releaseUses'])
    const words = { by: 'operator', reason: 'cancelled by an operator' }
    expect(scene.called('closeCancelled')).toEqual([{ orderId: scene.orderId, ...words }])
  })

  test('two who cancel at once cancel once', async () => {
    const scene = await placeMaking()
    await Promise.all([cancel(scene), cancel(scene, { by: 'storefront', reason: 'no stock' })])
    await scene.order.result()
    expect(undone(scene)).toEqual(['releaseBookings', 'releasePayment', 'releaseUses'])
    expect(scene.called('closeCancelled')).toHaveLength(1)
  })
})

describe('on the way to the buyer', () => {
  test('the stop is taken off the list of the truck', async () => {
    const scene = await rig.place({
      effects: () => ({ loadTruck: async () => ({ vehicleId: 'v' }) }),
    })
    await scene.untilCalled('loadTruck')
    await cancel(scene, { by: 'operator', reason: 'recalled' })
    await scene.order.result()
    expect(undone(scene)).toEqual([
      'unloadTruck',
      'releaseBookings',
      'releasePayment',
      'releaseUses',
    ])
  })

  test('the compartment is freed', async () => {
    const scene = await rig.place({
      method: 'pickup',
      effects: () => ({ announceReady: async () => undefined }),
    })
    await scene.untilCalled('announceReady')
    await cancel(scene, { by: 'operator', reason: 'recalled' })
    await scene.order.result()
    expect(undone(scene)[0]).toBe('clearLocker')
    expect(scene.called('recordDelivered')).toEqual([])
  })

  test('it is too late for the buyer, who hears that, and the order goes on', async () => {
    const scene = await rig.place({
      effects: () => ({
        loadTruck: async () => ({ vehicleId: 'v' }),
        async checkCancel() {
          throw new DomainError('cancel_too_late', { state: 'in_transit' })
        },
      }),
    })
    await scene.untilCalled('loadTruck')
    await expect(cancel(scene)).rejects.toMatchObject({
      cause: { type: 'cancel_too_late', details: [{ state: 'in_transit' }] },
    })
    await scene.report('handed_over')
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
    expect(undone(scene)).toEqual([])
  })
})

describe('while the money is taken', () => {
  test('it is too late for everybody', async () => {
    const gate = Promise.withResolvers<void>()
    const scene = await rig.place({ effects: () => ({ settleOrder: () => gate.promise }) })
    await scene.untilCalled('settleOrder')
    const refusal = { cause: { type: 'cancel_too_late' } }
    await expect(cancel(scene, { by: 'operator', reason: 'recalled' })).rejects.toMatchObject(
      refusal,
    )
    gate.resolve()
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
    expect(undone(scene)).toEqual([])
  })

  test("the UI's cancel comes too late as well", async () => {
    const gate = Promise.withResolvers<void>()
    const scene = await rig.place({ effects: () => ({ settleOrder: () => gate.promise }) })
    await scene.untilCalled('settleOrder')
    await scene.order.cancel()
    gate.resolve()
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
    expect(undone(scene)).toEqual([])
  })
})

describe('from a parked step', () => {
  test('an operator cancels with the answer, and what was tried and done is given back', async () => {
    const scene = await placeParked()
    const { attentionId } = await parked(scene.order)
    await answer(scene.order, { attentionId, action: 'cancel', note: 'fraud' })
    expect(await scene.order.result()).toMatchObject(cancelled)
    expect(undone(scene)).toEqual(['releasePayment', 'releaseUses'])
    expect(scene.called('closeAttention')).toMatchObject([{ action: 'cancel', operator: 'Olga' }])
    expect(scene.called('closeCancelled')).toMatchObject([{ by: 'operator' }])
    expect(await searchedBy(scene.order)).toMatchObject({ NeedsAttention: false })
  })

  test.each([
    ['the buyer', async (scene: Scene) => void (await cancel(scene))],
    ['the UI', async (scene: Scene) => void (await scene.order.cancel())],
  ])('%s cancels, and nothing waits for an operator any more', async (_who, ask) => {
    const scene = await placeParked()
    await ask(scene)
    expect(await scene.order.result()).toMatchObject(cancelled)
    expect(undone(scene)).toEqual(['releasePayment', 'releaseUses'])
    expect(scene.called('closeAttention')).toHaveLength(1)
    expect((await scene.order.query(stageQuery)).attention).toEqual([])
  })

  test('of a part the whole order is cancelled', async () => {
    const scene = await rig.place({
      effects: () => ({
        async prepareJob() {
          throw new DomainError('no_machine_fits')
        },
      }),
    })
    const { attentionId } = await parked(scene.fulfilment)
    await answer(scene.fulfilment, { attentionId, action: 'cancel', note: 'cannot be made' })
    expect(await scene.order.result()).toMatchObject(cancelled)
    expect(scene.called('cancelFulfilment')).toHaveLength(1)
    expect(undone(scene)).toEqual(['releaseBookings', 'releasePayment', 'releaseUses'])
    expect(scene.called('closeCancelled')).toHaveLength(1)
  })
})

describe('what cannot be given back', () => {
  test('asks for attention, is tried again, and the rest is given back after it', async () => {
    let away = true
    const scene = await rig.place({
      effects: () => ({
        make: untilEndedOutside,
        async releasePayment() {
          if (away) throw new DomainError('state_conflict', { payment: 'captured' })
        },
      }),
    })
    await scene.untilCalled('make')
    await cancel(scene)
    const view = await parked(scene.order)
    expect(view).toMatchObject({ step: 'undo payment', code: 'state_conflict' })
    // An operator who gave it back by hand says so; giving up is not on offer.
    expect(view.actions).toEqual(['retry', 'skip'])
    expect(undone(scene)).toEqual(['releaseBookings', 'releasePayment'])
    away = false
    await answer(scene.order, { attentionId: view.attentionId, action: 'retry' })
    expect(await scene.order.result()).toMatchObject(cancelled)
    expect(undone(scene)).toEqual([
      'releaseBookings',
      'releasePayment',
      'releasePayment',
      'releaseUses',
    ])
  })

  test('may be left to an operator who gave it back by hand', async () => {
    const scene = await rig.place({
      effects: () => ({
        make: untilEndedOutside,
        async stopMaking() {
          throw new DomainError('machine_lost', { machine: 'mac_1' })
        },
      }),
    })
    await scene.untilCalled('make')
    await cancel(scene)
    const { attentionId, step } = await parked(scene.fulfilment)
    expect(step).toBe('undo making')
    await answer(scene.fulfilment, { attentionId, action: 'skip', note: 'switched it off' })
    await expectAllCancelled(scene)
    expect(scene.called('stopMaking')).toHaveLength(1)
    expect(undone(scene)).toEqual(['releaseBookings', 'releasePayment', 'releaseUses'])
  })
})
