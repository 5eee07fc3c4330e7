// Reads of a workflow what an operator sees in the UI: handlers, details, search attributes, summaries.
import type { WorkflowHandle } from '@temporalio/client'
import { defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/common'
import type { temporal } from '@temporalio/proto'
import {
  type AttentionView,
  type ResolveAttention,
  resolveAttentionUpdate,
  stageQuery,
  type StageView,
} from '../../workflows/messages.ts'
import { until } from '../support/until.ts'

export interface Handlers {
  name: string
  description: string
}

export async function metadataOf(handle: WorkflowHandle): Promise<{
  definition: Record<'queryDefinitions' | 'signalDefinitions' | 'updateDefinitions', Handlers[]>
  currentDetails: string
}> {
  return await handle.query('__temporal_workflow_metadata')
}

export async function searchedBy(handle: WorkflowHandle): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await handle.describe()
  return Object.fromEntries(
    typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
  )
}

/** What waits for an operator, as soon as something does. */
export async function parked(handle: WorkflowHandle): Promise<AttentionView> {
  const what = `something parked in ${handle.workflowId}`
  return await until(async () => (await stageOf(handle))?.attention[0], { what })
}

/** Null as long as a child has not begun. */
async function stageOf(handle: WorkflowHandle): Promise<StageView | null> {
  try {
    return await handle.query(stageQuery)
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

export async function answer(
  handle: WorkflowHandle,
  answered: Omit<ResolveAttention, 'operator'> & { operator?: string },
): Promise<void> {
  await handle.executeUpdate(resolveAttentionUpdate, {
    args: [{ operator: 'Olga', ...answered }],
  })
}

type Event = temporal.api.history.v1.IHistoryEvent

export async function eventsOf(handle: WorkflowHandle): Promise<Event[]> {
  return (await handle.fetchHistory()).events ?? []
}

/** The summaries of all activities, timers and children, null where one is missing. */
export async function summariesOf(handle: WorkflowHandle): Promise<(string | null)[]> {
  const shown = (await eventsOf(handle)).filter(
    (event) =>
      event.activityTaskScheduledEventAttributes ??
      event.timerStartedEventAttributes ??
      event.startChildWorkflowExecutionInitiatedEventAttributes ??
      event.markerRecordedEventAttributes,
  )
  return shown.map(({ userMetadata }) =>
    userMetadata?.summary ? defaultPayloadConverter.fromPayload(userMetadata.summary) : null,
  )
}
