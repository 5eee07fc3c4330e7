// The reference of scenarios is what their schema says, and says of each field what it is.
import { expect, test } from '@jest/globals'
import { loadScenario } from '../../simulations/scenario/load.ts'
import { scenarioReference } from '../../simulations/scenarioReference.ts'
import { readText } from '../support/tree.ts'

const page = scenarioReference()
const rows = page.split('\n').filter((line) => line.startsWith('| `'))

test('the page is what the schemas say', () => {
  expect(readText('docs/reference/scenario.md')).toBe(page)
})

test('every field says what it is', () => {
  expect(rows.length).toBeGreaterThan(100)
  expect(rows.filter((row) => row.endsWith('|  |'))).toEqual([])
})

test('every field of a scenario stands there', () => {
  const { scenario } = loadScenario({ name: 'plain' })
  const paths = rows.map((row) => row.split('`')[1]!)
  const { rules, ...others } = scenario
  const missing = Object.entries({ ...others, machines: rules.machines, promise: rules.promise })
    .flatMap(([name, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.keys(value).map((inner) => `${name}.${inner}`)
        : [name],
    )
    .map((path) => path.replace(/^(?=machines|promise)/, 'rules.'))
    .filter((path) => !paths.some((known) => known === path || known.startsWith(`${path}.`)))
  expect(missing).toEqual([])
})
