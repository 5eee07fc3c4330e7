// Days in threads: the same as without, all at work, stopped at once, and never fewer than were asked for.
import { afterEach, expect, test } from '@jest/globals'
import { dayTask } from '../../../simulations/experiments/experiment.ts'
import { openThreads, type Threads } from '../../../simulations/experiments/threads.ts'
import { inProcess } from './inProcess.ts'
import { type Queue, queueScenario } from './queueModel.ts'

const modelUrl = new URL('queueModel.ts', import.meta.url).href
let threads: Threads | null = null
const open = () => (threads = openThreads({ modelUrl, threads: 2 }))
afterEach(() => threads?.close())

const task = (replication: number, changes: Partial<Queue> = {}) =>
  dayTask(queueScenario(changes), { seed: 1, replication, warmUpHours: 0 })

test('a day in a thread is the day of the same seed and replication anywhere', async () => {
  const { simulate } = open()
  const tasks = Array.from({ length: 7 }, (_, replication) => task(replication))
  const days = await Promise.all(tasks.map((one) => simulate(one)))
  expect(days).toEqual(await Promise.all(tasks.map((one) => inProcess().simulate(one))))
  expect(new Set(days.map(({ traceHash }) => traceHash)).size).toBe(7)
})

test('each scenario is simulated with its own rules, however many are asked for in turn', async () => {
  const { simulate } = open()
  const wishes = Array.from({ length: 12 }, (_, at) => task(0, { serviceMinutes: 0.1 + at / 20 }))
  const days = await Promise.all([...wishes, ...wishes].map((one) => simulate(one)))
  const waits = days.map(({ figures }) => figures.minutesToBuyerP50)
  expect(waits.slice(12)).toEqual(waits.slice(0, 12))
  expect(waits.slice(0, 12)).toEqual(waits.slice(0, 12).toSorted((one, other) => one - other))
})

test('a day that cannot be simulated fails alone', async () => {
  const { simulate } = open()
  const faulty = simulate(task(0, { fault: 'throw' }))
  await expect(faulty).rejects.toThrow('the desk is on fire')
  await expect(simulate(task(1, { fault: 'throw' }))).resolves.toMatchObject({ replication: 1 })
})

test.each(['exit', 'crash'] as const)(
  'a thread that is lost (%s) is an error of all days, not a day fewer',
  async (fault) => {
    const { simulate } = open()
    const days = Array.from({ length: 4 }, (_, replication) =>
      simulate(task(replication, { fault, faultyReplication: 1 })),
    )
    const ends = await Promise.allSettled(days)
    expect(ends.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    await expect(days[1]).rejects.toThrow('a simulation thread was lost')
    await expect(simulate(task(9))).rejects.toThrow('a simulation thread was lost')
  },
)

test('whoever stops it waits for no thread', async () => {
  const stop = new AbortController()
  const { simulate } = open()
  const hang = (replication: number) =>
    simulate(task(replication, { fault: 'hang', faultyReplication: replication }), stop.signal)
  const days = [0, 1, 2, 3].map(hang)
  const others = [4, 5].map((replication) => simulate(task(replication)))
  stop.abort(new Error('stopped by hand'))
  for (const day of days) await expect(day).rejects.toThrow('stopped by hand')
  await expect(hang(6)).rejects.toThrow('stopped by hand')
  // Days that nobody gave up find threads, though all hung.
  expect(await Promise.all(others)).toMatchObject([{ replication: 4 }, { replication: 5 }])
})

test('closed threads fail what is still waited for', async () => {
  const { simulate, close } = open()
  const hanging = simulate(task(0, { fault: 'hang' }))
  await Promise.all([expect(hanging).rejects.toThrow('were closed'), close()])
})
