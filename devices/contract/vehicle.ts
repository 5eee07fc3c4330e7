// Vehicles: the stop list that the platform keeps for them, where they are, and what happens at the stops.
import { Type, type Static } from 'typebox'
import { limits } from './limits.ts'
import { AtMs, DeviceId, EventHead, JobId, Lat, Lon, nullable, strict } from './parts.ts'

/** A tuple as JSON Schema 2020-12 writes it. */
const LonLat = Type.Unsafe<[lon: number, lat: number]>({
  type: 'array',
  prefixItems: [Lon, Lat],
  items: false,
  minItems: 2,
})

export const ListedStop = Type.Object(
  {
    id: DeviceId,
    lon: Lon,
    lat: Lat,
    label: Type.String({ maxLength: 200 }),
    /** Null on the vehicle's own round. */
    fulfilmentId: nullable(JobId),
    serviceSeconds: Type.Number({ minimum: 0, maximum: 86_400 }),
    /** What is handed over here is made by then; 0 where nothing has to be waited for. */
    readyAtMs: AtMs,
    /** Whether what is handed over here is on board; true where nothing is. */
    loaded: Type.Boolean(),
    /** The streets from the stop before, [lon, lat] each; a straight line where it is left out. */
    path: Type.Optional(Type.Array(LonLat, { maxItems: limits.pathPointsPerLeg, minItems: 2 })),
  },
  { additionalProperties: false },
)
export type ListedStop = Static<typeof ListedStop>

/** Retained, published by the platform; the stops still to be made, in driving order. */
export const StopList = strict({
  version: Type.Integer({ minimum: 0 }),
  stops: Type.Array(ListedStop, { maxItems: limits.stopsPerVehicle }),
})
export type StopList = Static<typeof StopList>

/** QoS 0. */
export const VehiclePosition = strict({
  bootId: Type.String(),
  atMs: AtMs,
  lon: Lon,
  lat: Lat,
  /** Degrees from north, clockwise. */
  heading: Type.Number({ minimum: 0, maximum: 360 }),
  nextStopId: nullable(DeviceId),
  stopsVersion: Type.Integer({ minimum: 0 }),
  inService: Type.Boolean(),
})
export type VehiclePosition = Static<typeof VehiclePosition>

const atStop = { ...EventHead, stopId: DeviceId, fulfilmentId: nullable(JobId) }
const ofVehicle = { ...EventHead, stopId: Type.Null(), fulfilmentId: Type.Null() }

/** departed: on the way to the stop; not_met: nobody took it, it stays on board; stop_done: the stop is behind. */
export const vehicleEvents = {
  departed: strict({ type: Type.Literal('departed'), ...atStop }),
  arrived: strict({ type: Type.Literal('arrived'), ...atStop }),
  handed_over: strict({ type: Type.Literal('handed_over'), ...atStop }),
  not_met: strict({ type: Type.Literal('not_met'), ...atStop }),
  stop_done: strict({ type: Type.Literal('stop_done'), ...atStop }),
  out_of_service: strict({ type: Type.Literal('out_of_service'), ...ofVehicle }),
  in_service: strict({ type: Type.Literal('in_service'), ...ofVehicle }),
}
export type VehicleEvent = {
  [T in keyof typeof vehicleEvents]: Static<(typeof vehicleEvents)[T]>
}[keyof typeof vehicleEvents]
