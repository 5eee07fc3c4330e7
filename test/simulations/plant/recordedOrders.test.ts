// Orders come when they were recorded, or on days like those; what a recording does not tell is drawn.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buyersOf } from '../../../simulations/plant/buyers.ts'
import { drawsOf } from '../../../simulations/plant/draws.ts'
import { prepare } from '../../../simulations/plant/prepare.ts'
import type { RecordedOrder } from '../../../simulations/recording/recording.ts'
import { ScenarioError } from '../../../simulations/scenario/load.ts'
import { recordedDay } from '../recording/recordedDay.ts'
import { placeAt, town } from './town.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recorded-'))
})
afterAll(() => rm(folder, { recursive: true }))

const at = (hour: number, day = 21) => Date.UTC(2026, 10, day, hour)
const listed = (hour: number, itemId: string, place: number) => {
  return { placedAtMs: at(hour), itemId, ...placeAt(place) }
}
const order = (hour: number, facts: Partial<RecordedOrder> = {}): RecordedOrder => ({
  placedAtMs: at(hour),
  cell: { ...placeAt(5), meters: 250 },
  item: 'Gear',
  units: 1,
  method: 'truck',
  promisedMinutes: 40,
  deliveredMinutes: 30,
  fetchedMinutes: null,
  ...facts,
})

function recording(orders: RecordedOrder[]): Buffer {
  return gzipSync(JSON.stringify({ ...recordedDay(1), orders }))
}

/** The file appears whole: others may be reading the one that is there. */
async function preparedOf(content: string | Buffer, use: object = {}, name = 'orders.json') {
  const file = join(folder, name)
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, content)
  await rename(draft, file)
  return prepare({ ...town, orders: { recording: file, ...use } })
}

interface Use {
  replication?: number
  itemsAs?: Record<string, string>
}

async function ordersOf(content: string | Buffer, { replication = 0, ...use }: Use = {}) {
  return (await preparedOf(content, use)).source.draw(drawsOf(1, replication))
}

test('listed with place and item they are the same on every day', async () => {
  const orders = [listed(10, 'gear', 5), listed(9, 'wall hook', 2), listed(20, 'gear', 1)]
  const drawn = await ordersOf(JSON.stringify({ orders }))
  expect([...drawn.second]).toEqual([9 * 3_600, 10 * 3_600])
  expect([...drawn.at]).toEqual([2, 5])
  expect(await ordersOf(JSON.stringify({ orders }), { replication: 7 })).toEqual(drawn)
})

test('of a recorded day the second, the item and the square stay, and the door in it is drawn', async () => {
  const wide = { cell: { ...placeAt(5), meters: 4_000 } }
  const orders = [order(9, { ...wide, units: 2 }), order(10, { item: 'Wall hook' })]
  const drawn = await ordersOf(recording(orders))
  expect([...drawn.second]).toEqual([9, 9, 10].map((hour) => hour * 3_600))
  expect([...drawn.item]).toEqual([1, 1, 0])
  expect(drawn.at[2]).toBe(5)
  const doors = [1, 2, 3, 4].map(async (replication) => {
    return (await ordersOf(recording(orders), { replication })).at[0]
  })
  expect(new Set(await Promise.all(doors)).size).toBeGreaterThan(1)
})

test('what is not told of an order is drawn as others are', async () => {
  const untold = { cell: null, item: null, method: null, promisedMinutes: null }
  const orders = Array.from({ length: 30 }, () => order(9, untold))
  const drawn = await ordersOf(recording(orders))
  expect(new Set(drawn.at).size).toBeGreaterThan(5)
  expect(new Set(drawn.item).size).toBe(3)
  expect(drawn.known.every((known) => known === undefined)).toBe(true)
})

test('what version 1 recorded tells when, and the draws tell where and of what', async () => {
  const { orders: _none, ...first } = { ...recordedDay(), version: 1 }
  const drawn = await ordersOf(JSON.stringify(first))
  expect(drawn.count).toBeGreaterThan(10)
  expect(drawn.second[0]).toBe(8 * 3_600)
  const other = await ordersOf(JSON.stringify(first), { replication: 1 })
  expect(other.second).toEqual(drawn.second)
  expect([...other.at, ...other.item]).not.toEqual([...drawn.at, ...drawn.item])
})

describe('recorded buyers', () => {
  const fetched = { method: 'pickup', promisedMinutes: 300, fetchedMinutes: 7 } as const
  const orders = [order(9), order(10, fetched)]
  const buyers = async (use = {}) => {
    const prepared = await preparedOf(recording(orders), use)
    const draws = drawsOf(1, 0)
    const buyer = buyersOf(prepared.scenario.buyers, draws, prepared.source.draw(draws))
    return [buyer(0), buyer(1)] as const
  }
  test('have it as they had it, and wait as long as they agreed to', async () => {
    const [brought, fetches] = await buyers()
    expect(brought).toMatchObject({ fetches: false, isBrought: true })
    expect(brought.patienceSeconds).toBeGreaterThanOrEqual(40 * 60)
    expect(fetches).toMatchObject({ fetches: true, isBrought: false, goesToNearest: true })
    expect(fetches).toMatchObject({ patienceSeconds: 300 * 60, fetchSeconds: 7 * 60, comes: true })
  })
  test('or choose anew, where that is asked for', async () => {
    const [brought] = await buyers({ waysAsRecorded: false })
    const drawn = buyersOf((await preparedOf(recording(orders))).scenario.buyers, drawsOf(1, 0), {
      known: [],
    })(0)
    expect(brought).toEqual({ ...drawn, patienceSeconds: Math.max(drawn.patienceSeconds, 2_400) })
  })
})

async function fitted(content: string | Buffer, replication = 0) {
  const fittedTo = join(folder, 'day')
  const prepared = await preparedOf(content, { recording: null, fittedTo }, 'day')
  return prepared.source.draw(drawsOf(1, replication))
}

describe('a generator fitted to recorded days', () => {
  test('draws as many by hour and place, each like one that came from there', async () => {
    const near = Array.from({ length: 60 }, () => order(8))
    const far = {
      cell: { ...placeAt(15), meters: 250 },
      item: 'Wall hook',
      method: 'pickup',
    } as const
    const orders = [...near, ...Array.from({ length: 180 }, () => order(10, far))]
    const days = [0, 1, 2, 3].map((replication) => fitted(recording(orders), replication))
    const counts = new Map<string, number>()
    for (const day of await Promise.all(days)) {
      for (let nth = 0; nth < day.count; nth += 1) {
        const key = `${day.at[nth]} ${day.item[nth]} ${day.known[nth]?.way}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    expect([...counts.keys()].toSorted()).toEqual(['15 0 fetched', '5 1 brought'])
    expect(Math.abs(counts.get('15 0 fetched')! / 4 - 180)).toBeLessThan(3 * Math.sqrt(180 / 4))
    expect(Math.abs(counts.get('5 1 brought')! / 4 - 60)).toBeLessThan(3 * Math.sqrt(60 / 4))
  })
  test('to several days: the mean of them', async () => {
    const files = [60, 120].map(
      (count, day) => [`day${day}`, Array.from({ length: count }, () => order(9))] as const,
    )
    for (const [name, orders] of files) await writeFile(join(folder, name), recording(orders))
    const fittedTo = files.map(([name]) => join(folder, name))
    const { source } = prepare({ ...town, orders: { fittedTo } })
    const counts = Array.from({ length: 40 }, (_, day) => source.draw(drawsOf(1, day)).count)
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    expect(Math.abs(mean - 90)).toBeLessThan(3 * Math.sqrt(90 / counts.length))
  })
})

test.each([
  ['{"orders": [{"placedAtMs": 1}]}', /order 0 has no/],
  [JSON.stringify({ orders: [listed(9, 'moon', 1)] }), /"moon", which is no item here/],
  [
    recording([order(9, { item: 'Sun' })]),
    /"Sun", which is no item here: say in \/orders\/itemsAs/,
  ],
  [recording([]), /nothing was ordered/],
  ['{}', /must hold a list/],
  ['nothing', /cannot be read/],
  ['{"format":"fabroute-recording"}', /no recording/],
])('what is wrong with a file is told at /orders/recording', async (content, message) => {
  const refused = ordersOf(content)
  await expect(refused).rejects.toThrow(ScenarioError)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toThrow('/orders/recording')
})

test('an item that is called otherwise here is named by the scenario', async () => {
  const content = recording([order(9, { item: 'Sun' })])
  expect([...(await ordersOf(content, { itemsAs: { Sun: 'gear' } })).item]).toEqual([1])
  await expect(ordersOf(content, { itemsAs: { Sun: 'moon' } })).rejects.toThrow(
    '/orders/itemsAs/Sun',
  )
})

test('another recording under the same name is another scenario', async () => {
  const first = await preparedOf(recording([order(9)]), {}, 'same')
  const second = await preparedOf(recording([order(10)]), {}, 'same')
  expect(second.hash).not.toBe(first.hash)
})

const load = (orders: object) => () => prepare({ ...town, orders })

test('two sources of orders, and a file that is not there, are refused with their place', () => {
  const none = join(folder, 'none')
  expect(load({ recording: none })).toThrow(/\/orders\/recording .*cannot be read/)
  expect(load({ fittedTo: [none] })).toThrow(/\/orders\/fittedTo .*cannot be read/)
  expect(load({ fittedTo: none, recording: none })).toThrow('/orders/fittedTo cannot stand beside')
})
