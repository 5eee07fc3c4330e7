// Speaks with dispatchers and with the orders that wait for them, by signals.
import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'
import type { Dispatchers } from '../activities/deps.ts'
import {
  dispatcherStart,
  machineFreedSignal,
  stopMovedSignal,
  stopsPlannedSignal,
  workflowIds,
} from '../workflows/messages.ts'

/** A server that hangs must not hold up a whole region. */
const deadlineMs = 10_000

export function temporalDispatchers(client: Client): Dispatchers {
  const within = async (call: () => Promise<unknown>): Promise<void> =>
    void (await client.withDeadline(Date.now() + deadlineMs, call))

  /** What has ended, or has not begun, learns what it needs from the rows. */
  async function unlessEnded(
    workflowId: string,
    tell: (handle: WorkflowHandle) => Promise<void>,
  ): Promise<void> {
    try {
      await within(() => tell(client.workflow.getHandle(workflowId)))
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }

  return {
    wake: async (region, stops) =>
      await within(() => {
        const start = dispatcherStart(
          region,
          stops.map(({ fulfilmentId }) => fulfilmentId),
        )
        return client.workflow.signalWithStart('dispatcher', start)
      }),
    tell: async (answer) =>
      await unlessEnded(workflowIds.order(answer.orderId), (order) =>
        order.signal(stopsPlannedSignal, answer),
      ),
    tellMoved: async ({ fulfilmentId, jobIds, decided }) => {
      await unlessEnded(workflowIds.fulfilment(fulfilmentId), (fulfilment) =>
        fulfilment.signal(stopMovedSignal, { decided }),
      )
      for (const jobId of jobIds) {
        await unlessEnded(workflowIds.job(jobId), (job) => job.signal(machineFreedSignal))
      }
    },
  }
}
