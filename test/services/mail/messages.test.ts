// Each notice says in plain words what happened, and holds every fact that the buyer needs to act.
import { expect, test } from '@jest/globals'
import { noticeText, type Notice } from '../../../services/mail/messages.ts'

const common = {
  orderId: 'ord_1',
  items: [{ title: 'Faucet handle', quantity: 1 }],
  timeZone: 'America/New_York',
}
/** 18:30 in New York. */
const atMs = Date.UTC(2026, 10, 21, 23, 30)

const cases: [Notice, string[]][] = [
  [
    {
      ...common,
      kind: 'order_confirmed',
      totalCents: 129900n,
      currency: 'USD',
      expectedAtMs: atMs,
      isBrought: true,
      pickUpAt: [],
    },
    ['confirmed', 'Faucet handle', '$1,299.00', 'it to be with you by Sat 21 Nov, 18:30'],
  ],
  [
    {
      ...common,
      kind: 'on_its_way',
      carrier: 'The grocery truck',
      trackingNumber: null,
      expectedAtMs: atMs,
      latestAtMs: atMs + 600_000,
    },
    ['The grocery truck', 'it on Sat 21 Nov, 18:30', 'at the latest on Sat 21 Nov, 18:40'],
  ],
  [
    {
      ...common,
      kind: 'on_its_way',
      carrier: 'fabpost',
      trackingNumber: 'FP123456785US',
      expectedAtMs: atMs,
      latestAtMs: atMs,
    },
    ['fabpost is bringing', 'Tracking number: FP123456785US'],
  ],
  [
    {
      ...common,
      kind: 'ready_for_pickup',
      place: 'Locker A3, 12 Main Street',
      accessCode: '471-118',
      untilMs: atMs,
    },
    ['Locker A3, 12 Main Street', '471-118', '21 Nov', '18:30'],
  ],
  [{ ...common, kind: 'delivered', atMs }, ['was handed over on Sat 21 Nov, 18:30', 'like it']],
  [
    { ...common, kind: 'order_on_hold', code: 'payment_declined' },
    ['on hold', 'The payment was declined.'],
  ],
  [
    {
      ...common,
      kind: 'cancelled',
      by: 'buyer',
      reason: 'changed_mind',
      refundedCents: 129900n,
      currency: 'USD',
    },
    ['is cancelled. You have changed your mind.', 'returned $1,299.00'],
  ],
]

test.each(cases)('$kind tells what it must', (notice, facts) => {
  const { subject, text } = noticeText(notice)
  for (const fact of [...facts, 'ord_1']) expect(`${subject}\n${text}`).toContain(fact)
  expect(text).not.toMatch(/undefined|null|NaN|\[object/)
  expect(subject.length).toBeLessThan(78)
  expect(subject).not.toContain('\n')
})

test('a cancelled order that cost nothing says that nothing was charged', () => {
  const free = { by: 'operator', reason: 'no_machine_fits', refundedCents: 0n, currency: 'USD' }
  const { text } = noticeText({ ...common, ...free, kind: 'cancelled' })
  expect(text).toContain('You have not been charged.')
})

const bought = [
  { title: 'Bag', quantity: 1 },
  { title: 'Buckle', quantity: 2 },
  { title: 'Strap', quantity: 1 },
]
const confirmed = {
  ...common,
  items: bought,
  kind: 'order_confirmed',
  totalCents: 1_299n,
  currency: 'JPY',
  expectedAtMs: atMs,
} as const

test('several items are listed with how many, and money has the digits of its currency', () => {
  const { subject, text } = noticeText({ ...confirmed, isBrought: true, pickUpAt: [] })
  expect(subject).toContain('Bag, 2 × Buckle and Strap')
  expect(text).toContain('¥1,299')
  expect(text).toContain('We expect them to be with you by')
})

test('what is more than one thing is spoken of as such', () => {
  const items = [{ title: 'Buckle', quantity: 2 }]
  const { text } = noticeText({ ...common, items, kind: 'delivered', atMs })
  expect(text).toContain('Your 2 × Buckle were handed over')
  expect(text).toContain('We hope you like them.')
})

test.each([
  [false, ['Market'], 'to be ready for pick-up at Market by Sat'],
  [false, ['Market', 'Station'], 'to be ready for pick-up at Market and Station by Sat'],
  [true, ['Market'], 'to be with you, or ready for pick-up at Market, by Sat'],
])('who picks up is told where (brought as well: %s, at %j)', (isBrought, pickUpAt, words) => {
  expect(noticeText({ ...confirmed, isBrought, pickUpAt }).text).toContain(words)
})
