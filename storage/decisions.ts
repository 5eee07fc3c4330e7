// Keeps what was decided for an order, among whom, and why.
import type { Decision } from '../domain/model/order.ts'
import { newId } from './ids.ts'
import type { Sql } from './storage.ts'

export interface OrderDecision {
  orderId: string
  /** What it was about: the job, the fulfilment, the line. */
  subjectId: string
  decision: Decision
}

/** A decision that was taken again, with the same choice, is kept once. */
export async function recordDecision(
  { sql }: { sql: Sql },
  { orderId, subjectId, decision }: OrderDecision,
): Promise<void> {
  const { kind, chosen, candidates } = decision
  await sql(
    `insert into decision (id, storefront_id, order_id, subject_id, kind, chosen, candidates)
     select $1, o.storefront_id, o.id, $3, $4, $5, $6::jsonb from orders o
     where o.id = $2 and not exists (
       select 1 from decision d where d.order_id = $2 and d.subject_id = $3 and d.kind = $4
         and d.candidates = $6::jsonb)`,
    [newId('dec'), orderId, subjectId, kind, chosen, JSON.stringify(candidates)],
  )
}
