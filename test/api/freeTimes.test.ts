// Quotes beside each other plan with different time, and what is known of the database is never older than it may be.
import { expect, test } from '@jest/globals'
import { freeTimes } from '../../api/freeTimes.ts'
import { limits } from '../../api/limits.ts'

function moment() {
  const clock = { nowMs: 1_000 }
  const database = {
    taken: new Map<string, number>(),
    readings: 0,
    answers: Promise.resolve(),
  }
  const read = async () => {
    database.readings += 1
    const taken = new Map(database.taken)
    await database.answers
    return taken
  }
  const times = freeTimes(read, () => clock.nowMs)
  const taken = async () => (await times.known())().get('mac_1')
  const note = (untilMs: number) => times.note(new Map([['mac_1', untilMs]]), ['mac_1'])
  return { clock, database, times, taken, note }
}

test('many quotes share one reading, until it is too old', async () => {
  const { clock, database, taken } = moment()
  await Promise.all([taken(), taken(), taken()])
  database.taken.set('mac_1', 9_000)
  expect([await taken(), database.readings]).toEqual([undefined, 1])
  clock.nowMs += limits.freeTimesCacheMs
  expect([await taken(), database.readings]).toEqual([9_001, 2])
})

test('what a quote has planned is taken until a reading that began after its hold has come', async () => {
  const { clock, database, taken, note } = moment()
  const ended = note(9_000)
  expect(await taken()).toBe(9_000)
  clock.nowMs += limits.freeTimesCacheMs
  const answer = Promise.withResolvers<void>()
  database.answers = answer.promise
  const early = taken()
  ended('held')
  answer.resolve()
  // This reading may have missed the hold.
  expect(await early).toBe(9_000)
  clock.nowMs += limits.freeTimesCacheMs
  expect(await taken()).toBeUndefined()
})

test('quotes that wait for one reading plan one after another', async () => {
  const { times } = moment()
  const plan = async () => {
    const free = (await times.known())()
    const untilMs = (free.get('mac_1') ?? 0) + 500
    times.note(new Map([['mac_1', untilMs]]), ['mac_1'])
    return untilMs
  }
  const planned = await Promise.all([plan(), plan(), plan()])
  expect(planned.toSorted((a, b) => a - b)).toEqual([500, 1_000, 1_500])
})

test('what a quote has planned in vain is free at once, except for what others have planned after it', async () => {
  const { taken, note } = moment()
  note(9_000)('dropped')
  expect(await taken()).toBeUndefined()
  const second = note(9_000)
  note(12_000)
  second('dropped')
  expect(await taken()).toBe(12_000)
})

test('what a call has planned that never ends is free again in the end', async () => {
  const { clock, taken, note } = moment()
  note(90_000)
  clock.nowMs += 29_999
  expect(await taken()).toBe(90_000)
  clock.nowMs += 1
  expect(await taken()).toBeUndefined()
})

test('after a time was lost to somebody else, each plan reads for itself for a while', async () => {
  const { clock, database, taken, note } = moment()
  await taken()
  database.taken.set('mac_1', 9_000)
  note(5_000)('lost')
  expect([await taken(), database.readings]).toEqual([9_001, 2])
  await taken()
  expect(database.readings).toBe(3)
  clock.nowMs += limits.carefulMs
  await taken()
  await taken()
  expect(database.readings).toBe(4)
})

test('what is known from the database is never made earlier', async () => {
  const { database, taken, note } = moment()
  database.taken.set('mac_1', 20_000)
  note(9_000)
  expect(await taken()).toBe(20_001)
})

test('a reading that fails is not remembered', async () => {
  const { database, taken } = moment()
  database.taken.set('mac_1', 9_000)
  database.answers = Promise.reject(new Error('the database is away'))
  await expect(taken()).rejects.toThrow('away')
  database.answers = Promise.resolve()
  expect(await taken()).toBe(9_001)
})
