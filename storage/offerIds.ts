// Tells an offer that is not kept any more from one that never was, by the time that its id carries.
import type { FailureCode } from '../domain/failure.ts'
import { madeAtMs } from './ids.ts'

/**
 * An offer whose id was made in the past was one of somebody's: long gone, lost with the last
 * moments of a database that broke down, or another storefront's. Whoever asks is told the same of
 * each: to ask for a fresh quote.
 */
export function whyNoOffer(id: string, nowMs: number): FailureCode {
  const atMs = madeAtMs(id, 'ofr')
  return atMs !== null && atMs <= nowMs ? 'offer_expired' : 'offer_unknown'
}
