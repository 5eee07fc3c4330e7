// Buyers read sentences of ours alone: never a code, never what an operator wrote.
import { expect, test } from '@jest/globals'
import { assert, constantFrom, oneof, property, string } from 'fast-check'
import { cancelReasons, whyCancelled, whyOnHold } from '../../domain/buyerWords.ts'
import { failureCatalogue } from '../../domain/failure.ts'

const codes = [...Object.keys(cancelReasons), ...Object.keys(failureCatalogue)]
const asker = constantFrom('buyer', 'storefront', 'operator', '')

test.each(codes)(
  '%s is said in a plain sentence, as the reason of a cancel and of a hold',
  (code) => {
    const told = ['buyer', 'storefront', 'operator'].map((by) => whyCancelled(by, code))
    for (const sentence of [...told, whyOnHold(code)]) {
      expect(sentence).toMatch(/^[A-Z][^_{}]+\.$/)
      expect(sentence).not.toMatch(/\b(licence|buyer|operator|ledger|posting|API)\b/)
    }
  },
)

test('what is not known says only who cancelled', () => {
  const told = ['buyer', 'storefront', 'operator'].map((by) => whyCancelled(by, 'requested'))
  expect(told).toEqual([
    'You asked us to cancel it.',
    'The shop where you ordered it has cancelled it.',
    'We had to cancel it; the shop where you ordered it can tell you more.',
  ])
  expect(whyCancelled('operator', 'recalled')).toBe('The item has been recalled.')
})

test('nothing that somebody writes is ever read by the buyer', () => {
  const sayable = new Set(codes.map((code) => whyCancelled('operator', code)))
  for (const by of ['buyer', 'storefront']) sayable.add(whyCancelled(by, 'requested'))
  const written = oneof(string(), constantFrom('constructor', '__proto__', 'toString'))
  assert(
    property(asker, written, (by, reason) => {
      expect(sayable).toContain(whyCancelled(by, reason))
      expect(whyOnHold(reason)).toMatch(/^[A-Z].+\.$/)
    }),
  )
})
