// An operator at the Temporal UI: reads the list and the details of a workflow, and sends updates; nothing else.
import { ServiceError, type WorkflowHandle } from '@temporalio/client'
import { until } from '../support/until.ts'
import type { WholeOrder } from './buyer.ts'
import { town } from './town.ts'

export interface Parked {
  workflowId: string
  /** What the tab User Metadata shows. */
  details: string
  /** The messages that the details give to copy, by their action. */
  answers: Record<string, Answer>
}

export interface Answer {
  attentionId: string
  action: string
  patch?: Record<string, string>
  operator: string
  note?: string
}

/** Finds in the list what of this order waits for somebody, by the reason. */
export async function parked(order: WholeOrder, reason: string): Promise<Parked> {
  const mine = workflowsOf(order)
  const query = `NeedsAttention = true and AttentionReason = '${reason}'`
  const find = async () => {
    for await (const { workflowId } of town().temporal.workflow.list({ query })) {
      if (mine.includes(workflowId)) return workflowId
    }
    return null
  }
  const workflowId = await until(find, { timeoutMs: 90_000, everyMs: 200, what: query })
  const details = await currentDetails(workflowId)
  const blocks = [...details.matchAll(/```json\n(.*?)\n```/gs)]
  const messages = blocks.map(([, json = '']): Answer => JSON.parse(json))
  return {
    workflowId,
    details,
    answers: Object.fromEntries(messages.map((message) => [message.action, message])),
  }
}

/** Sends what the details give to copy for an action, with the operator's name and what is to be changed. */
export async function answer(
  { workflowId, answers }: Parked,
  action: string,
  patch?: Record<string, string>,
): Promise<void> {
  const copied = answers[action]
  if (!copied) throw new Error(`the details do not offer ${action}`)
  await send(workflowId, { ...copied, operator: 'anna', ...(patch ? { patch } : {}) })
}

export async function send(workflowId: string, message: Answer): Promise<void> {
  await handleOf(workflowId).executeUpdate('resolveAttention', { args: [message] })
}

export const workflowsOf = ({ id, fulfilments }: WholeOrder): string[] => [
  `order/${id}`,
  ...fulfilments.map((fulfilment) => `fulfilment/${fulfilment.id}`),
]

interface Metadata {
  currentDetails: string
  definition: { updateDefinitions: { name: string; description: string }[] }
}

/** Again where its worker does not answer just now. */
export async function metadata(workflowId: string): Promise<Metadata> {
  const ask = async () => await handleOf(workflowId).query<Metadata>('__temporal_workflow_metadata')
  const answered = () =>
    ask().catch((error: unknown) => {
      if (error instanceof ServiceError) return null
      throw error
    })
  return await until(answered, { everyMs: 250, what: `an answer of ${workflowId}` })
}

const currentDetails = async (workflowId: string) => (await metadata(workflowId)).currentDetails

export const handleOf = (workflowId: string): WorkflowHandle =>
  town().temporal.workflow.getHandle(workflowId)
