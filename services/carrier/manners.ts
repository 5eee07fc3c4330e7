// The magic references of the simulator: what becomes of a parcel that the sender calls so.
import type { Place } from '../../domain/model/place.ts'
import {
  defaultParcelRules,
  type ParcelEvent,
  type ParcelEventKind,
  type ParcelService,
  parcelTransit,
} from '../../domain/parcels.ts'

/**
 * | reference                | what becomes of the parcel by the standard service                       |
 * |--------------------------|--------------------------------------------------------------------------|
 * | parcel_refused           | is refused: address_unknown                                              |
 * | parcel_lost              | is lost between two depots                                               |
 * | parcel_returned          | is not taken at the door and comes back                                  |
 * | parcel_untold            | is delivered, but nothing is told: who wants to know has to ask          |
 * | parcel_flaky             | booking breaks down twice for each key, then succeeds                    |
 * | any other                | is collected, sorted, carried out and delivered                          |
 *
 * It is enough that the reference contains the word. The express service knows each address and loses nothing.
 */
const ways = {
  delivered: [
    ['collected', 0.1],
    ['in_transit', 0.2],
    ['out_for_delivery', 0.8],
    ['delivered', 1],
  ],
  lost: [
    ['collected', 0.1],
    ['in_transit', 0.2],
    ['lost', 0.6],
  ],
  returned: [
    ['collected', 0.1],
    ['in_transit', 0.2],
    ['out_for_delivery', 0.8],
    ['returned', 1.5],
  ],
} as const satisfies Record<string, readonly (readonly [ParcelEventKind, number])[]>

export interface Manners {
  refused: string | null
  breakdowns: number
  /** Tells nobody what happens. */
  isSilent: boolean
  way: keyof typeof ways
}

export function mannersOf(reference: string, service: ParcelService): Manners {
  const says = (word: string) => service === 'standard' && reference.includes(word)
  return {
    refused: says('parcel_refused') ? 'address_unknown' : null,
    breakdowns: says('parcel_flaky') ? 2 : 0,
    isSilent: says('parcel_untold'),
    way: wayOf(says),
  }
}

function wayOf(says: (word: string) => boolean): keyof typeof ways {
  if (says('parcel_lost')) return 'lost'
  return says('parcel_returned') ? 'returned' : 'delivered'
}

export interface Journey {
  service: ParcelService
  from: Place
  to: Place
  bookedAtMs: number
  /** How much faster than the clock parcels travel. */
  speed: number
}

/** How long half of all parcels take; null where the carrier does not go. */
export function journeyMs({ service, from, to, speed }: Journey): number | null {
  const parcel = { grams: 0, sizeMm: [0], meters: metersBetween(from, to), service }
  const transit = parcelTransit(parcel, defaultParcelRules)
  return 'code' in transit ? null : (transit.hours.p50 * 3_600e3) / speed
}

export function courseOf(way: keyof typeof ways, bookedAtMs: number, lastsMs: number) {
  return ways[way].map(([kind, share], index): ParcelEvent => ({
    sequence: index + 1,
    kind,
    atMs: Math.round(bookedAtMs + share * lastsMs),
  }))
}

const metersPerDegree = 111_320

/** As the crow flies, which is enough to tell a town from a country. */
function metersBetween(a: Place, b: Place): number {
  const north = (a.lat - b.lat) * metersPerDegree
  const east = (a.lon - b.lon) * metersPerDegree * Math.cos((a.lat * Math.PI) / 180)
  return Math.hypot(north, east)
}
