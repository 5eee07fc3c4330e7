// Who orders: how long a buyer waits, what a minute is worth, how far the buyer goes; drawn per order.
import { normal } from '../kernel/distributions.ts'
import type { Stream } from '../kernel/streams.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Draws, KnownBuyer, Orders } from './orders.ts'

export interface Buyer {
  patienceSeconds: number
  fetches: boolean
  /** Whoever would neither fetch it nor have it brought has it brought. */
  isBrought: boolean
  maxPickupMeters: number
  /** However far it is: whoever fetched it once found it near enough. */
  goesToNearest: boolean
  centsPerMinute: number
  /** From the message that it is ready until the buyer stands before the compartment. */
  fetchSeconds: number
  comes: boolean
}

/** Every buyer draws the same numbers in the same order, whatever is known, and whatever becomes of the order. */
export function buyersOf(
  buyers: Scenario['buyers'],
  draws: Draws,
  orders: Pick<Orders, 'known'>,
): (order: number) => Buyer {
  const purpose = draws('buyer')
  return (order) => {
    const stream = purpose.of(order)
    const patienceSeconds = Math.round(atLeastNothing(stream, buyers.patienceMinutes) * 60)
    const fetches = stream.uniform() < buyers.pickupShare
    const isBrought = stream.uniform() < buyers.deliveryShare
    const drawn: Buyer = {
      patienceSeconds,
      fetches,
      isBrought: isBrought || !fetches,
      maxPickupMeters: atLeastNothing(stream, buyers.maxPickupMeters),
      goesToNearest: false,
      centsPerMinute: atLeastNothing(stream, buyers.centsPerMinute),
      fetchSeconds: Math.round(atLeastNothing(stream, buyers.fetchMinutes) * 60),
      comes: stream.uniform() >= buyers.neverFetchedShare,
    }
    const known = orders.known[order]
    return known ? asKnown(drawn, known) : drawn
  }
}

/** Whoever agreed to wait an hour waits an hour: that somebody would have waited longer is for the draws to say. */
function asKnown(drawn: Buyer, { way, agreedSeconds, fetchSeconds }: KnownBuyer): Buyer {
  const isFetched = way === 'fetched'
  return {
    ...drawn,
    patienceSeconds: Math.max(drawn.patienceSeconds, agreedSeconds),
    ...(way === null ? {} : { fetches: isFetched, isBrought: !isFetched }),
    goesToNearest: isFetched,
    ...(fetchSeconds === null ? {} : { fetchSeconds, comes: true }),
  }
}

/** Drawn around its mean, and never below nothing. */
export function atLeastNothing(
  stream: Stream,
  { mean, deviation }: { mean: number; deviation: number },
): number {
  return Math.max(0, normal(stream, mean, deviation))
}
