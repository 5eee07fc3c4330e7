// Quotes: what is asked, every way to fulfil it with price and time, and why other ways are not offered.
import { Type, type Static } from 'typebox'
import { DeliveryMethod, type Promise50, WhyNot } from '../domain/model/offer.ts'
import { Candidate } from '../domain/model/order.ts'
import type { Place } from '../domain/model/place.ts'
import type { Tx } from '../storage/storage.ts'
import type { ApiDeps } from './deps.ts'
import { versioned } from './etag.ts'
import { limits } from './limits.ts'
import { makeQuote } from './makeQuote.ts'
import { refuse } from './problem.ts'
import { quoteDestination, QuoteRequest } from './quoteRequest.ts'
import { created, route } from './route.ts'
import { Id, IdParams, Money, money, Nullable, Point, Time, time } from './wire.ts'

export const PromiseView = Type.Object(
  {
    making_starts_at: Time,
    ready_at: Time,
    p50_at: Type.String({
      format: 'date-time',
      description: 'Half of all parts are there by then.',
    }),
    p95_at: Type.String({ format: 'date-time', description: 'Nineteen of twenty are.' }),
  },
  { additionalProperties: false, title: 'Promise' },
)

const Offer = Type.Object(
  {
    object: Type.Literal('offer'),
    id: Id,
    line: Type.Integer({ description: 'Index of the quoted line.' }),
    item_id: Id,
    quantity: Type.Integer(),
    method: DeliveryMethod,
    kind: Type.Union([Type.Literal('made'), Type.Literal('stocked')]),
    site_id: Id,
    machine_id: Id,
    vehicle_id: Nullable(Id),
    price: Type.Array(
      Type.Object(
        { code: Type.String(), price: Money },
        { additionalProperties: false, title: 'PriceLine' },
      ),
    ),
    total: Money,
    promise: PromiseView,
    state: Type.Union([Type.Literal('open'), Type.Literal('ordered'), Type.Literal('expired')]),
    expires_at: Time,
  },
  { additionalProperties: false, title: 'Offer' },
)

const QuoteWhyNot = Type.Object(
  { line: Type.Integer(), ...WhyNot.properties },
  { additionalProperties: false, title: 'WhyNot' },
)

export const DecisionView = Type.Object(
  {
    object: Type.Literal('decision'),
    id: Id,
    subject_id: Type.String(),
    kind: Type.String(),
    chosen: Nullable(Type.String()),
    candidates: Type.Array(Candidate),
    created_at: Time,
  },
  { additionalProperties: false, title: 'Decision' },
)

const Quote = Type.Object(
  {
    object: Type.Literal('quote'),
    id: Id,
    buyer_id: Nullable(Id),
    destination: Nullable(
      Type.Object(
        { label: Nullable(Type.String()), place: Point },
        { additionalProperties: false, title: 'Destination' },
      ),
    ),
    lines: Type.Array(
      Type.Object(
        {
          item_id: Id,
          quantity: Type.Integer(),
          customization: Type.Object(
            { material: Type.String(), colour: Type.String(), scale: Type.Number() },
            { additionalProperties: false, title: 'Customization' },
          ),
        },
        { additionalProperties: false, title: 'QuoteLine' },
      ),
    ),
    offers: Type.Array(Offer),
    why_not: Type.Array(QuoteWhyNot),
    decisions: Type.Optional(Type.Array(DecisionView)),
    expires_at: Time,
    created_at: Time,
  },
  { additionalProperties: false, title: 'Quote' },
)

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
    idempotent: true,
    budget: 'quotes',
  },
  async ({ body, query, tenant, deps, claim }) =>
    makeQuote(deps, tenant.storefrontId, body, async (tx, quoteId) => {
      const quote = await quoteById(tx, deps, quoteId, query['expand[]'] ?? [])
      const answer = created(quote, { Location: `/v1/quotes/${quoteId}` })
      await claim?.seal(tx, answer)
      return answer
    }),
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

interface QuoteRow {
  id: string
  buyer_id: string | null
  request: { lines: Static<typeof Quote>['lines'] }
  destination: Buffer | null
  why_not: Static<typeof QuoteWhyNot>[]
  expires_at: Date
  created_at: Date
  offers: OfferJson[]
  decisions: DecisionJson[]
}

interface OfferJson {
  id: string
  line: number
  item_id: string
  quantity: number
  method: string
  kind: string
  site_id: string
  machine_id: string
  vehicle_id: string | null
  price: { code: string; cents: string }[]
  total_cents: number
  currency: string
  promise: Promise50
  state: 'open' | 'ordered'
  expires_at: string
}

export interface DecisionJson {
  id: string
  subject_id: string
  kind: string
  chosen: string | null
  candidates: Static<typeof Candidate>[]
  created_at: string
}

async function quoteById(tx: Tx, deps: ApiDeps, id: string, expand: readonly string[]) {
  const { storage } = deps
  const wantsDecisions = expand.includes('decisions')
  const [row] = await tx.sql<QuoteRow>(
    `select q.id, q.buyer_id, q.request, q.destination, q.why_not, q.expires_at, q.created_at,
       (select coalesce(jsonb_agg(o order by o.line, o.promise->'p50AtMs', o.total_cents, o.id), '[]')
         from offer o where o.quote_id = q.id) as offers,
       case when $2 then (select coalesce(jsonb_agg(d order by d.id), '[]')
         from decision d where d.quote_id = q.id) end as decisions
     from quote q where q.id = $1`,
    [id, wantsDecisions],
  )
  if (!row) throw refuse('not_found')
  const place =
    row.destination &&
    (await storage.personal.decrypt<Place & { label: string | null }>(
      tx,
      quoteDestination(id),
      row.destination,
    ))
  return {
    object: 'quote',
    id,
    buyer_id: row.buyer_id,
    destination: place?.value
      ? { label: place.value.label, place: { lon: place.value.lon, lat: place.value.lat } }
      : null,
    lines: row.request.lines,
    offers: row.offers.map((offer) => offerOf(offer, deps.nowMs())),
    why_not: row.why_not,
    ...(wantsDecisions ? { decisions: row.decisions.map(decisionOf) } : {}),
    expires_at: time(row.expires_at),
    created_at: time(row.created_at),
  }
}

function offerOf(offer: OfferJson, nowMs: number) {
  const { promise, currency } = offer
  const expiresAtMs = Date.parse(offer.expires_at)
  return {
    object: 'offer',
    id: offer.id,
    line: offer.line,
    item_id: offer.item_id,
    quantity: offer.quantity,
    method: offer.method,
    kind: offer.kind,
    site_id: offer.site_id,
    machine_id: offer.machine_id,
    vehicle_id: offer.vehicle_id,
    price: offer.price.map(({ code, cents }) => ({ code, price: money(cents, currency) })),
    total: money(offer.total_cents, currency),
    promise: promiseOf(promise),
    state: offer.state === 'open' && expiresAtMs <= nowMs ? 'expired' : offer.state,
    expires_at: time(expiresAtMs),
  }
}

export function promiseOf({ makeStartsAtMs, readyAtMs, p50AtMs, p95AtMs }: Promise50) {
  return {
    making_starts_at: time(makeStartsAtMs),
    ready_at: time(readyAtMs),
    p50_at: time(p50AtMs),
    p95_at: time(p95AtMs),
  }
}

export function decisionOf(decision: DecisionJson) {
  return {
    object: 'decision',
    id: decision.id,
    subject_id: decision.subject_id,
    kind: decision.kind,
    chosen: decision.chosen,
    candidates: decision.candidates,
    created_at: time(Date.parse(decision.created_at)),
  }
}
