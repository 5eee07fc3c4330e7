// Tells Temporal: completes, fails and heartbeats the activity `make`, and signals deliveries;
// whoever no longer waits is left alone.
import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  Client,
  Connection,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { failureCatalogue } from '../../domain/failure.ts'
import {
  deliveryReportedSignal,
  machineFreedSignal,
  makeActivityId,
  makeActivityIdInJob,
  workflowIds,
} from '../../workflows/messages.ts'
import type { Reports } from './teller.ts'

export interface TemporalPlace {
  address: string
  namespace: string
  /** Whose part a job is; null where there is no such job. */
  fulfilmentOf: (jobId: string) => Promise<string | null>
}

/** Connects when it is first needed, so that a bridge starts while Temporal is away. */
export function temporalReports({ address, namespace, fulfilmentOf }: TemporalPlace): Reports {
  const connection = Connection.lazy({ address })
  const client = new Client({ connection, namespace })

  /** A part is made in the workflow of its fulfilment; of an order of before, in one of its own. */
  async function making(
    jobId: string,
    attempt: number,
    tell: (activity: { workflowId: string; activityId: string }) => Promise<void>,
  ): Promise<void> {
    const fulfilmentId = await fulfilmentOf(jobId)
    if (fulfilmentId === null) return
    const workflowId = workflowIds.fulfilment(fulfilmentId)
    const activityId = makeActivityId(jobId, attempt)
    if (await unlessGone(tell({ workflowId, activityId }))) return
    const before = { workflowId: workflowIds.job(jobId), activityId: makeActivityIdInJob(attempt) }
    await unlessGone(tell(before))
  }

  return {
    heartbeat: async (jobId, attempt, details) =>
      await making(jobId, attempt, (activity) => client.activity.heartbeat(activity, details)),
    complete: async (jobId, attempt, made) =>
      await making(jobId, attempt, (activity) => client.activity.complete(activity, made)),
    fail: async (jobId, attempt, code, facts) => {
      const failure = ApplicationFailure.nonRetryable(failureCatalogue[code].sentence, code, facts)
      await making(jobId, attempt, (activity) => client.activity.fail(activity, failure))
    },
    delivery: async (fulfilmentId, report) => {
      const handle = client.workflow.getHandle(workflowIds.fulfilment(fulfilmentId))
      await unlessGone(handle.signal(deliveryReportedSignal, report))
    },
    freed: async (jobId) => {
      const fulfilmentId = await fulfilmentOf(jobId)
      if (fulfilmentId === null) return
      for (const workflowId of [workflowIds.fulfilment(fulfilmentId), workflowIds.job(jobId)]) {
        const handle = client.workflow.getHandle(workflowId)
        await unlessGone(handle.signal(machineFreedSignal, { jobId }))
      }
    },
    close: async () => await connection.close(),
  }
}

/** False where nobody waits: not found is stale, and an activity that is cancelled hears of it from its workflow. */
async function unlessGone(telling: Promise<unknown>): Promise<boolean> {
  try {
    await telling
    return true
  } catch (error) {
    const gone =
      error instanceof ActivityNotFoundError ||
      error instanceof WorkflowNotFoundError ||
      error instanceof ActivityCancelledError ||
      error instanceof ActivityPausedError ||
      error instanceof ActivityResetError
    if (!gone) throw error
    return false
  }
}
