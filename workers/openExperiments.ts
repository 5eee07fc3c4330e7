// Builds a worker of the task queue `experiments`: simulations that were asked for over the API, one after the other.
import { type NativeConnection, Worker } from '@temporalio/worker'
import { experimentActivities } from '../activities/experimenting.ts'
import type { Artifacts } from '../services/artifacts/artifacts.ts'
import type { HashedScenario } from '../simulations/experiments/experiment.ts'
import { openThreads } from '../simulations/experiments/threads.ts'
import { daysForGood } from './daysForGood.ts'
import type { Storage } from '../storage/storage.ts'
import { taskQueues } from '../workflows/messages.ts'
import { bundleWorkflows } from './bundle.ts'
import { experimentsIn } from './experiments.ts'
import { permanentFailures } from './interceptors.ts'

export interface ExperimentsOptions {
  connection: NativeConnection
  namespace: string
  storage: Storage
  artifacts: Artifacts
  modelUrl: string
  checkScenario: (document: unknown, name: string) => HashedScenario
  threads?: number | undefined
}

export async function openExperiments(options: ExperimentsOptions) {
  const { connection, namespace, storage, artifacts, modelUrl, checkScenario } = options
  const workflowBundle = await bundleWorkflows()
  const threads = openThreads({ modelUrl, threads: options.threads })
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: taskQueues.experiments,
    workflowBundle,
    activities: experimentActivities({
      storage,
      artifacts,
      run: experimentsIn(daysForGood(threads), checkScenario),
    }),
    interceptors: { activity: [permanentFailures] },
    // One uses all threads; beside it another may be closed.
    maxConcurrentActivityTaskExecutions: 2,
    // A cancel is heard with the next heartbeat that is not held back.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '1 second',
    shutdownForceTime: '10 seconds',
  })
  return {
    async run(): Promise<void> {
      const lost = threads.lost.then((reason) => Promise.reject(reason))
      try {
        await Promise.race([worker.run(), lost])
      } finally {
        await threads.close()
      }
    },
    shutdown: () => worker.shutdown(),
  }
}
