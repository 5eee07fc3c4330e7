// What was decided for an order: every candidate in its rank, with its score and terms or the reason against it.
import { Type, type Static } from 'typebox'
import { Candidate, Decision } from '../domain/model/order.ts'
import { decisionsOf, type StoredDecision } from '../storage/decisions.ts'
import { decodeCursor, page } from './cursor.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import { Id, IdParams, ListOf, Nullable, pageQuery, Time, time } from './wire.ts'

const RankedCandidate = Type.Object(
  {
    rank: Nullable(
      Type.Integer({ description: 'From 1, the best; null for what was ruled out.', minimum: 1 }),
    ),
    ...Candidate.properties,
  },
  { additionalProperties: false, title: 'RankedCandidate' },
)

const OrderDecision = Type.Object(
  {
    object: Type.Literal('order_decision'),
    id: Id,
    kind: Decision.properties.kind,
    subject_id: Type.String({ description: 'The job, the fulfilment or the line it was about.' }),
    chosen: Nullable(Type.String()),
    candidates: Type.Array(RankedCandidate),
    rules_version: Nullable(
      Type.Integer({
        description:
          'Of the dispatch rules of the region, 0 for the defaults; null where none of them weighed.',
      }),
    ),
    created_at: Time,
  },
  { additionalProperties: false, title: 'OrderDecision' },
)

export const listOrderDecisions = route(
  {
    method: 'get',
    path: '/v1/orders/{id}/decisions',
    scope: 'orders:read',
    summary: 'List what was decided for an order, and why',
    description:
      'From its quote on: the offers, the machine, the truck. Less score is better; a candidate without a score has the code of the reason against it.',
    params: IdParams,
    query: Type.Object(
      {
        kind: Type.Optional(Decision.properties.kind),
        subject_id: Type.Optional(Id),
        ...pageQuery,
      },
      { additionalProperties: false },
    ),
    responses: { 200: ListOf(OrderDecision, 'OrderDecisionList') },
  },
  async ({ params: { id: orderId }, query, tenant, deps: { storage } }) => {
    const { kind = null, subject_id: subjectId = null, cursor } = query
    const limit = query.limit ?? limits.page.default
    const [afterId = null] = decodeCursor(cursor, 'string') ?? []
    const rows = await storage.asTenant(tenant.storefrontId, async (tx) => {
      const [order] = await tx.sql('select 1 from orders where id = $1', [orderId])
      if (!order) throw refuse('not_found')
      return await decisionsOf(tx, { orderId, kind, subjectId, afterId, limit: limit + 1 })
    })
    return ok(page(rows, limit, { toWire: decisionView, keysOf: ({ id }) => [id] }))
  },
)

function decisionView(row: StoredDecision): Static<typeof OrderDecision> {
  return {
    object: 'order_decision',
    id: row.id,
    kind: row.kind,
    subject_id: row.subjectId,
    chosen: row.chosen,
    // They are kept in their rank, with what was ruled out behind.
    candidates: row.candidates.map((candidate, index) => ({
      rank: candidate.score === null ? null : index + 1,
      ...candidate,
    })),
    rules_version: row.rulesVersion,
    created_at: time(row.createdAt),
  }
}
