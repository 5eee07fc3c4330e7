// A vehicle as dispatch sees it: its places by their index among the travel times, the next stop
// already committed.
import type { VehicleRoute } from './insert.ts'
import type { Vehicle } from '../model/site.ts'
import type { Place } from '../model/place.ts'

/** The places of a vehicle's way: where it is, then its stops in order. */
export function wayOf({ place, stops }: Vehicle): Place[] {
  return [place, ...stops.map((stop) => stop.place)]
}

/** `way` holds the indexes of wayOf(vehicle). */
export function routeOf(vehicle: Vehicle, way: readonly number[]): Omit<VehicleRoute, 'machines'> {
  const index = (at: number): number => way[at] ?? -1
  return {
    vehicleId: vehicle.id,
    inService: vehicle.inService,
    at: index(0),
    stops: vehicle.stops.map(({ id, serviceSeconds, readyAtMs, dueAtMs }, position) => ({
      stopId: id,
      at: index(position + 1),
      serviceSeconds,
      readyAtMs,
      dueAtMs,
    })),
    // The driver is on the way to the first stop and is not turned round.
    committedStops: Math.min(1, vehicle.stops.length),
    shiftEndsAtMs: vehicle.shiftEndsAtMs,
    drivenSeconds: vehicle.drivenSeconds,
  }
}
