// What a carrier brings, and how long it takes: limits and transit times by service and distance, as data.
import { reason, type Reason } from './decision.ts'
import type { Factors } from './promise.ts'

/** How fast a carrier is asked to be; an operator may change it where a parcel could not be sent. */
export const parcelServices = ['standard', 'express'] as const
export type ParcelService = (typeof parcelServices)[number]

export function isParcelService(text: string): text is ParcelService {
  return parcelServices.some((service) => service === text)
}

/** What carriers tell of a parcel on its way. */
export const parcelEventKinds = [
  'collected',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'returned',
  'lost',
] as const
export type ParcelEventKind = (typeof parcelEventKinds)[number]

export interface ParcelEvent {
  /** From 1 for each parcel, as its carrier counts. */
  sequence: number
  kind: ParcelEventKind
  atMs: number
}

/** The first band whose end is not passed counts; beyond the last the carrier does not go. */
interface TransitBand {
  upToKilometres: number
  hours: Factors
}

export interface ParcelRules {
  maxGrams: number
  /** Of the longest side. */
  maxSideMm: number
  transit: Readonly<Record<ParcelService, readonly TransitBand[]>>
}

/** From the hand-over at the warehouse to the door; the next morning is missed now and then, and a day is lost. */
export const defaultParcelRules: ParcelRules = {
  maxGrams: 31_500,
  maxSideMm: 1_200,
  transit: {
    standard: [
      { upToKilometres: 50, hours: { p50: 20, p95: 44 } },
      { upToKilometres: 300, hours: { p50: 26, p95: 68 } },
      { upToKilometres: 3_000, hours: { p50: 50, p95: 116 } },
    ],
    express: [
      { upToKilometres: 50, hours: { p50: 6, p95: 20 } },
      { upToKilometres: 300, hours: { p50: 16, p95: 24 } },
      { upToKilometres: 3_000, hours: { p50: 22, p95: 44 } },
    ],
  },
}

export interface Parcel {
  grams: number
  sizeMm: readonly number[]
  /** From the warehouse to the door. */
  meters: number
  service: ParcelService
}

export interface ParcelTransit {
  meters: number
  hours: Factors
}

/** How long the carrier takes, or why it does not take the parcel. */
export function parcelTransit(parcel: Parcel, rules: ParcelRules): ParcelTransit | Reason {
  const { grams, sizeMm, meters, service } = parcel
  const { maxGrams, maxSideMm } = rules
  if (grams > maxGrams) return reason('parcel_too_heavy', { grams, maxGrams })
  const longestMm = Math.max(...sizeMm)
  if (longestMm > maxSideMm) return reason('parcel_too_large', { longestMm, maxSideMm })
  const bands = rules.transit[service]
  const band = bands.find(({ upToKilometres }) => meters <= upToKilometres * 1_000)
  if (band) return { meters, hours: band.hours }
  const maxMeters = (bands.at(-1)?.upToKilometres ?? 0) * 1_000
  return reason('too_far_for_carrier', { meters, maxMeters })
}
