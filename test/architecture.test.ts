// The architecture holds: who imports whom, what gets into workflows, and which shapes of code do not occur at all.
import { describe, expect, test } from '@jest/globals'
import { areaOf, cycles, strayInBundle, wrongImports } from './support/importRules.ts'
import { isModule, projectFiles, readModule } from './support/tree.ts'

const files = projectFiles()
// An enum, a decorator or a namespace ends the run here: Node strips types, and nothing else.
const all = files.filter(isModule).map((path) => readModule(path))

/** Jest and its transformer ask for these by their default export. */
const defaultExports = [
  'jest.config.mjs',
  'test/support/globalSetup.ts',
  'test/support/globalTeardown.ts',
  'test/support/strip.mjs',
]

test('modules import only what the table of the architecture allows', () => {
  expect(all.length).toBeGreaterThan(50)
  expect(all.flatMap(wrongImports)).toEqual([])
})

test('nothing but workflows and the verbs of the domain is reached from a workflow', () => {
  expect(all.some(({ path }) => areaOf(path)?.at === 'workflows')).toBe(true)
  expect(strayInBundle(all)).toEqual([])
})

test('no module imports itself by way of others', () => {
  expect(cycles(all)).toEqual([])
})

test('exports have names, and only two files hand on the exports of others', () => {
  const byDefault = all.filter(({ hasDefaultExport }) => hasDefaultExport)
  expect(byDefault.map(({ path }) => path)).toEqual(defaultExports)
  const barrels = all.filter(({ isBarrel }) => isBarrel).map(({ path }) => path)
  expect(['activities/index.ts', 'workflows/index.ts']).toEqual(expect.arrayContaining(barrels))
})

test('no folder is named for what it is instead of what it is about', () => {
  const vague = /(?:^|\/)(?:src|lib|libs|util|utils|helper|helpers|shared|common|types)\//
  expect(files.filter((path) => vague.test(path))).toEqual([])
})

describe('the rules themselves', () => {
  test.each([
    ['domain/offers.ts', '../storage/storage.ts'],
    ['domain/offers.ts', 'typebox'],
    ['domain/offers.ts', 'node:fs'],
    ['domain/model/item.ts', '../offers.ts'],
    ['workflows/order.ts', '../activities/money.ts'],
    ['workflows/order.ts', '../domain/model/item.ts'],
    ['workflows/order.ts', '@temporalio/client'],
    ['activities/money.ts', '../api/route.ts'],
    ['activities/money.ts', '../devices/bridge/inbox.ts'],
    ['activities/money.ts', '../config.ts'],
    ['services/mail/mail.ts', '../../storage/storage.ts'],
    ['devices/gateway/main.ts', '../../storage/storage.ts'],
    ['storage/storage.ts', '../services/mail/mail.ts'],
    ['api/orders.ts', '../workflows/order.ts'],
    ['api/orders.ts', '../config.ts'],
    ['workers/orders.ts', '../api/route.ts'],
    ['infra/start.ts', '../domain/failure.ts'],
    ['elsewhere/x.ts', '../domain/failure.ts'],
  ])('%s must not import %s', (path, specifier) => {
    expect(wrongImports(readModule(path, `import { x } from '${specifier}'`))).toHaveLength(1)
    expect(wrongImports(readModule(path, `await import('${specifier}')`))).toHaveLength(1)
  })

  test.each([
    ['workflows/order.ts', '../domain/failure.ts'],
    ['api/orders.ts', '../workflows/messages.ts'],
    ['api/main.ts', '../config.ts'],
    ['devices/bridge/main.ts', '../../storage/storage.ts'],
    ['workers/orders.ts', '../config.ts'],
    ['test/services/x.test.ts', '../../infra/postgres.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(wrongImports(readModule(path, `import { x } from '${specifier}'`))).toEqual([])
  })

  test('a type may be imported from anywhere', () => {
    const source = `import type { Storage } from '../storage/storage.ts'`
    expect(wrongImports(readModule('domain/offers.ts', source))).toEqual([])
  })

  test('what a workflow reaches through the domain is found, with the way to it', () => {
    const bundled = [
      readModule('workflows/order.ts', `import { a } from '../domain/a.ts'`),
      readModule('domain/a.ts', `export * from './model/b.ts'`),
      readModule('domain/model/b.ts', `import { Type } from 'typebox'`),
    ]
    const way = 'workflows/order.ts -> domain/a.ts -> domain/model/b.ts'
    expect(strayInBundle(bundled)).toEqual([way])
  })

  test('a cycle is found and told as a chain', () => {
    const knot = [
      readModule('domain/a.ts', `import { b } from './b.ts'`),
      readModule('domain/b.ts', `export { c } from './c.ts'`),
      readModule('domain/c.ts', `import { a } from './a.ts'`),
    ]
    expect(cycles(knot)).toEqual(['domain/a.ts -> domain/b.ts -> domain/c.ts -> domain/a.ts'])
  })

  test.each(['enum A { B }', '@sealed class A {}', 'namespace A { export const b = 1 }'])(
    '%s is not plain',
    (source) => expect(() => readModule('domain/a.ts', source)).toThrow('domain/a.ts is not plain'),
  )

  test('barrels and default exports are told from other modules', () => {
    expect(readModule('a.ts', `export { b } from './b.ts'`).isBarrel).toBe(true)
    expect(readModule('a.ts', `// Why.\nexport * from './b.ts'\n`).isBarrel).toBe(true)
    expect(readModule('a.ts', `export { b } from './b.ts'\nexport const c = 1`).isBarrel).toBe(
      false,
    )
    expect(readModule('a.ts', `export default 1`).hasDefaultExport).toBe(true)
    expect(readModule('a.ts', `const b = 1\nexport { b as default }`).hasDefaultExport).toBe(true)
  })
})
