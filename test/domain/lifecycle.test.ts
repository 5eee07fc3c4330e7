// States never leave their tables, and an order is exactly as far as its least advanced living
// line.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { byId } from '../../domain/decision.ts'
import {
  isFinal,
  lifecycles,
  mayMove,
  orderStatus,
  statesAfter,
  type Lifecycle,
  type LineState,
} from '../../domain/lifecycle.ts'

const names = ['line', 'fulfilment', 'job', 'machine', 'licenceUse', 'payment', 'shipment'] as const
const tables: Record<Lifecycle, Record<string, readonly string[]>> = lifecycles
const statesOf = (name: Lifecycle) => Object.keys(tables[name])
const progress: LineState[] = [
  'awaiting_authorization',
  'confirmed',
  'planning',
  'making',
  'ready',
  'in_transit',
  'ready_for_pickup',
  'delivered',
  'settled',
]
const dead: LineState[] = ['cancelled', 'unfulfillable', 'refunded', 'returned']
const anyLine = fc.constantFrom(...progress, ...dead)

test('every lifecycle and every state of a line is looked at here', () => {
  expect([...names].toSorted(byId)).toEqual(Object.keys(lifecycles).toSorted(byId))
  expect([...progress, ...dead].toSorted(byId)).toEqual(statesOf('line').toSorted(byId))
})

test.each(names)('each move of %s ends in a state that has a table of its own', (name) => {
  for (const [from, after] of Object.entries(tables[name])) {
    for (const to of after) expect(statesOf(name)).toContain(to)
    expect(after).not.toContain(from)
  }
})

test.each(names)('mayMove allows for %s what its table says, staying, and nothing else', (name) => {
  const may = (from: string, to: string) => Reflect.apply(mayMove, null, [name, from, to])
  for (const [from, after] of Object.entries(tables[name])) {
    for (const to of [...statesOf(name), 'somewhere else']) {
      expect(may(from, to)).toBe(to === from || after.includes(to))
    }
  }
})

test.each(names)('each state of %s can be reached from the first', (name) => {
  const reached = new Set(statesOf(name).slice(0, 1))
  for (const from of reached) for (const to of tables[name][from] ?? []) reached.add(to)
  expect([...reached].toSorted(byId)).toEqual(statesOf(name).toSorted(byId))
})

test('nothing follows a final state', () => {
  expect(isFinal('job', 'harvested')).toBe(true)
  expect(isFinal('job', 'failed')).toBe(false)
  expect(statesAfter('payment', 'held')).toEqual(['captured', 'released'])
})

test('nothing but the tables is allowed', () => {
  expect(mayMove('line', 'delivered', 'making')).toBe(false)
  expect(mayMove('line', 'settled', 'confirmed')).toBe(false)
  expect(mayMove('payment', 'released', 'captured')).toBe(false)
  expect(mayMove('licenceUse', 'used', 'released')).toBe(false)
})

test('every set of lines has a status, the same in any order', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 1, maxLength: 6 }), (lines) => {
      const status = orderStatus(lines, null)
      expect(typeof status).toBe('string')
      expect(orderStatus(lines.toReversed(), null)).toBe(status)
      expect(orderStatus([...lines, ...lines], null)).toBe(status)
    }),
  )
})

const state = (index: number) => progress[index] ?? 'settled'

test('an order never goes back while its lines go forward', () => {
  const rank = (lines: LineState[]) => progress.findIndex((one) => one === orderStatus(lines, null))
  const step = fc.integer({ min: 0, max: progress.length - 1 })
  fc.assert(
    fc.property(fc.array(fc.tuple(step, step), { minLength: 1, maxLength: 5 }), (moves) => {
      const before = moves.map(([a, b]) => state(Math.min(a, b)))
      const after = moves.map(([a, b]) => state(Math.max(a, b)))
      expect(rank(after)).toBeGreaterThanOrEqual(rank(before))
    }),
  )
})

test('a reason to hold shows while anything is still to be done', () => {
  expect(orderStatus(['making', 'settled'], 'payment')).toBe('on_hold')
  expect(orderStatus(['settled'], 'payment')).toBe('settled')
  expect(orderStatus(['cancelled'], 'payment')).toBe('cancelled')
})

test('an order of which a part was lost and the rest came is partially completed', () => {
  expect(orderStatus(['settled', 'unfulfillable'], null)).toBe('partially_completed')
  expect(orderStatus(['making', 'unfulfillable'], null)).toBe('making')
  expect(orderStatus(['cancelled', 'refunded'], null)).toBe('refunded')
})
