// The payment simulator keeps the contract of payments, and each magic token does what its table says.
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { DomainError } from '../../../domain/failure.ts'
import type { Payments } from '../../../services/payment/payments.ts'
import { openPayments, type SimulatorOptions } from '../../../services/payment/simulator.ts'
import { expectFailure } from '../../support/failures.ts'
import { paymentsContract } from './paymentsContract.ts'

const root = mkdtempSync(join(tmpdir(), 'payments-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('the contract of payments', () => {
  paymentsContract({
    open: () => openPayments({ dir: join(root, 'contract') }),
    good: { kind: 'card', token: 'tok_visa' },
    declined: { kind: 'card', token: 'tok_declined' },
  })
})

let opened: Payments[] = []
afterEach(async () => {
  for (const payments of opened) await payments.close()
  opened = []
})

function fresh(options: Partial<SimulatorOptions> = {}): Payments {
  const payments = openPayments({ dir: mkdtempSync(join(root, 'own-')), ...options })
  opened.push(payments)
  return payments
}

let keys = 0
const newKey = () => `key-${(keys += 1)}`
const card = (token: string, amountCents = 100n, key = newKey()) => ({
  key,
  amountCents,
  currency: 'USD',
  method: { kind: 'card' as const, token },
})
const account = (token: string, amountCents: bigint) => ({
  ...card(token, amountCents),
  method: { kind: 'account' as const, token },
})

test.each([
  ['tok_declined', 'card_declined'],
  ['tok_insufficient', 'insufficient_funds'],
  ['tok_expired_card', 'expired_card'],
  ['tok_toString', 'token_unknown'],
  ['toString', 'token_unknown'],
  ['acc_anna', 'token_unknown'],
])('%s is declined: %s', async (token, reason) => {
  await expectFailure(fresh().hold(card(token)), 'payment_declined', { reason })
})

test('tok_flaky breaks down twice for each key and then succeeds', async () => {
  const payments = fresh()
  const order = card('tok_flaky')
  await expect(payments.hold(order)).rejects.toThrow('broke down')
  await expect(payments.hold(order)).rejects.not.toBeInstanceOf(DomainError)
  const first = await payments.hold(order)
  expect(await payments.hold(order)).toEqual(first)
})

test('tok_slow takes effect at once, so a repeat finds the hold before the first answer', async () => {
  const payments = fresh({ slowMs: 60 })
  const order = card('tok_slow')
  const told: string[] = []
  const slow = payments.hold(order).then((answer) => (told.push('slow'), answer))
  const repeated = await payments.hold(order)
  told.push('repeat')
  expect(await slow).toEqual(repeated)
  expect(told).toEqual(['repeat', 'slow'])
})

test('a hold expires, is captured no more, and gives an account its money back', async () => {
  let atMs = 1_000
  const payments = fresh({ nowMs: () => atMs, holdMs: 500 })
  const { reference } = await payments.hold(account('acc_anna_900', 900n))
  await expectFailure(payments.hold(account('acc_anna_900', 1n)), 'payment_declined')
  atMs = 1_500
  expect((await payments.read(reference))?.status).toBe('expired')
  const capture = payments.capture({ key: newKey(), reference, amountCents: 900n })
  await expectFailure(capture, 'state_conflict', { status: 'expired' })
  await payments.release({ key: newKey(), reference })
  expect((await payments.read(reference))?.status).toBe('expired')
  await payments.hold(account('acc_anna_900', 900n))
})

test('an account that names no amount opens with 500.00', async () => {
  const payments = fresh()
  await expectFailure(payments.hold(account('acc_bo', 50_001n)), 'payment_declined')
  await payments.hold(account('acc_bo', 50_000n))
})

test('whatever is done in whatever order, an account never spends what it does not have', async () => {
  const step = fc.record({
    verb: fc.constantFrom('hold', 'capture', 'release', 'refund'),
    amount: fc.bigInt(1n, 700n),
    which: fc.nat(5),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const payments = fresh()
      const references: string[] = []
      for (const { verb, amount, which } of steps) {
        const reference = references[which % Math.max(1, references.length)]
        if (verb !== 'hold' && reference === undefined) continue
        const order = { key: newKey(), reference: reference ?? '', amountCents: amount }
        try {
          if (verb === 'hold') {
            references.push((await payments.hold(account('acc_law_1000', amount))).reference)
          } else if (verb === 'capture') await payments.capture(order)
          else if (verb === 'release') await payments.release(order)
          else await payments.refund(order)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
        }
      }
      await expectBalanced(payments, references, 1_000n)
    }),
    { numRuns: 40 },
  )
})

/** What is left over can be held to the last cent, and not one more. */
async function expectBalanced(payments: Payments, references: string[], openingCents: bigint) {
  let left = openingCents
  for (const reference of references) {
    const view = await payments.read(reference)
    expect(view).not.toBeNull()
    if (!view) continue
    expect(view.capturedCents <= view.heldCents).toBe(true)
    expect(view.refundedCents <= view.capturedCents).toBe(true)
    left -= view.status === 'held' ? view.heldCents : view.capturedCents - view.refundedCents
  }
  expect(left >= 0n).toBe(true)
  await expectFailure(payments.hold(account('acc_law_1000', left + 1n)), 'payment_declined')
  if (left > 0n) await payments.hold(account('acc_law_1000', left))
}

test('processes that ask for the same hold at once share one', async () => {
  const dir = mkdtempSync(join(root, 'many-'))
  const answers = await Promise.all([1, 2, 3].map(() => holdInOwnProcess(dir)))
  expect(answers[0]).toMatch(/^(pay_[0-9a-f]+ ?){20}$/)
  expect(new Set(answers).size).toBe(1)
})

async function holdInOwnProcess(dir: string): Promise<string> {
  const simulator = new URL('../../../services/payment/simulator.ts', import.meta.url)
  const script = `
    const { openPayments } = await import(${JSON.stringify(simulator.href)})
    const payments = openPayments({ dir: ${JSON.stringify(dir)} })
    const references = []
    for (let number = 0; number < 20; number += 1) {
      const method = { kind: 'card', token: 'tok_visa' }
      const order = { key: 'k' + number, amountCents: 5n, currency: 'USD', method }
      references.push((await payments.hold(order)).reference)
    }
    console.log(references.join(' '))`
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script])
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(child, 'close')
  return said.trim()
}
