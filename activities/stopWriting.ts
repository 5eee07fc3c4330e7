// Writes a plan of stops in one transaction: lists, machine slots, fulfilments, decisions, events, and what it was decided from.
import type { Stop, Vehicle } from '../domain/model/site.ts'
import { type PlannedStop, stopIdOf, type StopPlan } from '../domain/stopPlan.ts'
import { recordDecision } from '../storage/decisions.ts'
import { type DispatchBatch, keepBatch, packedBatch } from '../storage/dispatchBatches.ts'
import { appendEvents } from '../storage/events.ts'
import { newId } from '../storage/ids.ts'
import { bookSlot, releaseReservations } from '../storage/reservations.ts'
import type { DispatchRulesVersion } from '../storage/rules.ts'
import type { Tx } from '../storage/storage.ts'
import type { OrdersDeps } from './deps.ts'
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
  return await storage.transaction(async (tx) => {
    if (!(await asking.stillAsks(tx))) return 'withdrawn'
    if (!(await areAsRead(tx, lists))) return 'changed'
    await asking.answer(tx, decided.plan)
    await writeLists(tx, lists)
    for (const stop of decided.plan.stops) await writeStop(tx, decided, batch, stop)
    await keepBatch(tx, batch, packed)
    await appendEvents(
      tx,
      decided.plan.stops.flatMap((stop) => eventOf(decided, stop)),
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
  const anew = new Set(
    plan.stops.flatMap(({ requestId, insertion }) => (insertion ? requestId : [])),
  )
  const lists = new Map(
    [...scene.vehicles].map(([id, vehicle]) => {
      const kept = vehicle.stops.filter(({ fulfilmentId }) => !anew.has(fulfilmentId ?? ''))
      return [id, { vehicle, stops: kept }] as const
    }),
  )
  const bookings = new Map(asked.map(({ booking }) => [booking.fulfilmentId, booking]))
  for (const { requestId, insertion } of plan.stops) {
    const list = insertion && lists.get(insertion.vehicleId)
    const place = scene.places.get(requestId)
    if (!list || !place || !bookings.has(requestId)) continue
    const before = list.stops.findIndex(({ id }) => id === insertion.beforeStopId)
    list.stops.splice(before < 0 ? list.stops.length : before, 0, {
      id: stopIdOf(requestId),
      place,
      label: '',
      fulfilmentId: requestId,
      serviceSeconds: serviceOf(scene, requestId),
      readyAtMs: Math.round(insertion.readyAtMs),
      dueAtMs: Math.round(insertion.arrivesAtMs),
    })
  }
  return [...lists.values()].filter(({ vehicle, stops }) => isOther(vehicle.stops, stops))
}

function serviceOf({ facts }: StopScene, requestId: string): number {
  return facts.requests.find((request) => request.requestId === requestId)?.serviceSeconds ?? 0
}

function isOther(before: readonly Stop[], after: readonly Stop[]): boolean {
  return before.length !== after.length || after.some((stop, nth) => stop !== before[nth])
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

async function writeStop(
  tx: Tx,
  { asked, scene }: Decided,
  { id: batchId, rulesVersion }: DispatchBatch,
  { requestId, insertion, decision }: PlannedStop,
): Promise<void> {
  const booking = asked.find((one) => one.booking.fulfilmentId === requestId)?.booking
  if (!booking) return
  const { orderId } = booking
  await recordDecision(tx, { orderId, subjectId: requestId, decision, rulesVersion, batchId })
  const vehicle = insertion && scene.vehicles.get(insertion.vehicleId)
  if (!vehicle) return
  const { machineId, makeStartsAtMs, readyAtMs } = insertion
  if (machineId !== booking.machineId) {
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

function eventOf({ asked }: Decided, { requestId, insertion }: PlannedStop) {
  const booking = asked.find((one) => one.booking.fulfilmentId === requestId)?.booking
  if (!booking || !insertion) return []
  return [
    {
      orderId: booking.orderId,
      type: 'fulfilment.stop_planned',
      data: {
        fulfilment_id: requestId,
        vehicle_id: insertion.vehicleId,
        before_stop: insertion.beforeStopId,
        arrives_at: new Date(insertion.arrivesAtMs).toISOString(),
        deviation_meters: Math.round(insertion.deviationMeters),
      },
    },
  ]
}
