// Builds a worker of the task queue `simulations`: days of sweeps in threads.
import { type NativeConnection, Worker } from '@temporalio/worker'
import { simulatingActivities } from '../activities/simulating.ts'
import type { HashedScenario } from '../simulations/experiments/experiment.ts'
import { openSweepDays } from '../simulations/experiments/sweepDays.ts'
import { openThreads } from '../simulations/experiments/threads.ts'
import { taskQueues } from '../workflows/messages.ts'
import { bundleWorkflows } from './bundle.ts'
import { daysForGood } from './daysForGood.ts'
import { permanentFailures } from './interceptors.ts'

export interface SimulationsOptions {
  connection: NativeConnection
  namespace: string
  /** Whose days these are: sweeps of another program are refused. */
  program: string
  modelUrl: string
  checkScenario: (document: unknown, name: string) => HashedScenario
  threads?: number | undefined
}

export interface Simulations {
  atOnce: number
  /** Until it is shut down, or a thread of it is lost: then it fails, and whoever supervises it starts another. */
  run: () => Promise<void>
  isWell: () => boolean
  shutdown: () => void
}

export async function openSimulations(options: SimulationsOptions): Promise<Simulations> {
  const { connection, namespace, program, modelUrl, checkScenario } = options
  const workflowBundle = await bundleWorkflows()
  const threads = openThreads({ modelUrl, threads: options.threads })
  const sweepDays = openSweepDays(daysForGood(threads), checkScenario)
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: taskQueues.simulations,
    workflowBundle,
    activities: simulatingActivities({ program, ...sweepDays }),
    interceptors: { activity: [permanentFailures] },
    // Each has a day at a time; a round of planning may come between.
    maxConcurrentActivityTaskExecutions: threads.atOnce + 1,
    // Sweeps are few and long.
    workflowThreadPoolSize: 1,
    maxCachedWorkflows: 20,
    shutdownGraceTime: '1 second',
    shutdownForceTime: '10 seconds',
  })
  return {
    atOnce: threads.atOnce,
    async run() {
      const lost = threads.lost.then((reason) => Promise.reject(reason))
      try {
        await Promise.race([worker.run(), lost])
      } finally {
        await threads.close()
      }
    },
    isWell: () => worker.getState() === 'RUNNING',
    shutdown: () => worker.shutdown(),
  }
}
