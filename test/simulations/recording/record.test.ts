// A day is taken out of a real database, played and fitted to from the command line, and comes back as it was.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Context } from '../../../simulations/commands/command.ts'
import { plantContext } from '../../../simulations/commands/plantContext.ts'
import { openScreen } from '../../../simulations/commands/screen.ts'
import { simulate } from '../../../simulations/main.ts'
import { drawsOf } from '../../../simulations/plant/draws.ts'
import { prepare, type Prepared } from '../../../simulations/plant/prepare.ts'
import { readRecording } from '../../../simulations/recording/file.ts'
import { loadScenario } from '../../../simulations/scenario/load.ts'
import { dataKey, storageForTest, type TestStorage } from '../../storage/fixture.ts'
import { testDir } from '../../support/platform.ts'
import { placeAt, town } from '../plant/town.ts'
import { day, ordersOfDay, placeOrders, type DayOrder } from './placedDay.ts'

let database: TestStorage
let dir = ''
let path = ''
const placed = ordersOfDay()
beforeAll(async () => {
  database = await storageForTest()
  dir = testDir('record')
  await mkdir(dir, { recursive: true })
  path = join(dir, 'day.json.gz')
  await placeOrders(database.storage, placed)
})
afterAll(async () => await database.close())

async function sim(line: string, env: Context['env'] = {}) {
  const out: string[] = []
  const errors: string[] = []
  const screen = openScreen({ write: (text) => out.push(text) })
  const signal = new AbortController().signal
  const given = { DATABASE_URL: database.url, DATA_KEY: dataKey, ...env }
  const context: Context = { screen, signal, env: given, ...plantContext }
  const code = await simulate(line.split(' '), context, (text) => errors.push(text))
  return { code, out: out.join(''), errors: errors.join('\n') }
}

async function scenarioOf(name: string, orders: object): Promise<string> {
  const file = join(dir, name)
  const { trucks: _few, ...rest } = town
  const hours = { fromHour: 7, toHour: 13, drainMinutes: 60 }
  const trucks = [{ id: 'truck', count: 4, machines: [{ model: 'Swift S' }] }]
  await writeFile(file, JSON.stringify({ ...rest, name, hours, trucks, orders }))
  return file
}

test('what is recorded says when, what and how, and of nobody where', async () => {
  const said = await sim(`record --day ${day} --out ${path}`)
  expect(said).toMatchObject({ code: 0, errors: '' })
  expect(said.out).toMatch(/\d+ orders, half of them within squares of \d+ m; 3 decisions about/)
  expect(said.out).toContain('decided again: 3 of 3 equal')
  const { orders } = await readRecording(path)
  expect(orders).toHaveLength(placed.length)
  const times = placed.map(({ placedAtMs }) => placedAtMs).toSorted((a, b) => a - b)
  expect(orders.map(({ placedAtMs }) => placedAtMs)).toEqual(times)
  const sums = (method: string) => orders.filter((one) => one.method === method).length
  expect(sums('pickup')).toBe(placed.filter(({ method }) => method === 'pickup').length)
  expect(orders.find(({ method }) => method === 'pickup')).toMatchObject({
    item: 'Wall hook',
    promisedMinutes: 50,
    deliveredMinutes: 45,
    fetchedMinutes: 15,
  })
  const text = gunzipSync(await readFile(path)).toString()
  expect(/(?:ord|buy|sto|lin|itm|ful)_|Terrace/.exec(text)).toBeNull()
  const exact = placed.flatMap(({ lon, lat }) => [String(lon), String(lat)])
  expect(exact.filter((degrees) => text.includes(degrees))).toEqual([])
})

test('a scenario that plays it has its orders, one that is fitted to it has such days', async () => {
  const files = {
    played: await scenarioOf('played.json', { recording: 'day.json.gz' }),
    fitted: await scenarioOf('fitted.json', { fittedTo: 'day.json.gz' }),
  }
  for (const file of Object.values(files)) {
    const ran = await sim(`run ${file} --replications 2 --threads 1 --out ${file}.out`)
    expect(ran).toMatchObject({ code: 0, errors: '' })
    expect(ran.out).toMatch(/orders placed/)
  }
  const { count, second } = drawn(prepare(loadScenario(files.played).scenario), 0)
  expect(count).toBe(placed.length)
  const seconds = placed.map(({ placedAtMs }) => (placedAtMs - Date.parse(day)) / 1_000)
  expect([...second]).toEqual(seconds.toSorted((one, other) => one - other))

  const fitted = prepare(loadScenario(files.fitted).scenario)
  const days = Array.from({ length: 40 }, (_, replication) => drawn(fitted, replication))
  const simulated = days.flatMap((orders) =>
    Array.from(orders.second, (at, nth) => ({
      hour: Math.floor(at / 3_600),
      quarter: quarterOf(fitted.streets.lon[orders.at[nth]!]!),
    })),
  )
  const truth = placed.map((order) => ({ hour: hourOf(order), quarter: quarterOf(order.lon) }))
  for (const by of ['hour', 'quarter'] as const) {
    const expected = countsBy(truth.map((one) => one[by]))
    const seen = countsBy(simulated.map((one) => one[by]))
    expect(new Set(seen.keys())).toEqual(new Set(expected.keys()))
    const misfit = [...expected].map(([key, orders]) => {
      const mean = orders * days.length
      return (seen.get(key)! - mean) ** 2 / mean
    })
    // Of Poisson counts: chi-squared, which five in a thousand exceed by this.
    const freedom = misfit.length
    const limit = freedom * (1 - 2 / (9 * freedom) + 2.58 * Math.sqrt(2 / (9 * freedom))) ** 3
    expect(misfit.reduce((sum, one) => sum + one, 0)).toBeLessThan(limit)
  }
})

const drawn = (prepared: Prepared, replication: number) =>
  prepared.source.draw(drawsOf(9, replication))
const hourOf = ({ placedAtMs }: DayOrder) => new Date(placedAtMs).getUTCHours()
/** West and east of the middle of the town, where nobody lives. */
const quarterOf = (lon: number) => (lon < (placeAt(0).lon + placeAt(3).lon) / 2 ? 'west' : 'east')

function countsBy<Key>(keys: readonly Key[]): Map<Key, number> {
  return new Map([...Map.groupBy(keys, (key) => key)].map(([key, all]) => [key, all.length]))
}

test('without a key there are no places, and without decisions nothing to replay', async () => {
  const out = join(dir, 'bare.json.gz')
  const keyless = { DATA_KEY: undefined }
  const refused = await sim(`record --day ${day} --out ${out}`, keyless)
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.errors).toContain('--without-places')
  const said = await sim(`record --day ${day} --out ${out} --without-places --orders-only`, keyless)
  expect(said).toMatchObject({ code: 0, errors: '' })
  expect(said.out).toMatch(/240 without a place; no decisions/)
  const { orders, decisions } = await readRecording(out)
  expect(decisions).toEqual([])
  expect(orders.every(({ cell }) => cell === null)).toBe(true)
})

test.each([
  ['record --day 2026-11-19 --out x', 1, 'nothing was ordered or decided on 2026-11-19'],
  ['record --day 2026-11-18 --out x --region nowhere', 1, 'on 2026-11-18 in nowhere'],
  ['record --day today --out x', 2, '--day is a date'],
  ['record --day 2026-11-18', 2, '--day and --out are needed'],
])('"%s" ends with %i', async (line, code, message) => {
  const ended = await sim(line)
  expect(ended.code).toBe(code)
  expect(ended.errors).toContain(message)
})
