// The magic tokens of the simulator: what each card or account does when money is asked of it.
import type { PaymentMethod } from '../../domain/model/order.ts'

/**
 * | token            | kind    | what a hold on it does                                              |
 * |------------------|---------|---------------------------------------------------------------------|
 * | tok_visa         | card    | succeeds                                                            |
 * | tok_declined     | card    | is declined: card_declined                                          |
 * | tok_insufficient | card    | is declined: insufficient_funds                                     |
 * | tok_expired_card | card    | is declined: expired_card                                           |
 * | tok_flaky        | card    | breaks down twice for each key, then succeeds                       |
 * | tok_slow         | card    | takes effect at once and answers late, the first time                |
 * | acc_NAME         | account | takes from an account that opens with 500.00                        |
 * | acc_NAME_CENTS   | account | takes from an account that opens with CENTS minor units             |
 * | any other        | either  | is declined: token_unknown                                          |
 *
 * An account is declined with insufficient_funds when what is asked exceeds its balance less its standing holds.
 */
const cards: Record<string, CardManners> = {
  tok_visa: {},
  tok_declined: { declined: 'card_declined' },
  tok_insufficient: { declined: 'insufficient_funds' },
  tok_expired_card: { declined: 'expired_card' },
  tok_flaky: { breakdowns: 2 },
  tok_slow: { slow: true },
}

const account = /^acc_[A-Za-z0-9-]{1,40}(?:_(\d{1,12}))?$/
const usualOpeningCents = 50_000n

interface CardManners {
  declined?: string
  breakdowns?: number
  slow?: boolean
}

export type Instrument =
  | { kind: 'card'; declined: string | null; breakdowns: number; slow: boolean }
  | { kind: 'account'; openingCents: bigint }

export function instrumentOf({ kind, token }: PaymentMethod): Instrument {
  const opened = kind === 'account' ? account.exec(token) : null
  if (opened) {
    return { kind: 'account', openingCents: opened[1] ? BigInt(opened[1]) : usualOpeningCents }
  }
  const known = kind === 'card' && Object.hasOwn(cards, token) ? cards[token] : undefined
  const { declined = null, breakdowns = 0, slow = false } = known ?? { declined: 'token_unknown' }
  return { kind: 'card', declined, breakdowns, slow }
}
