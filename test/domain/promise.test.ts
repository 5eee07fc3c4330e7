// What is promised is what comes later: the part or the truck; and experience moves it as far as it
// is worth.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import {
  defaultMakingFactors,
  defaultTravelFactors,
  learnFactors,
  promise,
  type Plan,
} from '../../domain/promise.ts'
import { minutesFromNow, nowMs } from './facts.ts'

const plan: Plan = {
  nowMs,
  startsAtMs: nowMs,
  makingMinutes: 20,
  coolDownMinutes: 2,
  arrivesAtMs: null,
  handOverMinutes: 1,
  transitHours: null,
}
const of = (changes: Partial<Plan>) =>
  promise({ ...plan, ...changes }, { p50: 1.1, p95: 1.4 }, { p50: 1, p95: 1.5 })

test('a part that waits for nobody is there when it is made, cooled down and put away', () => {
  expect(of({})).toEqual({
    makeStartsAtMs: nowMs,
    readyAtMs: minutesFromNow(24),
    p50AtMs: minutesFromNow(25),
    p95AtMs: minutesFromNow(31),
  })
})

test('the later of truck and machine sets the time', () => {
  const far = of({ arrivesAtMs: minutesFromNow(60) })
  expect([far.p50AtMs, far.p95AtMs]).toEqual([minutesFromNow(61), minutesFromNow(91)])
  const near = of({ arrivesAtMs: minutesFromNow(5) })
  expect([near.p50AtMs, near.p95AtMs]).toEqual([minutesFromNow(25), minutesFromNow(31)])
})

test('what a carrier needs comes on top of what is made', () => {
  const sent = of({ handOverMinutes: 0, transitHours: { p50: 20, p95: 44 } })
  expect(sent.readyAtMs).toBe(minutesFromNow(24))
  expect([sent.p50AtMs, sent.p95AtMs]).toEqual([
    minutesFromNow(24 + 20 * 60),
    minutesFromNow(30 + 44 * 60),
  ])
})

test('the later end of a promise counts that the queue overruns as well', () => {
  const queued = of({ startsAtMs: minutesFromNow(110) })
  expect(queued.p50AtMs).toBe(minutesFromNow(110 + 25))
  expect(queued.p95AtMs).toBe(minutesFromNow(140 + 31))
})

test('few outcomes hardly move a promise, and many make it', () => {
  expect(learnFactors([])).toEqual(defaultMakingFactors)
  const lucky = learnFactors([0.8])
  expect(lucky.p50).toBeGreaterThan(1.05)
  const history = Array.from({ length: 1000 }, (_, index) => 1 + index / 1000)
  const learned = learnFactors(history)
  expect(learned.p50).toBeCloseTo(1.5, 1)
  expect(learned.p95).toBeCloseTo(1.95, 1)
})

test('p95 is never before p50, and neither before the part can be there', () => {
  const minutes = fc.integer({ min: 0, max: 500 })
  fc.assert(
    fc.property(minutes, minutes, fc.option(minutes), (starts, makingMinutes, arrives) => {
      const arrivesAtMs = arrives === null ? null : minutesFromNow(arrives)
      const startsAtMs = minutesFromNow(starts)
      const told = promise(
        { ...plan, startsAtMs, makingMinutes, arrivesAtMs },
        defaultMakingFactors,
        defaultTravelFactors,
      )
      expect(told.p95AtMs).toBeGreaterThanOrEqual(told.p50AtMs)
      expect(told.p50AtMs).toBeGreaterThanOrEqual(told.readyAtMs)
      expect(told.readyAtMs).toBeGreaterThanOrEqual(startsAtMs + makingMinutes * 60e3)
      expect(told.p50AtMs).toBeGreaterThanOrEqual(arrivesAtMs ?? 0)
    }),
  )
})
