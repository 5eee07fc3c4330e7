// The check of pickup and delivery solutions: a right one passes, and each way to be wrong is named.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkSolution, readInstance, type Instance } from '../../bench/pdptwInstance.ts'
import { solve } from '../../bench/pdptwSolve.ts'

/** Two parcels along a street: 1 goes to 3, 2 goes to 4; one at a time fits. */
const text = `2 10 1
0 0 0 0 0 100 0 0 0
1 3 4 8 0 50 2 0 3
2 0 10 8 0 60 2 0 4
3 6 8 -8 0 45 2 1 0
4 0 20 -8 0 80 2 2 0
`

let folder = ''
let instance: Instance
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pdptw-'))
  instance = readInstance(file('lc1.txt', text))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test('a right solution has its vehicles and its distance', () => {
  const { vehicles, distance, wrong } = checkSolution(instance, [
    [1, 3],
    [2, 4],
  ])
  expect(wrong).toEqual([])
  expect(vehicles).toBe(2)
  expect(distance).toBeCloseTo(60, 9)
})

test.each([
  ['a node that is left out', [[1, 3]], 'node 2 is visited 0 times'],
  [
    'a node twice',
    [
      [1, 3, 1],
      [2, 4],
    ],
    'node 1 is visited 2 times',
  ],
  [
    'a node that is not there',
    [
      [1, 3],
      [2, 4, 9],
    ],
    'route 2: node 9 does not exist',
  ],
  [
    'a delivery first',
    [
      [3, 1],
      [2, 4],
    ],
    'route 1: node 3 comes before its pick-up',
  ],
  [
    'a delivery by another',
    [
      [1, 4],
      [2, 3],
    ],
    'route 1: what goes to 3 stays on board',
  ],
  ['too much on board', [[1, 2, 3, 4]], 'route 1: 16 on board after node 2'],
  ['too late', [[2, 4, 1, 3]], 'route 1: node 3 is reached at'],
  ['too many vehicles', [[1, 3], [2, 4], []], 'there are only 2 vehicles'],
])('%s is named', (_, routes, what) => {
  expect(checkSolution(instance, routes).wrong.join()).toContain(what)
})

test.each([
  ['no number', text.replace('3 4 8', '3 x 8')],
  ['a missing column', text.replace('2 0 3', '2 0')],
  ['a partner that has another', text.replace('2 1 0', '2 2 0')],
  ['nothing', ''],
])('a file with %s is refused', (_, content) => {
  expect(() => readInstance(file('bad.txt', content))).toThrow('not an instance')
})

test('the engine solves it with one vehicle, which is enough', () => {
  const budget = { seconds: 0.2, seed: 1, clock: 'cpu' } as const
  const { routes } = solve(instance, budget)
  const { vehicles, wrong } = checkSolution(instance, routes)
  expect(wrong).toEqual([])
  expect(vehicles).toBe(1)
})
