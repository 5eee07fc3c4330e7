// A carrier takes what is not too heavy, too large or too far, and is never sooner for a longer way.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import {
  defaultParcelRules as rules,
  type ParcelService,
  parcelServices,
  parcelTransit,
} from '../../domain/parcels.ts'

const parcel = { grams: 100, sizeMm: [30, 40, 60], meters: 5_000, service: 'standard' } as const

test.each([
  ['too heavy', { grams: 40_000 }, 'parcel_too_heavy'],
  ['too large', { sizeMm: [10, 1_500, 10] }, 'parcel_too_large'],
  ['too far', { meters: 4e6 }, 'too_far_for_carrier'],
])('what is %s is refused with the reason', (_what, changes, code) => {
  expect(parcelTransit({ ...parcel, ...changes }, rules)).toMatchObject({ code })
})

test('the band of a distance holds up to its end', () => {
  const hours = [0, 50_000, 50_001, 3e6].map((meters) => hoursOf('standard', meters).p50)
  expect(hours).toEqual([20, 20, 26, 50])
})

test('further is never sooner, express never later, and the late end never before the middle', () => {
  const meters = fc.nat(3_000_000)
  fc.assert(
    fc.property(meters, meters, fc.constantFrom(...parcelServices), (one, other, service) => {
      const [near, far] = [Math.min(one, other), Math.max(one, other)]
      for (const level of ['p50', 'p95'] as const) {
        expect(hoursOf(service, near)[level]).toBeLessThanOrEqual(hoursOf(service, far)[level])
        expect(hoursOf('express', far)[level]).toBeLessThan(hoursOf('standard', far)[level])
      }
      expect(hoursOf(service, far).p50).toBeLessThanOrEqual(hoursOf(service, far).p95)
    }),
  )
})

function hoursOf(service: ParcelService, meters: number) {
  const found = parcelTransit({ ...parcel, service, meters }, rules)
  if ('code' in found) throw new Error(found.code)
  return found.hours
}
