// Writes what vehicles and lockers report into the fulfilments, the stop lists and the stories of the orders.
import { noteDeparture, noteStanding } from '../../storage/driving.ts'
import { appendEvents, type NewEvent } from '../../storage/events.ts'
import type { Tx } from '../../storage/storage.ts'
import type { InboxEvent } from './inboxEvent.ts'

type FromVehicle = Extract<InboxEvent, { kind: 'vehicle' }>
type FromLockers = Extract<InboxEvent, { kind: 'lockers' }>

/** Who is concerned by a vehicle that goes out of service is kept with the event: its list will have changed later. */
export async function nameConcerned(
  { sql }: Pick<Tx, 'sql'>,
  batch: readonly InboxEvent[],
): Promise<void> {
  for (const inbox of batch) {
    if (inbox.kind !== 'vehicle' || inbox.event.type !== 'out_of_service') continue
    const rows = await sql<{ id: string }>(
      `select distinct s->>'fulfilmentId' as id from vehicle, jsonb_array_elements(stops) s
       where vehicle.id = $1 and s->>'fulfilmentId' is not null`,
      [inbox.id],
    )
    inbox.fulfilmentIds = rows.map(({ id }) => id)
  }
}

export async function applyVehicleEvents(
  tx: Pick<Tx, 'sql'>,
  batch: readonly FromVehicle[],
): Promise<void> {
  if (batch.length === 0) return
  await takeOffDoneStops(tx, batch)
  for (const { id, event } of batch) {
    const at = new Date(event.atMs)
    if (event.type === 'departed') await noteDeparture(tx, id, at)
    if (event.type === 'arrived' || event.type === 'out_of_service') await noteStanding(tx, id, at)
    if (event.type !== 'out_of_service' && event.type !== 'in_service') continue
    const inService = event.type === 'in_service'
    // Positions say it too, without an order among them: the later word counts.
    await tx.sql(
      `update vehicle set in_service = $2, seen_at = $3
       where id = $1 and (seen_at is null or seen_at <= $3)`,
      [id, inService, at],
    )
  }
  await tellOrders(
    tx,
    batch.flatMap(({ id, event, fulfilmentIds = [] }) => {
      const concerned = event.fulfilmentId === null ? fulfilmentIds : [event.fulfilmentId]
      if (event.type === 'stop_done') return []
      return concerned.map((fulfilmentId) => ({
        fulfilmentId,
        type: event.type,
        atMs: event.atMs,
        data: { vehicle_id: id },
      }))
    }),
  )
}

export async function applyLockerEvents(
  tx: Pick<Tx, 'sql'>,
  batch: readonly FromLockers[],
): Promise<void> {
  await tellOrders(
    tx,
    batch.flatMap(({ event }) => {
      const { fulfilmentId, compartmentId, type, atMs } = event
      if (fulfilmentId === null) return []
      const told = type === 'refused' ? 'code_refused' : type
      return [{ fulfilmentId, type: told, atMs, data: { compartment_id: compartmentId } }]
    }),
  )
}

/**
 * A stop that is behind leaves the list, and the rest is sent to the vehicle anew. On a round that
 * repeats, the vehicle's own stop comes again at the end, under a new id.
 */
async function takeOffDoneStops(
  { sql }: Pick<Tx, 'sql'>,
  batch: readonly FromVehicle[],
): Promise<void> {
  const done = batch.filter(({ event }) => event.type === 'stop_done')
  for (const vehicleId of new Set(done.map(({ id }) => id))) {
    const stopIds = done.filter(({ id }) => id === vehicleId).map(({ event }) => event.stopId)
    await sql(
      `update vehicle set stops_version = stops_version + 1, stops = coalesce(
         (select jsonb_agg(
             case when done then s || jsonb_build_object('id',
               regexp_replace(s->>'id', '[.]r[0-9]+$', '') || '.r' || (stops_version + 1)) else s end
             order by done, at)
           from (select s, at, s->>'id' = any($2::text[]) as done
             from jsonb_array_elements(stops) with ordinality as t(s, at)) listed
           where not done or (repeats_round and s->>'fulfilmentId' is null)), '[]')
       where id = $1 and exists (
         select 1 from jsonb_array_elements(stops) s where s->>'id' = any($2::text[]))`,
      [vehicleId, stopIds],
    )
  }
}

interface Telling {
  fulfilmentId: string
  type: string
  atMs: number
  data: Record<string, unknown>
}

async function tellOrders(tx: Pick<Tx, 'sql'>, tellings: readonly Telling[]): Promise<void> {
  if (tellings.length === 0) return
  const ids = [...new Set(tellings.map(({ fulfilmentId }) => fulfilmentId))]
  const arrived = tellings.filter(({ type }) => type === 'arrived')
  const rows = await tx.sql<{ id: string; orderId: string }>(
    `select id, order_id as "orderId" from fulfilment where id = any($1)`,
    [ids],
  )
  for (const { fulfilmentId, atMs } of arrived) {
    await tx.sql(
      `update fulfilment set arrived_at = to_timestamp($2 / 1000.0) where id = $1 and arrived_at is null`,
      [fulfilmentId, atMs],
    )
  }
  const orders = new Map(rows.map(({ id, orderId }) => [id, orderId]))
  const events = tellings.flatMap(({ fulfilmentId, type, data }): NewEvent[] => {
    const orderId = orders.get(fulfilmentId)
    if (orderId === undefined) return []
    return [{ orderId, type: `delivery.${type}`, data: { fulfilment_id: fulfilmentId, ...data } }]
  })
  await appendEvents(tx, events)
}
