// Quotes: what is asked, every way to fulfil it with price and time, and why other ways are not offered.
import { Type } from 'typebox'
import type { Place } from '../domain/model/place.ts'
import type { Tx } from '../storage/storage.ts'
import type { ApiDeps } from './deps.ts'
import { versioned } from './etag.ts'
import { limits } from './limits.ts'
import { makeQuote } from './makeQuote.ts'
import { refuse } from './problem.ts'
import { quoteDestination, QuoteRequest } from './quoteRequest.ts'
import { Quote, type QuoteFacts, quoteView } from './quoteView.ts'
import { created, route } from './route.ts'
import { IdParams } from './wire.ts'

const expansion = Type.Object(
  {
    'expand[]': Type.Optional(
      Type.Array(Type.Literal('decisions'), { maxItems: limits.expansions }),
    ),
  },
  { additionalProperties: false },
)

export const createQuote = route(
  {
    method: 'post',
    path: '/v1/quotes',
    scope: 'quotes:create',
    summary: 'Price and time every way to fulfil',
    description:
      'Answers offers whose capacity is held until they expire, and for every other way the reason why it is not offered.',
    query: expansion,
    body: QuoteRequest,
    responses: { 201: Quote },
    idempotent: 'by its effect',
    budget: 'quotes',
  },
  async ({ body, query, tenant, deps, effectClaim: claim }) => {
    const isExpanded = (query['expand[]'] ?? []).length > 0
    const answerOf = (made: QuoteFacts) => {
      const quote = { ...made, decisions: isExpanded ? made.decisions : null }
      return created(quoteView(quote, deps.nowMs()), { Location: `/v1/quotes/${made.id}` })
    }
    return await makeQuote(deps, tenant.storefrontId, body, { answerOf, claim })
  },
)

export const getQuote = route(
  {
    method: 'get',
    path: '/v1/quotes/{id}',
    scope: 'quotes:read',
    summary: 'One quote',
    params: IdParams,
    query: expansion,
    responses: { 200: Quote },
    versioned: true,
  },
  async ({ params: { id }, query, tenant, deps }) =>
    deps.storage.asTenant(tenant.storefrontId, async (tx) =>
      versioned(await quoteById(tx, deps, id, query['expand[]'] ?? [])),
    ),
)

type QuoteRow = Omit<QuoteFacts, 'destination'> & { destination: Buffer | null }

async function quoteById(tx: Tx, deps: ApiDeps, id: string, expand: readonly string[]) {
  const { storage } = deps
  const [row] = await tx.sql<QuoteRow>(
    `select q.id, q.buyer_id, q.request, q.destination, q.why_not, q.expires_at, q.created_at,
       (select coalesce(jsonb_agg(o order by o.line, o.promise->'p50AtMs', o.total_cents, o.id), '[]')
         from offer o where o.quote_id = q.id) as offers,
       case when $2 then (select coalesce(jsonb_agg(d order by d.id), '[]')
         from decision d where d.quote_id = q.id) end as decisions
     from quote q where q.id = $1`,
    [id, expand.includes('decisions')],
  )
  if (!row) throw refuse('not_found')
  const place =
    row.destination &&
    (await storage.personal.decrypt<Place & { label: string | null }>(
      tx,
      quoteDestination(id),
      row.destination,
    ))
  return quoteView({ ...row, destination: place?.value ?? null }, deps.nowMs())
}
