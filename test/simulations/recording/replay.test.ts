// A recording decides the same again to the last figure, tells where a changed one parts, and what other rules change.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import { checkRecording, checkRules } from '../../../simulations/recording/format.ts'
import { readRecording, writeRecording } from '../../../simulations/recording/file.ts'
import { numbering } from '../../../simulations/recording/numbered.ts'
import type { Recording } from '../../../simulations/recording/recording.ts'
import { replay, whatIf } from '../../../simulations/recording/replay.ts'
import { recordedDay } from './recordedDay.ts'

let dir: string
let day: Recording
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'recording-'))
  day = recordedDay()
})
afterAll(async () => await rm(dir, { recursive: true }))

test('a recording that was written and read decides the same again', async () => {
  const path = join(dir, 'day.json.gz')
  await writeRecording(path, day)
  const read = await readRecording(path)
  expect(read).toEqual(JSON.parse(JSON.stringify(day)))
  const { equal, decisions, first } = replay(read)
  expect([equal, first]).toEqual([decisions, null])
  expect(decisions).toBeGreaterThan(5)
})

test('where one figure was another, the first difference is told with its place', () => {
  const changed: Recording = JSON.parse(JSON.stringify(day))
  const [stop] = changed.decisions[2]!.plan.stops
  stop!.brought!.deviationMeters += 1
  const { equal, decisions, first } = replay(changed)
  expect(equal).toBe(decisions - 1)
  expect(first).toMatchObject({ decision: 3, requestId: stop!.requestId })
  expect(first!.was).toBe(`/brought/deviationMeters ${stop!.brought!.deviationMeters}`)
})

test('the very rules change nothing, rules that weigh time alone change some', () => {
  expect(whatIf(day, defaultDispatchRules).changed).toEqual([])
  const { weights } = defaultDispatchRules
  const hasty = {
    ...defaultDispatchRules,
    weights: { ...weights, deviationMinutes: 0, deviationKilometres: 0, minutesToBuyer: 10 },
  }
  const found = whatIf(day, hasty)
  expect(found.changed.length).toBeGreaterThan(0)
  expect(found.mean.is!.minutesToBuyer).toBeLessThan(found.mean.was!.minutesToBuyer)
})

test('what version 1 recorded is read: its orders came when they were first decided', () => {
  const { orders: _none, ...first } = { ...day, version: 1 }
  const read = checkRecording(JSON.parse(JSON.stringify(first)), 'old.json')
  const asked = new Set(
    day.decisions.flatMap(({ facts }) => facts.requests.map((one) => one.requestId)),
  )
  expect(read.orders).toHaveLength(asked.size)
  expect(read.orders[0]).toMatchObject({ placedAtMs: day.decisions[0]!.decidedAtMs, cell: null })
  expect(replay(read).first).toBeNull()
})

/** The recorded day as a document in which something was changed. */
function changedDay(change: (copy: Record<string, unknown>) => void): () => Recording {
  const copy: Record<string, unknown> = JSON.parse(JSON.stringify(day))
  change(copy)
  return () => checkRecording(copy, 'day.json')
}

describe('a file that is no recording is refused, with the place', () => {
  test.each<[string, (copy: Record<string, unknown>) => void, string]>([
    ['another thing', (copy) => (copy['format'] = 'diary'), '/format'],
    ['without decisions', (copy) => delete copy['decisions'], 'decisions'],
    ['a day that is none', (copy) => (copy['day'] = 'today'), '/day'],
    ['with more', (copy) => (copy['names'] = []), 'names'],
  ])('%s', (_what, change, place) => {
    expect(changedDay(change)).toThrow(place)
  })
  test('with an order that says who ordered', () => {
    const nobody = { cell: null, item: null, units: 1, method: null }
    const never = { promisedMinutes: null, deliveredMinutes: null, fetchedMinutes: null }
    const order = { placedAtMs: 1, ...nobody, ...never }
    expect(changedDay((copy) => (copy['orders'] = [order]))).not.toThrow()
    const named = { ...order, buyer: 'Homer' }
    expect(changedDay((copy) => (copy['orders'] = [named]))).toThrow('/orders/0')
  })
  test('of a version to come', () => {
    expect(changedDay((copy) => (copy['version'] = 9))).toThrow('a recording of version 9')
  })
  test('a file that is not there, or not JSON', async () => {
    await expect(readRecording(join(dir, 'none.json'))).rejects.toThrow('cannot be read')
    const path = join(dir, 'text.json')
    await writeFile(path, 'no')
    await expect(readRecording(path)).rejects.toThrow('is not JSON')
  })
  test('rules with a field that nobody knows, or without a number', () => {
    const { weights } = defaultDispatchRules
    const whim = { ...defaultDispatchRules, weights: { ...weights, whim: 1 } }
    expect(() => checkRules(whim, 'rules.json')).toThrow(/\/weights\/whim is not expected here/)
    const none = { ...defaultDispatchRules, maxDeviationMinutes: null }
    expect(() => checkRules(none, 'rules.json')).toThrow('/maxDeviationMinutes')
  })
})

test('fulfilments become numbers that sort as their ids did, wherever they stand', () => {
  const { numbered } = numbering(['ful_b', 'ful_a', 'ful_b', 'ful_c'])
  expect(numbered({ ful_b: ['stop-ful_a', 'stop-744', 'ful_c', 3, null] })).toEqual({
    r2: ['stop-r1', 'stop-744', 'r3', 3, null],
  })
})
