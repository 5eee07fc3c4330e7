// What an activity throws for good reaches Temporal as such, with its code and facts; all else is left to be retried.
import { ApplicationFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { expect, test } from '@jest/globals'
import { DomainError } from '../../domain/failure.ts'
import { permanentFailures, signsOfLife } from '../../workers/interceptors.ts'
import { failureOf } from '../support/failures.ts'

async function run(activity: () => Promise<unknown>): Promise<unknown> {
  const logger = new DefaultLogger('ERROR')
  const environment = new MockActivityEnvironment({}, { interceptors: [permanentFailures], logger })
  return await failureOf(environment.run(activity))
}

test('a DomainError is not retried, and carries its code, its sentence and its facts', async () => {
  const failure = await run(async () => {
    throw new DomainError('payment_declined', { reason: 'expired_card' })
  })
  expect(failure).toBeInstanceOf(ApplicationFailure)
  expect(failure).toMatchObject({
    type: 'payment_declined',
    nonRetryable: true,
    message: 'The payment was declined.',
    details: [{ reason: 'expired_card' }],
  })
})

test('what is thrown otherwise stays what it is', async () => {
  const broken = new Error('connection refused')
  expect(await run(async () => await Promise.reject(broken))).toBe(broken)
})

test('an activity with a heartbeat timeout beats as long as it runs, and no longer', async () => {
  const first = await beatTwice()
  const beats = first.beats()
  // As long again: beats that went on would be counted.
  await beatTwice()
  expect(first.beats()).toBe(beats)
})

/** An activity that runs until two of its signs of life were given. */
async function beatTwice() {
  const environment = new MockActivityEnvironment(
    { heartbeatTimeoutMs: 30 },
    { interceptors: [signsOfLife] },
  )
  const twice = Promise.withResolvers<void>()
  let beats = 0
  environment.on('heartbeat', () => {
    beats += 1
    if (beats === 2) twice.resolve()
  })
  await environment.run(async () => await twice.promise)
  return { beats: () => beats }
}
