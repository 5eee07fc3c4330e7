// The engine's random numbers: even enough, and nothing but a function of the seed.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { randomOf } from '../../../../domain/dispatch/engine/random.ts'

const draws = (seed: number, many: number) => {
  const random = randomOf(seed)
  return Array.from({ length: many }, () => random.uniform())
}

test('equal seeds draw the same, neighbouring seeds do not', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (seed) => {
      expect(draws(seed, 5)).toEqual(draws(seed, 5))
      expect(draws(seed, 5)).not.toEqual(draws(seed + 1, 5))
    }),
  )
})

test('uniform numbers are in [0, 1), whole ones below their limit', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 1_000 }), (seed, limit) => {
      const random = randomOf(seed)
      for (let index = 0; index < 20; index += 1) {
        const whole = random.below(limit)
        expect(Number.isInteger(whole) && whole >= 0 && whole < limit).toBe(true)
        const uniform = random.uniform()
        expect(uniform >= 0 && uniform < 1).toBe(true)
      }
    }),
  )
})

test('tenths are drawn equally often', () => {
  const counts = Array.from({ length: 10 }, () => 0)
  for (const drawn of draws(7, 100_000)) counts[Math.floor(drawn * 10)]! += 1
  // Five standard deviations of a binomial count.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(475)
})
