// Decides which ways to fulfil a line are offered, with price and promise, and says why the others
// are not.
import { byId, reason, type Reason } from './decision.ts'
import type { Insertion } from './dispatch/insert.ts'
import type { Making } from './machines.ts'
import type { Offer, WhyNot } from './model/offer.ts'
import type { Candidate, Decision } from './model/order.ts'
import type { OfferFacts, OfferRules } from './offerFacts.ts'
import { priceLines, totalCents } from './pricing.ts'
import { promise } from './promise.ts'
import { waysOf, type Found, type Way } from './ways.ts'

/** An offer before it has an id, with what was decided for it. */
export interface OfferDraft extends Omit<Offer, 'id' | 'quoteId' | 'line'> {
  /** Method and place: the id of its candidate in the decision. */
  key: string
  /** The one that the rules would choose among those of its method. */
  preferred: boolean
  making: Making
  insertion: Insertion | null
}

export interface OfferChoice {
  offers: OfferDraft[]
  whyNot: WhyNot[]
  decision: Decision
}

export function makeOffers(facts: OfferFacts, rules: OfferRules): OfferChoice {
  const judged = waysOf(facts, rules).map((way) => judge(way, facts, rules))
  const best = [...Map.groupBy(judged, ({ way }) => way.method).values()].flatMap((sameMethod) =>
    keepBest(sameMethod, rules.maxOffersPerMethod),
  )
  const offers = best.flatMap(({ draft }) => draft ?? []).toSorted(byArrivalPriceKey)
  return { offers, whyNot: whyNotOf(best), decision: decisionOf(offers, best, facts.nowMs) }
}

interface Judged {
  way: Way
  draft: OfferDraft | null
  why: Reason | null
}

function judge(way: Way, facts: OfferFacts, rules: OfferRules): Judged {
  const refused = (why: Reason): Judged => ({ way, draft: null, why })
  const barred = reasonAgainstMethod(way.method, facts)
  if (barred) return refused(barred)
  if ('code' in way.found) return refused(way.found)
  const draft = draftOf(way, way.found, facts, rules)
  const { wantByMs } = facts.preferences
  if (wantByMs !== null && draft.promise.p95AtMs > wantByMs) {
    return refused(reason('not_there_in_time', { p95AtMs: draft.promise.p95AtMs, wantByMs }))
  }
  return { way, draft, why: null }
}

function reasonAgainstMethod(method: string, facts: OfferFacts): Reason | null {
  const { item, preferences, supplier } = facts
  if (!item.made) return reason('not_made_on_demand')
  if (preferences.methods && !preferences.methods.includes(method)) {
    return reason('not_wanted_by_buyer', { wanted: preferences.methods.join(', ') })
  }
  if (supplier.methods && !supplier.methods.includes(method)) {
    return reason('not_allowed_by_supplier', { allowed: supplier.methods.join(', ') })
  }
  return null
}

function draftOf(way: Way, found: Found, facts: OfferFacts, rules: OfferRules): OfferDraft {
  const { item, customization, quantity, nowMs } = facts
  const { making, insertion, method, compartmentId, transit } = found
  const machine = [...facts.sites, ...facts.vehicles]
    .flatMap(({ machines }) => machines)
    .find((one) => one.machine.id === making.machineId)?.machine
  const price = priceLines(
    {
      itemCents: item.priceCents,
      quantity,
      method,
      material: customization.material,
      grams: making.grams,
      minutes: making.minutes,
      centsPerMinute: machine?.centsPerMinute ?? 0n,
      kilometres: Math.max(0, insertion?.deviationMeters ?? transit?.meters ?? 0) / 1000,
    },
    rules.prices,
  )
  return {
    key: keyOf(way),
    preferred: false,
    method,
    kind: 'made',
    siteId: making.siteId,
    machineId: making.machineId,
    vehicleId: insertion?.vehicleId ?? null,
    compartmentId,
    price,
    totalCents: totalCents(price),
    currency: item.currency,
    promise: promise(
      {
        nowMs,
        startsAtMs: making.startsAtMs,
        makingMinutes: making.minutes,
        coolDownMinutes: making.coolDownMinutes,
        arrivesAtMs: insertion?.arrivesAtMs ?? null,
        handOverMinutes: method === 'pickup' ? rules.lockerTransferMinutes : 0,
        transitHours: transit?.hours ?? null,
      },
      facts.makingFactors[machine?.model ?? ''] ?? rules.otherModels,
      rules.travelFactors,
    ),
    expiresAtMs: nowMs + rules.offerLastsMinutes * 60e3,
    making,
    insertion,
  }
}

/** Of each method the few that its own rules like best; the very best is the preferred one. */
function keepBest(judged: readonly Judged[], max: number): Judged[] {
  const ranked = judged.toSorted(
    (a, b) => a.way.score - b.way.score || byId(a.way.placeId, b.way.placeId),
  )
  let rank = 0
  return ranked.map((one) => {
    const { way, draft } = one
    if (!draft) return one
    rank += 1
    if (rank > max) return { way, draft: null, why: reason('others_are_better', { max }) }
    return { way, draft: { ...draft, preferred: rank === 1 }, why: null }
  })
}

function byArrivalPriceKey(a: OfferDraft, b: OfferDraft): number {
  return (
    a.promise.p50AtMs - b.promise.p50AtMs ||
    Number(a.totalCents - b.totalCents) ||
    byId(a.key, b.key)
  )
}

/**
 * One entry for each method and reason: the figures are those of the nearest place, with how many
 * there were.
 */
function whyNotOf(judged: readonly Judged[]): WhyNot[] {
  const refused = judged
    .filter(({ why }) => why !== null)
    .toSorted((a, b) => nearer(a.way, b.way) || byId(a.way.placeId, b.way.placeId))
  const groups = Map.groupBy(refused, ({ way, why }) => `${way.method} ${why?.code}`)
  return [...groups.values()].flatMap((group) => {
    const { way, why } = group[0] ?? {}
    if (!way || !why) return []
    const details = { ...why.details, places: group.length, nearest: way.placeId }
    return [{ method: way.method, kind: 'made', code: why.code, details }]
  })
}

function nearer(a: Way, b: Way): number {
  return a.metersToBuyer === b.metersToBuyer ? 0 : a.metersToBuyer - b.metersToBuyer
}

function decisionOf(
  offers: readonly OfferDraft[],
  judged: readonly Judged[],
  nowMs: number,
): Decision {
  const minutes = (atMs: number) => (atMs - nowMs) / 60e3
  const offered = offers.map((offer): Candidate => {
    const way = judged.find(({ draft }) => draft?.key === offer.key)?.way
    const terms = {
      arrivalMinutes: minutes(offer.promise.p50AtMs),
      lateArrivalMinutes: minutes(offer.promise.p95AtMs),
      totalCents: Number(offer.totalCents),
      methodScore: way?.score ?? 0,
    }
    const details = { machineId: offer.machineId, preferred: offer.preferred }
    return { id: offer.key, score: terms.arrivalMinutes, terms, reason: null, details }
  })
  const refused = judged
    .flatMap(({ way, why }): Candidate[] =>
      why
        ? [{ id: keyOf(way), score: null, terms: {}, reason: why.code, details: why.details }]
        : [],
    )
    .toSorted((a, b) => byId(a.id, b.id))
  return { kind: 'offers', chosen: offered[0]?.id ?? null, candidates: [...offered, ...refused] }
}

const keyOf = ({ method, placeId }: Way) => `${method}/${placeId}`
