// The ways to fulfil a line from each place: how it would be made and brought from there, or what
// is against it.
import { byId, reason, type Reason } from './decision.ts'
import { insertStop, type Insertion, type VehicleRoute } from './dispatch/insert.ts'
import { chooseMachine, partNeedOf, type Making, type PartNeed } from './machines.ts'
import type { SizeMm } from './model/item.ts'
import type { DeliveryMethod } from './model/offer.ts'
import type { SiteKind } from './model/site.ts'
import { parcelTransit, type ParcelTransit } from './parcels.ts'
import type { OfferFacts, OfferRules, OfferSite, OfferVehicle, SiteMachine } from './offerFacts.ts'

/**
 * A way to fulfil as its method sees it: how it would be made and brought, or what is against it.
 */
export interface Way {
  method: string
  placeId: string
  metersToBuyer: number
  /** What the rules of the method think of it; less is better. */
  score: number
  found: Found | Reason
}

export interface Found {
  method: DeliveryMethod
  making: Making
  compartmentId: string | null
  insertion: Insertion | null
  transit: ParcelTransit | null
}

export function waysOf(facts: OfferFacts, rules: OfferRules): Way[] {
  const part = partFor(facts)
  const fromSites = facts.sites.map((site) => siteWay(site, facts, part, rules))
  return [...fromSites, ...truckWays(facts, part, rules)]
}

/** What every machine is asked for, the buyer's and the supplier's limits included. */
function partFor({ item, customization, quantity, nowMs, ...facts }: OfferFacts): PartNeed {
  const { preferences, supplier } = facts
  return {
    ...partNeedOf(item, customization, quantity, nowMs),
    allowedSiteIds: supplier.siteIds,
    allowedMaterials: supplier.materials,
    maxMakeCents: supplier.maxMakeCents,
    maxMetersToBuyer: metersOf(preferences.maxMachineMiles),
    dueAtMs: preferences.wantByMs,
  }
}

/** Lockers hand over themselves, a carrier calls at warehouses; from elsewhere nothing is brought yet. */
function siteWay(site: OfferSite, facts: OfferFacts, part: PartNeed, rules: OfferRules): Way {
  const metersToBuyer = facts.travel.meters(site.at, facts.destination.at)
  const isPickup = site.kind === 'lockers'
  const method = methods[site.kind] ?? site.kind
  const way = (found: Way['found'], score = 0): Way => {
    return { method, placeId: site.siteId, metersToBuyer, score, found }
  }
  if (!Number.isFinite(metersToBuyer)) return way(reason('unreachable'))
  const tooFar = isPickup ? tooFarToFetch(metersToBuyer, facts) : null
  if (tooFar) return way(tooFar)
  const { chosen, nearestMiss } = chooseAt(site.kind, site.machines, metersToBuyer, part, rules)
  if (!chosen) return way(nearestMiss ?? reason('no_machine_here'))
  if (method === 'carrier') return carrierWay(chosen, metersToBuyer, part, { way, rules })
  if (!isPickup) return way(reason('method_not_offered', { machineId: chosen.machineId }))
  const waitMs = chosen.readyAtMs - part.nowMs
  const compartment = compartmentFor(part, site)
  if ('code' in compartment) return way(compartment)
  const { compartmentId } = compartment
  return way({ ...nothingMore, method: 'pickup', making: chosen, compartmentId }, waitMs)
}

const methods: Partial<Record<SiteKind, DeliveryMethod>> = {
  lockers: 'pickup',
  warehouse: 'carrier',
}
const nothingMore = { compartmentId: null, insertion: null, transit: null }

interface Judging {
  way: (found: Way['found'], score?: number) => Way
  rules: OfferRules
}

function carrierWay(making: Making, meters: number, part: PartNeed, { way, rules }: Judging): Way {
  if (!rules.parcels) return way(reason('method_not_offered', { machineId: making.machineId }))
  const { grams } = making
  const sizeMm = stackOf(part)
  const transit = parcelTransit({ grams, sizeMm, meters, service: 'standard' }, rules.parcels)
  if ('code' in transit) return way(transit)
  const arrivesInMs = making.readyAtMs - part.nowMs + transit.hours.p50 * 3_600e3
  // Of two that are as fast the nearer counts: a millisecond for a metre.
  return way({ ...nothingMore, method: 'carrier', making, transit }, arrivesInMs + meters)
}

function truckWays(facts: OfferFacts, part: PartNeed, rules: OfferRules): Way[] {
  const { destination, travel, nowMs, preferences } = facts
  const trucks = facts.vehicles.map((vehicle) => {
    const metersToBuyer = travel.meters(vehicle.route.at, destination.at)
    const choice = chooseAt('truck', vehicle.machines, metersToBuyer, part, rules)
    return { vehicle, metersToBuyer, ...choice }
  })
  const request = { ...destination, dueAtMs: preferences.wantByMs, nowMs }
  const routes = trucks.map(({ vehicle, fit }) => routeWith(vehicle, fit))
  const dispatch = insertStop(request, routes, travel, rules.dispatch)

  return trucks.map(({ vehicle, metersToBuyer, fit, nearestMiss }): Way => {
    const { vehicleId } = vehicle.route
    const way = (found: Way['found'], score = 0): Way => {
      return { method: 'truck', placeId: vehicleId, metersToBuyer, score, found }
    }
    const insertion = dispatch.feasible.find((one) => one.vehicleId === vehicleId)
    const making = fit.find(({ machineId }) => machineId === insertion?.machineId)
    if (insertion && making) {
      return way({ ...nothingMore, method: 'truck', making, insertion }, insertion.score)
    }
    const against = dispatch.decision.candidates.find(({ id }) => id === vehicleId)
    const noMachine = against?.reason === 'no_machine_on_board_fits' ? nearestMiss : null
    return way(noMachine ?? reason(against?.reason ?? 'no_position', against?.details))
  })
}

/**
 * On board, changing the material comes before making, and so before the machine is free for it.
 */
function routeWith({ route }: OfferVehicle, fit: readonly Making[]): VehicleRoute {
  const machines = fit.map(({ machineId, startsAtMs, minutes, coolDownMinutes }) => ({
    machineId,
    freeAtMs: startsAtMs,
    makingMinutes: minutes,
    coolDownMinutes,
  }))
  return { ...route, machines }
}

function chooseAt(
  siteKind: SiteKind,
  machines: readonly SiteMachine[],
  meters: number,
  part: PartNeed,
  rules: OfferRules,
) {
  const metersToBuyer = Number.isFinite(meters) ? meters : null
  const facts = machines.map((one) => Object.assign({}, one, { siteKind, metersToBuyer }))
  return chooseMachine(part, facts, rules.machines)
}

function tooFarToFetch(meters: number, { preferences }: OfferFacts): Reason | null {
  const maxMeters = metersOf(preferences.maxPickupMiles)
  if (maxMeters === null || meters <= maxMeters) return null
  return reason('too_far_to_fetch', { meters, maxMeters })
}

/** The smallest free compartment into which all units go, stacked on their flattest side. */
function compartmentFor(
  part: PartNeed,
  { freeCompartments }: OfferSite,
): { compartmentId: string } | Reason {
  if (freeCompartments.length === 0) return reason('no_compartment_free')
  const stack = stackOf(part)
  const fitting = freeCompartments
    .filter(({ sizeMm: room }) =>
      sortedSides(room).every((side, index) => (stack[index] ?? 0) <= side),
    )
    .toSorted(
      (a, b) => volume(a.sizeMm) - volume(b.sizeMm) || byId(a.compartmentId, b.compartmentId),
    )
  const stackMm = stack.map((mm) => mm.toFixed(0)).join(' x ')
  return fitting[0] ?? reason('compartments_too_small', { stackMm })
}

/** The sides of all units, stacked on their flattest side, the shortest first. */
function stackOf({ sizeMm, scale, quantity }: PartNeed): number[] {
  const [flat = 0, ...others] = sortedSides(sizeMm).map((mm) => mm * scale)
  return [flat * quantity, ...others].toSorted((a, b) => a - b)
}

const volume = ({ x, y, z }: SizeMm) => x * y * z
const sortedSides = ({ x, y, z }: SizeMm) => [x, y, z].toSorted((a, b) => a - b)

const metersPerMile = 1609.344

function metersOf(miles: number | null): number | null {
  return miles === null ? null : miles * metersPerMile
}
