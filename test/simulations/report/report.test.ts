// Reports: one file that asks the network for nothing and runs, also where there is nothing to show; tables that come
// back as they were.
import { afterAll, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import type { DayTables, Table } from '../../../simulations/day.ts'
import { compareScenarios } from '../../../simulations/experiments/compare.ts'
import { type Result, writeResult } from '../../../simulations/experiments/resultFolder.ts'
import { runScenario } from '../../../simulations/experiments/run.ts'
import { tune } from '../../../simulations/experiments/tune.ts'
import { csvOf } from '../../../simulations/report/csv.ts'
import { decisionsOfDay } from '../../../simulations/report/decisionsOfDay.ts'
import { mapOfDay } from '../../../simulations/report/mapOfDay.ts'
import { parquetOf } from '../../../simulations/report/parquet.ts'
import { writeReport } from '../../../simulations/report/writeReport.ts'
import { inProcess } from '../experiments/inProcess.ts'
import { queueScenario } from '../experiments/queueModel.ts'
import { checkQueue, queueSweep } from '../experiments/sweeps.ts'

const dir = mkdtempSync(join(tmpdir(), 'fabroute-report-'))
afterAll(() => rmSync(dir, { recursive: true }))

const design = { seed: 1, stopping: { replications: 4 }, warmUp: { hours: 0 }, level: 0.95 }
const simulator = inProcess()
let written = 0

async function pageOf(result: Result): Promise<string> {
  const folder = join(dir, String((written += 1)))
  await writeResult(folder, result)
  const { page } = await writeReport(folder)
  return readFileSync(page, 'utf8')
}

const results: [string, () => Promise<Result>][] = [
  ['a run', () => runScenario(queueScenario(), design, { simulator })],
  [
    'a comparison',
    () => {
      const scenarios = [queueScenario(), queueScenario({ leftShare: 0.4 })] as const
      return compareScenarios([...scenarios], design, { simulator })
    },
  ],
  ['a sweep', () => tune(queueSweep(), { simulator, check: checkQueue, cacheDir: null })],
]

test.each(results)(
  '%s is one file: nothing is fetched, and what runs in it can be read',
  async (_what, result) => {
    const page = await pageOf(await result())
    expect(page).toMatch(/^<!doctype html>/)
    expect(page.match(/\b(?:src|href|url)\s*[=(]\s*(?!["']?data:)[^\s>]*/g) ?? []).toEqual([])
    expect(page).not.toMatch(/https?:|@import|\bfetch\(|XMLHttpRequest/)
    const shown = page.replaceAll(/<script[\s\S]*?<\/script>/g, '')
    expect(shown).not.toMatch(/NaN|undefined|Infinity|\[object/)
    expect(page).toContain('prefers-color-scheme: dark')
    for (const [, kind = '', code = ''] of page.matchAll(
      /<script type="([^"]+)"[^>]*>([\s\S]*?)<\/script>/g,
    )) {
      if (kind === 'module') expect(() => new Script(code)).not.toThrow()
      else expect(() => JSON.parse(code) as unknown).not.toThrow()
    }
  },
)

test('what people called things cannot end the script or the page that it stands in', async () => {
  const name = '</script><script>alert(1)</script>'
  const found = await runScenario({ ...queueScenario(), name }, design, { simulator })
  const { tables } = found.example
  found.example.tables = { ...tables!, orders: { columns: {}, rows: [order({ kind: name })] } }
  const page = await pageOf(found)
  expect(page).not.toContain('alert(1)</script><')
  expect(page).toContain('\\u003c/script>')
  expect(page.match(/<\/script>/g)).toHaveLength(2)
})

test('a day without orders, and one without any table, still make a page', async () => {
  const found = await runScenario(queueScenario(), design, { simulator })
  found.example.tables = { orders: none, legs: none, machines: none, decisions: none }
  expect(await pageOf(found)).toContain('What was decided')
  found.example.tables = null
  expect(await pageOf(found)).not.toContain('What was decided')
})

test('tables come back from Parquet as they were', async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf(), async (rows) => {
      const { buffer } = parquetOf({ columns, rows })
      expect(await parquetReadObjects({ file: buffer })).toEqual(rows)
    }),
    { numRuns: 50 },
  )
})

test('tables come back from CSV as they were, whatever stands in their cells', () => {
  fc.assert(
    fc.property(rowsOf(), (rows) => {
      const text = (row: Table['rows'][number]) =>
        Object.keys(columns).map((name) => (row[name] === null ? '' : String(row[name])))
      expect(readCsv(csvOf({ columns, rows }))).toEqual([Object.keys(columns), ...rows.map(text)])
    }),
  )
})

test('figures that there are not are empty cells', async () => {
  const table: Table = { columns: { a: 'number' }, rows: [{ a: Number.NaN }, {}, { a: 1 }] }
  expect(csvOf(table)).toBe('a\r\n\r\n\r\n1\r\n')
  const file = parquetOf(table).buffer
  expect(await parquetReadObjects({ file })).toEqual([{ a: null }, { a: null }, { a: 1 }])
})

test('the map has every street, drive and order where it is, to the metre', () => {
  const junctions = [
    { name: 'a', place: { lon: -89.65, lat: 39.8 } },
    { name: 'b', place: { lon: -89.64, lat: 39.81 } },
  ]
  const drive = {
    vehicle: 'van',
    leaveSecond: 100,
    arriveSecond: 160,
    meters: 1400,
    order: 7,
    fromLon: -89.65,
    fromLat: 39.8,
    toLon: -89.64,
    toLat: 39.81,
    way: '-89.65 39.8 -89.645 39.802 -89.64 39.81',
  }
  const tables = tablesWith({ legs: [drive], orders: [order({ lon: -89.64, lat: 39.81 })] })
  const sites = [{ id: 'market', place: { lon: -89.65, lat: 39.8 } }]
  const map = mapOfDay({ map: { junctions, roads: [{ from: 'a', to: 'b' }] }, sites }, tables)
  expect(map.streets).toEqual([[-8_965_000, 3_980_000, 1000, 1000]])
  const way = [-8_965_000, 3_980_000, 500, 200, 500, 800]
  expect(map.vehicles).toEqual([{ name: 'van', drives: [[100, 160, way]] }])
  expect(map.orders).toEqual([[7, -8_964_000, 3_981_000, 50, 900, 800]])
  expect(map.sites).toEqual([{ name: 'market', x: -8_965_000, y: 3_980_000 }])
  expect(map).toMatchObject({ fromSecond: 50, toSecond: 160, leftOut: 0 })
  const [east, north] = map.scale
  expect(east / north).toBeCloseTo(Math.cos((39.8 * Math.PI) / 180), 6)
})

test('orders that went wrong are shown before all others when not all can be', () => {
  const rows = Array.from({ length: 1000 }, (_, number) => order({ order: number }))
  rows[900] = order({ order: 900, servedSecond: null, lostBecause: 'no_capacity' })
  rows[950] = order({ order: 950, servedSecond: 2000 })
  const shown = decisionsOfDay(tablesWith({ orders: rows }))
  expect(shown).toHaveLength(300)
  expect(shown.map((each) => each.order)).toEqual(expect.arrayContaining([900, 950]))
})

test('of many candidates the best are shown, and the reasons of the others counted', () => {
  const rows = Array.from({ length: 40 }, (_, at) => ({
    decision: 0,
    order: 7,
    second: 50,
    about: 'on_board',
    unit: 'points',
    candidate: `truck ${at}`,
    chosen: at === 0,
    score: at < 20 ? at : null,
    terms: '{"minutes":3}',
    details: '{}',
    reason: at < 20 ? null : 'too_full',
  }))
  const way = { ...rows[0]!, about: 'way', unit: 'cents', candidate: 'on_board/truck 0' }
  const [shown] = decisionsOfDay(tablesWith({ orders: [order({})], decisions: [way, ...rows] }))
  const [first, second] = shown!.decisions[0]!.questions
  expect(first).toMatchObject({ about: 'way', unit: 'cents', others: {} })
  expect(second).toMatchObject({ about: 'on_board', unit: 'points' })
  expect(second!.candidates).toHaveLength(12)
  expect(second!.candidates[0]).toMatchObject({
    name: 'truck 0',
    chosen: true,
    terms: { minutes: 3 },
  })
  expect(second!.others).toEqual({ dearer: 8, too_full: 20 })
})

const none: Table = { columns: {}, rows: [] }

function tablesWith(rows: Partial<Record<keyof DayTables, Table['rows']>>): DayTables {
  const table = (name: keyof DayTables): Table => ({ columns: {}, rows: rows[name] ?? [] })
  return {
    orders: table('orders'),
    legs: table('legs'),
    machines: table('machines'),
    decisions: table('decisions'),
  }
}

function order(changes: Table['rows'][number]): Table['rows'][number] {
  return {
    order: 7,
    kind: 'pickup',
    placedSecond: 50,
    dueSecond: 900,
    servedSecond: 800,
    lon: -89.65,
    lat: 39.8,
    by: 'van',
    lostBecause: null,
    ...changes,
  }
}

const columns: Table['columns'] = { name: 'string', 'a figure': 'number', isSo: 'boolean' }

const cell = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

function rowsOf(): fc.Arbitrary<Table['rows']> {
  const row = fc.record({
    name: cell(fc.string({ unit: 'grapheme' })),
    'a figure': cell(fc.double({ noNaN: true, noDefaultInfinity: true })),
    isSo: cell(fc.boolean()),
  })
  return fc.array(row, { minLength: 1, maxLength: 20 })
}

/** As RFC 4180 reads; written here by itself, so that a slip of the writer is not made twice. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const next = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  for (let match = next.exec(text); match; match = next.exec(text)) {
    const [, quoted, plain = '', end] = match
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === '\r\n') rows.push([])
    if (next.lastIndex === text.length) break
  }
  return rows.slice(0, -1)
}
