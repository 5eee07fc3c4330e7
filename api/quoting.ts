// Makes a quote: gathers the facts, lets the domain decide line by line, and holds the time of every offer at once.
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
import { routeOf, wayOf } from '../domain/dispatch/vehicleRoute.ts'
import { RouterError, type Router } from '../services/router/router.ts'
import { travelPlanner, type TravelFacts } from '../services/router/travel.ts'
import { newId } from '../storage/ids.ts'
import { holdSlotsNow, type SlotWish } from '../storage/reservations.ts'
import type { Storage } from '../storage/storage.ts'
import { justPlanned } from './justPlanned.ts'
import { refuse } from './problem.ts'
import type { FreeTimes, QuotingFacts, Scene } from './quotingFacts.ts'

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

type Ended = (isHeld: boolean) => void

export interface Quoting {
  survey: (destination: Place, storefrontId: string) => Promise<Survey>
  /** To be ended by whoever asked for it: until then nobody beside plans with the same time. */
  plan: (need: QuoteNeed, survey: Survey) => Promise<QuotePlan & { ended: Ended }>
  /** Holds what was planned; answers the ids of the offers whose time somebody else took meanwhile. */
  hold: (
    storage: Storage,
    storefrontId: string,
    offers: readonly PlannedOffer[],
    expiresAt: Date,
  ) => Promise<string[]>
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
  const planned = justPlanned(nowMs)
  return {
    async survey(destination, storefrontId) {
      const scene = await facts.sceneAround(destination, storefrontId)
      if (!scene) throw refuse('address_unreachable', { param: '/destination' })
      const [roads, rules] = await Promise.all([roadsTo(destination, scene), rulesOf(scene.region)])
      return { scene, roads, rules: { ...defaultOfferRules, ...rules } }
    },
    async plan(need, survey) {
      const taken = await facts.takenUntil(survey.scene)
      planned.addTo(taken)
      const plan = planLines(need, { ...survey, taken, nowMs: nowMs() })
      if (need.holdSeconds === 0) return { ...plan, ended: () => {} }
      const used = plan.offers.flatMap((offer) => [offer.machineId, offer.compartmentId ?? []])
      return { ...plan, ended: planned.note(taken, used.flat()) }
    },
    async hold(storage, storefrontId, offers, expiresAt) {
      const wishes = offers.flatMap((offer) => wishesOf(offer, expiresAt))
      const slots = await holdSlotsNow(storage, storefrontId, wishes)
      return wishes.filter((_wish, i) => slots[i] === null).map(({ offerId }) => offerId)
    },
  }

  async function roadsTo(destination: Place, { vehicles, sites }: Scene): Promise<TravelFacts> {
    try {
      await router.nearest(destination)
      return await travel.facts(
        destination,
        vehicles.map(wayOf),
        sites.map(({ place }) => place),
      )
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
    scene.machines
      .filter(({ machine }) => machine.siteId === siteId)
      .map(({ machine }) => ({
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
      freeCompartments: scene.compartments
        .filter((one) => one.siteId === id && (taken.get(one.id) ?? 0) <= nowMs)
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

/** Exactly the time that was planned: a later one would break the promise. */
function wishesOf(offer: PlannedOffer, expiresAt: Date): SlotWish[] {
  const { id: offerId, machineId, compartmentId, making, promise } = offer
  const exactly = (resourceId: string, startsAtMs: number, seconds: number): SlotWish => {
    const at = new Date(Math.round(startsAtMs))
    return {
      resourceId,
      seconds: Math.ceil(seconds),
      notBefore: at,
      notAfter: at,
      offerId,
      expiresAt,
    }
  }
  const makingSeconds = (making.readyAtMs - making.startsAtMs) / 1000
  return [
    exactly(machineId, making.startsAtMs, makingSeconds),
    ...(compartmentId ? [exactly(compartmentId, promise.readyAtMs, compartmentSeconds)] : []),
  ]
}
