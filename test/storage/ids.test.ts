// Ids carry the time at which they were made, and nothing else passes for one.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { madeAtMs, newId } from '../../storage/ids.ts'
import { whyNoOffer } from '../../storage/offerIds.ts'

const nowMs = Date.UTC(2030, 0, 7)

test('the time of an id is read back, to a millisecond for each that was made in the same one', () => {
  const atMs = Date.UTC(2100, 0)
  const ids = Array.from({ length: 100 }, () => newId('ofr', atMs))
  for (const id of ids) expect(madeAtMs(id, 'ofr')).toBe(atMs)
  expect(ids).toEqual(ids.toSorted())
  expect(madeAtMs(newId('ofr', atMs - 5_000), 'ofr')).toBeGreaterThanOrEqual(atMs)
})

test('what was not made by newId has no time', () => {
  const id = newId('ofr')
  for (const other of [
    id.slice(0, -1),
    `${id}0`,
    id.toUpperCase(),
    `x${id}`,
    newId('quo'),
    'ofr_',
    '',
  ]) {
    expect(madeAtMs(other, 'ofr')).toBeNull()
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(madeAtMs(`ofr_${text}`, 'ofr')).toBeNull()
    }),
  )
})

test('an offer from the past has expired, one from the future or from nowhere is not known', () => {
  const id = newId('ofr')
  const madeMs = madeAtMs(id, 'ofr') ?? 0
  expect(whyNoOffer(id, madeMs)).toBe('offer_expired')
  expect(whyNoOffer(id, madeMs - 1)).toBe('offer_unknown')
  expect(whyNoOffer('ofr_none', nowMs)).toBe('offer_unknown')
})
