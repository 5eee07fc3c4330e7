// An order's life when all goes well, and what an operator reads of it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { partsInside } from '../../workflows/generations.ts'
import { chooseDeliveryUpdate, stageQuery } from '../../workflows/messages.ts'
import { metadataOf, parked, answer, searchedBy, summariesOf } from './history.ts'
import { DomainError } from '../../domain/failure.ts'
import { openRig, type Rig } from './rig.ts'
import { until } from '../support/until.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(async () => await rig.close())

test('an order by truck goes through every stage, each effect once', async () => {
  const scene = await rig.place()
  expect(await scene.order.result()).toEqual({ orderId: scene.orderId, status: 'settled' })
  expect(scene.calls.map(({ effect }) => effect)).toEqual([
    'authorizeBuyer',
    'reserveUses',
    'holdPayment',
    'bookOffers',
    'prepareJob',
    'makeInstructions',
    'make',
    'loadTruck',
    'recordDelivered',
    'settleOrder',
  ])
  expect(await scene.order.query(stageQuery)).toMatchObject({ stage: 'settled', attention: [] })
  expect(await searchedBy(scene.order)).toMatchObject({
    Stage: 'settled',
    OrderStatus: 'settled',
    StorefrontId: 'sto_1',
    CustomerId: 'buy_1',
    DueBy: new Date(Date.UTC(2030, 0)),
  })
  const where = { SiteId: 'sit_1', MachineId: 'mac_1', Region: 'demo' }
  expect(await searchedBy(scene.fulfilment)).toMatchObject(where)
})

test('an order for pick-up is stored, announced, collected and settled', async () => {
  const scene = await rig.place({ method: 'pickup' })
  expect(await scene.order.result()).toMatchObject({ status: 'settled' })
  expect(scene.calls.map(({ effect }) => effect).slice(-5)).toEqual([
    'make',
    'storeInLocker',
    'announceReady',
    'recordDelivered',
    'settleOrder',
  ])
})

test('the parts of a fulfilment are made side by side, and delivered when all of them are there', async () => {
  const scene = await rig.place({ parts: 3 })
  await scene.order.result()
  const made = scene.called('make').map(({ jobId }) => jobId)
  expect(new Set(made)).toEqual(new Set(scene.jobIds))
  const effects = scene.calls.map(({ effect }) => effect)
  expect(effects.indexOf('loadTruck')).toBeGreaterThan(effects.lastIndexOf('make'))
})

test('an order of before has each part made in a workflow of its own', async () => {
  const scene = await rig.place({ generation: partsInside - 1 })
  expect(await scene.order.result()).toMatchObject({ status: 'settled' })
  expect(await scene.job.result()).toMatchObject({ machineId: 'mac_1', attempt: 1 })
  expect(await searchedBy(scene.job)).toMatchObject({ MachineId: 'mac_1', Stage: 'made' })
})

test('every activity, timer and child in the histories says what it is for', async () => {
  const scene = await rig.place({
    method: 'pickup',
    effects: () => ({ announceReady: async () => undefined }),
  })
  const stage = async () => (await scene.fulfilment.query(stageQuery)).stage
  await scene.untilCalled('announceReady')
  await until(async () => (await stage()) === 'collection')
  await scene.report('emptied')
  await scene.order.result()
  for (const handle of [scene.order, scene.fulfilment]) {
    const summaries = await summariesOf(handle)
    expect(summaries.length).toBeGreaterThanOrEqual(3)
    expect(summaries).not.toContain(null)
  }
  expect(await summariesOf(scene.fulfilment)).toContain('Waiting for the buyer to collect')
})

test('the UI shows of each workflow what it is, what it does and which messages it takes', async () => {
  const scene = await rig.place({
    effects: () => ({ loadTruck: async () => ({ vehicleId: 'v' }) }),
  })
  await scene.untilCalled('loadTruck')
  const { staticDetails, staticSummary } = await scene.order.describe()
  expect(await staticSummary()).toBe(`Order ${scene.orderId}: 1 part`)
  expect(await staticDetails()).toBe('Placed by a test.')
  const details = async () => (await metadataOf(scene.fulfilment)).currentDetails
  // What the effect has answered comes a moment after it was called.
  await until(async () => (await details()).includes('On truck v'))
  const currentDetails = await details()
  expect(currentDetails).toMatch(/^\*\*Fulfilment: On truck v\*\* \(stage `in transit`, since /)
  expect(currentDetails).toContain('Next: hand over at the door')
  const answers = ['resolveAttention', 'resolveAttentionSignal']
  for (const [handle, messages] of [
    [
      scene.order,
      ['cancelOrder', 'chooseDelivery', ...answers, 'stopsPlanned', 'waitsForOperator'],
    ],
    [scene.fulfilment, ['deliveryReported', 'machineFreed', ...answers, 'stopMoved']],
  ] as const) {
    const { definition } = await metadataOf(handle)
    const { signalDefinitions, updateDefinitions, queryDefinitions } = definition
    const taken = [...signalDefinitions, ...updateDefinitions]
    expect(taken.map(({ name }) => name).toSorted()).toEqual(messages)
    const ours = queryDefinitions.filter(({ name }) => !name.startsWith('__'))
    expect(ours.map(({ name }) => name)).toEqual(['stage'])
    for (const { description } of [...taken, ...ours]) expect(description).toMatch(/^[A-Z].+\.$/)
  }
  await scene.report('handed_over')
  await scene.order.result()
})

test('the delivery may be chosen anew until it is planned, and not after', async () => {
  let declined = true
  const scene = await rig.place({
    effects: () => ({
      async holdPayment() {
        if (declined) throw new DomainError('payment_declined')
      },
      loadTruck: async () => ({ vehicleId: 'veh_1' }),
    }),
  })
  const { attentionId } = await parked(scene.order)
  const choice = { lineId: 'lin_1', offerId: 'off_2' }
  await scene.order.executeUpdate(chooseDeliveryUpdate, { args: [choice] })
  expect(scene.called('rebookLine')).toEqual([{ orderId: scene.orderId, ...choice }])
  const nothing = { lineId: '', offerId: '' }
  await expect(
    scene.order.executeUpdate(chooseDeliveryUpdate, { args: [nothing] }),
  ).rejects.toMatchObject({ cause: { type: 'invalid_request' } })
  declined = false
  await answer(scene.order, { attentionId, action: 'retry' })
  await scene.untilCalled('loadTruck')
  await expect(
    scene.order.executeUpdate(chooseDeliveryUpdate, { args: [choice] }),
  ).rejects.toMatchObject({ cause: { type: 'state_conflict' } })
  await scene.report('handed_over')
  await scene.order.result()
  expect(scene.called('rebookLine')).toHaveLength(1)
})

test('whoever chooses an offer that is gone hears the code, and the order goes on', async () => {
  const gone = new DomainError('offer_expired', { offer: 'off_2' })
  const asked = Promise.withResolvers<void>()
  const scene = await rig.place({
    effects: () => ({
      rebookLine: async () => await Promise.reject(gone),
      holdPayment: () => asked.promise,
    }),
  })
  await scene.untilCalled('holdPayment')
  const choice = { lineId: 'lin_1', offerId: 'off_2' }
  await expect(
    scene.order.executeUpdate(chooseDeliveryUpdate, { args: [choice] }),
  ).rejects.toMatchObject({ cause: { type: 'offer_expired', details: [{ offer: 'off_2' }] } })
  asked.resolve()
  expect(await scene.order.result()).toMatchObject({ status: 'settled' })
})
