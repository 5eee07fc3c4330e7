// Turns what was offered into bookings: a stop is asked of the trucks, a compartment is taken; and gives them back.
import { DomainError } from '../domain/failure.ts'
import { appendEvent } from '../storage/events.ts'
import { whyNoOffer } from '../storage/offerIds.ts'
import { bookSlot, bookHold, releaseReservations } from '../storage/reservations.ts'
import { askForStops, withdrawStops } from '../storage/stopRequests.ts'
import type { Tx } from '../storage/storage.ts'
import type { OrdersDeps } from './deps.ts'
import {
  bookedOf,
  type BookedFulfilment,
  bookingsOf,
  type PlannedFulfilment,
} from './fulfilments.ts'
import { notePlanned } from './orderPlanned.ts'
import { unbookStop } from './truckStops.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'dispatchers' | 'nowMs'>

/** A compartment is kept from the promise on for as long as a buyer may take to come. */
const keepCompartmentSeconds = 50 * 3600

export function bookingActivities(deps: Deps) {
  const { storage } = deps
  return {
    /**
     * Key: the fulfilment; what is booked already stays as it is. Stops of trucks are asked for: `waitsFor` is the
     * round of asking that the dispatchers answer with stopsPlanned.
     */
    async bookOffers(order: {
      orderId: string
      vehicleId?: string
    }): Promise<{ fulfilments: BookedFulfilment[]; waitsFor?: number }> {
      const { orderId, vehicleId: wantedVehicleId = null } = order
      const fulfilments = await bookingsOf(storage, orderId)
      for (const planned of fulfilments) {
        if (planned.method === 'pickup') await bookCompartment(planned)
      }
      const wishes = fulfilments
        .filter(({ method }) => method === 'truck')
        .map(({ fulfilmentId, region }) => ({ fulfilmentId, region, wantedVehicleId }))
      const { round, openRegions } = await storage.transaction(async (tx) => {
        const asked = await askForStops(tx, orderId, wishes)
        if (asked.openRegions.length === 0) await notePlanned(tx, orderId)
        return asked
      })
      if (openRegions.length > 0) {
        await Promise.all(openRegions.map((region) => deps.dispatchers.wake(region, wishes)))
        return { fulfilments: fulfilments.map((one) => bookedOf(one)), waitsFor: round }
      }
      const booked = wishes.length > 0 ? await bookingsOf(storage, orderId) : fulfilments
      return { fulfilments: booked.map((one) => bookedOf(one)) }
    },

    /** Of all fulfilments: one that was cancelled before may still have its stop on a truck's list. */
    async releaseBookings({ orderId }: { orderId: string }): Promise<void> {
      await withdrawStops(storage, orderId)
      const fulfilments = await storage.sql<{ id: string }>(
        `select id from fulfilment where order_id = $1 and state <> 'delivered' order by id`,
        [orderId],
      )
      for (const { id: fulfilmentId } of fulfilments) {
        await unbookStop(storage, fulfilmentId)
        await storage.transaction((tx) => releaseReservations(tx, { fulfilmentId }))
      }
    },

    /** Puts another offer of the same quote in the place of a line's offer, while nothing is planned or paid. */
    async rebookLine(choice: { orderId: string; lineId: string; offerId: string }): Promise<void> {
      await storage.transaction((tx) => rebook(tx, choice, deps.nowMs()))
    },
  }

  async function bookCompartment(planned: PlannedFulfilment): Promise<void> {
    const { fulfilmentId, orderId, siteId, promise } = planned
    const held = await storage.sql(
      `select 1 from reservation where fulfilment_id = $1 and state = 'booked'
         and resource_id in (select id from compartment where site_id = $2)`,
      [fulfilmentId, siteId],
    )
    if (held.length > 0) return
    await storage.transaction(async ({ sql }) => {
      const compartments = await sql<{ id: string }>(
        `select id from compartment where site_id = $1 order by label`,
        [siteId],
      )
      for (const { id } of compartments) {
        const notBefore = new Date(promise.readyAtMs)
        const slot = {
          resourceId: id,
          seconds: keepCompartmentSeconds,
          notBefore,
          notAfter: notBefore,
        }
        if (!(await bookSlot({ sql }, { ...slot, orderId, fulfilmentId }))) continue
        await sql(`update fulfilment set compartment_id = $2 where id = $1`, [fulfilmentId, id])
        return
      }
      throw new DomainError('no_compartment_free', {
        site: siteId,
        compartments: compartments.length,
      })
    })
  }
}

interface Rebooked {
  fulfilmentId: string
  quoteId: string
  position: number
  oldOfferId: string
  paymentState: string
}

async function rebook(
  tx: Tx,
  { orderId, lineId, offerId }: { orderId: string; lineId: string; offerId: string },
  nowMs: number,
) {
  const [line] = await tx.sql<Rebooked>(
    `select l.fulfilment_id as "fulfilmentId", o.quote_id as "quoteId", l.position,
       l.offer_id as "oldOfferId", p.state as "paymentState"
     from order_line l join orders o on o.id = l.order_id join payment p on p.order_id = o.id
     where l.id = $2 and l.order_id = $1 and l.state in ('awaiting_authorization', 'confirmed') for update of l, p`,
    [orderId, lineId],
  )
  if (!line) throw new DomainError('not_found', { line: lineId })
  if (line.oldOfferId === offerId) return
  if (!['pending', 'declined'].includes(line.paymentState)) {
    throw new DomainError('state_conflict', { payment: line.paymentState })
  }
  const { fulfilmentId, quoteId, position } = line
  const [offer] = await tx.sql(
    `select 1 from offer where id = $1 and quote_id = $2 and line = $3 and state = 'open'`,
    [offerId, quoteId, position],
  )
  if (!offer) {
    const [other] = await tx.sql(
      `select 1 from offer f join orders o on o.storefront_id = f.storefront_id where f.id = $1 and o.id = $2`,
      [offerId, orderId],
    )
    throw new DomainError(other ? 'offer_unknown' : whyNoOffer(offerId, nowMs), { offer: offerId })
  }
  await releaseReservations(tx, { fulfilmentId })
  if (!(await bookHold(tx, offerId, { orderId, fulfilmentId }))) {
    throw new DomainError('offer_expired', { offer: offerId })
  }
  await tx.sql(
    `update offer set state = case id when $1 then 'ordered' else 'open' end where id in ($1, $2)`,
    [offerId, line.oldOfferId],
  )
  await tx.sql(
    `update fulfilment u set offer_id = f.id, method = f.method, site_id = f.site_id, machine_id = f.machine_id,
       vehicle_id = f.vehicle_id, compartment_id = f.compartment_id, promise = f.promise
     from offer f where f.id = $2 and u.id = $1`,
    [fulfilmentId, offerId],
  )
  await tx.sql(
    `update order_line l set offer_id = f.id, total_cents = f.total_cents, unit_cents = f.total_cents / f.quantity
     from offer f where f.id = $2 and l.id = $1`,
    [lineId, offerId],
  )
  await tx.sql(
    `with total as (select sum(total_cents) as cents from order_line where order_id = $1),
       promised as (
         select max((promise->>'p95AtMs')::float8) as p95, min((promise->>'makeStartsAtMs')::float8) as starts
         from fulfilment where order_id = $1),
       paid as (update payment set amount_cents = total.cents from total where order_id = $1)
     update orders set total_cents = total.cents, version = version + 1,
       due_by = to_timestamp(p95 / 1000), cancel_until = to_timestamp(starts / 1000)
     from total, promised where id = $1`,
    [orderId],
  )
  await appendEvent(tx, {
    orderId,
    type: 'order.delivery_chosen',
    data: { line_id: lineId, offer_id: offerId },
  })
}
