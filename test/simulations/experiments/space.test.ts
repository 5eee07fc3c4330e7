// Spaces of rules: what is wrong with one is said with its place, and combinations fill it as their method says.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { endsOf, pointsOf, readSpace } from '../../../simulations/experiments/space.ts'
import { changedBy } from '../../../simulations/experiments/tunePlan.ts'

const weight = '/rules/weights/lateness'
const limit = '/rules/limit'
const grid = {
  method: 'grid',
  parameters: { [weight]: { values: [1, 2, 4] }, [limit]: { from: 10, to: 20, steps: 3 } },
}

test('a grid has every combination once', () => {
  const points = pointsOf(readSpace(grid), 1)
  expect(points).toHaveLength(9)
  expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(9)
  expect(new Set(points.map((point) => point[limit]))).toEqual(new Set([10, 15, 20]))
})

test('a Latin hypercube has one value in each slice of each parameter, in another order by seed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(1000), (points, seed) => {
      const parameters = { a: { from: 0, to: 1 }, b: { from: 1, to: 1000, scale: 'log' } }
      const space = readSpace({
        method: 'latinHypercube',
        points,
        parameters: { '/a': parameters.a, '/b': parameters.b },
      })
      const found = pointsOf(space, seed)
      expect(pointsOf(space, seed)).toEqual(found)
      const slices = found.map((point) => Math.floor(Number(point['/a']) * points))
      const logSlices = found.map((p) => Math.floor((Math.log10(Number(p['/b'])) / 3) * points))
      const all = Array.from({ length: points }, (_, slice) => slice)
      // Six digits are kept, so that a value next to the edge of a slice may fall on the other side.
      for (const list of [slices, logSlices]) {
        const sorted = list.toSorted((one, other) => one - other)
        expect(sorted.every((slice, at) => Math.abs(slice - all[at]!) <= 1)).toBe(true)
        expect(new Set(list).size).toBeGreaterThan(0.8 * points - 1)
      }
    }),
  )
})

test('whole numbers stay whole and within their bounds', () => {
  const range = { from: 0.4, to: 7.6, whole: true, steps: 30 }
  const space = readSpace({ method: 'grid', parameters: { '/n': range } })
  const values = pointsOf(space, 1).map((point) => point['/n'])
  expect(values).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(endsOf(space.parameters['/n']!)).toEqual([1, 7])
})

test.each([
  ['no method', { parameters: grid.parameters }, /\/method is missing/],
  [
    'another method',
    { ...grid, method: 'guess' },
    /\/method must be one of grid, latinHypercube, halving/,
  ],
  [
    'no pointer',
    { ...grid, parameters: { limit: { values: [1, 2] } } },
    /\/parameters\/limit is not expected here/,
  ],
  [
    'no values',
    { ...grid, parameters: { '/a': { values: [] } } },
    /\/parameters\/~1a\/values must/,
  ],
  ['one value twice', { ...grid, parameters: { '/a': { values: [1, 1] } } }, /duplicate/],
  [
    'downwards',
    { ...grid, parameters: { '/a': { from: 2, to: 1 } } },
    /~1a must go up, not from 2/,
  ],
  ['log of 0', { ...grid, parameters: { '/a': { from: 0, to: 1, scale: 'log' } } }, /above 0/],
  [
    'NaN as text',
    { ...grid, parameters: { '/a': { from: 'NaN', to: 1 } } },
    /from must be a number/,
  ],
  [
    'no figure',
    { ...grid, front: ['speed', 'ordersLost'] },
    /\/front\/0 must be one of ordersPlaced/,
  ],
  ['a field too many', { ...grid, budget: 3 }, /\/budget is not expected here/],
  [
    'far too many',
    { ...grid, parameters: { '/a': { from: 0, to: 1, steps: 100 }, ...fiveMore() } },
    /the grid has \d+ combinations, more than 20000/,
  ],
])('%s is refused', (_what, document, message) => {
  expect(() => readSpace(document)).toThrow(message)
})

test('only what a scenario has can be tuned', () => {
  const scenario = { rules: { weights: { lateness: 1 }, list: [5, 6] } }
  const changed = changedBy(scenario, { [weight]: 3, '/rules/list/1': 7 })
  expect(changed).toEqual({ rules: { weights: { lateness: 3 }, list: [5, 7] } })
  expect(scenario.rules.list).toEqual([5, 6])
  expect(() => changedBy(scenario, { '/rules/weights/late': 3 })).toThrow(
    'the scenario has no /rules/weights/late to tune',
  )
  expect(() => changedBy(scenario, { '/__proto__/x': 3 })).toThrow('has no /__proto__/x')
})

function fiveMore() {
  const names = ['/b', '/c', '/d', '/e', '/f']
  return Object.fromEntries(names.map((name) => [name, { from: 0, to: 1, steps: 10 }]))
}
