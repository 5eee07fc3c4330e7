// A stand-in for a payment provider: cards and accounts that behave as a real one's do, in a file that processes share.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { DomainError } from '../../domain/failure.ts'
import { openBook, type Book, type PaymentRow } from './book.ts'
import { instrumentOf } from './instruments.ts'
import type { HoldOrder, Payments, PaymentStatus } from './payments.ts'

export interface SimulatorOptions {
  /** The folder of the file; made where it is missing. */
  dir: string
  nowMs?: () => number
  /** How late tok_slow answers. */
  slowMs?: number
  /** How long a hold stands before it expires; card schemes give about a week. */
  holdMs?: number
}

export function openPayments({
  dir,
  nowMs = Date.now,
  slowMs = 3_000,
  holdMs = 7 * 24 * 3_600_000,
}: SimulatorOptions): Payments {
  const book = openBook(dir)

  return {
    async hold({ key, amountCents, currency, method }) {
      assertAmount(amountCents)
      const instrument = instrumentOf(method)
      const breakdowns = instrument.kind === 'card' ? instrument.breakdowns : 0
      if (breakdowns > 0 && book.countTry(key) < breakdowns) {
        throw new Error('The payment provider broke down; try again.')
      }
      const body = ['hold', amountCents, currency, method.kind, method.token]
      let waitMs = 0
      const reference = once(book, key, body, () => {
        refuseDeclined(book, { amountCents, currency, method }, nowMs())
        const payment = newPayment({ amountCents, currency, method }, nowMs() + holdMs)
        book.savePayment(payment)
        if (instrument.kind === 'card' && instrument.slow) waitMs = slowMs
        return payment.reference
      })
      if (waitMs > 0) await later(waitMs)
      return { reference }
    },

    async capture({ key, reference, amountCents }) {
      assertAmount(amountCents)
      once(book, key, ['capture', reference, amountCents], () => {
        const payment = found(book, reference)
        refuseUnless(statusOf(payment, nowMs()), 'held', payment)
        refuseBeyond(amountCents, payment.heldCents, 'more_than_held')
        book.savePayment({ ...payment, status: 'captured', capturedCents: amountCents })
        book.addToBalance(payment.token, payment.currency, -amountCents)
        return reference
      })
    },

    async release({ key, reference }) {
      once(book, key, ['release', reference], () => {
        const payment = found(book, reference)
        if (payment.status === 'captured') refuseUnless(statusOf(payment, nowMs()), 'held', payment)
        // An expired hold keeps nothing back, and is to go on saying that it expired.
        if (statusOf(payment, nowMs()) === 'held') {
          book.savePayment({ ...payment, status: 'released' })
        }
        return reference
      })
    },

    async refund({ key, reference, amountCents }) {
      assertAmount(amountCents)
      once(book, key, ['refund', reference, amountCents], () => {
        const payment = found(book, reference)
        if (payment.status !== 'captured') {
          refuseUnless(statusOf(payment, nowMs()), 'captured', payment)
        }
        const leftCents = payment.capturedCents - payment.refundedCents
        refuseBeyond(amountCents, leftCents, 'more_than_captured')
        book.savePayment({ ...payment, refundedCents: payment.refundedCents + amountCents })
        book.addToBalance(payment.token, payment.currency, amountCents)
        return reference
      })
    },

    async read(reference) {
      const payment = book.payment(reference)
      if (!payment) return null
      const { currency, heldCents, capturedCents, refundedCents, expiresAtMs } = payment
      const status = statusOf(payment, nowMs())
      return { reference, status, currency, heldCents, capturedCents, refundedCents, expiresAtMs }
    },

    async close() {
      book.close()
    },
  }
}

/** Does the effect under its key, or gives the answer that the key had; what throws leaves the key free. */
function once(book: Book, key: string, body: unknown[], effect: () => string): string {
  const fingerprint = body.map(String).join(' ')
  return book.inTransaction(() => {
    const earlier = book.effect(key)
    if (earlier) {
      assert.equal(fingerprint, earlier.fingerprint, `key ${key} was used with another body`)
      return earlier.reference
    }
    const reference = effect()
    book.addEffect(key, fingerprint, reference)
    return reference
  })
}

function refuseDeclined(book: Book, order: Omit<HoldOrder, 'key'>, nowMs: number): void {
  const { amountCents, currency, method } = order
  const instrument = instrumentOf(method)
  if (instrument.kind === 'card') {
    if (instrument.declined)
      throw new DomainError('payment_declined', { reason: instrument.declined })
    return
  }
  const balanceCents = book.balanceCents(method.token, currency, instrument.openingCents)
  if (amountCents > balanceCents - book.keptCents(method.token, currency, nowMs)) {
    throw new DomainError('payment_declined', { reason: 'insufficient_funds' })
  }
}

function newPayment(order: Omit<HoldOrder, 'key'>, expiresAtMs: number): PaymentRow {
  return {
    reference: `pay_${randomBytes(15).toString('hex')}`,
    token: order.method.token,
    currency: order.currency,
    heldCents: order.amountCents,
    capturedCents: 0n,
    refundedCents: 0n,
    status: 'held',
    expiresAtMs,
  }
}

function statusOf(payment: PaymentRow, nowMs: number): PaymentStatus {
  if (payment.status === 'released') return 'released'
  if (payment.status === 'held') return nowMs < payment.expiresAtMs ? 'held' : 'expired'
  if (payment.refundedCents === 0n) return 'captured'
  return payment.refundedCents < payment.capturedCents ? 'partially_refunded' : 'refunded'
}

function found(book: Book, reference: string): PaymentRow {
  const payment = book.payment(reference)
  assert(payment, `there is no payment ${reference}`)
  return payment
}

function assertAmount(amountCents: bigint): void {
  assert(amountCents > 0n, `an amount of money to move is positive, not ${amountCents}`)
}

function refuseUnless(status: PaymentStatus, needed: PaymentStatus, payment: PaymentRow): void {
  if (status === needed) return
  const { reference } = payment
  throw new DomainError('state_conflict', { reason: 'payment_status', reference, status, needed })
}

function refuseBeyond(askedCents: bigint, leftCents: bigint, reason: string): void {
  if (askedCents <= leftCents) return
  throw new DomainError('state_conflict', {
    reason,
    askedCents: String(askedCents),
    leftCents: String(leftCents),
  })
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
