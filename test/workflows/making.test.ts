// Making a part: its turn on a machine, failed attempts that are made again, and machines that are lost.
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { DomainError } from '../../domain/failure.ts'
import { machineFreedSignal, stageQuery } from '../../workflows/messages.ts'
import { until } from '../support/until.ts'
import { madeReport, untilEndedOutside } from './effects.ts'
import { answer, metadataOf, parked, summariesOf } from './history.ts'
import { openRig, type Rig, type Scene } from './rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(async () => await rig.close())

const attemptsOf = (scene: Scene) => scene.called('make').map(({ attempt }) => attempt)
const freed = async ({ fulfilment, jobIds: [jobId = ''] }: Scene) =>
  await fulfilment.signal(machineFreedSignal, { jobId })
const failed = new DomainError('making_failed', { reason: 'spaghetti', machine: 'mac_1' })

/** A part that fails so many times before it succeeds. */
const placeFailing = async (times: number, failure: Error = failed) =>
  await rig.place({
    effects: () => ({
      async make({ attempt }) {
        if (attempt <= times) throw failure
        return madeReport(attempt)
      },
    }),
  })

test('what the bridge completes from outside is made', async () => {
  const scene = await rig.place({ effects: () => ({ make: untilEndedOutside }) })
  await scene.untilCalled('make')
  const { currentDetails } = await metadataOf(scene.fulfilment)
  expect(currentDetails).toContain('Making on mac_1, attempt 1')
  await scene.endMaking(1)
  await scene.order.result()
  expect(attemptsOf(scene)).toEqual([1])
})

test('what the bridge fails from outside is made again', async () => {
  const scene = await rig.place({ effects: () => ({ make: untilEndedOutside }) })
  await scene.untilCalled('make')
  const details = [{ reason: 'spaghetti' }]
  const failure = { message: 'failed', type: 'making_failed', nonRetryable: true, details }
  await scene.endMaking(1, ApplicationFailure.create(failure))
  await scene.untilCalled('make', 2)
  await scene.endMaking(2)
  await scene.order.result()
  expect(attemptsOf(scene)).toEqual([1, 2])
})

test('a part that fails twice is made by the third attempt, each on the machine chosen for it', async () => {
  const scene = await placeFailing(2)
  expect(await scene.order.result()).toMatchObject({ status: 'settled' })
  const [jobId] = scene.jobIds
  expect(scene.called('prepareJob')).toEqual([1, 2, 3].map((attempt) => ({ jobId, attempt })))
  expect(attemptsOf(scene)).toEqual([1, 2, 3])
  const code = 'making_failed'
  const noted = [1, 2].map((attempt) => ({ jobId, attempt, code }))
  expect(scene.called('recordFailedAttempt')).toEqual(noted)
  expect(await summariesOf(scene.fulfilment)).toContain('Make the part on mac_1, attempt 3')
  expect(scene.called('openAttention')).toEqual([])
})

test('a part that fails three times asks an operator, who may send it to another machine', async () => {
  const scene = await placeFailing(3)
  expect(await parked(scene.fulfilment)).toMatchObject({
    step: 'making',
    code: 'making_failed',
    facts: { reason: 'spaghetti', lastCode: 'making_failed', attempts: 3 },
  })
  const { attentionId } = await parked(scene.fulfilment)
  await answer(scene.fulfilment, {
    attentionId,
    action: 'retryWith',
    patch: { machineId: 'mac_2' },
  })
  await scene.order.result()
  expect(attemptsOf(scene)).toEqual([1, 2, 3, 4])
  expect(scene.called('prepareJob').at(-1)).toMatchObject({ machineId: 'mac_2', attempt: 4 })
})

test.each(['machine_refused', 'machine_lost'] as const)(
  '%s is the turn of another machine',
  async (code) => {
    const scene = await placeFailing(1, new DomainError(code, { machine: 'mac_1' }))
    await scene.order.result()
    expect(attemptsOf(scene)).toEqual([1, 2])
    // Only a machine that is not heard of has to be told in case that it listens again.
    const told = code === 'machine_lost' ? [{ jobId: scene.jobIds[0], cancel: false }] : []
    expect(scene.called('stopMaking')).toEqual(told)
  },
)

test('a part that turns out to be made when its machine is given up is not made again', async () => {
  const scene = await rig.place({
    effects: () => ({
      make: async () => await Promise.reject(new DomainError('machine_lost')),
      stopMaking: async () => ({ made: madeReport(1) }),
    }),
  })
  await scene.order.result()
  expect(attemptsOf(scene)).toEqual([1])
  expect(scene.called('recordFailedAttempt')).toEqual([])
})

test('a part waits for its turn until its machine is free, and says so', async () => {
  let free = false
  const scene = await rig.place({
    effects: () => ({
      prepareJob: async () => ({ machineId: 'mac_1', claimed: free, instructionsReady: true }),
    }),
  })
  await scene.untilCalled('prepareJob')
  const details = async () => (await metadataOf(scene.fulfilment)).currentDetails
  await until(async () => (await details()).includes('Waiting for its turn on mac_1'))
  expect(await scene.fulfilment.query(stageQuery)).toMatchObject({
    stage: 'making',
    lines: { [scene.jobIds[0]!]: 'queued' },
  })
  // Another part was faster: it asks again, and waits on.
  await freed(scene)
  await scene.untilCalled('prepareJob', 2)
  free = true
  await freed(scene)
  await scene.order.result()
  expect(attemptsOf(scene)).toEqual([1])
  expect(await summariesOf(scene.fulfilment)).toContain('Waiting for its turn on mac_1')
})

test('the word that a machine is free counts also while the machine is being chosen', async () => {
  const chosen = Promise.withResolvers<void>()
  const scene = await rig.place({
    effects: (here) => ({
      async prepareJob() {
        const isFirst = here.called('prepareJob').length === 1
        if (isFirst) {
          await freed(here)
          await chosen.promise
        }
        return { machineId: 'mac_1', claimed: !isFirst, instructionsReady: true }
      },
    }),
  })
  await scene.untilCalled('prepareJob')
  chosen.resolve()
  await scene.order.result()
  expect(scene.called('prepareJob')).toHaveLength(2)
})

test('ready instructions are not made again', async () => {
  const scene = await rig.place({
    effects: () => ({
      prepareJob: async () => ({ machineId: 'mac_1', claimed: true, instructionsReady: true }),
    }),
  })
  await scene.order.result()
  expect(scene.called('makeInstructions')).toEqual([])
})
