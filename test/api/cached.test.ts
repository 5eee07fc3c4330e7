// What is remembered is never older than it may be, and who asks again and again does not wait for it.
import { expect, test } from '@jest/globals'
import { cached } from '../../api/cached.ts'

function questions() {
  const clock = { nowMs: 0 }
  const loads: PromiseWithResolvers<string>[] = []
  const load = async () => {
    const answer = Promise.withResolvers<string>()
    loads.push(answer)
    return await answer.promise
  }
  return { clock, loads, ask: cached(load, 1_000, () => clock.nowMs) }
}

test('those who ask at once share one look-up, and one that fails is not remembered', async () => {
  const { loads, ask } = questions()
  const both = [ask('a'), ask('a')]
  expect(loads).toHaveLength(1)
  loads[0]?.reject(new Error('away'))
  await expect(Promise.all(both)).rejects.toThrow('away')
  const again = ask('a')
  loads[1]?.resolve('there')
  expect(await again).toBe('there')
})

test('an answer is made anew in its second half, and the old one is given meanwhile', async () => {
  const { clock, loads, ask } = questions()
  const first = ask('a')
  loads[0]?.resolve('old')
  await first
  clock.nowMs = 499
  await ask('a')
  expect(loads).toHaveLength(1)
  clock.nowMs = 600
  expect([await ask('a'), await ask('a'), loads.length]).toEqual(['old', 'old', 2])
  loads[1]?.resolve('new')
  await Promise.resolve()
  await new Promise(setImmediate)
  expect(await ask('a')).toBe('new')
  // It counts from when it was asked for.
  clock.nowMs = 1_600
  void ask('a')
  expect(loads).toHaveLength(3)
})

test('when the time is over nobody is given the old answer, whatever became of the new one', async () => {
  const { clock, loads, ask } = questions()
  const first = ask('a')
  loads[0]?.resolve('old')
  await first
  clock.nowMs = 700
  await ask('a')
  loads[1]?.reject(new Error('away'))
  await new Promise(setImmediate)
  expect(await ask('a')).toBe('old')
  clock.nowMs = 1_000
  const late = ask('a')
  loads[2]?.resolve('new')
  expect([await late, loads.length]).toEqual(['new', 3])
})
