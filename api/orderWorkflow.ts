// The API's side of a running order: starts its workflow, and asks it to change, within a deadline.
import {
  Client,
  Connection,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandle,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { failureCatalogue, type FailureCode } from '../domain/failure.ts'
import {
  cancelOrderUpdate,
  chooseDeliveryUpdate,
  taskQueues,
  workflowIds,
  type CancelOrder,
  type ChooseDelivery,
} from '../workflows/messages.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'

/** What the Temporal UI shows of an order from its first moment; nothing personal. */
export interface OrderStory {
  orderId: string
  summary: string
  details: string
}

export interface OrderWorkflow {
  /** Harmless when it runs already. */
  start(story: OrderStory): Promise<void>
  cancel(story: OrderStory, order: CancelOrder): Promise<void>
  chooseDelivery(story: OrderStory, choice: ChooseDelivery): Promise<void>
  /** Throws when the Temporal server does not answer. */
  probe(): Promise<void>
  close(): Promise<void>
}

export function openOrderWorkflow({
  address,
  namespace,
}: {
  address: string
  namespace: string
}): OrderWorkflow {
  // Not retried here: a start that fails is the relay's, an update that fails is the caller's to repeat; and a retry
  // that outlived its channel would bring the process down.
  const connection = Connection.lazy({ address, interceptors: [] })
  const client = new Client({ connection, namespace })
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()

  function within<T>(milliseconds: number, call: () => Promise<T>): Promise<T> {
    const calling = client.withAbortSignal(closing.signal, async () =>
      client.withDeadline(Date.now() + milliseconds, call),
    )
    running.add(calling)
    return calling.finally(() => running.delete(calling))
  }

  async function started(story: OrderStory): Promise<boolean> {
    try {
      await within(limits.startDeadlineMs, () =>
        client.workflow.start('order', startOptions(story)),
      )
      return true
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false
      throw error
    }
  }

  /** An order whose start was lost is started first; one that has ended takes no more changes. */
  async function ask(story: OrderStory, update: (handle: WorkflowHandle) => Promise<unknown>) {
    const handle = client.workflow.getHandle(workflowIds.order(story.orderId))
    const attempt = () => within(limits.updateDeadlineMs, () => update(handle))
    try {
      await attempt().catch(async (error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError) || !(await started(story))) throw error
        await attempt()
      })
    } catch (error) {
      throw refusalOf(error)
    }
  }

  return {
    start: async (story) => void (await started(story)),
    cancel: (story, order) =>
      ask(story, (handle) => handle.executeUpdate(cancelOrderUpdate, { args: [order] })),
    chooseDelivery: (story, choice) =>
      ask(story, (handle) => handle.executeUpdate(chooseDeliveryUpdate, { args: [choice] })),
    probe: async () =>
      void (await within(limits.probeDeadlineMs, () =>
        connection.workflowService.getSystemInfo({}),
      )),
    async close() {
      closing.abort()
      await Promise.allSettled(running)
      await connection.close()
    },
  }
}

function startOptions({ orderId, summary, details }: OrderStory) {
  return {
    taskQueue: taskQueues.orders,
    workflowId: workflowIds.order(orderId),
    args: [{ orderId }],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: summary,
    staticDetails: details,
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error
    const type = cause instanceof ApplicationFailure ? cause.type : null
    const code = isFailureCode(type) ? type : 'state_conflict'
    return refuse(code, cause ? { detail: cause.message } : {})
  }
  if (error instanceof WorkflowNotFoundError) {
    return refuse('state_conflict', { detail: 'The order has ended.' })
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || error instanceof ServiceError) {
    return refuse('unavailable', { detail: 'The running order does not answer just now.' })
  }
  return error
}

function isFailureCode(text: string | null | undefined): text is FailureCode {
  return typeof text === 'string' && Object.hasOwn(failureCatalogue, text)
}
