// Plans a quote: gathers the facts, lets the domain decide line by line, and says which times the offers need.
import {
  anyPreference,
  defaultOfferRules,
  noLimits,
  type BuyerPreferences,
  type OfferRules,
} from '../domain/offerFacts.ts'
import { makeOffers, type OfferDraft } from '../domain/offers.ts'
import type { Customization, Item } from '../domain/model/item.ts'
import type { WhyNot } from '../domain/model/offer.ts'
import type { Decision } from '../domain/model/order.ts'
import type { Place } from '../domain/model/place.ts'
import { atSpeed } from '../domain/dispatch/routeTimes.ts'
import { routeOf } from '../domain/dispatch/vehicleRoute.ts'
import { RouterError, type Router } from '../services/router/router.ts'
import { travelPlanner, type TravelFacts } from '../services/router/travel.ts'
import { newId } from '../storage/ids.ts'
import type { Hold } from '../storage/reservations.ts'
import { refuse } from './problem.ts'
import type { QuotingFacts, Scene } from './quotingFacts.ts'
import type { FreeTimes, Outcome } from './freeTimes.ts'

export interface QuoteNeed {
  lines: { item: Item; quantity: number; customization: Customization }[]
  preferences: Partial<BuyerPreferences>
  /** 0: the offers are prices to look at; nothing is held and nothing can be ordered. */
  holdSeconds: number
}

export interface PlannedOffer extends OfferDraft {
  id: string
  line: number
}

export interface QuotePlan {
  offers: PlannedOffer[]
  whyNot: (WhyNot & { line: number })[]
  decisions: Decision[]
}

/** What no other quote changes: it holds for every plan to one destination. */
export interface Survey {
  scene: Scene
  roads: TravelFacts
  rules: OfferRules
}

export interface Quoting {
  survey: (destination: Place, storefrontId: string) => Promise<Survey>
  /** To be ended by whoever asked for it: until then nobody beside plans with the same time. */
  plan: (
    need: QuoteNeed,
    survey: Survey,
  ) => Promise<QuotePlan & { ended: (outcome: Outcome) => void }>
}

/** From the promise on, as long as a buyer may take to come. */
const compartmentSeconds = 50 * 3600

interface QuotingDeps {
  facts: QuotingFacts
  router: Router
  rulesOf: (region: string) => Promise<Partial<OfferRules>>
  nowMs: () => number
}

export function quoting({ facts, router, rulesOf, nowMs }: QuotingDeps): Quoting {
  const travel = travelPlanner(router)
  return {
    async survey(destination, storefrontId) {
      const scene = await facts.sceneAround(destination, storefrontId)
      if (!scene) throw refuse('address_unreachable', { param: '/destination' })
      const [roads, rules] = await Promise.all([roadsTo(destination, scene), rulesOf(scene.region)])
      return { scene, roads, rules: { ...defaultOfferRules, ...rules } }
    },
    async plan(need, survey) {
      const freeTimes = await facts.free.known()
      // From here to the note nothing is waited for, so that nobody beside plans with the same times.
      const taken = freeTimes()
      const plan = planLines(need, { ...survey, taken, nowMs: nowMs() })
      if (need.holdSeconds === 0) return { ...plan, ended: () => {} }
      const used = plan.offers.flatMap((offer) => [offer.machineId, offer.compartmentId ?? []])
      return { ...plan, ended: facts.free.note(taken, used.flat()) }
    },
  }

  async function roadsTo(destination: Place, { ways, places }: Scene): Promise<TravelFacts> {
    try {
      await router.nearest(destination)
      return await travel.facts(destination, ways, places)
    } catch (error) {
      throw roadRefusal(error)
    }
  }
}

function roadRefusal(error: unknown): unknown {
  if (!(error instanceof RouterError)) return error
  if (error.retryable) return refuse('unavailable', { detail: 'The router does not answer.' })
  const isFar = error.code === 'NoSegment' || error.code === 'NoRoute'
  return isFar ? refuse('address_unreachable', { param: '/destination' }) : error
}

interface Known extends Survey {
  taken: FreeTimes
  nowMs: number
}

/** Lines of one quote share the machines: what one line takes is taken for the next. */
function planLines({ lines, preferences }: QuoteNeed, known: Known): QuotePlan {
  const plan: QuotePlan = { offers: [], whyNot: [], decisions: [] }
  const { handOverSeconds, travelSpeed } = known.rules
  const travel = atSpeed(known.roads.travel, travelSpeed)
  refuseUnreachable(known)
  for (const [line, { item, quantity, customization }] of lines.entries()) {
    const { offers, whyNot, decision } = makeOffers(
      {
        item,
        customization,
        quantity,
        destination: { at: known.roads.buyer, serviceSeconds: handOverSeconds },
        ...placesOf(known),
        travel,
        preferences: { ...anyPreference, ...preferences },
        supplier: noLimits,
        makingFactors: {},
        nowMs: known.nowMs,
      },
      known.rules,
    )
    for (const draft of offers) {
      known.taken.set(draft.machineId, Math.ceil(draft.making.readyAtMs) + 1)
      if (draft.compartmentId) known.taken.set(draft.compartmentId, Infinity)
      plan.offers.push({ ...draft, id: newId('ofr'), line })
    }
    for (const why of whyNot) plan.whyNot.push({ line, ...why })
    plan.decisions.push(decision)
  }
  return plan
}

function placesOf({ scene, taken, roads, nowMs }: Known) {
  const machinesAt = (siteId: string) =>
    (scene.machinesAt.get(siteId) ?? []).map(({ machine }) => ({
      machine,
      freeAtMs: taken.get(machine.id) ?? 0,
      mounted: null,
      scrapShare: 0,
    }))
  return {
    sites: scene.sites.map(({ id, kind }, i) => ({
      siteId: id,
      kind,
      at: roads.places[i] ?? -1,
      machines: machinesAt(id),
      freeCompartments: (scene.compartmentsAt.get(id) ?? [])
        .filter((one) => (taken.get(one.id) ?? 0) <= nowMs)
        .map((one) => ({ compartmentId: one.id, sizeMm: one.sizeMm })),
    })),
    vehicles: scene.vehicles.map((vehicle, i) => ({
      siteId: vehicle.siteId,
      route: routeOf(vehicle, roads.ways[i] ?? []),
      machines: machinesAt(vehicle.siteId),
    })),
  }
}

function refuseUnreachable({ roads }: Known): void {
  const starts = [...roads.places, ...roads.ways.flatMap((way) => way.slice(0, 1))]
  const isReached = starts.some((at) => Number.isFinite(roads.travel.meters(at, roads.buyer)))
  if (!isReached) throw refuse('address_unreachable', { param: '/destination' })
}

/** The time that an offer promises, on its machine and in its compartment. */
export function holdsOf(offer: PlannedOffer): Hold[] {
  const { id: offerId, machineId, compartmentId, making, promise } = offer
  const seconds = (making.readyAtMs - making.startsAtMs) / 1000
  const fromMs = promise.readyAtMs
  return [
    { offerId, resourceId: machineId, fromMs: making.startsAtMs, seconds },
    ...(compartmentId
      ? [{ offerId, resourceId: compartmentId, fromMs, seconds: compartmentSeconds }]
      : []),
  ]
}
