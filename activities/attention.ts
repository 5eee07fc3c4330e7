// Writes down what waits for an operator and what the operator decided, so that pages and the buyer see it too.
import type { FailureFacts } from '../domain/failure.ts'
import { noteCancel } from '../storage/cancels.ts'
import { appendEvent } from '../storage/events.ts'
import { addNotice } from '../storage/notices.ts'
import { holdOrder } from '../storage/states.ts'
import type { OrdersDeps } from './deps.ts'

interface Attention {
  orderId: string
  workflowId: string
  attentionId: string
}

export function attentionActivities({ storage }: Pick<OrdersDeps, 'storage'>) {
  return {
    /** Key: the workflow and its attentionId. */
    async openAttention({
      orderId,
      workflowId,
      attentionId,
      ...why
    }: Attention & { step: string; code: string; facts: FailureFacts }): Promise<void> {
      await storage.transaction(async (tx) => {
        const opened = await tx.sql(
          `insert into attention (id, order_id, storefront_id, workflow_id, step, code, facts)
           select $1, o.id, o.storefront_id, $3, $4, $5, $6::jsonb from orders o where o.id = $2
           on conflict (id) do nothing returning id`,
          [
            rowId(workflowId, attentionId),
            orderId,
            workflowId,
            why.step,
            why.code,
            JSON.stringify(why.facts),
          ],
        )
        if (opened.length === 0) return
        await holdOrder(tx, orderId, why.code)
        await appendEvent(tx, {
          orderId,
          type: 'order.on_hold',
          data: {
            reason: why.code,
            step: why.step,
            facts: why.facts,
            workflow: workflowId,
            attention_id: attentionId,
          },
        })
        await addNotice(tx, { orderId, kind: 'order_on_hold', data: { reason: why.code } })
      })
    },

    async closeAttention({
      orderId,
      workflowId,
      attentionId,
      ...answer
    }: Attention & { action: string; operator: string; note: string }): Promise<void> {
      await storage.transaction(async (tx) => {
        const closed = await tx.sql(
          `update attention set resolved_at = now(), action = $2, operator = $3, note = $4
           where id = $1 and resolved_at is null returning id`,
          [rowId(workflowId, attentionId), answer.action, answer.operator, answer.note],
        )
        if (closed.length === 0) return
        const [still] = await tx.sql<{ code: string }>(
          `select code from attention where order_id = $1 and resolved_at is null order by opened_at limit 1`,
          [orderId],
        )
        await holdOrder(tx, orderId, still?.code ?? null)
        if (answer.action === 'cancel') await noteCancel(tx, orderId)
        await appendEvent(tx, {
          orderId,
          type: 'order.resumed',
          data: { action: answer.action, attention_id: attentionId },
        })
      })
    },
  }
}

const rowId = (workflowId: string, attentionId: string) => `${workflowId}#${attentionId}`
