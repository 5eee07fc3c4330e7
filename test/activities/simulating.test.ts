// Days of a sweep as an effect: a worker that takes a lost piece over goes on behind its last heartbeat.
import { expect, test } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { simulatingActivities } from '../../activities/simulating.ts'
import type { Figures } from '../../simulations/day.ts'
import type { KnownDay, TuneTask } from '../../simulations/experiments/tunePlan.ts'
import { queueSweep } from '../simulations/experiments/sweeps.ts'

const plan = queueSweep()
const tasks: TuneTask[] = Array.from({ length: 4 }, (_, replication) => ({ at: 0, replication }))
const noFigures: Figures = {
  ordersPlaced: 0,
  ordersServed: 0,
  ordersLost: 0,
  servedOnTimeShare: 0,
  minutesToBuyerP50: 0,
  minutesToBuyerP95: 0,
  latenessMinutesMean: 0,
  deviationMinutesPerOrder: 0,
  kilometresPerOrder: 0,
  machineUtilisationShare: 0,
  scrapShare: 0,
  costCentsPerOrder: 0,
  gramsCo2ePerOrder: 0,
}
const dayOf = ({ at, replication }: TuneTask): KnownDay => {
  return { at, replication, figures: { ...noFigures, ordersPlaced: replication } }
}

async function simulated(heartbeatDetails: KnownDay[] | undefined, failsAt = Infinity) {
  const asked: number[] = []
  const activities = simulatingActivities({
    program: plan.program,
    nextRound: () => ({ tasks: [], round: 1, rounds: 1, left: [] }),
    simulate(_, task) {
      asked.push(task.replication)
      if (task.replication === failsAt) return Promise.reject(new Error('the worker is lost'))
      return Promise.resolve(dayOf(task))
    },
  })
  const environment = new MockActivityEnvironment(
    { heartbeatDetails },
    { logger: new DefaultLogger('ERROR') },
  )
  const beats: KnownDay[][] = []
  environment.on('heartbeat', (days: KnownDay[]) => beats.push([...days]))
  const work = () => activities.simulateDays({ plan, tasks })
  const days = await environment.run(work).catch(() => null)
  return { days, asked, beats }
}

test('what was simulated before a worker was lost is in its heartbeats, and nothing is done twice', async () => {
  const lost = await simulated(undefined, 2)
  expect(lost.days).toBeNull()
  expect(lost.beats.at(-1)).toEqual(tasks.slice(0, 2).map(dayOf))
  const { days, asked } = await simulated(lost.beats.at(-1))
  expect(asked).toEqual([2, 3])
  expect(days).toEqual(tasks.map(dayOf))
})

test('a piece that nobody began is simulated from its first day on', async () => {
  const { days, asked } = await simulated(undefined)
  expect(asked).toEqual([0, 1, 2, 3])
  expect(days).toEqual(tasks.map(dayOf))
})
