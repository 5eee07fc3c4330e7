// A dispatcher wakes for whoever asks, sleeps for nothing, parks in plain sight; orders wait for it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { WorkflowHandle } from '@temporalio/client'
import { randomUUID } from 'node:crypto'
import type { StopsPlanned } from '../../activities/deps.ts'
import { DomainError } from '../../domain/failure.ts'
import {
  dispatcherStart,
  stageQuery,
  stopsPlannedSignal,
  workflowIds,
} from '../../workflows/messages.ts'
import type { PlannedFulfilment } from '../../workflows/order.ts'
import { until } from '../support/until.ts'
import type { Effects } from './effects.ts'
import { answer, eventsOf, metadataOf, parked, searchedBy } from './history.ts'
import { openRig, type Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(async () => await rig.close())

interface Dispatcher {
  handle: WorkflowHandle
  /** How often it had something decided: a worker that stalls is taken for lost, and begins the same once more. */
  decisions: () => number
  /** As the activity that books does it. */
  ask: (...fulfilmentIds: string[]) => Promise<void>
  untilIdle: (times: number) => Promise<void>
}

function dispatcherOf(decideStops: Effects['decideStops']): Dispatcher {
  const region = `region${randomUUID().slice(0, 8)}`
  const handle = rig.client.workflow.getHandle(workflowIds.dispatcher(region))
  const calls = rig.perform(region, { decideStops })
  const decisions = () => new Set(calls.map(({ activityId }) => activityId)).size
  return {
    handle,
    decisions,
    ask: async (...ids) =>
      void (await rig.client.workflow.signalWithStart('dispatcher', dispatcherStart(region, ids))),
    untilIdle: async (times) => {
      const isIdle = async () => {
        const { stage } = await handle.query(stageQuery)
        return decisions() >= times && stage === 'idle'
      }
      await until(isIdle, { what: 'sleep' })
    },
  }
}

const types = async (handle: WorkflowHandle) =>
  (await eventsOf(handle)).map(({ eventType }) => eventType)

test('it decides for whoever asks, and costs nothing while nobody does', async () => {
  const said = ['`ful_a`: Chosen: `veh_van`, 12 points']
  const dispatcher = dispatcherOf(async () => ({ answered: [], said }))
  await dispatcher.ask('ful_a')
  await dispatcher.untilIdle(1)
  const { currentDetails } = await metadataOf(dispatcher.handle)
  expect(currentDetails).toMatch(/Nobody in region\w+ waits for a truck/)
  expect(currentDetails).toContain('Chosen: `veh_van`, 12 points')
  const asleep = await types(dispatcher.handle)
  await dispatcher.ask('ful_b')
  await dispatcher.untilIdle(2)
  const { runId } = await dispatcher.handle.describe()
  await dispatcher.ask('ful_c')
  await dispatcher.untilIdle(3)
  expect((await dispatcher.handle.describe()).runId).toBe(runId)
  const history = await eventsOf(dispatcher.handle)
  expect(history.filter((event) => event.timerStartedEventAttributes)).toEqual([])
  // Asked once, decided once: the signal, its workflow task, the activity, its workflow task.
  expect(history.length - asleep.length).toBeLessThanOrEqual(2 * 11)
})

test('whoever asks while it decides is decided for next, unless answered with the others', async () => {
  const gate = Promise.withResolvers<void>()
  const dispatcher = dispatcherOf(async () => {
    await gate.promise
    return { answered: ['ful_a', 'ful_b'], said: [] }
  })
  await dispatcher.ask('ful_a')
  await until(() => dispatcher.decisions() === 1)
  await dispatcher.ask('ful_b')
  gate.resolve()
  await dispatcher.untilIdle(1)
  expect(dispatcher.decisions()).toBe(1)

  const second = Promise.withResolvers<void>()
  const later = dispatcherOf(async () => {
    await second.promise
    return { answered: ['ful_a'], said: [] }
  })
  await later.ask('ful_a')
  await until(() => later.decisions() === 1)
  await later.ask('ful_c')
  second.resolve()
  await later.untilIdle(2)
  expect(later.decisions()).toBe(2)
})

test('what keeps failing parks it in plain sight, and an answer sets it going', async () => {
  let isBroken = true
  const dispatcher = dispatcherOf(async () => {
    if (isBroken) throw new DomainError('internal')
    return { answered: [], said: [] }
  })
  await dispatcher.ask('ful_a')
  const { attentionId, actions } = await parked(dispatcher.handle)
  expect(actions).toEqual(['retry'])
  expect(await searchedBy(dispatcher.handle)).toMatchObject({
    NeedsAttention: true,
    AttentionReason: 'internal',
  })
  isBroken = false
  await answer(dispatcher.handle, { attentionId, action: 'retry' })
  await dispatcher.untilIdle(2)
  expect(await searchedBy(dispatcher.handle)).toMatchObject({ NeedsAttention: false })
})

const booked = ({ fulfilmentId, jobIds }: Scene): PlannedFulfilment => ({
  fulfilmentId,
  method: 'truck',
  jobIds,
  siteId: 'sit_1',
  machineId: 'mac_1',
  region: 'demo',
})

const planned = (
  scene: Scene,
  round: number,
  more: Partial<PlannedFulfilment> = {},
): StopsPlanned => ({
  orderId: scene.orderId,
  round,
  fulfilments: [{ siteId: '', machineId: '', region: '', ...booked(scene), ...more }],
  refusal: null,
})

const waits = (round: () => number) => (scene: Scene) => ({
  bookOffers: async () => ({
    fulfilments: [{ siteId: '', machineId: '', region: 'demo', ...booked(scene) }],
    waitsFor: round(),
  }),
})

test('an order waits for the answer to its question, and goes on with the truck that was chosen', async () => {
  const scene = await rig.place({
    effects: (of) => ({
      ...waits(() => 2)(of),
      loadTruck: async () => ({ vehicleId: 'veh_van' }),
    }),
  })
  await scene.untilCalled('bookOffers')
  await scene.order.signal(stopsPlannedSignal, planned(scene, 1, { siteId: 'sit_stale' }))
  const details = async () => (await metadataOf(scene.order)).currentDetails
  await until(async () => (await details()).includes('Waiting until dispatch/demo'))
  expect(scene.called('prepareJob')).toEqual([])
  const decided = 'Chosen: `veh_van`, 12 points'
  const chosen = { siteId: 'sit_van', machineId: 'mac_van', decided }
  await scene.order.signal(stopsPlannedSignal, planned(scene, 2, chosen))
  await scene.untilCalled('loadTruck')
  expect(await searchedBy(scene.fulfilment)).toMatchObject({ SiteId: 'sit_van' })
  expect((await metadataOf(scene.fulfilment)).currentDetails).toContain(decided)
  await scene.report('handed_over')
  expect(await scene.order.result()).toMatchObject({ status: 'settled' })
})

test('an order that no truck takes asks an operator, and asks the trucks anew', async () => {
  let round = 1
  const scene = await rig.place({ effects: waits(() => round) })
  await scene.untilCalled('bookOffers')
  const facts = { veh_van: 'deviation_too_long' }
  const refusal = { code: 'no_vehicle_fits', facts } as const
  await scene.order.signal(stopsPlannedSignal, { ...planned(scene, 1), refusal })
  const view = await parked(scene.order)
  expect(view).toMatchObject({ step: 'planning', code: 'no_vehicle_fits', facts })
  round = 2
  await answer(scene.order, {
    attentionId: view.attentionId,
    action: 'retryWith',
    patch: { vehicleId: 'veh_van' },
  })
  await scene.untilCalled('bookOffers', 2)
  expect(scene.called('bookOffers')[1]).toMatchObject({ vehicleId: 'veh_van' })
  await scene.order.signal(stopsPlannedSignal, planned(scene, 2))
  expect(await scene.order.result()).toMatchObject({ status: 'settled' })
})
