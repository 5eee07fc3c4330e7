// Orders come when they were recorded, and what a recording does not tell is drawn.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { drawsOf } from '../../../simulations/plant/draws.ts'
import { prepare } from '../../../simulations/plant/prepare.ts'
import { ScenarioError } from '../../../simulations/scenario/load.ts'
import { placeAt, town } from './town.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recorded-'))
})
afterAll(() => rm(folder, { recursive: true }))

const at = (hour: number) => Date.UTC(2026, 10, 18, hour)
const order = (hour: number, itemId: string, place: number) => {
  return { placedAtMs: at(hour), itemId, ...placeAt(place) }
}

function decision(hour: number, ...ids: string[]) {
  return { decidedAtMs: at(hour), facts: { requests: ids.map((requestId) => ({ requestId })) } }
}

async function ordersOf(content: string | Buffer, replication = 0) {
  const recording = join(folder, 'orders.json')
  await writeFile(recording, content)
  return prepare({ ...town, orders: { recording } }).source.draw(drawsOf(1, replication))
}

test('listed with place and item they are the same on every day', async () => {
  const orders = [order(10, 'gear', 5), order(9, 'wall hook', 2), order(20, 'gear', 1)]
  const drawn = await ordersOf(JSON.stringify({ orders }))
  expect([...drawn.second]).toEqual([9 * 3_600, 10 * 3_600])
  expect([...drawn.at]).toEqual([2, 5])
  expect(await ordersOf(JSON.stringify({ orders }), 7)).toEqual(drawn)
})

test('a recorded day of the platform tells when, and the draws tell where and of what', async () => {
  const decisions = [decision(8, 'a'), decision(9, 'a', 'b'), decision(10, 'c')]
  const packed = gzipSync(JSON.stringify({ format: 'fabroute-recording', decisions }))
  const drawn = await ordersOf(packed)
  expect([...drawn.second]).toEqual([8, 9, 10].map((hour) => hour * 3_600))
  const other = await ordersOf(packed, 1)
  expect(other.second).toEqual(drawn.second)
  expect([...other.at, ...other.item]).not.toEqual([...drawn.at, ...drawn.item])
})

test.each([
  ['{"orders": [{"placedAtMs": 1}]}', /order 0 has no/],
  [JSON.stringify({ orders: [order(9, 'moon', 1)] }), /"moon", which is no item/],
  ['{}', /must hold a list/],
  ['nothing', /cannot be read/],
  ['{"format":"fabroute-recording"}', /nothing was decided/],
])('%s is refused at /orders/recording', async (content, message) => {
  const refused = ordersOf(content)
  await expect(refused).rejects.toThrow(ScenarioError)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toThrow('/orders/recording')
})
