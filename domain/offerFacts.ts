// What an offer is decided from: the item, the place, what stands where, whose limits apply, and
// the rules as data.
import type { VehicleRoute } from './dispatch/insert.ts'
import { defaultDispatchRules } from './dispatch/rules.ts'
import { defaultMachineRules, type MachineFacts, type MachineRules } from './machines.ts'
import type { DispatchRules } from './model/dispatchRules.ts'
import type { Customization, Item, SizeMm } from './model/item.ts'
import type { SiteKind } from './model/site.ts'
import { defaultPriceRules, type PriceRules } from './pricing.ts'
import { defaultMakingFactors, defaultTravelFactors, type Factors } from './promise.ts'
import type { Travel } from './dispatch/routeTimes.ts'
import { defaultParcelRules, type ParcelRules } from './parcels.ts'

/**
 * What stands at a site or rides on a vehicle; where it is, and so how far from the buyer, is told
 * once for all.
 */
export type SiteMachine = Omit<MachineFacts, 'siteKind' | 'metersToBuyer'>

export interface OfferSite {
  siteId: string
  kind: SiteKind
  /** Index of its place in `travel`. */
  at: number
  machines: readonly SiteMachine[]
  freeCompartments: readonly { compartmentId: string; sizeMm: SizeMm }[]
}

export interface OfferVehicle {
  /** The site that the vehicle is. */
  siteId: string
  route: Omit<VehicleRoute, 'machines'>
  machines: readonly SiteMachine[]
}

/** Null: the buyer does not mind. Distances are by road. */
export interface BuyerPreferences {
  methods: readonly string[] | null
  /** How far from home the machine may be. */
  maxMachineMiles: number | null
  /** How far the buyer goes to fetch it. */
  maxPickupMiles: number | null
  /** Nineteen of twenty must be there by then. */
  wantByMs: number | null
}

/** Null: the supplier allows everything. */
export interface SupplierLimits {
  methods: readonly string[] | null
  siteIds: readonly string[] | null
  materials: readonly string[] | null
  /** What making all units may cost, material included. */
  maxMakeCents: bigint | null
}

export const anyPreference: BuyerPreferences = {
  methods: null,
  maxMachineMiles: null,
  maxPickupMiles: null,
  wantByMs: null,
}
export const noLimits: SupplierLimits = {
  methods: null,
  siteIds: null,
  materials: null,
  maxMakeCents: null,
}

export interface OfferFacts {
  item: Item
  customization: Customization
  quantity: number
  /** The buyer's place, and how long handing over takes there. */
  destination: { at: number; serviceSeconds: number }
  sites: readonly OfferSite[]
  vehicles: readonly OfferVehicle[]
  /**
   * Knows the legs from each site, vehicle and stop to the buyer, from the buyer to each stop, and
   * along each route.
   */
  travel: Travel
  preferences: BuyerPreferences
  supplier: SupplierLimits
  /** Learned per machine model; `otherModels` where nothing was learned yet. */
  makingFactors: Readonly<Record<string, Factors>>
  nowMs: number
}

export interface OfferRules {
  machines: MachineRules
  dispatch: DispatchRules
  prices: PriceRules
  otherModels: Factors
  travelFactors: Factors
  /** Null: no carrier calls at the warehouses. */
  parcels: ParcelRules | null
  /** From the plate into a compartment. */
  lockerTransferMinutes: number
  /** Of the region's vehicles, as a multiple of what the map says: bicycles have less than 1. */
  travelSpeed: number
  /** At the buyer's door. */
  handOverSeconds: number
  maxOffersPerMethod: number
  offerLastsMinutes: number
}

/** What a region plans with beside its rules of dispatch. */
export type PlanningRules = Pick<
  OfferRules,
  | 'machines'
  | 'otherModels'
  | 'travelFactors'
  | 'lockerTransferMinutes'
  | 'travelSpeed'
  | 'handOverSeconds'
>

export const defaultOfferRules: OfferRules = {
  machines: defaultMachineRules,
  dispatch: defaultDispatchRules,
  prices: defaultPriceRules,
  otherModels: defaultMakingFactors,
  travelFactors: defaultTravelFactors,
  parcels: defaultParcelRules,
  lockerTransferMinutes: 1,
  travelSpeed: 1,
  handOverSeconds: 90,
  maxOffersPerMethod: 3,
  offerLastsMinutes: 10,
}
