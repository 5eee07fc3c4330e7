// What a quote is asked with, and where its destination is kept.
import { Type, type Static } from 'typebox'
import { DeliveryMethod } from '../domain/model/offer.ts'
import { limits } from './limits.ts'
import { BuyerDetails } from './personalBuyer.ts'
import { Id, Point, Text, Time } from './wire.ts'

const CustomizationRequest = Type.Object(
  {
    material: Type.Optional(Text(40)),
    colour: Type.Optional(Text(40)),
    scale: Type.Optional(Type.Number({ minimum: 0.25, maximum: 4 })),
  },
  { additionalProperties: false, title: 'CustomizationRequest' },
)

export const QuoteRequest = Type.Object(
  {
    buyer_id: Type.Optional(Id),
    buyer: Type.Optional(BuyerDetails),
    destination: Type.Union([
      Type.Object(
        { address: Text(200) },
        { additionalProperties: false, title: 'AddressDestination' },
      ),
      Point,
    ]),
    lines: Type.Array(
      Type.Object(
        {
          item_id: Id,
          quantity: Type.Integer({ minimum: 1, maximum: limits.quantityPerLine }),
          customization: Type.Optional(CustomizationRequest),
        },
        { additionalProperties: false, title: 'QuoteLineRequest' },
      ),
      { minItems: 1, maxItems: limits.linesPerQuote },
    ),
    preferences: Type.Optional(
      Type.Object(
        {
          methods: Type.Optional(Type.Array(DeliveryMethod, { minItems: 1, maxItems: 8 })),
          max_miles: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              maximum: 10_000,
              description: 'From the buyer to the machine, by road.',
            }),
          ),
          max_pickup_miles: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10_000 })),
          want_by: Type.Optional(Time),
        },
        { additionalProperties: false, title: 'DeliveryPreferences' },
      ),
    ),
    hold_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.holdSeconds.maximum,
        description: 'How long capacity is held; 0 answers prices that cannot be ordered.',
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'QuoteRequest',
    examples: [
      {
        buyer: { name: 'Homer Simpson', email: 'homer@example.com' },
        destination: { address: '742 Evergreen Terrace' },
        lines: [{ item_id: 'itm_wall_hook', quantity: 1, customization: { colour: 'red' } }],
        preferences: { methods: ['truck', 'pickup'], max_miles: 10 },
      },
    ],
  },
)
export type QuoteRequest = Static<typeof QuoteRequest>

/** The cell of its ciphertext: {label, lon, lat}. */
export const quoteDestination = (quoteId: string) => ({
  table: 'quote',
  column: 'destination',
  rowId: quoteId,
})
