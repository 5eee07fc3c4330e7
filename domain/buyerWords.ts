// What a buyer is told of a reason: each code in a plain sentence, and of what is not known here only who decided it.
import type { FailureCode } from './failure.ts'

/** Why a storefront, a buyer or an operator may say that an order is cancelled. */
export const cancelReasons = {
  buyer_request: 'You asked us to cancel it.',
  changed_mind: 'You have changed your mind.',
  ordered_by_mistake: 'It was ordered by mistake.',
  duplicate: 'It had been ordered twice.',
  wrong_address: 'The address was not right.',
  takes_too_long: 'It would have taken too long.',
  not_available: 'It is not available any more.',
  price_wrong: 'The price that you were shown was not right.',
  recalled: 'The item has been recalled.',
} as const satisfies Record<string, string>

const making = 'We could not make it as planned.'
const bringing = 'We could not bring it as planned.'

/** What stops an order, as facts: each is true while it waits, and as the reason of a cancel. */
const setbacks: Partial<Record<FailureCode, string>> = {
  credentials_missing: 'You have not yet shown that you may have this item.',
  credentials_denied: 'The rules for this item do not let us sell it to you.',
  payment_declined: 'The payment was declined.',
  licence_exhausted: 'The owner of the design lets us make no more of it.',
  supplier_unreachable: 'The owner of the design has not sent it to us.',
  instructions_corrupt: 'The design that was sent to us is damaged.',
  instructions_unusable: 'The design cannot be made as it is.',
  no_machine_fits: 'No machine is free to make it.',
  capacity_taken: 'No machine is free to make it.',
  machine_unfit: making,
  making_failed: making,
  machine_refused: making,
  machine_lost: making,
  vehicle_out_of_service: bringing,
  no_vehicle_fits: bringing,
  carrier_refused: bringing,
  no_compartment_free: 'No locker is free for it.',
  not_collected: 'It was not collected in time.',
  parcel_lost: 'The carrier has lost the parcel.',
  parcel_returned: 'The parcel has come back to us.',
  parcel_overdue: 'The parcel has not arrived in time.',
}

/** Why an order waits; a cause that is ours alone is no news for a buyer. */
export function whyOnHold(code: string): string {
  return known(setbacks, code) ?? 'Something on our side needs a closer look.'
}

/** Why an order is cancelled. What an operator wrote, and codes of storefronts, are not for buyers. */
export function whyCancelled(by: string, reason: string): string {
  const words = known(cancelReasons, reason) ?? known(setbacks, reason)
  if (words !== null) return words
  if (by === 'buyer') return cancelReasons.buyer_request
  if (by === 'storefront') return 'The shop where you ordered it has cancelled it.'
  return 'We had to cancel it; the shop where you ordered it can tell you more.'
}

function known(words: Readonly<Record<string, string>>, code: string): string | null {
  return Object.hasOwn(words, code) ? (words[code] ?? null) : null
}
