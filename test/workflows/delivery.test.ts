// Bringing parts to the buyer: what trucks and lockers report, each report once, whenever it comes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DomainError } from '../../domain/failure.ts'
import { stageQuery } from '../../workflows/messages.ts'
import { madeReport } from './effects.ts'
import { answer, parked, searchedBy, summariesOf } from './history.ts'
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
