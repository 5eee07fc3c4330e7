// An order's own nouns: its lines, the decision records kept with it, and what its steps report
// when they need somebody.
import { Type, type Static } from 'typebox'

/** A candidate that a decision looked at: its score terms, or the code of the reason against it. */
export const Candidate = Type.Object(
  {
    id: Type.String(),
    score: Type.Union([Type.Number(), Type.Null()]),
    terms: Type.Record(Type.String(), Type.Number()),
    reason: Type.Union([Type.String(), Type.Null()]),
    details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  },
  { additionalProperties: false },
)
export type Candidate = Static<typeof Candidate>

/** What was decided, among whom, and why; stored with the order and shown to whoever asks. */
export const Decision = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('access'),
      Type.Literal('offers'),
      Type.Literal('machine'),
      Type.Literal('dispatch'),
      Type.Literal('split'),
    ]),
    chosen: Type.Union([Type.String(), Type.Null()]),
    candidates: Type.Array(Candidate),
  },
  { additionalProperties: false },
)
export type Decision = Static<typeof Decision>

export const PaymentMethod = Type.Object(
  {
    kind: Type.Union([Type.Literal('card'), Type.Literal('account')]),
    /** The provider's token for the card or account; never a card number. */
    token: Type.String({ minLength: 1, maxLength: 80 }),
  },
  { additionalProperties: false },
)
export type PaymentMethod = Static<typeof PaymentMethod>
