// A step that cannot go on parks, says why, and goes on as an operator decides.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DomainError } from '../../domain/failure.ts'
import {
  type ResolveAttention,
  resolveAttentionSignal,
  resolveAttentionUpdate,
  stageQuery,
} from '../../workflows/messages.ts'
import { answer, metadataOf, parked, searchedBy, summariesOf } from './history.ts'
import { openRig, type Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(async () => await rig.close())

const good = 'tok_good'

/** An order whose payment is declined with every token but the good one. */
const placeDeclined = async () =>
  await rig.place({
    effects: () => ({
      async holdPayment({ token }) {
        if (token !== good) throw new DomainError('payment_declined', { reason: 'do_not_honor' })
      },
    }),
  })

describe('a declined payment', () => {
  test('parks with its reason, what may be done, and the very message to send', async () => {
    const scene = await placeDeclined()
    const view = await parked(scene.order)
    expect(view).toMatchObject({
      step: 'payment',
      code: 'payment_declined',
      tries: 1,
      sentence: 'The payment was declined.',
      facts: { reason: 'do_not_honor' },
      actions: ['retry', 'retryWith', 'cancel'],
      patchable: ['kind', 'token'],
    })
    expect(await searchedBy(scene.order)).toMatchObject({
      NeedsAttention: true,
      AttentionReason: 'payment_declined',
    })
    const { currentDetails } = await metadataOf(scene.order)
    expect(currentDetails).toContain('### Needs attention: The payment was declined.')
    expect(currentDetails).toContain('- reason: do_not_honor')
    await sendAsTheDetailsSay(scene, currentDetails)
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
  })

  test('goes on with another token, is written down once and leaves no mark', async () => {
    const scene = await placeDeclined()
    const { attentionId } = await parked(scene.order)
    await answer(scene.order, { attentionId, action: 'retryWith', patch: { token: good } })
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
    const { orderId } = scene
    const about = { orderId, attentionId, workflowId: `order/${orderId}` }
    expect(scene.called('holdPayment')).toEqual([{ orderId }, { orderId, token: good }])
    expect(scene.called('openAttention')).toEqual([
      { ...about, step: 'payment', code: 'payment_declined', facts: { reason: 'do_not_honor' } },
    ])
    const decided = { action: 'retryWith', operator: 'Olga', note: '' }
    expect(scene.called('closeAttention')).toEqual([{ ...about, ...decided }])
    const found = await searchedBy(scene.order)
    expect(found['NeedsAttention']).toBe(false)
    expect(found).not.toHaveProperty('AttentionReason')
    const waited = 'Needs attention: The payment was declined.'
    expect(await summariesOf(scene.order)).toContain(waited)
  })

  test('parks again under another id when it is declined again', async () => {
    const scene = await placeDeclined()
    const first = await parked(scene.order)
    await answer(scene.order, { attentionId: first.attentionId, action: 'retry' })
    await scene.untilCalled('openAttention', 2)
    const second = await parked(scene.order)
    expect(second.attentionId).not.toBe(first.attentionId)
    expect(second.tries).toBe(2)
    const { attentionId } = second
    await answer(scene.order, { attentionId, action: 'retryWith', patch: { token: good } })
    await scene.order.result()
  })

  test('takes the same answer as a signal, and ignores signals that it would refuse', async () => {
    const scene = await placeDeclined()
    const { attentionId } = await parked(scene.order)
    const right: ResolveAttention = {
      attentionId,
      action: 'retryWith',
      patch: { token: good },
      operator: 'Olga',
    }
    await scene.order.signal(resolveAttentionSignal, { ...right, attentionId: 'payment-9' })
    await scene.order.signal(resolveAttentionSignal, { ...right, operator: '' })
    expect((await scene.order.query(stageQuery)).attention).toHaveLength(1)
    await scene.order.signal(resolveAttentionSignal, right)
    expect(await scene.order.result()).toMatchObject({ status: 'settled' })
  })

  test('refuses what does not answer it, and says what would', async () => {
    const scene = await placeDeclined()
    const { attentionId } = await parked(scene.order)
    const operator = 'Olga'
    await refused(scene, { attentionId: 'other-1', action: 'retry', operator }, [
      'nothing with the attentionId other-1 waits',
      attentionId,
    ])
    const unsuited = ['action must be one of retry, retryWith, cancel']
    await refused(scene, { attentionId, action: 'skip', operator }, unsuited)
    await refused(scene, { attentionId, action: 'retry', operator: '' }, ['operator is missing'])
    const patchable = ['may change kind, token']
    await refused(scene, { attentionId, action: 'retryWith', operator }, patchable)
    const amount = { attentionId, action: 'retryWith', patch: { amount: 1 }, operator } as const
    await refused(scene, amount, ['not amount'])
    expect(scene.called('holdPayment')).toHaveLength(1)
    await answer(scene.order, { attentionId, action: 'retryWith', patch: { token: good } })
    await scene.order.result()
  })
})

test('what only the passing of time mends is tried again without asking anybody', async () => {
  let tries = 0
  const scene = await rig.place({
    effects: () => ({
      async holdPayment() {
        tries += 1
        if (tries < 3) throw new Error('the provider is away')
      },
    }),
  })
  await scene.order.result()
  expect(tries).toBe(3)
  expect(scene.called('openAttention')).toEqual([])
})

test('a step of a part parks in its fulfilment, and the order waits for it', async () => {
  let there = false
  const scene = await rig.place({
    effects: () => ({
      async makeInstructions() {
        if (!there) throw new DomainError('supplier_unreachable', { host: 'models.example' })
      },
    }),
  })
  const { attentionId, actions, patchable, facts } = await parked(scene.fulfilment)
  expect(facts).toEqual({ part: scene.jobIds[0], host: 'models.example' })
  expect(actions).toEqual(['retry', 'retryWith', 'cancel'])
  expect(patchable).toEqual(['machineId', 'url'])
  expect(await scene.order.query(stageQuery)).toMatchObject({ stage: 'fulfilment', attention: [] })
  there = true
  const patch = { url: 'https://models.example/other.stl' }
  await answer(scene.fulfilment, { attentionId, action: 'retryWith', patch })
  await scene.order.result()
  expect(scene.called('makeInstructions').at(-1)).toMatchObject(patch)
})

test('of two parts that ask each is answered alone, and the order is on hold until both are', async () => {
  const there = new Set<string>()
  const scene = await rig.place({
    parts: 2,
    effects: () => ({
      async prepareJob({ jobId, machineId = 'mac_1' }) {
        if (!there.has(jobId)) throw new DomainError('no_machine_fits')
        return { machineId, claimed: true, instructionsReady: true }
      },
    }),
  })
  await scene.untilCalled('openAttention', 2)
  const { attention } = await scene.fulfilment.query(stageQuery)
  const parts = attention.map(({ facts }) => String(facts['part']))
  expect(parts.toSorted()).toEqual(scene.jobIds)
  for (const [nth, jobId] of parts.entries()) {
    expect((await metadataOf(scene.order)).currentDetails).toContain('a part of it needs attention')
    expect((await metadataOf(scene.fulfilment)).currentDetails).toContain(`part: ${jobId}`)
    expect(scene.called('make')).toHaveLength(nth)
    there.add(jobId)
    await answer(scene.fulfilment, { attentionId: attention[nth]!.attentionId, action: 'retry' })
    await scene.untilCalled('make', nth + 1)
    expect(scene.called('make').at(-1)).toMatchObject({ jobId })
  }
  await scene.order.result()
  expect((await metadataOf(scene.order)).currentDetails).not.toContain('needs attention')
})

async function refused(
  scene: Scene,
  answered: ResolveAttention,
  words: readonly string[],
): Promise<void> {
  const sent = scene.order.executeUpdate(resolveAttentionUpdate, { args: [answered] })
  const error: { cause?: Error } = await sent.then(
    () => ({}),
    (failure: { cause?: Error }) => failure,
  )
  for (const word of words) expect(error.cause?.message).toContain(word)
}

/** Copies the example out of the details, as an operator does, and fills in the token. */
async function sendAsTheDetailsSay(scene: Scene, details: string): Promise<void> {
  const [, example = ''] = /```json\n(.+?)\n```/s.exec(details) ?? []
  const message: ResolveAttention = JSON.parse(example)
  expect(details).toContain('`resolveAttention`')
  await scene.order.executeUpdate(resolveAttentionUpdate, {
    args: [{ ...message, patch: { token: good } }],
  })
}
