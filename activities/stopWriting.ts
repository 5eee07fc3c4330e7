// Writes a plan of stops in one transaction: lists, slots, decisions, events, and its facts.
import { isDeepStrictEqual } from 'node:util'
import type { Stop, Vehicle } from '../domain/model/site.ts'
import {
  type PlacedStop,
  type PlannedStop,
  requestIdOf,
  type StopPlan,
} from '../domain/stopPlan.ts'
import { recordDecision } from '../storage/decisions.ts'
import { type DispatchBatch, keepBatch, packedBatch } from '../storage/dispatchBatches.ts'
import { appendEvents } from '../storage/events.ts'
import { newId } from '../storage/ids.ts'
import { bookSlot, releaseReservations } from '../storage/reservations.ts'
import type { DispatchRulesVersion } from '../storage/rules.ts'
import type { Tx } from '../storage/storage.ts'
import type { OrdersDeps } from './deps.ts'
import type { PlannedFulfilment } from './fulfilments.ts'
import type { StopAsked, StopScene } from './stopFacts.ts'

export interface Decided {
  region: string
  asked: readonly StopAsked[]
  scene: StopScene
  inForce: DispatchRulesVersion
  plan: StopPlan
}

/** Whoever asked, within the transaction that writes the plan. */
export interface Asking {
  /** Locks what was asked; false when somebody asks no more, or has been answered. */
  stillAsks: (tx: Tx) => Promise<boolean>
  answer: (tx: Tx, plan: StopPlan) => Promise<void>
  /** After everything else, when the rows of the orders are locked by their events. */
  written: (tx: Tx) => Promise<void>
}

/** `changed`: a list is not as it was read; `withdrawn`: somebody no longer asks. Nothing is written in either case. */
type Written = 'written' | 'changed' | 'withdrawn'

export async function writePlan(
  { storage }: Pick<OrdersDeps, 'storage'>,
  decided: Decided,
  asking: Asking,
): Promise<Written> {
  const lists = listsAfter(decided)
  const batch = batchOf(decided)
  const packed = await packedBatch(batch)
  const { stops } = decided.plan
  const planned = [...decided.asked.map(({ booking }) => booking), ...decided.scene.standing]
  const bookings = new Map(planned.map((booking) => [booking.fulfilmentId, booking]))
  return await storage.transaction(async (tx) => {
    if (!(await asking.stillAsks(tx))) return 'withdrawn'
    if (!(await areNotBegun(tx, decided)) || !(await areAsRead(tx, lists))) return 'changed'
    await asking.answer(tx, decided.plan)
    await writeLists(tx, lists)
    for (const stop of stops) {
      await writeStop(tx, decided, batch, stop, bookings.get(stop.requestId))
    }
    await keepBatch(tx, batch, packed)
    await appendEvents(
      tx,
      stops.flatMap((stop) => eventOf(stop, bookings.get(stop.requestId))),
    )
    await asking.written(tx)
    return 'written'
  })
}

interface List {
  vehicle: Vehicle
  stops: Stop[]
}

/** Every list that the plan changes: new stops in, and those that are planned anew out of where they were. */
function listsAfter({ asked, scene, plan }: Decided): List[] {
  const routes = new Map(plan.routes.map(({ vehicleId, stops }) => [vehicleId, stops]))
  const brought = new Set(plan.stops.flatMap((stop) => (stop.brought ? stop.requestId : [])))
  const known = new Map(
    [...scene.vehicles.values()].flatMap(({ stops }) => stops.map((stop) => [stop.id, stop])),
  )
  const { requests, named } = scene.facts
  const requested = new Map([...requests, ...named].map((one) => [one.requestId, one]))
  const isLeaving = ({ fulfilmentId }: Stop) => fulfilmentId !== null && brought.has(fulfilmentId)
  const isRefused = ({ fulfilmentId }: Stop) =>
    asked.some(({ booking }) => booking.fulfilmentId === fulfilmentId) &&
    !brought.has(fulfilmentId ?? '')
  const lists = [...scene.vehicles.values()].map((vehicle): List => {
    const route = routes.get(vehicle.id)
    if (!route) return { vehicle, stops: vehicle.stops.filter((stop) => !isLeaving(stop)) }
    const stops = route.map((placed) => {
      const { stopId, requestId = requestIdOf(stopId) } = placed
      return stopOf(placed, { stop: known.get(stopId), request: requested.get(requestId) }, scene)
    })
    // What it had is not lost for having asked in vain.
    for (const [at, stop] of vehicle.stops.entries()) {
      if (isRefused(stop)) stops.splice(Math.min(at, stops.length), 0, stop)
    }
    return { vehicle, stops }
  })
  return lists.filter(({ vehicle, stops }) => !isDeepStrictEqual(vehicle.stops, stops))
}

interface Known {
  /** As it stands on a list. */
  stop: Stop | undefined
  /** As it was planned now. */
  request: { serviceSeconds: number } | undefined
}

function stopOf(
  { stopId, readyAtMs, dueAtMs, requestId }: PlacedStop,
  { stop: known, request }: Known,
  { places }: StopScene,
): Stop {
  const times = {
    readyAtMs: Math.round(readyAtMs),
    dueAtMs: dueAtMs === null ? null : Math.round(dueAtMs),
  }
  const serviceSeconds = request?.serviceSeconds ?? known?.serviceSeconds ?? 0
  if (known) return { ...known, serviceSeconds, ...times }
  const fulfilmentId = requestId ?? requestIdOf(stopId)
  const place = places.get(fulfilmentId)
  if (!place) throw new Error(`nobody knows where ${stopId} is`)
  return { id: stopId, place, label: '', fulfilmentId, serviceSeconds, ...times }
}

function batchOf({ region, scene, inForce, plan }: Decided): DispatchBatch {
  const { facts } = scene
  const { rules, version: rulesVersion } = inForce
  const decidedAtMs = Math.round(facts.nowMs)
  return { id: newId('bat'), region, decidedAtMs, rulesVersion, rules, facts, plan }
}

/** Locks the lists that change, in the order of their ids; a driver may have made a stop since they were read. */
async function areAsRead({ sql }: Tx, lists: readonly List[]): Promise<boolean> {
  if (lists.length === 0) return true
  const read = lists.map(({ vehicle: { id, stops } }) => ({ id, stops }))
  const same = await sql(
    `select v.id from vehicle v
       join jsonb_to_recordset($1::jsonb) as r(id text, stops jsonb) on r.id = v.id
     where v.stops = r.stops order by v.id for update of v`,
    [JSON.stringify(read)],
  )
  return same.length === lists.length
}

async function writeLists({ sql }: Tx, lists: readonly List[]): Promise<void> {
  if (lists.length === 0) return
  const written = lists.map(({ vehicle: { id }, stops }) => ({ id, stops }))
  await sql(
    `update vehicle v set stops = w.stops, stops_version = stops_version + 1
     from jsonb_to_recordset($1::jsonb) as w(id text, stops jsonb) where v.id = w.id`,
    [JSON.stringify(written)],
  )
}

/** What was moved is not begun yet, and nobody else begins it before this is written. */
async function areNotBegun({ sql }: Tx, { plan }: Decided): Promise<boolean> {
  const moved = movedIn(plan)
  if (moved.length === 0) return true
  const begun = await sql(
    `select j.state from job j join fulfilment u on u.id = j.fulfilment_id
     where u.id = any($1) order by j.id for update of j, u`,
    [moved],
  )
  return begun.every(({ state }) => state === 'planned' || state === 'assigned')
}

const movedIn = ({ stops }: StopPlan) =>
  stops.flatMap(({ requestId, brought }) => (brought?.cameFrom == null ? [] : requestId))

async function writeStop(
  tx: Tx,
  { scene }: Decided,
  { id: batchId, rulesVersion }: DispatchBatch,
  { requestId, brought, decision }: PlannedStop,
  booking: PlannedFulfilment | undefined,
): Promise<void> {
  if (!booking) return
  const { orderId } = booking
  await recordDecision(tx, { orderId, subjectId: requestId, decision, rulesVersion, batchId })
  const vehicle = brought && scene.vehicles.get(brought.vehicleId)
  if (!vehicle) return
  const { machineId, inOwnSlot, makeStartsAtMs, readyAtMs } = brought
  if (!inOwnSlot && !booking.made) {
    const fulfilmentId = requestId
    await releaseReservations(tx, { fulfilmentId })
    await bookSlot(tx, {
      resourceId: machineId,
      seconds: Math.ceil((readyAtMs - makeStartsAtMs) / 1000),
      notBefore: new Date(makeStartsAtMs),
      orderId,
      fulfilmentId,
    })
  }
  await tx.sql(
    `update fulfilment set vehicle_id = $2, site_id = $3, machine_id = $4 where id = $1`,
    [requestId, vehicle.id, vehicle.siteId, machineId],
  )
}

function eventOf({ requestId, brought }: PlannedStop, booking: PlannedFulfilment | undefined) {
  if (!booking || !brought) return []
  return [
    {
      orderId: booking.orderId,
      type: 'fulfilment.stop_planned',
      data: {
        fulfilment_id: requestId,
        vehicle_id: brought.vehicleId,
        before_stop: brought.beforeStopId,
        arrives_at: new Date(brought.arrivesAtMs).toISOString(),
        deviation_meters: Math.round(brought.deviationMeters),
      },
    },
  ]
}
