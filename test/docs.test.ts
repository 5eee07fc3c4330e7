// What the documents name is there: capabilities, tests, scripts, variables, codes, steps, addresses.
// The generated ones are compared with the code where it is tested: test/api, test/devices.
import { expect, test } from '@jest/globals'
import { routes } from '../api/routes.ts'
import { failureCatalogue } from '../domain/failure.ts'
import { isSigned } from '../services/carrier/signature.ts'
import { readEvent, readOrder } from '../services/carrier/wire.ts'
import { projectFiles, readText } from './support/tree.ts'

const readme = readText('README.md')
const operations = readText('docs/operations.md')
const storefront = readText('docs/storefront.md')
const carriers = readText('docs/carriers.md')
const files = new Set(projectFiles())

test('the coverage tables have every capability and every story, once', () => {
  const ids = { A: 9, B: 6, C: 7, D: 6, E: 9, F: 4 }
  const capabilities = Object.entries(ids).flatMap(([letter, count]) => numbered(letter, count))
  expect(firstCells(readme, /^[A-F]\d$/)).toEqual(capabilities)
  expect(firstCells(readme, /^\d+ /).map((cell) => cell.split(' ')[0])).toEqual(numbered('', 12))
})

test('a line of the coverage tables that claims something names the test that shows it', () => {
  const rows = tableRows(readme).filter((cells) => cells.length === 4)
  const claims = rows.filter(([id = '', claim]) => /^([A-F]\d|\d+ )/.test(id) && claim !== '-')
  expect(claims.length).toBeGreaterThan(20)
  const unshown = claims.filter(([, , shownBy = '']) => {
    const path = /\]\((.+)\)/.exec(shownBy)?.[1]
    return path === undefined || !path.endsWith('.test.ts') || !files.has(path)
  })
  expect(unshown).toEqual([])
})

test('the README lists the scripts that there are', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readText('package.json'))
  const commands = tableRows(readme).map(([command = '']) => command)
  const named = commands.filter((command) => command.startsWith('`npm ')).join(' ')
  const silent = Object.keys(scripts).filter(
    (name) => !name.startsWith('pre') && !named.includes(name),
  )
  expect(silent).toEqual([])
  const told = [...named.matchAll(/`npm (?:run )?([\w:-]+)/g)].map(([, name = '']) => name)
  expect(told.filter((name) => !(name in scripts))).toEqual([])
})

test('every variable that the README names is read somewhere', () => {
  const cells = tableRows(readme).flatMap(([, , variables = '']) => variables)
  const names = cells.flatMap((cell) => cell.match(/`[A-Z_]{3,}/g) ?? []).map((n) => n.slice(1))
  expect(names.length).toBeGreaterThan(5)
  const code = ['config.ts', 'infra/bringUp.ts', 'infra/ourProcesses.ts'].map(readText).join('\n')
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([])
})

test('every example of JSON can be read', () => {
  for (const text of [operations, storefront, carriers].flatMap((page) => blocks(page, 'json'))) {
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  }
})

test('every answer to a parked step names a step that is there and fields that may be changed', () => {
  const steps = new Map(['order', 'parts', 'fulfilment', 'dispatcher'].flatMap(stepsOf))
  for (const file of ['truck', 'pickup', 'carrier']) {
    for (const [name, fields] of stepsOf(`delivery/${file}`)) steps.set(name, fields)
  }
  const answers = blocks(operations, 'json').filter((text) => text.includes('attentionId'))
  expect(answers.length).toBeGreaterThan(5)
  for (const text of answers) {
    const { attentionId, patch = {} }: Answer = JSON.parse(text)
    const fields = steps.get(attentionId.replace(/-\d+$/, ''))
    expect({ attentionId, fields }).toEqual({ attentionId, fields: expect.anything() })
    expect(fields).toEqual(expect.arrayContaining(Object.keys(patch)))
  }
})

test('every code that storefronts and operators are told of is in the catalogue', () => {
  const rows = tableRows(storefront).filter(([status = '']) => /^\d{3}( \d{3})*$/.test(status))
  const codes = rows.flatMap(([, cell = '']) => quoted(cell))
  const parked = [...operations.matchAll(/code `(\w+)`/g)].map(([, code = '']) => code)
  expect(codes.length + parked.length).toBeGreaterThan(25)
  expect([...codes, ...parked].filter((code) => !(code in failureCatalogue))).toEqual([])
})

test('every event that is written into an order’s story is told of, and no other', () => {
  const sources = [...files].filter((path) =>
    /^(activities|api|devices\/bridge)\/.+\.ts$/.test(path),
  )
  const names = /'((?:order|payment|fulfilment|job)\.[a-z_]+)'/g
  const written = sources.flatMap((path) =>
    [...readText(path).matchAll(names)].map(([, name = '']) => name),
  )
  const commands = new Set(['job.prepare', 'job.start', 'job.cancel', 'job.pause', 'job.resume'])
  const known = new Set(written.filter((name) => !commands.has(name)))
  const cells = tableRows(storefront).map(([cell = '']) => cell)
  const told = cells.flatMap((cell) =>
    [...cell.matchAll(/`([a-z]+\.[a-z_]+)`/g)].map(([, name = '']) => name),
  )
  expect(known.size).toBeGreaterThan(20)
  const own = told.filter((name) => !name.startsWith('delivery.'))
  expect(own.toSorted()).toEqual([...known].toSorted())
})

test('decisions are numbered one by one, in their names and in their titles', () => {
  const decisions = [...files].filter((path) => path.startsWith('docs/decisions/')).toSorted()
  const numbers = decisions.map((path) => /^docs\/decisions\/(\d{3})-/.exec(path)?.[1])
  expect(numbers).toEqual(numbers.map((_, at) => String(at + 1).padStart(3, '0')))
  const titles = decisions.map((path) => /^# (\d{3}) /.exec(readText(path))?.[1])
  expect(titles).toEqual(numbers)
})

test('every call with curl goes to an address that the API has', () => {
  const known = routes.map(({ contract: { method, path } }) => {
    return { method, path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }
  })
  const calls = [...blocks(storefront, 'sh'), ...blocks(operations, 'sh')].flatMap((text) =>
    [...text.matchAll(/curl ([^"]*)"\$API(\/v1[^"?]*)/g)].map(([, flags = '', path = '']) => ({
      method: /-X POST/.test(flags) ? 'post' : 'get',
      path,
    })),
  )
  expect(calls.length).toBeGreaterThan(8)
  const lost = calls.filter(({ method, path }) => {
    return !known.some((route) => route.method === method && route.path.test(path))
  })
  expect(lost).toEqual([])
})

test('what a carrier reads is an order that the protocol takes, and an event that the door takes', () => {
  const [order = '', event = ''] = blocks(carriers, 'json')
  expect(readOrder('key', JSON.parse(order))).toMatchObject({ service: 'standard', grams: 18 })
  expect(readEvent(JSON.parse(event))).toMatchObject({ sequence: 1, kind: 'collected' })
  const [request = ''] = blocks(carriers, 'http')
  const lines = request.matchAll(/^(webhook-[a-z]+): (.+)$/gm)
  const headers = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
  const nowMs = Number(headers['webhook-timestamp']) * 1_000
  expect(isSigned(headers, event.trim(), { secret: 'not-a-secret', nowMs })).toBe(true)
})

interface Answer {
  attentionId: string
  patch?: Record<string, unknown>
}

/** The steps of a workflow file with the fields that an operator may change, as they are written there. */
function stepsOf(file: string): [string, string[]][] {
  const steps = readText(`workflows/${file}.ts`).split('desk.step({').slice(1)
  return steps.map((step) => {
    const name = /name: '(\w+)'/.exec(step)?.[1] ?? ''
    const patchable = /patchable: \[([^\]]*)\]/.exec(step)?.[1] ?? ''
    return [name, [...patchable.matchAll(/'(\w+)'/g)].map(([, field = '']) => field)]
  })
}

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
}

function tableRows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '))
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

function firstCells(text: string, pattern: RegExp): string[] {
  return tableRows(text).flatMap(([cell = '']) => (pattern.test(cell) ? [cell] : []))
}

function blocks(text: string, language: string): string[] {
  const pattern = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g')
  return [...text.matchAll(pattern)].map(([, block = '']) => block)
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word)
}
