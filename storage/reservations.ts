// Takes and gives back time on machines and in compartments: held for an offer that expires, then booked for its order.
import { newId } from './ids.ts'
import type { Sql, Storage } from './storage.ts'

export interface SlotWish {
  /** A machine or a compartment. */
  resourceId: string
  seconds: number
  notBefore: Date
  /** The latest time at which the slot may begin; none: however late. */
  notAfter?: Date
  offerId: string
  expiresAt: Date
}

export interface Slot {
  reservationId: string
  during: { from: Date; to: Date }
}

/** Holds the earliest gap that is long enough, or answers null when none begins in time. */
export async function holdSlot(on: { sql: Sql }, wish: SlotWish): Promise<Slot | null> {
  const [slot] = await holdSlots(on, [wish])
  return slot ?? null
}

/** In one round trip, resources locked in the order of their ids; answers in the order of the wishes. */
export async function holdSlots(
  { sql }: { sql: Sql },
  wishes: readonly SlotWish[],
): Promise<(Slot | null)[]> {
  if (wishes.length === 0) return []
  const wanted = wishes.map((wish) => ({ id: newId('rsv'), ...wish }))
  const rows = await sql<{ id: string; starts_at: Date; ends_at: Date }>(
    'select id, starts_at, ends_at from hold_slots($1::jsonb)',
    [JSON.stringify(wanted)],
  )
  const slots = new Map(rows.map((row) => [row.id, slotOf(row)]))
  return wanted.map(({ id }) => slots.get(id) ?? null)
}

/** Of an offer: exactly this time or none, since a later one would break its promise. */
export interface Hold {
  resourceId: string
  fromMs: number
  seconds: number
  offerId: string
}

/** As hold_exactly reads them. */
export function holdsJson(holds: readonly Hold[]): string {
  const wanted = holds.map(({ resourceId, fromMs, seconds, offerId }) => {
    const from = Math.round(fromMs)
    const to = new Date(from + Math.ceil(seconds) * 1000)
    return { id: newId('rsv'), resourceId, from: new Date(from), to, offerId }
  })
  return JSON.stringify(wanted.toSorted((a, b) => (a.resourceId < b.resourceId ? -1 : 1)))
}

/** False when the hold has expired and its time was given to somebody else; a second call for one order is harmless. */
export async function bookHold(
  { sql }: { sql: Sql },
  offerId: string,
  { orderId, fulfilmentId }: { orderId: string; fulfilmentId: string },
): Promise<boolean> {
  const [row] = await sql<{ booked: boolean }>('select book_hold($1, $2, $3) as booked', [
    offerId,
    orderId,
    fulfilmentId,
  ])
  return row?.booked ?? false
}

export interface Booking {
  resourceId: string
  seconds: number
  notBefore: Date
  notAfter?: Date
  orderId: string
  fulfilmentId: string
}

/** Books a slot that no offer held: the earliest gap that is long enough, or false. */
export async function bookSlot(
  on: { sql: Sql },
  { orderId, fulfilmentId, ...wish }: Booking,
  key = fulfilmentId,
): Promise<boolean> {
  const offerId = `${key}/${wish.resourceId}`
  const slot = await holdSlot(on, { ...wish, offerId, expiresAt: new Date(Date.now() + 60_000) })
  return slot !== null && (await bookHold(on, offerId, { orderId, fulfilmentId }))
}

/**
 * A part that is made on another machine than the one where its time is takes it along, to the earliest gap there: the
 * slot that is its own since it last moved, or its share of the one that the parts have in common. What the others
 * still need stays; what nobody needs any more is given back.
 */
export async function moveSlot(
  on: { sql: Sql },
  move: {
    jobId: string
    orderId: string
    fulfilmentId: string
    machineId: string
    notBefore: Date
  },
): Promise<void> {
  const { jobId, orderId, fulfilmentId, machineId, notBefore } = move
  const [share] = await on.sql<{ seconds: number }>(
    `with slots as (
       select r.id, r.resource_id, r.during,
         (select o.id from job o where o.fulfilment_id = $2 and r.offer_id = o.id || '/' || m.id) as job_id
       from reservation r join machine m on m.id = r.resource_id
       where r.fulfilment_id = $2 and r.state = 'booked'),
     leaves as (
       select s.id, (upper(s.during) - lower(s.during)) / (1 + count(o.id)) as share,
         count(o.id) filter (where o.state <> 'harvested') as others
       from (select * from slots where coalesce(job_id, $1) = $1 order by job_id limit 1) s
         left join job o on s.job_id is null and o.fulfilment_id = $2 and o.id <> $1
           and o.state <> 'cancelled' and not exists (select from slots where job_id = o.id)
       where s.resource_id <> $3 group by s.id, s.during),
     shortened as (
       update reservation r set during = tstzrange(lower(r.during), upper(r.during) - l.share)
       from leaves l where r.id = l.id and l.others > 0),
     given_back as (delete from reservation r using leaves l where r.id = l.id and l.others = 0)
     select ceil(extract(epoch from share))::float8 as seconds from leaves`,
    [jobId, fulfilmentId, machineId],
  )
  if (!share) return
  const slot = { resourceId: machineId, seconds: share.seconds, notBefore }
  await bookSlot(on, { ...slot, orderId, fulfilmentId }, jobId)
}

/** Gives the time back, held or booked; answers how many reservations there were. */
export async function releaseReservations(
  { sql }: { sql: Sql },
  of: { offerId: string } | { fulfilmentId: string },
): Promise<number> {
  const params = 'offerId' in of ? [of.offerId, null] : [null, of.fulfilmentId]
  const [row] = await sql<{ released: number }>(
    'select release_reservations($1, $2) as released',
    params,
  )
  return row?.released ?? 0
}

/** Offers of an order's quote that were not taken end, and whoever asks next finds their time free. */
export async function releaseUnchosen({ sql }: { sql: Sql }, orderId: string): Promise<void> {
  await sql(
    `with unchosen as (
       select f.id from offer f join orders o on o.quote_id = f.quote_id
       where o.id = $1 and f.state = 'open' and f.expires_at > now()
       order by f.id for update of f skip locked),
     ended as (update offer f set expires_at = now() from unchosen u where f.id = u.id)
     delete from reservation r using unchosen u where r.offer_id = u.id and r.state = 'held'`,
    [orderId],
  )
}

export interface BookedSlot {
  resourceId: string
  fulfilmentId: string
  fromMs: number
  toMs: number
}

/** The time that is booked for each of these fulfilments, on machines and in compartments. */
export async function bookedSlots(
  { sql }: { sql: Sql },
  fulfilmentIds: readonly string[],
): Promise<BookedSlot[]> {
  if (fulfilmentIds.length === 0) return []
  return await sql<BookedSlot>(
    `select resource_id as "resourceId", fulfilment_id as "fulfilmentId",
       extract(epoch from lower(during))::float8 * 1000 as "fromMs",
       extract(epoch from upper(during))::float8 * 1000 as "toMs"
     from reservation where fulfilment_id = any($1) and state = 'booked' order by 1, 2`,
    [fulfilmentIds],
  )
}

/** Until when each resource is taken by what is held or booked from a time on; clears away what has lapsed. */
export async function takenTimes(
  { call }: Pick<Storage, 'call'>,
  since: Date,
): Promise<Map<string, number>> {
  const rows = await call<{ resource_id: string; until_ms: number }>('taken_times', [since])
  return new Map(rows.map(({ resource_id: id, until_ms: untilMs }) => [id, untilMs]))
}

function slotOf(row: { id: string; starts_at: Date; ends_at: Date }): Slot {
  return { reservationId: row.id, during: { from: row.starts_at, to: row.ends_at } }
}
