// Story 2 in figures: three vehicles with machines near 742 Evergreen Terrace, each with the
// numbers of the story.
import type { DeliveryRequest, RouteStop, VehicleRoute } from '../../../domain/dispatch/insert.ts'
import type { Travel } from '../../../domain/dispatch/routeTimes.ts'
import { metersPerMile, minutesFromNow, nowMs } from '../facts.ts'

const buyer = 0
const number744 = 1
const groceryNow = 2
const groceryStop = 3
const vanNow = 4
const vanStop = 5
const vanNext = 6
const factoryNow = 7
const factoryStop = 8
const factoryNext = 9

/** From, to, minutes, miles; the legs that no vehicle can use are not on this map. */
const legs: [number, number, number, number][] = [
  // The grocery truck: a stop on the way, then number 744; number 742 is the house before it.
  [groceryNow, groceryStop, 15, 2.6],
  [groceryStop, number744, 15, 2.4],
  [groceryStop, buyer, 15, 2.395],
  [buyer, number744, 0.1, 0.005],
  [groceryNow, buyer, 30, 5],
  [groceryNow, number744, 30, 5],
  // The van leaves its route between two stops: 2 + 1.5 - 1 = 2.5 miles.
  [vanNow, vanStop, 9, 1.5],
  [vanStop, vanNext, 4, 1],
  [vanStop, buyer, 9, 2],
  [buyer, vanNext, 6, 1.5],
  [vanNow, buyer, 14, 3],
  // The mobile factory likewise: 1.25 + 1.25 - 1 = 1.5 miles.
  [factoryNow, factoryStop, 13, 1.5],
  [factoryStop, factoryNext, 4, 1],
  [factoryStop, buyer, 8, 1.25],
  [buyer, factoryNext, 6, 1.25],
  [factoryNow, buyer, 12, 2],
]
const leg = (from: number, to: number) => legs.find(([a, b]) => a === from && b === to)
const travel: Travel = {
  dataVersion: 'story 2',
  seconds: (from, to) => (leg(from, to)?.[2] ?? Infinity) * 60,
  meters: (from, to) => (leg(from, to)?.[3] ?? Infinity) * metersPerMile,
}

const stop = (stopId: string, at: number, serviceMinutes: number): RouteStop => {
  return { stopId, at, serviceSeconds: serviceMinutes * 60, readyAtMs: 0, dueAtMs: null }
}
const machine = (machineId: string, freeInMinutes: number, makingMinutes: number) => {
  return { machineId, freeAtMs: minutesFromNow(freeInMinutes), makingMinutes, coolDownMinutes: 0 }
}
/** Each driver is on the way to the first stop, and that leg stays. */
const driving = { inService: true, committedStops: 1, shiftEndsAtMs: minutesFromNow(240) }

const vehicles: VehicleRoute[] = [
  {
    ...driving,
    vehicleId: 'grocery truck',
    at: groceryNow,
    stops: [stop('groceries', groceryStop, 2), stop('744 Evergreen Terrace', number744, 3)],
    machines: [machine('on the grocery truck', 0, 12)],
  },
  {
    ...driving,
    vehicleId: 'van',
    at: vanNow,
    stops: [stop('parcel', vanStop, 1), stop('next parcel', vanNext, 1)],
    machines: [machine('on the van', 0, 12)],
  },
  {
    ...driving,
    vehicleId: 'mobile factory',
    at: factoryNow,
    stops: [stop('part', factoryStop, 3), stop('next part', factoryNext, 3)],
    machines: [
      machine('first of three', 25, 8),
      machine('second of three', 40, 8),
      machine('third of three', 2, 8),
    ],
  },
]

const request: DeliveryRequest = { at: buyer, serviceSeconds: 60, dueAtMs: null, nowMs }

export const evergreenTerrace = { request, vehicles, travel }
