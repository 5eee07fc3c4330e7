// Gathers what a plan of stops is decided from: the trucks of a region, the places to bring to, and the roads between.
import { chooseMachine, defaultMachineRules, partNeedOf } from '../domain/machines.ts'
import { routeOf, wayOf } from '../domain/dispatch/vehicleRoute.ts'
import type { Item } from '../domain/model/item.ts'
import type { Place } from '../domain/model/place.ts'
import type { Vehicle } from '../domain/model/site.ts'
import type { RequestFacts, StopFacts } from '../domain/stopPlan.ts'
import { findDestination } from '../storage/destinations.ts'
import { type FleetMachine, fleetMachines, fleetVehicles } from '../storage/fleet.ts'
import { itemById } from '../storage/items.ts'
import type { OrdersDeps } from './deps.ts'
import type { PlannedFulfilment } from './fulfilments.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'travel' | 'nowMs'>

/** A stop that is asked for, with the fulfilment that it is for. */
export interface StopAsked {
  booking: PlannedFulfilment
  wantedVehicleId: string | null
}

export interface StopScene {
  facts: StopFacts
  /** By id, as their lists were read: a plan holds only as long as they are still so. */
  vehicles: ReadonlyMap<string, Vehicle>
  places: ReadonlyMap<string, Place>
}

const serviceSeconds = 90
/** A region with more trucks asks those whose way comes nearest to one of the places. */
const vehiclesAtMost = 100

export async function gatherStops(
  deps: Deps,
  region: string,
  asked: readonly StopAsked[],
): Promise<StopScene> {
  const { storage } = deps
  const [fleet, machines, places, items] = await Promise.all([
    fleetVehicles(storage, region),
    fleetMachines(storage, { region }),
    placesOf(deps, asked),
    itemsOf(deps, asked),
  ])
  const nowMs = deps.nowMs()
  const goals = asked.flatMap(({ booking }) => places.get(booking.fulfilmentId) ?? [])
  const wanted = new Set(asked.flatMap(offeredOrWanted))
  const vehicles = nearestTo(goals, fleet, wanted).map((vehicle) => without(vehicle, asked))
  const mapped = await mapOut(deps, vehicles, goals)
  const placed = asked.filter(({ booking }) => places.has(booking.fulfilmentId))
  return {
    facts: {
      nowMs,
      vehicles: vehicles.map((vehicle, nth) => routeOf(vehicle, mapped.ways[nth] ?? [])),
      requests: placed.map((one, nth) =>
        requestOf(one, mapped.goals[nth] ?? -1, { items, machines, vehicles, nowMs }),
      ),
      legs: mapped.legs,
    },
    vehicles: new Map(fleet.map((vehicle) => [vehicle.id, vehicle])),
    places,
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

async function itemsOf({ storage }: Deps, asked: readonly StopAsked[]): Promise<Map<string, Item>> {
  const ids = [...new Set(asked.map(({ booking }) => booking.itemId))]
  const items = await Promise.all(ids.map((id) => itemById(storage, id)))
  return new Map(items.map((item) => [item.id, item]))
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
  const away = (vehicle: Vehicle): number =>
    named.has(vehicle.id)
      ? -1
      : Math.min(...wayOf(vehicle).flatMap((at) => goals.map((goal) => squareAway(at, goal))))
  const byWay = fleet.map((vehicle) => ({ vehicle, meters: away(vehicle) }))
  const nearest = byWay.toSorted((a, b) => a.meters - b.meters).slice(0, vehiclesAtMost)
  const kept = new Set(nearest.map(({ vehicle }) => vehicle.id))
  return fleet.filter(({ id }) => kept.has(id))
}

/** As the crow flies, and good enough to tell near from far. */
function squareAway(a: Place, b: Place): number {
  const x = (a.lon - b.lon) * Math.cos((b.lat * Math.PI) / 180)
  return x * x + (a.lat - b.lat) ** 2
}

/** Gives every place an index, the goals first, and asks the roads between them. */
async function mapOut({ travel }: Deps, vehicles: readonly Vehicle[], goals: readonly Place[]) {
  const places = [...goals]
  const ways = vehicles.map((vehicle) => wayOf(vehicle).map((place) => places.push(place) - 1))
  const points = [...goals.keys()]
  return { goals: points, ways, legs: await travel.legs({ places, points, ways }) }
}

function requestOf(one: StopAsked, at: number, fleet: Fleet): RequestFacts {
  const { booking, wantedVehicleId } = one
  return {
    requestId: booking.fulfilmentId,
    at,
    serviceSeconds,
    dueAtMs: booking.promise.p95AtMs,
    offeredVehicleId: booking.vehicleId,
    wantedVehicleId,
    machines: onBoard(one, fleet),
  }
}

interface Fleet {
  items: ReadonlyMap<string, Item>
  machines: readonly FleetMachine[]
  vehicles: readonly Vehicle[]
  nowMs: number
}

/** By truck, what on board can make the part; where it is made already any truck has it at once. */
function onBoard({ booking }: StopAsked, fleet: Fleet): RequestFacts['machines'] {
  const item = fleet.items.get(booking.itemId)
  return Object.fromEntries(
    fleet.vehicles.flatMap(({ id, siteId }) => {
      const here = fleet.machines.filter(({ machine }) => machine.siteId === siteId)
      const making = booking.made
        ? [madeBefore(booking, fleet)]
        : fitting(booking, item, here, fleet)
      return making.length > 0 ? [[id, making] as const] : []
    }),
  )
}

const madeBefore = ({ machineId }: PlannedFulfilment, { nowMs }: Fleet) => ({
  machineId,
  freeAtMs: nowMs,
  makingMinutes: 0,
  coolDownMinutes: 0,
})

/** The machine that is booked keeps its slot; any other is asked when it could begin. */
function fitting(
  { customization, quantity, machineId, promise }: PlannedFulfilment,
  item: Item | undefined,
  here: readonly FleetMachine[],
  { nowMs }: Fleet,
) {
  if (!item || here.length === 0) return []
  const facts = here.map(({ machine, site, freeAtMs }) => ({
    machine,
    siteKind: site.kind,
    freeAtMs: machine.id === machineId ? promise.makeStartsAtMs : freeAtMs,
    mounted: null,
    scrapShare: 0,
    metersToBuyer: null,
  }))
  const part = partNeedOf(item, customization, quantity, nowMs)
  const { fit } = chooseMachine(part, facts, defaultMachineRules)
  const booked = fit.filter((making) => making.machineId === machineId)
  return (booked.length > 0 ? booked : fit).map((making) => ({
    machineId: making.machineId,
    freeAtMs: making.startsAtMs,
    makingMinutes: making.minutes,
    coolDownMinutes: making.coolDownMinutes,
  }))
}
