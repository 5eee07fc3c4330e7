// Decides whether a use of a supplier's instructions may be taken now, and what the ledger has to
// say about it.
import { reason, type Reason } from './decision.ts'
import { licencePostings, type Posting } from './postings.ts'

export interface LicenceTerms {
  licenceId: string
  /** Null: any number of uses. */
  usesLeft: bigint | null
  opensAtMs: number | null
  closesAtMs: number | null
  /** Uses may start only within so many minutes of the first access. */
  minutesFromFirstUse: number | null
  firstUsedAtMs: number | null
  /** The longest estimated making time that one use may have. */
  maxMakingMinutes: number | null
  revoked: boolean
}

export interface UseWanted {
  orderId: string
  uses: bigint
  /** Estimated, of one use. */
  makingMinutes: number
  atMs: number
}

export type LicenceChoice = { allowed: true; postings: Posting[] } | { allowed: false; why: Reason }

/**
 * The floor of the posting guards against two orders that take the last use at once; this only says
 * why beforehand.
 */
export function takeLicenceUse(terms: LicenceTerms, wanted: UseWanted): LicenceChoice {
  const why = reasonAgainst(terms, wanted)
  if (why) return { allowed: false, why }
  if (terms.usesLeft === null) return { allowed: true, postings: [] }
  const { licenceId } = terms
  return {
    allowed: true,
    postings: licencePostings.reserve(licenceId, wanted.orderId, wanted.uses),
  }
}

function reasonAgainst(terms: LicenceTerms, wanted: UseWanted): Reason | null {
  const { usesLeft, opensAtMs, closesAtMs, minutesFromFirstUse, firstUsedAtMs } = terms
  const { uses, atMs, makingMinutes } = wanted
  if (terms.revoked) return reason('licence_revoked')
  if (opensAtMs !== null && atMs < opensAtMs) return reason('licence_not_open_yet', { opensAtMs })
  if (closesAtMs !== null && atMs >= closesAtMs) return reason('licence_closed', { closesAtMs })
  if (minutesFromFirstUse !== null && firstUsedAtMs !== null) {
    const untilMs = firstUsedAtMs + minutesFromFirstUse * 60e3
    if (atMs >= untilMs) return reason('licence_window_over', { firstUsedAtMs, untilMs })
  }
  if (terms.maxMakingMinutes !== null && makingMinutes > terms.maxMakingMinutes) {
    return reason('making_too_long', { makingMinutes, maxMakingMinutes: terms.maxMakingMinutes })
  }
  if (usesLeft !== null && usesLeft < uses) {
    return reason('licence_exhausted', { usesLeft: Number(usesLeft), uses: Number(uses) })
  }
  return null
}
