// Prices, splits and postings to the cent: nothing is lost, nothing is made, nobody goes below
// zero.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import {
  accounts,
  capturePostings,
  holdPostings,
  licencePostings,
  marketplace,
  refundPostings,
  releasePostings,
  settledRefundPostings,
  settlementParts,
  settlementPostings,
  stockPostings,
  type Posting,
  type SettledLine,
} from '../../domain/postings.ts'
import {
  defaultPriceRules,
  makeCents,
  priceLines,
  times,
  totalCents,
} from '../../domain/pricing.ts'
import { split, splitRefund } from '../../domain/split.ts'

test.each([
  [1n, 0.5, 1n],
  [1n, 0.49, 0n],
  [-1n, 0.5, -1n],
  [-1n, 0.49, 0n],
  [3n, 0.1 + 0.2, 1n],
  [10n, 0.1 + 0.2, 3n],
  [5n, 12.5, 63n],
  [9_007_199_254_740_993n, 1, 9_007_199_254_740_993n],
])('%s cents times %s is %s cents, half away from zero', (cents, factor, product) => {
  expect(times(cents, factor)).toBe(product)
})

test('a price has a line for each thing that costs, and making is what the ceiling sees', () => {
  const made = { material: 'PLA', grams: 20.1, minutes: 12.5, centsPerMinute: 5n }
  const lines = priceLines(
    { ...made, itemCents: 900n, quantity: 2, method: 'truck', kilometres: 4.02336 },
    defaultPriceRules,
  )
  expect(lines).toEqual([
    { code: 'item', cents: 1800n },
    { code: 'making', cents: 63n },
    { code: 'material', cents: 80n },
    { code: 'delivery', cents: 440n },
  ])
  expect(totalCents(lines)).toBe(2383n)
  expect(makeCents(made, defaultPriceRules)).toBe(143n)
  const unlisted = { ...made, material: 'gold' }
  expect(makeCents(unlisted, defaultPriceRules)).toBe(63n + 201n)
})

const phoneCover = [
  { partyId: 'cover vendor', share: 45n },
  { partyId: 'phone maker', share: 15n },
  { partyId: 'logo broker', share: 10n },
  { partyId: 'team', share: 20n },
  { partyId: marketplace, share: 10n },
]

test('one payment for a phone cover is split five ways, to the cent', () => {
  expect(split(1999n, phoneCover)).toEqual([
    { partyId: 'cover vendor', cents: 899n },
    { partyId: 'phone maker', cents: 300n },
    { partyId: 'logo broker', cents: 200n },
    { partyId: 'team', cents: 400n },
    { partyId: marketplace, cents: 200n },
  ])
})

test('equal remainders go to whoever stands first in the contract', () => {
  const thirds = ['a', 'b', 'c'].map((partyId) => ({ partyId, share: 1n }))
  expect(split(200n, thirds).map(({ cents }) => cents)).toEqual([67n, 67n, 66n])
  expect(split(100n, thirds).map(({ cents }) => cents)).toEqual([34n, 33n, 33n])
})

test('an empty contract and a refund of more than there is are errors of the caller', () => {
  expect(() => split(100n, [])).toThrow(RangeError)
  expect(() => split(100n, [{ partyId: 'a', share: 0n }])).toThrow(RangeError)
  expect(() => split(-1n, phoneCover)).toThrow(RangeError)
  expect(() => splitRefund(101n, [{ partyId: 'a', cents: 100n }])).toThrow(RangeError)
  expect(splitRefund(0n, [{ partyId: 'a', cents: 0n }])).toEqual([{ partyId: 'a', cents: 0n }])
})

const shares = fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 1, maxLength: 8 })

test('a split conserves, and nobody is a cent away from the exact share', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), shares, (cents, drawn) => {
      const whole = sum(drawn)
      fc.pre(whole > 0n)
      const parts = split(
        cents,
        drawn.map((share, index) => ({ partyId: `p${index}`, share })),
      )
      expect(sum(parts.map((part) => part.cents))).toBe(cents)
      for (const [index, share] of drawn.entries()) {
        const error = (parts[index]?.cents ?? -1n) * whole - cents * share
        expect(error > -whole && error < whole).toBe(true)
      }
    }),
  )
})

test('refunds one after the other conserve and take nobody below zero, to the last cent', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 100_000n }),
      shares,
      fc.array(fc.bigInt({ min: 0n, max: 40_000n }), { maxLength: 6 }),
      (paid, drawn, wanted) => {
        fc.pre(sum(drawn) > 0n)
        let left = split(
          paid,
          drawn.map((share, index) => ({ partyId: `p${index}`, share })),
        )
        const refund = (cents: bigint) => {
          const parts = splitRefund(cents, left)
          expect(sum(parts.map((part) => part.cents))).toBe(cents)
          left = left.map((part, index) => ({
            partyId: part.partyId,
            cents: part.cents - (parts[index]?.cents ?? 0n),
          }))
          expect(left.every((part) => part.cents >= 0n)).toBe(true)
        }
        const remaining = () => sum(left.map((part) => part.cents))
        for (const cents of wanted) refund(cents < remaining() ? cents : remaining())
        refund(remaining())
        expect(left.every((part) => part.cents === 0n)).toBe(true)
      },
    ),
  )
})

const handleLine: SettledLine = {
  price: [
    { code: 'item', cents: 900n },
    { code: 'making', cents: 60n },
    { code: 'material', cents: 80n },
    { code: 'delivery', cents: 299n },
  ],
  supplierId: 'sup_faucets',
  royaltyCents: 300n,
  contract: null,
  makerId: 'operator_1',
  carrierId: 'driver_1',
}
const order = { orderId: 'ord_1', currency: 'USD' }

test('settlement pays supplier, maker, carrier and marketplace what the buyer paid', () => {
  const parts = settlementParts([handleLine])
  expect(parts).toEqual([
    { partyId: 'sup_faucets', cents: 300n },
    { partyId: marketplace, cents: 600n },
    { partyId: 'operator_1', cents: 140n },
    { partyId: 'driver_1', cents: 299n },
  ])
  expect(settlementPostings(order, parts).map(({ account, amount }) => [account, amount])).toEqual([
    ['order/ord_1/captured', -1339n],
    ['party/sup_faucets/payable', 300n],
    ['marketplace/fees', 600n],
    ['party/operator_1/payable', 140n],
    ['party/driver_1/payable', 299n],
  ])
})

test('a contract takes the place of royalty and fee, and one party is paid once', () => {
  const line = { ...handleLine, contract: phoneCover, makerId: 'cover vendor' }
  const parts = settlementParts([line, line])
  expect(parts.find(({ partyId }) => partyId === 'cover vendor')?.cents).toBe(2n * (405n + 140n))
  expect(sum(parts.map(({ cents }) => cents))).toBe(2n * 1339n)
})

test('an order from hold to refund leaves every account of it at zero', () => {
  const money = { ...order, cents: 1339n }
  const parts = settlementParts([handleLine])
  const ledger = post([
    holdPostings(money),
    capturePostings(money),
    refundPostings({ ...order, cents: 0n }),
    settlementPostings(order, parts),
    settledRefundPostings({ currency: 'USD', cents: 1339n }, parts),
  ])
  expect([...ledger.values()].every((balance) => balance === 0n)).toBe(true)
})

test('a hold that is let go and a capture that is refunded are as if nothing had been', () => {
  const money = { ...order, cents: 500n }
  const released = post([holdPostings(money), releasePostings(money)])
  const refunded = post([holdPostings(money), capturePostings(money), refundPostings(money)])
  for (const ledger of [released, refunded]) {
    expect([...ledger.values()].every((balance) => balance === 0n)).toBe(true)
  }
})

test('the floor stops a second capture, a refund of nothing and a use too many', () => {
  const money = { ...order, cents: 500n }
  expect(() => post([holdPostings(money), capturePostings(money), capturePostings(money)])).toThrow(
    'floor of order/ord_1/held',
  )
  expect(() => post([holdPostings(money), refundPostings(money)])).toThrow('floor')
  expect(() =>
    post([
      licencePostings.grant('lic', 1n),
      licencePostings.reserve('lic', 'ord_1', 1n),
      licencePostings.reserve('lic', 'ord_2', 1n),
    ]),
  ).toThrow('floor of licence/lic/left')
})

test('a use of a licence is reserved and spent, or given back', () => {
  const ledger = post([
    licencePostings.grant('lic', 3n),
    licencePostings.reserve('lic', 'ord_1', 2n),
    licencePostings.spend('lic', 'ord_1', 1n),
    licencePostings.release('lic', 'ord_1', 1n),
  ])
  expect(ledger.get(accounts.usesLeft('lic'))).toBe(2n)
  expect(ledger.get(accounts.usesSpent('lic'))).toBe(1n)
  expect(ledger.get(accounts.usesReserved('ord_1'))).toBe(0n)
})

test('stock comes from outside and moves between buckets without losing a unit', () => {
  const ledger = post([
    stockPostings('itm', 'site', 'outside', 'inbound', 10n),
    stockPostings('itm', 'site', 'inbound', 'sellable', 9n),
    stockPostings('itm', 'site', 'inbound', 'unsellable', 1n),
    stockPostings('itm', 'site', 'sellable', 'reserved', 4n),
  ])
  expect(ledger.get(accounts.stock('site', 'sellable'))).toBe(5n)
  expect(() => post([stockPostings('itm', 'site', 'sellable', 'reserved', 1n)])).toThrow('floor')
  expect(() => stockPostings('itm', 'site', 'sellable', 'reserved', -1n)).toThrow(RangeError)
})

const cents = fc.bigInt({ min: 0n, max: 10n ** 9n })

test('whatever is settled, the postings sum to zero per unit', () => {
  const line = fc.record({
    price: fc.tuple(cents, cents, cents, cents).map(([item, making, material, delivery]) => [
      { code: 'item' as const, cents: item },
      { code: 'making' as const, cents: making },
      { code: 'material' as const, cents: material },
      { code: 'delivery' as const, cents: delivery },
    ]),
    supplierId: fc.constantFrom('s1', 's2'),
    royaltyCents: cents,
    contract: fc.constantFrom(null, phoneCover),
    makerId: fc.constantFrom('m1', 's1'),
    carrierId: fc.constantFrom('c1', 'm1'),
  })
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
      const parts = settlementParts(lines)
      const paid = sum(lines.map(({ price }) => totalCents(price)))
      expect(sum(parts.map((part) => part.cents))).toBe(paid)
      post([
        holdPostings({ ...order, cents: paid }),
        capturePostings({ ...order, cents: paid }),
        settlementPostings(order, parts),
      ])
    }),
  )
})

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}

/**
 * A ledger in a map that holds to what the real one enforces: sums to zero per unit, and floors.
 */
function post(transactions: readonly Posting[][]): Map<string, bigint> {
  const balances = new Map<string, bigint>()
  for (const postings of transactions) {
    for (const unit of new Set(postings.map((posting) => posting.unit))) {
      const amounts = postings.filter((one) => one.unit === unit).map(({ amount }) => amount)
      expect(sum(amounts)).toBe(0n)
    }
    for (const { account, amount, floor } of postings) {
      const balance = (balances.get(account) ?? 0n) + amount
      if (floor !== null && balance < floor) throw new Error(`floor of ${account}`)
      balances.set(account, balance)
    }
  }
  return balances
}
