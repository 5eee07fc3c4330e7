// How long each kind of effect may take, how it is retried, and what the UI calls it.
import {
  ActivityCancellationType,
  CancellationScope,
  type LocalActivityInterfaceFor,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'
import type { Activities, GeometryActivities } from '../activities/index.ts'
import { taskQueues } from './messages.ts'

/**
 * Steps that touch the database alone: no hop over the server, retried for as long as the database is
 * away. They are short, and a cancel waits for them: cancelling a local activity in the task that
 * started it is what the SDK cannot do.
 */
export const local = uncancelled(
  proxyLocalActivities<Activities>({
    startToCloseTimeout: '10 seconds',
    localRetryThreshold: '20 seconds',
    retry: { initialInterval: '200 ms', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  }),
)

/** Steps that touch the outside (payment, router, lockers): some six minutes of retries, then somebody is asked. */
export const outside = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 10 },
})

/**
 * Deciding for a region: tried for some ten minutes, then somebody is asked. A worker that dies is found out within
 * seconds, since all trucks of the region wait for it.
 */
export const dispatching = proxyActivities<Pick<Activities, 'decideStops'>>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '200 ms', maximumInterval: '10 seconds', maximumAttempts: 60 },
})

/** Meshes and slicing: CPU-bound, on their own task queue; some three minutes of retries. */
export const geometry = proxyActivities<GeometryActivities>({
  taskQueue: taskQueues.geometry,
  startToCloseTimeout: '10 minutes',
  // The worker beats while it lives, also while a thread of it slices.
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 10 },
})

/**
 * Making: ended from outside by the bridge, which heartbeats it while the machine gets on; before that by the worker
 * while it commands. Nothing heard: the machine's state is looked at again, for a quarter of an hour.
 */
export const makingOptions = {
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 15 },
} as const

/** A failed print is made again, elsewhere if need be, so many times before somebody is asked. */
export const makingTries = 3

export const waits = {
  attention: '30 days',
  handOver: '24 hours',
  /** A dispatcher that has decided says so; the timer is for when that word was lost. */
  stop: '1 minute',
  /** A machine that becomes free says so; the timer is for when that word was lost. */
  turn: '2 minutes',
  stored: '15 minutes',
  collection: '48 hours',
  /** Carriers tell by themselves; one that is silent for so long is asked. */
  carrier: '12 hours',
} as const

function uncancelled(activities: LocalActivityInterfaceFor<Activities>): Activities {
  return new Proxy(activities, {
    get(target, name) {
      const run: (input: unknown) => Promise<unknown> = Reflect.get(target, name)
      // Handed on as it is: each promise of a workflow costs the capture of its stack.
      return (input: unknown) => CancellationScope.nonCancellable(() => run(input))
    },
  })
}
