// Sweeps: what they find is what the model says, and an interrupted one ends as if nothing had happened.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Simulator } from '../../../simulations/experiments/model.ts'
import { byFigure } from '../../../simulations/experiments/summary.ts'
import { tune } from '../../../simulations/experiments/tune.ts'
import {
  expandPlan,
  type KnownDay,
  nextRound,
  type TunePlan,
} from '../../../simulations/experiments/tunePlan.ts'
import { paretoFront } from '../../../simulations/experiments/tuneResult.ts'
import { inProcess } from './inProcess.ts'
import { checkQueue, queueSweep } from './sweeps.ts'

const bench = (simulator: Simulator, cacheDir: string | null = null) => ({
  simulator,
  cacheDir,
  check: checkQueue,
})

test('a grid finds what is best, and what each parameter moves alone', async () => {
  const parameters = {
    '/serviceMinutes': { values: [0.6, 0.7, 0.9] },
    '/leftShare': { values: [0.2, 0.8] },
  }
  const found = await tune(queueSweep({ method: 'grid', parameters }), bench(inProcess()))
  expect(found.points[0]).toMatchObject({ name: 'as it is', point: {}, days: 8 })
  expect(found.points[found.best]!.point).toEqual({ '/serviceMinutes': 0.6, '/leftShare': 0.8 })
  // Quick and cheap do not hinder each other here, so that one combination beats all others.
  expect(found.front).toEqual([found.best])
  const moved = found.tornado.map(({ parameter, ends }) => [
    parameter,
    ends.map(({ value, differences }) => [
      value,
      Math.sign(differences.minutesToBuyerP50!.mean),
      Math.sign(differences.costCentsPerOrder!.mean),
    ]),
  ])
  expect(moved).toEqual([
    [
      '/serviceMinutes',
      [
        [0.6, -1, 0],
        [0.9, 1, 0],
      ],
    ],
    [
      '/leftShare',
      [
        [0.2, 0, 1],
        [0.8, 0, -1],
      ],
    ],
  ])
})

test('halving drops the worst and gives the others more days', async () => {
  const found = await tune(queueSweep(), bench(inProcess()))
  const days = found.points.map((point) => point.days).toSorted((one, other) => one - other)
  // Of ten with two days five have four and three eight; the scenario as it is, dropped or not, and the four ends
  // of the tornado have all.
  expect(days).toEqual([2, 2, 2, 2, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8])
  expect(found.points.filter(({ isDropped }) => !isDropped)).toHaveLength(8)
  const mean = (at: number) => found.points[at]!.objective!.mean
  expect(mean(found.best)).toBeLessThan(mean(0))
})

test('how many days are simulated at once changes nothing', async () => {
  const [one, many] = await Promise.all(
    [1, 5].map((atOnce) => tune(queueSweep(), bench(inProcess(atOnce)))),
  )
  expect(many).toEqual(one)
})

test('a sweep that was interrupted goes on where it was, and ends as one that was not', async () => {
  await inFolder(async (dir) => {
    const whole = await tune(queueSweep(), bench(inProcess()))
    const asked: number[] = []
    for (const days of [7, 11]) {
      const simulator = breakingAfter(days)
      await expect(tune(queueSweep(), bench(simulator, dir))).rejects.toThrow('power cut')
      asked.push(simulator.asked.length)
    }
    // As it is when the power went while a file was being written.
    const [first = ''] = readdirSync(dir)
    writeFileSync(join(dir, first), '{"ordersPl')
    const last = inProcess()
    expect(await tune(queueSweep(), bench(last, dir))).toEqual(whole)
    const all = await simulatedDays(queueSweep())
    expect(asked[0]! + asked[1]! + last.asked.length).toBeLessThan(all + 10)
    const again = inProcess()
    expect(await tune(queueSweep(), bench(again, dir))).toEqual(whole)
    expect(again.asked).toEqual([])
  })
})

test('days of another program, seed or warm-up are other days', async () => {
  await inFolder(async (dir) => {
    const space = {
      method: 'grid',
      replications: 2,
      parameters: { '/leftShare': { values: [0.1, 0.2] } },
    }
    await tune(queueSweep(space), bench(inProcess(), dir))
    const others: Partial<TunePlan>[] = [{ program: 'newer' }, { seed: 5 }, { warmUpHours: 1 }]
    for (const other of others) {
      const simulator = inProcess()
      await tune({ ...queueSweep(space), ...other }, bench(simulator, dir))
      expect(simulator.asked).toHaveLength(6)
    }
  })
})

test('what comes next does not depend on the order in which days became known', () => {
  const plan = queueSweep()
  const points = expandPlan(plan, checkQueue)
  const known: KnownDay[] = []
  for (;;) {
    const { tasks } = nextRound(plan, points, known)
    if (tasks.length === 0) break
    for (const { at, replication } of tasks) {
      const minutes = ((at * 7919 + replication * 104_729) % 101) / 10
      const figures = byFigure((name) => (name === 'minutesToBuyerP50' ? minutes : 0))
      known.push({ at, replication, figures })
    }
  }
  fc.assert(
    fc.property(
      fc.shuffledSubarray(known, { minLength: known.length }),
      fc.nat(known.length),
      (shuffled, count) => {
        expect(nextRound(plan, points, shuffled)).toEqual(nextRound(plan, points, known))
        const some = shuffled.slice(0, count)
        const { tasks } = nextRound(plan, points, some)
        const isKnown = new Set(some.map(({ at, replication }) => `${at}:${replication}`))
        expect(tasks.filter(({ at, replication }) => isKnown.has(`${at}:${replication}`))).toEqual(
          [],
        )
        expect(tasks.length > 0 || count === known.length).toBe(true)
      },
    ),
  )
})

test('nothing beats what is on the front, and something on it beats whatever is not', () => {
  const means = fc.array(fc.tuple(fc.integer({ max: 5, min: 0 }), fc.integer({ max: 5, min: 0 })), {
    minLength: 1,
    maxLength: 20,
  })
  fc.assert(
    fc.property(means, (list) => {
      const front = new Set(paretoFront(list.map((point, at) => [at, point])))
      expect(front.size).toBeGreaterThan(0)
      const beaten = list.map(([a, b]) =>
        [...front].some((at) => {
          const [x, y] = list[at]!
          return x <= a && y <= b && (x < a || y < b)
        }),
      )
      expect(beaten).toEqual(list.map((_, at) => !front.has(at)))
    }),
  )
})

/** Days that a sweep simulates when nothing is known before. */
async function simulatedDays(plan: TunePlan): Promise<number> {
  const simulator = inProcess()
  await tune(plan, bench(simulator))
  return simulator.asked.length
}

function breakingAfter(days: number) {
  const { atOnce, asked, simulate } = inProcess()
  const breaking: Simulator['simulate'] = (task) =>
    asked.length < days ? simulate(task) : Promise.reject(new Error('power cut'))
  return { atOnce, asked, simulate: breaking }
}

async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'fabroute-sweep-'))
  try {
    await work(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
