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
  workflowIds,
} from '../../workflows/messages.ts'
import type { Reports } from './teller.ts'

export interface TemporalPlace {
  address: string
  namespace: string
}

/** Connects when it is first needed, so that a bridge starts while Temporal is away. */
export function temporalReports({ address, namespace }: TemporalPlace): Reports {
  const connection = Connection.lazy({ address })
  const client = new Client({ connection, namespace })

  return {
    heartbeat: async (jobId, attempt, details) =>
      await unlessGone(client.activity.heartbeat(activity(jobId, attempt), details)),
    complete: async (jobId, attempt, made) =>
      await unlessGone(client.activity.complete(activity(jobId, attempt), made)),
    fail: async (jobId, attempt, code, facts) => {
      const failure = ApplicationFailure.nonRetryable(failureCatalogue[code].sentence, code, facts)
      await unlessGone(client.activity.fail(activity(jobId, attempt), failure))
    },
    delivery: async (fulfilmentId, report) => {
      const handle = client.workflow.getHandle(workflowIds.fulfilment(fulfilmentId))
      await unlessGone(handle.signal(deliveryReportedSignal, report))
    },
    freed: async (jobId) =>
      await unlessGone(
        client.workflow.getHandle(workflowIds.job(jobId)).signal(machineFreedSignal),
      ),
    close: async () => await connection.close(),
  }
}

const activity = (jobId: string, attempt: number) => ({
  workflowId: workflowIds.job(jobId),
  activityId: makeActivityId(attempt),
})

/** Not found is stale, and an activity that is cancelled hears of it from its workflow. */
async function unlessGone(telling: Promise<unknown>): Promise<void> {
  try {
    await telling
  } catch (error) {
    const gone =
      error instanceof ActivityNotFoundError ||
      error instanceof WorkflowNotFoundError ||
      error instanceof ActivityCancelledError ||
      error instanceof ActivityPausedError ||
      error instanceof ActivityResetError
    if (!gone) throw error
  }
}
