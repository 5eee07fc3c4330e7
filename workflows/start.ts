// How an order's workflow is started, by the API at once and by the relay when that was lost; the id makes it once.
import { taskQueues, workflowIds } from './messages.ts'

/** What the Temporal UI shows of an order from its first moment; nothing personal. */
export interface OrderStory {
  orderId: string
  summary: string
  details: string
}

export function orderStart({ orderId, summary, details }: OrderStory) {
  return {
    taskQueue: taskQueues.orders,
    workflowId: workflowIds.order(orderId),
    args: [{ orderId }] as [{ orderId: string }],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: summary,
    staticDetails: details,
  }
}
