// Gathers what a plan of stops is decided from: trucks, what stands on their lists, roads between.
import type { FleetVehicle, MadeOnBoard } from '../domain/dispatch/facts.ts'
import { routeOf, wayOf } from '../domain/dispatch/vehicleRoute.ts'
import { legsAtSpeed } from '../domain/legTable.ts'
import type { Place } from '../domain/model/place.ts'
import type { Vehicle } from '../domain/model/site.ts'
import type { NamedStop, StopFacts } from '../domain/stopPlan.ts'
import { findDestination } from '../storage/destinations.ts'
import { fleetMachines, fleetVehicles } from '../storage/fleet.ts'
import { planningRules } from '../storage/rules.ts'
import type { OrdersDeps } from './deps.ts'
import { bookingsById, type PlannedFulfilment } from './fulfilments.ts'
import { openWorkshop, type Workshop } from './onBoard.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'travel' | 'nowMs'>

/** A stop that is asked for, with the fulfilment that it is for. */
export interface StopAsked {
  booking: PlannedFulfilment
  /** The truck that an operator names. */
  wantedVehicleId: string | null
}

export interface StopScene {
  facts: StopFacts
  /** By id, as their lists were read: a plan holds only as long as they are still so. */
  vehicles: ReadonlyMap<string, Vehicle>
  /** Of what was asked, where somebody still knows its place. */
  places: ReadonlyMap<string, Place>
  /** What stands on a list and may be moved. */
  standing: readonly PlannedFulfilment[]
}

/** A region with more trucks asks those whose way comes nearest to one of the places. */
const vehiclesAtMost = 100
/** So many stops of earlier orders are thought about anew, the nearest first. */
const standingAtMost = 40

export async function gatherStops(
  deps: Deps,
  region: string,
  asked: readonly StopAsked[],
): Promise<StopScene> {
  const { storage } = deps
  const [fleet, machines, places, planning] = await Promise.all([
    fleetVehicles(storage, region),
    fleetMachines(storage, { region }),
    placesOf(deps, asked),
    planningRules(storage, region),
  ])
  const nowMs = Math.round(deps.nowMs())
  const placed = asked.filter(({ booking }) => places.has(booking.fulfilmentId))
  const goals = placed.flatMap(({ booking }) => places.get(booking.fulfilmentId) ?? [])
  const named = new Set(asked.flatMap(offeredOrWanted))
  const vehicles = nearestTo(goals, fleet, named).map((vehicle) => without(vehicle, asked))
  const open = placed.filter(({ wantedVehicleId }) => wantedVehicleId === null)
  const standing = open.length > 0 ? await standingOn(deps, vehicles, goals) : []
  const bookings = [...placed.map(({ booking }) => booking), ...standing]
  const workshop = await openWorkshop(storage, { bookings, machines, vehicles, nowMs })
  const { handOverSeconds: serviceSeconds, travelSpeed } = planning
  const mapped = await mapOut(deps, { vehicles, goals, standing })
  const placeOf = new Map(placed.map((one, nth) => [one, mapped.goals[nth] ?? -1]))
  return {
    facts: {
      nowMs,
      seed: nowMs % 2 ** 31,
      vehicles: vehicles.map((vehicle, nth) =>
        vehicleFacts(vehicle, mapped.ways[nth] ?? [], { workshop, standing, serviceSeconds }),
      ),
      requests: [
        ...open.map((one) => {
          return requestOf(one.booking, placeOf.get(one) ?? -1, { workshop, serviceSeconds })
        }),
        ...standingRequests(vehicles, mapped.ways, { workshop, standing, serviceSeconds }),
      ],
      named: placed.flatMap((one) => {
        return namedOf(one, placeOf.get(one) ?? -1, { workshop, serviceSeconds })
      }),
      legs: legsAtSpeed(mapped.legs, travelSpeed),
    },
    vehicles: new Map(fleet.map((vehicle) => [vehicle.id, vehicle])),
    places,
    standing,
  }
}

function offeredOrWanted({ booking, wantedVehicleId }: StopAsked): string[] {
  return [booking.vehicleId, wantedVehicleId].filter((id) => id !== null)
}

/** Where a buyer was erased meanwhile there is nothing to bring any more, and the others go on. */
async function placesOf(
  { storage }: Deps,
  asked: readonly StopAsked[],
): Promise<Map<string, Place>> {
  const found = await Promise.all(
    asked.map(async ({ booking: { fulfilmentId, orderId } }) => {
      const destination = await findDestination(storage, orderId)
      return destination ? [[fulfilmentId, destination.place] as const] : []
    }),
  )
  return new Map(found.flat())
}

/** What is asked for again is planned as if it were on no list. */
function without(vehicle: Vehicle, asked: readonly StopAsked[]): Vehicle {
  const anew = new Set(asked.map(({ booking }) => booking.fulfilmentId))
  const stops = vehicle.stops.filter(
    ({ fulfilmentId }) => fulfilmentId === null || !anew.has(fulfilmentId),
  )
  return stops.length === vehicle.stops.length ? vehicle : { ...vehicle, stops }
}

function nearestTo(
  goals: readonly Place[],
  fleet: readonly Vehicle[],
  named: ReadonlySet<string>,
): Vehicle[] {
  if (fleet.length <= vehiclesAtMost) return [...fleet]
  const byWay = fleet.map((vehicle) => {
    const away = wayOf(vehicle).flatMap((at) => goals.map((goal) => squareAway(at, goal)))
    return { vehicle, away: named.has(vehicle.id) ? -1 : Math.min(...away) }
  })
  const nearest = byWay.toSorted((a, b) => a.away - b.away).slice(0, vehiclesAtMost)
  const kept = new Set(nearest.map(({ vehicle }) => vehicle.id))
  return fleet.filter(({ id }) => kept.has(id))
}

/** As the crow flies, and good enough to tell near from far. */
function squareAway(a: Place, b: Place): number {
  const x = (a.lon - b.lon) * Math.cos((b.lat * Math.PI) / 180)
  return x * x + (a.lat - b.lat) ** 2
}

/** Stops of earlier orders, the nearest to what is asked: these may change their truck or their turn. */
async function standingOn(
  { storage }: Deps,
  vehicles: readonly Vehicle[],
  goals: readonly Place[],
): Promise<PlannedFulfilment[]> {
  const byAway = vehicles
    .flatMap(({ stops }) => stops)
    .flatMap(({ fulfilmentId, place }) =>
      fulfilmentId === null
        ? []
        : { fulfilmentId, away: Math.min(...goals.map((goal) => squareAway(place, goal))) },
    )
    .toSorted((a, b) => a.away - b.away || (a.fulfilmentId < b.fulfilmentId ? -1 : 1))
  const nearest = byAway.slice(0, standingAtMost).map(({ fulfilmentId }) => fulfilmentId)
  return await bookingsById(storage, nearest)
}

interface Scene {
  vehicles: readonly Vehicle[]
  goals: readonly Place[]
  standing: readonly PlannedFulfilment[]
}

/** Gives every place an index, the goals first, and asks the roads between them. */
async function mapOut({ travel }: Deps, { vehicles, goals, standing }: Scene) {
  const movable = new Set(standing.map(({ fulfilmentId }) => fulfilmentId))
  const places = [...goals]
  const points = [...goals.keys()]
  const ways = vehicles.map((vehicle) => wayOf(vehicle).map((place) => places.push(place) - 1))
  // What a way would be without what may be moved away.
  const others = vehicles.map(({ stops }, nth) =>
    (ways[nth] ?? []).filter((at, position) => {
      const moves = movable.has(stops[position - 1]?.fulfilmentId ?? '')
      if (moves) points.push(at)
      return !moves
    }),
  )
  const legs = await travel.legs({ places, points, ways: [...ways, ...others] })
  return { goals: [...goals.keys()], ways, legs }
}

interface Asked {
  workshop: Workshop
  /** At the buyer's door. */
  serviceSeconds: number
}

interface Known extends Asked {
  standing: readonly PlannedFulfilment[]
}

function vehicleFacts(
  vehicle: Vehicle,
  way: readonly number[],
  { workshop, standing }: Known,
): FleetVehicle {
  const route = routeOf(vehicle, way)
  const stops = route.stops.map((stop, nth) => {
    const own = standing.find(
      ({ fulfilmentId }) => fulfilmentId === vehicle.stops[nth]?.fulfilmentId,
    )
    return own ? workshop.standingStop(stop, own) : stop
  })
  return { ...route, stops, machines: workshop.machinesOf(vehicle, stops) }
}

function standingRequests(
  vehicles: readonly Vehicle[],
  ways: readonly (readonly number[])[],
  { standing, ...known }: Known,
): MadeOnBoard[] {
  return vehicles.flatMap((vehicle, row) =>
    vehicle.stops.flatMap((stop, nth) => {
      const own = standing.find(({ fulfilmentId }) => fulfilmentId === stop.fulfilmentId)
      const at = ways[row]?.[nth + 1] ?? -1
      return own ? { ...requestOf(own, at, known), ...bound(own, vehicle) } : []
    }),
  )
}

/** What is being made, or was put there by an operator, stays on its truck. */
function bound(
  { begun, wantedVehicleId }: PlannedFulfilment,
  { id }: Vehicle,
): Pick<MadeOnBoard, 'vehicleIds'> {
  return begun || wantedVehicleId !== null ? { vehicleIds: [id] } : {}
}

function requestOf(
  booking: PlannedFulfilment,
  at: number,
  { workshop, serviceSeconds }: Asked,
): MadeOnBoard {
  return {
    kind: 'made_on_board',
    requestId: booking.fulfilmentId,
    at,
    serviceSeconds,
    dueAtMs: Math.round(booking.promise.p95AtMs),
    making: workshop.makingOf(booking),
  }
}

function namedOf(
  { booking, wantedVehicleId }: StopAsked,
  at: number,
  { workshop, serviceSeconds }: Asked,
): NamedStop[] {
  if (wantedVehicleId === null) return []
  return [
    {
      requestId: booking.fulfilmentId,
      vehicleId: wantedVehicleId,
      at,
      serviceSeconds,
      dueAtMs: Math.round(booking.promise.p95AtMs),
      machines: workshop.machinesFor(booking, wantedVehicleId),
    },
  ]
}
