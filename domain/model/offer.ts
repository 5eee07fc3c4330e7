// One way to fulfil a line of a quote, with its price, time and method, and why the other ways are not offered.
import { Type, type Static } from 'typebox'

export const DeliveryMethod = Type.Union([
  Type.Literal('truck'),
  Type.Literal('pickup'),
  Type.Literal('carrier'),
])
export type DeliveryMethod = Static<typeof DeliveryMethod>

export const PriceLine = Type.Object(
  {
    code: Type.Union([
      Type.Literal('item'),
      Type.Literal('making'),
      Type.Literal('material'),
      Type.Literal('delivery'),
    ]),
    cents: Type.BigInt(),
  },
  { additionalProperties: false },
)
export type PriceLine = Static<typeof PriceLine>

/** What times an offer promises: half of all parts come by p50, nineteen of twenty by p95. */
export const Promise50 = Type.Object(
  {
    makeStartsAtMs: Type.Number(),
    readyAtMs: Type.Number(),
    p50AtMs: Type.Number(),
    p95AtMs: Type.Number(),
  },
  { additionalProperties: false },
)
export type Promise50 = Static<typeof Promise50>

export const Offer = Type.Object(
  {
    id: Type.String(),
    quoteId: Type.String(),
    line: Type.Number(),
    method: DeliveryMethod,
    kind: Type.Union([Type.Literal('made'), Type.Literal('stocked')]),
    siteId: Type.String(),
    machineId: Type.String(),
    vehicleId: Type.Union([Type.String(), Type.Null()]),
    compartmentId: Type.Union([Type.String(), Type.Null()]),
    price: Type.Array(PriceLine),
    totalCents: Type.BigInt(),
    currency: Type.String(),
    promise: Promise50,
    expiresAtMs: Type.Number(),
  },
  { additionalProperties: false },
)
export type Offer = Static<typeof Offer>

export const WhyNot = Type.Object(
  {
    method: Type.String(),
    kind: Type.String(),
    code: Type.String(),
    /** What was compared with what, in figures that a person can read. */
    details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  },
  { additionalProperties: false },
)
export type WhyNot = Static<typeof WhyNot>
