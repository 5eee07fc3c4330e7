// Speaks with dispatchers and with the orders that wait for them: signals that are sent again by whoever may have lost one.
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Dispatchers } from '../activities/deps.ts'
import { dispatcherStart, stopsPlannedSignal, workflowIds } from '../workflows/messages.ts'

/** A server that hangs must not hold up a whole region. */
const deadlineMs = 10_000

export function temporalDispatchers(client: Client): Dispatchers {
  const within = async (call: () => Promise<unknown>): Promise<void> =>
    void (await client.withDeadline(Date.now() + deadlineMs, call))

  return {
    wake: async (region, stops) =>
      await within(() => {
        const start = dispatcherStart(
          region,
          stops.map(({ fulfilmentId }) => fulfilmentId),
        )
        return client.workflow.signalWithStart('dispatcher', start)
      }),
    tell: async (answer) => {
      const order = client.workflow.getHandle(workflowIds.order(answer.orderId))
      try {
        await within(() => order.signal(stopsPlannedSignal, answer))
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    },
  }
}
