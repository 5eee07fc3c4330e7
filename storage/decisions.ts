// Keeps what was decided for an order, among whom, and why, and reads it again page by page.
import type { Candidate, Decision } from '../domain/model/order.ts'
import { newId } from './ids.ts'
import type { Sql } from './storage.ts'

export interface OrderDecision {
  orderId: string
  /** What it was about: the job, the fulfilment, the line. */
  subjectId: string
  decision: Decision
  /** Of the rules that weighed the candidates, where they are those of a region. */
  rulesVersion?: number
  /** The dispatcher's batch in which it was taken. */
  batchId?: string
}

/** A decision that was taken again, with the same choice, is kept once. */
export async function recordDecision(
  { sql }: { sql: Sql },
  { orderId, subjectId, decision, rulesVersion, batchId }: OrderDecision,
): Promise<void> {
  const { kind, chosen, candidates } = decision
  await sql(
    `insert into decision (id, storefront_id, order_id, subject_id, kind, chosen, candidates,
       rules_version, batch_id)
     select $1, o.storefront_id, o.id, $3, $4, $5, $6::jsonb, $7, $8 from orders o
     where o.id = $2 and not exists (
       select 1 from decision d where d.order_id = $2 and d.subject_id = $3 and d.kind = $4
         and d.candidates = $6::jsonb)`,
    [
      newId('dec'),
      orderId,
      subjectId,
      kind,
      chosen,
      JSON.stringify(candidates),
      rulesVersion ?? null,
      batchId ?? null,
    ],
  )
}

export interface StoredDecision {
  id: string
  subjectId: string
  kind: Decision['kind']
  chosen: string | null
  candidates: Candidate[]
  rulesVersion: number | null
  createdAt: Date
}

export interface DecisionsQuery {
  orderId: string
  kind: Decision['kind'] | null
  subjectId: string | null
  /** Only what was decided after this one. */
  afterId: string | null
  limit: number
}

/** What was decided for an order, from its quote on, in the order in which it was decided. */
export async function decisionsOf(
  { sql }: { sql: Sql },
  { orderId, kind, subjectId, afterId, limit }: DecisionsQuery,
): Promise<StoredDecision[]> {
  return await sql<StoredDecision>(
    `select d.id, d.subject_id as "subjectId", d.kind, d.chosen, d.candidates,
       d.rules_version as "rulesVersion", d.created_at as "createdAt"
     from decision d
     where (d.order_id = $1 or d.quote_id = (select quote_id from orders where id = $1))
       and ($2::text is null or d.kind = $2) and ($3::text is null or d.subject_id = $3)
       and ($4::text is null or d.id > $4)
     order by d.id limit $5`,
    [orderId, kind, subjectId, afterId, limit],
  )
}

/** Of each stop of these orders the decision that was taken last. */
export async function dispatchDecisions(
  { sql }: { sql: Sql },
  orderIds: readonly string[],
): Promise<(Decision & { subjectId: string })[]> {
  return await sql<Decision & { subjectId: string }>(
    `select distinct on (subject_id) subject_id as "subjectId", kind, chosen, candidates
     from decision where order_id = any($1) and kind = 'dispatch' order by subject_id, id desc`,
    [orderIds],
  )
}
