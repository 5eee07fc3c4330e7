// The one catalogue of what can go wrong for good: each code has one meaning, one HTTP status and
// one sentence.

/**
 * status: what the API answers; sentence: what a person reads; retryable: whether the same call may
 * succeed later.
 */
export const failureCatalogue = {
  // the request
  malformed_http: { status: 400, sentence: 'The call is not valid HTTP.' },
  headers_too_large: {
    status: 431,
    sentence: 'Address and headers of the call are larger than allowed.',
  },
  request_timeout: { status: 408, sentence: 'The call did not arrive whole in time.' },
  malformed_json: { status: 400, sentence: 'The body is not valid JSON.' },
  invalid_request: { status: 400, sentence: 'The request does not have the expected shape.' },
  unsupported_media_type: { status: 415, sentence: 'The body must be sent as application/json.' },
  body_too_large: { status: 413, sentence: 'The body is larger than allowed.' },
  key_missing: { status: 401, sentence: 'An API key is needed: Authorization: Bearer fab_...' },
  key_invalid: { status: 401, sentence: 'The API key is not known, was revoked, or has expired.' },
  signature_invalid: { status: 401, sentence: 'The signature of the message is not right.' },
  scope_missing: {
    status: 403,
    sentence: 'The API key does not have the scope that this call needs.',
  },
  test_mode_only: { status: 403, sentence: 'This call is for test keys only.' },
  not_found: { status: 404, sentence: 'There is no such thing here.' },
  method_not_allowed: { status: 405, sentence: 'This address does not take that method.' },
  idempotency_key_missing: { status: 400, sentence: 'This call needs an Idempotency-Key header.' },
  idempotency_key_reused: {
    status: 422,
    sentence: 'The Idempotency-Key was used with another body.',
  },
  idempotency_in_flight: {
    status: 409,
    sentence: 'The first call with this key is still running.',
  },
  precondition_required: { status: 428, sentence: 'This call needs an If-Match header.' },
  precondition_failed: { status: 412, sentence: 'The thing has changed since it was read.' },
  rate_limited: { status: 429, sentence: 'Too many calls; wait as Retry-After says.' },
  internal: { status: 500, sentence: 'Something went wrong on our side; nothing was lost.' },
  unavailable: { status: 503, sentence: 'A part of the platform does not answer just now.' },
  // quotes and orders
  item_unknown: { status: 422, sentence: 'There is no such item in the catalogue.' },
  customization_unknown: {
    status: 422,
    sentence: 'The item does not come in that material or colour.',
  },
  address_unknown: { status: 422, sentence: 'The address is not on the map.' },
  address_unreachable: { status: 422, sentence: 'No road leads to the address.' },
  buyer_unknown: { status: 422, sentence: 'There is no such buyer.' },
  offer_unknown: { status: 422, sentence: 'There is no such offer.' },
  offer_expired: { status: 409, sentence: 'The offer has expired; ask for a fresh quote.' },
  offer_taken: { status: 409, sentence: 'The offer was ordered already.' },
  payment_method_unknown: { status: 422, sentence: 'The payment method is not known.' },
  state_conflict: { status: 409, sentence: 'That cannot be done in the present state.' },
  cancel_too_late: { status: 409, sentence: 'It is too late to cancel.' },
  // steps of an order that an operator may have to mend
  credentials_missing: {
    status: 403,
    sentence: 'The item is restricted and the buyer has shown no credential for it.',
  },
  credentials_denied: {
    status: 403,
    sentence: 'The policy of the item does not let this buyer have it.',
  },
  licence_exhausted: {
    status: 409,
    sentence: 'No use is left on the licence of the instructions.',
  },
  payment_declined: { status: 402, sentence: 'The payment was declined.' },
  no_machine_fits: { status: 409, sentence: 'No machine can make the part now.' },
  machine_unfit: { status: 409, sentence: 'The chosen machine no longer fits.' },
  capacity_taken: { status: 409, sentence: 'The time on the machine is taken.' },
  supplier_unreachable: { status: 502, sentence: "The supplier's server does not answer." },
  instructions_corrupt: {
    status: 502,
    sentence: 'The instructions are not the file that was licensed.',
  },
  instructions_unusable: { status: 422, sentence: 'The model cannot be made as it is.' },
  making_failed: {
    status: 409,
    sentence: 'Making the part failed on every machine that was tried.',
  },
  machine_refused: { status: 409, sentence: 'The machine refused the job.' },
  machine_lost: { status: 409, sentence: 'The machine was not heard of any more.' },
  vehicle_out_of_service: { status: 409, sentence: 'The truck went out of service.' },
  no_vehicle_fits: { status: 409, sentence: 'No truck can bring the part.' },
  carrier_refused: { status: 409, sentence: 'The carrier does not take the parcel.' },
  parcel_lost: { status: 409, sentence: 'The carrier has lost the parcel.' },
  parcel_returned: { status: 409, sentence: 'The carrier has brought the parcel back.' },
  parcel_overdue: { status: 409, sentence: 'The parcel has not arrived long after it was due.' },
  no_compartment_free: { status: 409, sentence: 'No locker compartment is free.' },
  not_collected: { status: 409, sentence: 'The part was not collected in time.' },
  ledger_floor: { status: 409, sentence: 'The account does not hold enough.' },
  ledger_mismatch: { status: 422, sentence: 'The key of the posting was used for other postings.' },
} as const satisfies Record<string, { status: number; sentence: string }>

export type FailureCode = keyof typeof failureCatalogue
export type FailureFacts = Record<string, string | number | boolean | null>

/** A failure that no retry mends: it carries its code and the facts that a person needs. */
export class DomainError extends Error {
  readonly code: FailureCode
  readonly facts: FailureFacts

  constructor(code: FailureCode, facts: FailureFacts = {}) {
    super(failureCatalogue[code].sentence)
    this.name = 'DomainError'
    this.code = code
    this.facts = facts
  }
}
