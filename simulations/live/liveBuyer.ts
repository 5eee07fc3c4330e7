// A buyer of the scenario before the platform: asks for offers, and takes the one that the simulated buyer would take.
import { placeOf, type Names } from './fleet.ts'
import type { DayClock } from './dayClock.ts'
import { Refused, type Shop } from './shop.ts'
import type { Stage } from './stage.ts'

interface Offer {
  id: string
  method: string
  site_id: string
  vehicle_id: string | null
  total: { amount: string }
  promise: { p50_at: string; p95_at: string }
}

interface Quote {
  offers: Offer[]
  why_not: { code: string }[]
  decisions?: { candidates: { id: string; details: Record<string, unknown> }[] }[]
}

export interface Ordered {
  orderId: string
  fulfilmentId: string
  jobIds: string[]
  dueMs: number
}

export type Bought = Ordered | { lostBecause: 'no_way_to_fulfil' | 'too_late_for_buyer' }

export interface Shopping {
  stage: Stage
  names: Names
  clock: DayClock
  shop: Shop
  run: string
}

/** An offer may be gone before it is ordered: then the buyer asks again. */
const tries = 4
/** Of the platform's time: what is not ordered holds the machines that long. Longer where it was too short. */
const holdSeconds = (tried: number) => 2 ** tried
const metersPerMile = 1_609.344

export async function buy(order: number, shopping: Shopping): Promise<Bought> {
  for (let tried = 1; ; tried += 1) {
    const quote = await shopping.shop.post<Quote>('/v1/quotes?expand[]=decisions', {
      ...quoteFor(order, shopping),
      hold_seconds: holdSeconds(tried),
    })
    const offer = chosenOf(quote, shopping.stage.buyer(order).centsPerMinute, shopping.clock)
    if (!offer) return { lostBecause: whyNone(quote) }
    try {
      return await ordered(order, offer, shopping)
    } catch (error) {
      const isGone = error instanceof Refused && error.status === 409
      if (!isGone || tried === tries) throw error
    }
  }
}

export function emailOf(order: number, run: string): string {
  return `buyer-${order}@${run}.example.com`
}

function quoteFor(order: number, { stage, names, clock, run }: Shopping): object {
  const { orders, prepared } = stage
  const { items } = prepared.scenario
  const { fetches, isBrought, maxPickupMeters, goesToNearest, patienceSeconds } = stage.buyer(order)
  const number = orders.item[order]!
  const item = items[number]!
  const goes = fetches && (maxPickupMeters > 0 || goesToNearest)
  const methods = [...(isBrought || !goes ? ['truck'] : []), ...(goes ? ['pickup'] : [])]
  const wantBy = clock.msAt(orders.second[order]! + patienceSeconds)
  return {
    buyer: { name: `Buyer ${order}`, email: emailOf(order, run) },
    destination: placeOf(prepared.streets, orders.at[order]!),
    lines: [
      {
        item_id: names.item(number),
        quantity: 1,
        customization: {
          material: item.material,
          colour: item.colours[orders.colour[order]!]!,
        },
      },
    ],
    preferences: {
      methods,
      want_by: new Date(wantBy).toISOString(),
      ...(goes && !goesToNearest && { max_pickup_miles: maxPickupMeters / metersPerMile }),
    },
  }
}

/**
 * Of the trucks the one that dispatch likes best, of the lockers any: what it costs, and what its
 * minutes are worth.
 */
function chosenOf(quote: Quote, centsPerMinute: number, clock: DayClock): Offer | null {
  const preferred = new Set(
    (quote.decisions ?? [])
      .flatMap(({ candidates }) => candidates)
      .filter(({ details }) => details['preferred'] === true)
      .map(({ id }) => id),
  )
  const worth = ({ total, promise }: Offer) => {
    const seconds = clock.secondAt(Date.parse(promise.p50_at)) - clock.second()
    return Number(total.amount) + (centsPerMinute * seconds) / 60
  }
  const open = quote.offers.filter(
    ({ method, vehicle_id: vehicleId }) =>
      method !== 'truck' || preferred.has(`truck/${vehicleId}`),
  )
  return open.toSorted((one, other) => worth(one) - worth(other))[0] ?? null
}

function whyNone({ why_not: reasons }: Quote): 'no_way_to_fulfil' | 'too_late_for_buyer' {
  const isLate = reasons.some(({ code }) => code === 'not_there_in_time')
  return isLate ? 'too_late_for_buyer' : 'no_way_to_fulfil'
}

interface Placed {
  id: string
  fulfilments: { id: string; jobs: string[] }[]
}

async function ordered(order: number, offer: Offer, { shop, run }: Shopping): Promise<Bought> {
  const placed = await shop.post<Placed>('/v1/orders?expand[]=fulfilments', {
    offers: [offer.id],
    payment_method: { kind: 'card', token: 'tok_visa' },
    reference: `${run}/${order}`,
  })
  const [fulfilment] = placed.fulfilments
  return {
    orderId: placed.id,
    fulfilmentId: fulfilment?.id ?? '',
    jobIds: fulfilment?.jobs ?? [],
    dueMs: Date.parse(offer.promise.p95_at),
  }
}
