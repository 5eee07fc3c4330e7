// The kernel lets events happen in their order, once, at their time, however many there are.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { openKernel } from '../../../simulations/kernel/kernel.ts'

describe('order', () => {
  test('is time, then priority, then scheduling, as sorting would have it', () => {
    const event = fc.record({
      at: fc.integer({ min: 0, max: 20 }),
      priority: fc.integer({ min: -128, max: 127 }),
      isCancelled: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), (events) => {
        const kernel = openKernel({ capacity: 1 })
        const seen: number[] = []
        const see = kernel.handler((a) => seen.push(a))
        const known = events.map(({ at, priority }, i) => kernel.schedule(at, priority, see, i))
        events.forEach(({ isCancelled }, i) => isCancelled && kernel.cancel(known[i]!))
        const expected = events
          .map((one, i) => ({ ...one, i }))
          .filter(({ isCancelled }) => !isCancelled)
          .toSorted(
            (one, other) => one.at - other.at || one.priority - other.priority || one.i - other.i,
          )
          .map(({ i }) => i)
        expect(kernel.pending()).toBe(expected.length)
        expect(kernel.run(Infinity)).toBe(expected.length)
        expect(seen).toEqual(expected)
      }),
    )
  })

  test('holds among events that handlers schedule and cancel while they happen', () => {
    const kernel = openKernel({ capacity: 1 })
    // A plain list that is sorted before each event stands for what the heap must do.
    const list: { at: number; priority: number; order: number; event: number }[] = []
    let made = 0
    let state = 1
    const draw = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) % below
    }
    const make = () => {
      const [at, priority, order] = [kernel.now() + draw(5), draw(3) - 1, made]
      made += 1
      list.push({ at, priority, order, event: kernel.schedule(at, priority, happen, order) })
    }
    const happen = kernel.handler((order) => {
      list.sort((a, b) => a.at - b.at || a.priority - b.priority || a.order - b.order)
      const next = list.shift()
      expect([next?.order, next?.at]).toEqual([order, kernel.now()])
      expect(kernel.pending()).toBe(list.length)
      for (let count = made < 3_000 ? draw(4) : 0; count > 0; count -= 1) make()
      if (list.length > 20) {
        for (let count = draw(15); count > 0; count -= 1) {
          const [dropped] = list.splice(draw(list.length), 1)
          expect(kernel.cancel(dropped!.event)).toBe(true)
        }
      }
    })
    for (let count = 0; count < 500; count += 1) make()
    kernel.run(Infinity)
    expect([list.length, kernel.pending()]).toEqual([0, 0])
    expect(made).toBeGreaterThan(1_000)
  })
})

describe('time', () => {
  test('a run lets happen what comes before its end, and leaves the clock there', () => {
    const kernel = openKernel()
    const seen: number[] = []
    const see = kernel.handler((a) => seen.push(a))
    kernel.schedule(10, 0, see, 10)
    kernel.schedule(9.5, 0, see, 9)
    expect(kernel.run(10)).toBe(1)
    expect([kernel.now(), seen]).toEqual([10, [9]])
    expect(kernel.run(11)).toBe(1)
    expect([kernel.now(), seen]).toEqual([11, [9, 10]])
  })

  test('without an end it stops at the last event, and where a handler says so', () => {
    const kernel = openKernel()
    const tick = kernel.handler((a) => {
      if (a === 3) kernel.stop()
      if (a < 6) kernel.schedule(kernel.now() + 1, 0, tick, a + 1)
    })
    kernel.schedule(1, 0, tick, 1)
    kernel.run(Infinity)
    expect([kernel.now(), kernel.pending()]).toEqual([3, 1])
    kernel.run(Infinity)
    expect([kernel.now(), kernel.pending()]).toEqual([6, 0])
  })

  test('the past, no number and endless waiting are refused by name', () => {
    const kernel = openKernel()
    const nothing = kernel.handler(() => undefined)
    kernel.run(5)
    for (const at of [4.9, Number.NaN, Infinity]) {
      expect(() => kernel.schedule(at, 0, nothing)).toThrow(`at 5 s nothing can be set for ${at} s`)
    }
    expect(() => kernel.run(4)).toThrow('at 5 s nothing can be set for 4 s')
    expect(() => kernel.schedule(6, 128, nothing)).toThrow('a priority must be -128 to 127')
    expect(() => kernel.schedule(6, 0.5, nothing)).toThrow('a priority must be -128 to 127')
    expect(() => kernel.schedule(6, 0, nothing + 1)).toThrow('a handler must be known')
    expect(() => kernel.schedule(6, 0, nothing, 0.5)).toThrow('must be int32')
    expect(kernel.pending()).toBe(0)
  })
})

describe('cancelling', () => {
  test('reaches an event once, and never the one that took its place', () => {
    const kernel = openKernel({ capacity: 1 })
    const nothing = kernel.handler(() => undefined)
    const first = kernel.schedule(1, 0, nothing)
    expect([kernel.cancel(first), kernel.cancel(first)]).toEqual([true, false])
    kernel.run(2)
    const second = kernel.schedule(3, 0, nothing)
    expect([kernel.cancel(first), kernel.pending()]).toEqual([false, 1])
    kernel.run(4)
    expect(kernel.cancel(second)).toBe(false)
  })

  test('an event that happens can no longer be cancelled, not even by itself', () => {
    const kernel = openKernel()
    const answers: boolean[] = []
    let event = 0
    const itself = kernel.handler(() => answers.push(kernel.cancel(event)))
    event = kernel.schedule(1, 0, itself)
    kernel.run(2)
    expect(answers).toEqual([false])
  })

  test('a hundred thousand time-outs that never strike need no room', () => {
    const kernel = openKernel({ capacity: 16 })
    const seen: number[] = []
    const strike = kernel.handler((a) => seen.push(a))
    const work = kernel.handler((a) => {
      const timeOut = kernel.schedule(kernel.now() + 1_000, 0, strike, a)
      if (a < 100_000) kernel.schedule(kernel.now() + 0.001, 0, work, a + 1)
      kernel.cancel(timeOut)
    })
    kernel.schedule(0, 0, work, 1)
    kernel.run(Infinity)
    expect(seen).toEqual([])
    expect(kernel.capacity()).toBeLessThanOrEqual(256)
  })
})

test('what a handler throws comes out of the run, and the next run goes on behind it', () => {
  const kernel = openKernel()
  const seen: number[] = []
  const see = kernel.handler((a) => {
    if (a === 2) throw new Error('broken')
    seen.push(a)
  })
  for (const a of [1, 2, 3]) kernel.schedule(a, 0, see, a)
  expect(() => kernel.run(Infinity)).toThrow('broken')
  expect([kernel.now(), kernel.pending()]).toEqual([2, 1])
  kernel.run(Infinity)
  expect(seen).toEqual([1, 3])
})

test('a handler cannot start a run inside the run', () => {
  const kernel = openKernel()
  const again = kernel.handler(() => kernel.run(Infinity))
  kernel.schedule(1, 0, again)
  expect(() => kernel.run(2)).toThrow('a run is under way')
})
