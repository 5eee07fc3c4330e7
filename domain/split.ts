// Splits money among parties to the last cent: by the shares of a contract, and refunds over what
// each has left.

export interface Share {
  partyId: string
  /** A whole number; only its ratio to the others counts. */
  share: bigint
}

export interface Part {
  partyId: string
  cents: bigint
}

/**
 * Largest remainder: everybody gets the whole cents of the share, and what is left goes cent by
 * cent to the largest
 * remainders, ties in the contract's order. The parts sum to the amount.
 */
export function split(cents: bigint, contract: readonly Share[]): Part[] {
  if (cents < 0n) throw new RangeError(`split: ${cents} cents; a refund is split by splitRefund`)
  const whole = contract.reduce((sum, { share }) => sum + share, 0n)
  if (contract.some(({ share }) => share < 0n) || whole <= 0n) {
    throw new RangeError('split: shares must not be negative and must not all be zero')
  }
  const parts = contract.map(({ partyId, share }, order) => ({
    partyId,
    order,
    cents: (cents * share) / whole,
    remainder: (cents * share) % whole,
  }))
  const given = parts.reduce((sum, part) => sum + part.cents, 0n)
  const byRemainder = parts.toSorted(
    (a, b) => compare(b.remainder, a.remainder) || a.order - b.order,
  )
  for (const part of byRemainder.slice(0, Number(cents - given))) part.cents += 1n
  return parts.map(({ partyId, cents: own }) => ({ partyId, cents: own }))
}

/**
 * Takes a refund from parties in proportion to what each has left; nobody goes below zero, and the
 * parts sum to it.
 */
export function splitRefund(cents: bigint, left: readonly Part[]): Part[] {
  const whole = left.reduce((sum, part) => sum + part.cents, 0n)
  if (cents < 0n || cents > whole) {
    throw new RangeError(`splitRefund: ${cents} cents of the ${whole} that are left`)
  }
  if (whole === 0n) return left.map(({ partyId }) => ({ partyId, cents: 0n }))
  return split(
    cents,
    left.map((part) => ({ partyId: part.partyId, share: part.cents })),
  )
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
