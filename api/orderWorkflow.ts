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
import type { DeliveryReport } from '../domain/model/report.ts'
import { failureCatalogue, type FailureCode, type FailureFacts } from '../domain/failure.ts'
import {
  cancelOrderUpdate,
  chooseDeliveryUpdate,
  deliveryReportedSignal,
  workflowIds,
  type CancelOrder,
  type ChooseDelivery,
  orderStart,
  type OrderStory,
} from '../workflows/messages.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'

export interface OrderWorkflow {
  /** Harmless when it runs already. */
  start: (story: OrderStory) => Promise<void>
  /** The same id asks once, however often it is sent: a repeat hears what became of the first. */
  cancel: (story: OrderStory, order: CancelOrder, updateId: string) => Promise<void>
  chooseDelivery: (story: OrderStory, choice: ChooseDelivery, updateId: string) => Promise<void>
  /** Tells a fulfilment what happened to its goods; one that has ended needs not to know. */
  report: (fulfilmentId: string, report: DeliveryReport) => Promise<void>
  /** Throws when the Temporal server does not answer. */
  probe: () => Promise<void>
  close: () => Promise<void>
}

export function openOrderWorkflow({
  address,
  namespace,
  startDeadlineMs,
}: {
  address: string
  namespace: string
  startDeadlineMs: number
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

  async function started(story: OrderStory): Promise<void> {
    try {
      await within(startDeadlineMs, () => client.workflow.start('order', orderStart(story)))
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
  }

  /** An order whose start was lost is started first; one that has ended takes no more changes. */
  async function ask(story: OrderStory, update: (handle: WorkflowHandle) => Promise<unknown>) {
    const handle = client.workflow.getHandle(workflowIds.order(story.orderId))
    const attempt = () => within(limits.updateDeadlineMs, () => update(handle))
    try {
      await attempt().catch(async (error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error
        // Started here or, at the same moment, by somebody else; one that has ended is not found again.
        await started(story)
        await attempt()
      })
    } catch (error) {
      throw refusalOf(error)
    }
  }

  return {
    start: started,
    cancel: (story, order, updateId) =>
      ask(story, (handle) => handle.executeUpdate(cancelOrderUpdate, { args: [order], updateId })),
    chooseDelivery: (story, choice, updateId) =>
      ask(story, (handle) =>
        handle.executeUpdate(chooseDeliveryUpdate, { args: [choice], updateId }),
      ),
    async report(fulfilmentId, report) {
      const handle = client.workflow.getHandle(workflowIds.fulfilment(fulfilmentId))
      const tell = () => handle.signal(deliveryReportedSignal, report)
      await within(limits.updateDeadlineMs, tell).catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw refusalOf(error)
      })
    },
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

function refusalOf(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const told = codeIn(error.cause)
    if (told) return refuse(told.code, told.facts ? { facts: told.facts } : {})
    return refuse('state_conflict', error.cause ? { detail: error.cause.message } : {})
  }
  if (error instanceof WorkflowNotFoundError) {
    return refuse('state_conflict', { detail: 'The order has ended.' })
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || error instanceof ServiceError) {
    return refuse('unavailable', { detail: 'The running order does not answer just now.' })
  }
  return error
}

/** A validator says its code as the message; an activity that refused, as the type of its failure. */
function codeIn(error: unknown): { code: FailureCode; facts?: FailureFacts } | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isFailureCode(cause.message)) return { code: cause.message }
    if (!(cause instanceof ApplicationFailure) || !isFailureCode(cause.type)) continue
    const facts = cause.details?.[0]
    return { code: cause.type, ...(isFacts(facts) ? { facts } : {}) }
  }
  return null
}

function isFacts(value: unknown): value is FailureFacts {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFailureCode(text: string | null | undefined): text is FailureCode {
  return typeof text === 'string' && Object.hasOwn(failureCatalogue, text)
}
