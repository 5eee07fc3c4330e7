// How a quote, its offers and its decisions look to a storefront.
import { Type, type Static } from 'typebox'
import { DeliveryMethod, type Promise50, WhyNot } from '../domain/model/offer.ts'
import { Candidate } from '../domain/model/order.ts'
import type { Place } from '../domain/model/place.ts'
import { facts, Id, Money, money, Nullable, Point, Time, time } from './wire.ts'

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

export const Quote = Type.Object(
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

/** A quote as its row and those of its offers say; the destination deciphered. */
export interface QuoteFacts {
  id: string
  buyer_id: string | null
  request: { lines: Static<typeof Quote>['lines'] }
  destination: (Place & { label: string | null }) | null
  why_not: Static<typeof QuoteWhyNot>[]
  expires_at: Date
  created_at: Date
  offers: OfferJson[]
  /** Null when nobody asked for them. */
  decisions: DecisionJson[] | null
}

export interface OfferJson {
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
  total_cents: number | string
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

export function quoteView(quote: QuoteFacts, nowMs: number) {
  const { id, destination, decisions } = quote
  return {
    object: 'quote',
    id,
    buyer_id: quote.buyer_id,
    destination: destination && {
      label: destination.label,
      place: { lon: destination.lon, lat: destination.lat },
    },
    lines: quote.request.lines,
    offers: quote.offers.map((offer) => offerOf(offer, nowMs)),
    why_not: quote.why_not.map((why) => ({ ...why, details: facts(why.details) })),
    ...(decisions ? { decisions: decisions.map(decisionOf) } : {}),
    expires_at: time(quote.expires_at),
    created_at: time(quote.created_at),
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
