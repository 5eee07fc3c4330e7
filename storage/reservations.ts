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
  return await holdBy(wishes, (wanted) =>
    sql('select id, starts_at, ends_at from hold_slots($1::jsonb)', [JSON.stringify(wanted)]),
  )
}

/** In a transaction of its own, so that others wait for a machine no longer than the database needs. */
export async function holdSlotsNow(
  { callAsTenant }: Pick<Storage, 'callAsTenant'>,
  storefrontId: string,
  wishes: readonly SlotWish[],
): Promise<(Slot | null)[]> {
  return await holdBy(wishes, (wanted) => callAsTenant(storefrontId, 'hold_slots', wanted))
}

interface HeldRow {
  id: string
  starts_at: Date
  ends_at: Date
}

async function holdBy(
  wishes: readonly SlotWish[],
  hold: (wanted: readonly (SlotWish & { id: string })[]) => Promise<HeldRow[]>,
): Promise<(Slot | null)[]> {
  if (wishes.length === 0) return []
  const wanted = wishes.map((wish) => ({ id: newId('rsv'), ...wish }))
  const slots = new Map((await hold(wanted)).map((row) => [row.id, slotOf(row)]))
  return wanted.map(({ id }) => slots.get(id) ?? null)
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
): Promise<boolean> {
  const offerId = `${fulfilmentId}/${wish.resourceId}`
  const slot = await holdSlot(on, { ...wish, offerId, expiresAt: new Date(Date.now() + 60_000) })
  return slot !== null && (await bookHold(on, offerId, { orderId, fulfilmentId }))
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

/** Until when each resource is taken by whatever is held or booked from a time on; those that are free are left out. */
export async function takenUntil(
  { sql }: { sql: Sql },
  resourceIds: readonly string[],
  from: Date,
): Promise<Map<string, Date>> {
  const rows = await sql<{ resource_id: string; until: Date }>(
    `select resource_id, max(upper(during)) as until from reservation
     where resource_id in (select unnest($1::text[])) and during && tstzrange($2, null)
       and (state = 'booked' or expires_at > clock_timestamp())
     group by resource_id`,
    [resourceIds, from],
  )
  return new Map(rows.map(({ resource_id: id, until }) => [id, until]))
}

function slotOf(row: { id: string; starts_at: Date; ends_at: Date }): Slot {
  return { reservationId: row.id, during: { from: row.starts_at, to: row.ends_at } }
}
