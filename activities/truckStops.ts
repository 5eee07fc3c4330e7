// Puts a buyer's stop on a truck's list and takes it off again; the list's version keeps two writers apart.
import { type Insertion, insertStop, type OnBoardMachine } from '../domain/dispatch/insert.ts'
import { DomainError } from '../domain/failure.ts'
import { chooseMachine, defaultMachineRules, partNeedOf } from '../domain/machines.ts'
import type { DispatchRules } from '../domain/model/dispatchRules.ts'
import type { Customization, Item } from '../domain/model/item.ts'
import type { Promise50 } from '../domain/model/offer.ts'
import type { Decision } from '../domain/model/order.ts'
import type { Place } from '../domain/model/place.ts'
import type { Stop, Vehicle } from '../domain/model/site.ts'
import { routeOf, wayOf } from '../domain/dispatch/vehicleRoute.ts'
import { recordDecision } from '../storage/decisions.ts'
import { destinationOf } from '../storage/destinations.ts'
import { appendEvent } from '../storage/events.ts'
import { type FleetMachine, fleetMachines, fleetVehicles } from '../storage/fleet.ts'
import { itemById } from '../storage/items.ts'
import { bookSlot, releaseReservations } from '../storage/reservations.ts'
import { dispatchRules } from '../storage/rules.ts'
import type { Tx } from '../storage/storage.ts'
import type { OrdersDeps } from './deps.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'travel' | 'nowMs'>

export interface TruckBooking {
  fulfilmentId: string
  orderId: string
  storefrontId: string
  siteId: string
  machineId: string
  vehicleId: string | null
  region: string
  promise: Promise50
  quantity: number
  customization: Customization
  itemId: string
  /** All its parts are made: whichever truck takes it has nothing to wait for. */
  made: boolean
}

/** So often the list of a truck may change under a decision before Temporal tries again later. */
const tries = 5
const serviceSeconds = 90

export async function bookStop(
  deps: Deps,
  booking: TruckBooking,
  wanted: string | null,
): Promise<void> {
  const { storage } = deps
  const destination = await destinationOf(storage, booking.orderId)
  const item = await itemById(storage, booking.itemId)
  for (let attempt = 1; attempt <= tries; attempt++) {
    const { region } = booking
    const [vehicles, machines] = await Promise.all([
      fleetVehicles(storage, region),
      fleetMachines(storage, { region }),
    ])
    const holder = vehicles.find(({ stops }) =>
      stops.some((stop) => stop.fulfilmentId === booking.fulfilmentId),
    )
    if (holder && (wanted === null || wanted === holder.id)) return
    const choice = await choose(deps, { booking, item, destination, vehicles, machines, wanted })
    if (await write(deps, { booking, destination, holder }, choice)) return
  }
  throw new Error('the stop lists changed under every decision')
}

export async function unbookStop(
  { sql }: Pick<Tx, 'sql'>,
  fulfilmentId: string,
  { keptOn = '' } = {},
): Promise<void> {
  await sql(
    `update vehicle set stops_version = stops_version + 1, stops = coalesce(
         (select jsonb_agg(s order by at) from jsonb_array_elements(stops) with ordinality as t(s, at)
           where s->>'fulfilmentId' is distinct from $1), '[]')
     where stops @> jsonb_build_array(jsonb_build_object('fulfilmentId', $1::text)) and id <> $2`,
    [fulfilmentId, keptOn],
  )
}

interface Scene {
  booking: TruckBooking
  item: Item
  destination: { place: Place }
  vehicles: Vehicle[]
  machines: FleetMachine[]
  wanted: string | null
}

interface Chosen {
  vehicle: Vehicle
  insertion: Insertion
  decision: Decision
}

/** The truck that was offered goes first; only when it no longer fits are all others asked. */
async function choose(deps: Deps, scene: Scene): Promise<Chosen> {
  const { booking, vehicles, wanted, destination } = scene
  const inForce = await dispatchRules(deps.storage, booking.region)
  const rules = wanted === null ? inForce : withoutLimits(inForce)
  const facts = await deps.travel.facts(destination.place, vehicles.map(wayOf), [])
  const nowMs = deps.nowMs()
  const request = { at: facts.buyer, serviceSeconds, dueAtMs: booking.promise.p95AtMs, nowMs }
  const routes = vehicles.map((vehicle, index) => ({
    ...routeOf(vehicle, facts.ways[index] ?? []),
    machines: onBoard(scene, vehicle, nowMs),
  }))
  const first = wanted ?? booking.vehicleId
  const offered = insertStop(
    request,
    routes.filter(({ vehicleId }) => vehicleId === first),
    facts.travel,
    rules,
  )
  const choice =
    offered.chosen || wanted !== null ? offered : insertStop(request, routes, facts.travel, rules)
  const vehicle = vehicles.find(({ id }) => id === choice.chosen?.vehicleId)
  if (choice.chosen && vehicle)
    return { vehicle, insertion: choice.chosen, decision: choice.decision }
  const reasons = choice.decision.candidates.map(({ id, reason }) => [id, reason] as const)
  throw new DomainError(
    wanted ? 'vehicle_out_of_service' : 'no_vehicle_fits',
    Object.fromEntries(reasons),
  )
}

/** An operator who names a truck knows why; the stops that it has are served all the same. */
function withoutLimits(rules: DispatchRules): DispatchRules {
  return {
    ...rules,
    maxDeviationMinutes: Infinity,
    maxDeviationMeters: Infinity,
    maxStopDelayMinutes: Infinity,
    maxWaitingMinutes: Infinity,
    maxLatenessMinutes: null,
  }
}

/** The machine that is booked keeps its slot; any other is asked when it could begin. */
function onBoard(
  { booking, item, machines }: Scene,
  vehicle: Vehicle,
  nowMs: number,
): OnBoardMachine[] {
  const { customization, quantity, machineId, promise } = booking
  if (booking.made) return [{ machineId, freeAtMs: nowMs, makingMinutes: 0, coolDownMinutes: 0 }]
  const here = machines.filter(({ machine }) => machine.siteId === vehicle.siteId)
  const facts = here.map(({ machine, site, freeAtMs }) => ({
    machine,
    siteKind: site.kind,
    freeAtMs: machine.id === machineId ? promise.makeStartsAtMs : freeAtMs,
    mounted: null,
    scrapShare: 0,
    metersToBuyer: null,
  }))
  const { fit } = chooseMachine(
    partNeedOf(item, customization, quantity, nowMs),
    facts,
    defaultMachineRules,
  )
  const booked = fit.filter((making) => making.machineId === machineId)
  return (booked.length > 0 ? booked : fit).map((making) => ({
    machineId: making.machineId,
    freeAtMs: making.startsAtMs,
    makingMinutes: making.minutes,
    coolDownMinutes: making.coolDownMinutes,
  }))
}

interface Planned extends Pick<Scene, 'booking' | 'destination'> {
  /** The truck on whose list the stop is until the new one is written: a refusal leaves it there. */
  holder: Vehicle | undefined
}

/** False when the truck's list has changed since it was read, or the machine's time is taken: decide again. */
async function write(
  { storage }: Deps,
  { booking, destination, holder }: Planned,
  { vehicle, insertion, decision }: Chosen,
): Promise<boolean> {
  const { fulfilmentId, orderId } = booking
  const stop: Stop = {
    id: `stop-${fulfilmentId}`,
    place: destination.place,
    label: '',
    fulfilmentId,
    serviceSeconds,
    readyAtMs: Math.round(insertion.readyAtMs),
    dueAtMs: Math.round(insertion.arrivesAtMs),
  }
  return await storage.transaction(async (tx) => {
    const stops = vehicle.stops.toSpliced(insertion.position, 0, stop)
    const written = await tx.sql(
      `update vehicle set stops = $3::jsonb, stops_version = stops_version + 1
       where id = $1 and stops_version = $2 returning id`,
      [vehicle.id, vehicle.stopsVersion, JSON.stringify(stops)],
    )
    if (written.length === 0) return false
    if (holder) await unbookStop(tx, fulfilmentId, { keptOn: vehicle.id })
    if (insertion.machineId !== booking.machineId) {
      await releaseReservations(tx, { fulfilmentId })
      const seconds = Math.ceil((insertion.readyAtMs - insertion.makeStartsAtMs) / 1000)
      const notBefore = new Date(insertion.makeStartsAtMs)
      await bookSlot(tx, {
        resourceId: insertion.machineId,
        seconds,
        notBefore,
        orderId,
        fulfilmentId,
      })
    }
    await tx.sql(
      `update fulfilment set vehicle_id = $2, site_id = $3, machine_id = $4 where id = $1`,
      [fulfilmentId, vehicle.id, vehicle.siteId, insertion.machineId],
    )
    await recordDecision(tx, { orderId, subjectId: fulfilmentId, decision })
    await appendEvent(tx, {
      orderId,
      type: 'fulfilment.stop_planned',
      data: {
        fulfilment_id: fulfilmentId,
        vehicle_id: vehicle.id,
        before_stop: insertion.beforeStopId,
        arrives_at: new Date(insertion.arrivesAtMs).toISOString(),
        deviation_meters: Math.round(insertion.deviationMeters),
      },
    })
    return true
  })
}
