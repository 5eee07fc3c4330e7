// An amount of money: integer minor units with their currency; never a fraction.
import { Type, type Static } from 'typebox'

export const Currency = Type.String({ pattern: '^[A-Z]{3}$' })
export type Currency = Static<typeof Currency>

export const Money = Type.Object(
  { amount: Type.BigInt(), currency: Currency },
  { additionalProperties: false },
)
export type Money = Static<typeof Money>
