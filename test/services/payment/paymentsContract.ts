// What every payment provider must do, as tests that the simulator and a real provider's adapter both run.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { DomainError } from '../../../domain/failure.ts'
import type { PaymentMethod } from '../../../domain/model/order.ts'
import type { Payments } from '../../../services/payment/payments.ts'
import { expectFailure, failureOf } from '../../support/failures.ts'

export interface ProviderUnderTest {
  open: () => Payments
  /** The provider's own test instruments. */
  good: PaymentMethod
  declined: PaymentMethod
}

export function paymentsContract({ open, good, declined }: ProviderUnderTest): void {
  let payments: Payments
  beforeAll(() => {
    payments = open()
  })
  afterAll(() => payments.close())

  const holdOf = (amountCents: bigint, key = newKey()) =>
    payments.hold({ key, amountCents, currency: 'USD', method: good })
  const standing = async (reference: string) => {
    const view = await payments.read(reference)
    return view && [view.status, view.heldCents, view.capturedCents, view.refundedCents]
  }

  test('a hold is captured in part and the rest is not kept', async () => {
    const { reference } = await holdOf(1_299n)
    expect(await standing(reference)).toEqual(['held', 1_299n, 0n, 0n])
    await payments.capture({ key: newKey(), reference, amountCents: 1_000n })
    expect(await standing(reference)).toEqual(['captured', 1_299n, 1_000n, 0n])
  })

  test('the same hold asked twice, also at once, is one hold', async () => {
    const key = newKey()
    const answers = await Promise.all([holdOf(500n, key), holdOf(500n, key)])
    expect(answers[1]).toEqual(answers[0])
    expect(await holdOf(500n, key)).toEqual(answers[0])
  })

  test('a key that was used with another body is a programmer error', async () => {
    const key = newKey()
    await holdOf(500n, key)
    const failure = await failureOf(holdOf(501n, key))
    expect(failure).toHaveProperty('message')
    expect(failure).not.toBeInstanceOf(DomainError)
  })

  test('a declined hold says why and leaves its key free for another card', async () => {
    const key = newKey()
    const order = { key, amountCents: 900n, currency: 'USD' }
    await expectFailure(payments.hold({ ...order, method: declined }), 'payment_declined')
    await expectFailure(payments.hold({ ...order, method: declined }), 'payment_declined')
    const { reference } = await payments.hold({ ...order, method: good })
    expect(await standing(reference)).toEqual(['held', 900n, 0n, 0n])
  })

  test('never more is captured than was held, and only once', async () => {
    const { reference } = await holdOf(700n)
    const capture = (key: string, amountCents: bigint) =>
      payments.capture({ key, reference, amountCents })
    await expectFailure(capture(newKey(), 701n), 'state_conflict')
    const key = newKey()
    await capture(key, 300n)
    await capture(key, 300n)
    await expectFailure(capture(newKey(), 300n), 'state_conflict')
    expect(await standing(reference)).toEqual(['captured', 700n, 300n, 0n])
  })

  test('never more is refunded than was captured, in however many parts', async () => {
    const { reference } = await holdOf(700n)
    await payments.capture({ key: newKey(), reference, amountCents: 600n })
    const refund = (key: string, amountCents: bigint) =>
      payments.refund({ key, reference, amountCents })
    const key = newKey()
    await refund(key, 400n)
    await refund(key, 400n)
    expect(await standing(reference)).toEqual(['partially_refunded', 700n, 600n, 400n])
    await expectFailure(refund(newKey(), 201n), 'state_conflict')
    await refund(newKey(), 200n)
    expect(await standing(reference)).toEqual(['refunded', 700n, 600n, 600n])
    await expectFailure(refund(newKey(), 1n), 'state_conflict')
  })

  test('a released hold stays released and can be neither captured nor refunded', async () => {
    const { reference } = await holdOf(800n)
    await payments.release({ key: newKey(), reference })
    await payments.release({ key: newKey(), reference })
    const order = { reference, amountCents: 800n }
    await expectFailure(payments.capture({ ...order, key: newKey() }), 'state_conflict')
    await expectFailure(payments.refund({ ...order, key: newKey() }), 'state_conflict')
    expect(await standing(reference)).toEqual(['released', 800n, 0n, 0n])
  })

  test('what was captured is not released', async () => {
    const { reference } = await holdOf(800n)
    await payments.capture({ key: newKey(), reference, amountCents: 800n })
    await expectFailure(payments.release({ key: newKey(), reference }), 'state_conflict')
  })

  test('a payment that never was reads as null', async () => {
    expect(await payments.read('pay_unheard_of')).toBeNull()
  })
}

const newKey = () => `test/${randomUUID()}`
