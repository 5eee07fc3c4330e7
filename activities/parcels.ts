// Hands parts to a carrier: the label with the buyer's address, what the carrier tells, and taking it back.
import { DomainError } from '../domain/failure.ts'
import { isParcelService, type ParcelEventKind, parcelServices } from '../domain/parcels.ts'
import type { Carrier, ParcelOrder } from '../services/carrier/carriers.ts'
import { advance, advanceLines } from '../storage/advance.ts'
import { destinationOf } from '../storage/destinations.ts'
import { appendEvent } from '../storage/events.ts'
import { newId } from '../storage/ids.ts'
import { addNotice } from '../storage/notices.ts'
import {
  labelCell,
  latestShipment,
  markTold,
  noteTracking,
  type Shipment,
} from '../storage/shipments.ts'
import type { OrdersDeps } from './deps.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'carrier' | 'nowMs'>

/** So long after the promised time somebody is asked about a parcel that did not arrive. */
const overdueAfterMs = 48 * 3_600e3

const over: ReadonlySet<string> = new Set(['returned', 'lost', 'cancelled'])

export function parcelActivities(deps: Deps) {
  const { storage, nowMs } = deps
  return {
    /**
     * Key: the fulfilment and the number of the parcel. One that is under way stays; another is sent where the last
     * one came to nothing, or where an operator wants another service before it is collected.
     */
    async bookCarrier(booking: {
      fulfilmentId: string
      service?: string
    }): Promise<{ carrier: string; number: string }> {
      const { fulfilmentId } = booking
      const carrier = carrierOf(deps)
      const service = serviceOf(booking.service)
      const last = await latestShipment(storage, fulfilmentId)
      if (last && !over.has(last.state)) {
        const isOther = booking.service !== undefined && last.service !== service
        const { carrier: by, number } = last
        if (!isOther || last.state !== 'booked') return { carrier: by, number }
        await takeBack(carrier, last)
      }
      const sent = await sentBy(deps, fulfilmentId)
      const nth = (last?.nth ?? 0) + 1
      const order = { ...sent.order, key: `${fulfilmentId}/${nth}`, service }
      const { number, expectedAtMs } = await carrier.book(order)
      const label = await carrier.label(number)
      const parcel = { fulfilmentId, nth, carrier: carrier.name, number, service, expectedAtMs }
      await keep(sent, parcel, label)
      return { carrier: carrier.name, number }
    },

    /** What the carrier knows of the parcel, written down as if it had told it by itself. */
    async askCarrier({ fulfilmentId }: { fulfilmentId: string }): Promise<{
      kind: ParcelEventKind | null
      isOverdue: boolean
    }> {
      const shipment = await latestShipment(storage, fulfilmentId)
      if (!shipment) return { kind: null, isOverdue: false }
      const track = await carrierOf(deps).track(shipment.number)
      const events = track?.events ?? []
      await storage.transaction(async (tx) => await noteTracking(tx, shipment, events))
      await markTold(storage, shipment.id, events)
      const isOverdue = nowMs() > shipment.expectedAtMs + overdueAfterMs
      return { kind: events.at(-1)?.kind ?? null, isOverdue }
    },

    /** Key: the fulfilment; the buyer is told once that it is on its way. */
    async recordCollected({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      await storage.transaction(async (tx) => {
        const shipment = await latestShipment(tx, fulfilmentId)
        if (!shipment) return
        await advanceLines(tx, { fulfilmentId }, 'in_transit')
        if (!(await advance(tx, 'fulfilment', fulfilmentId, 'in_transit'))) return
        const { orderId, id, carrier } = shipment
        const data = { fulfilment_id: fulfilmentId, shipment_id: id, carrier }
        await appendEvent(tx, { orderId, type: 'fulfilment.in_transit', data })
        await addNotice(tx, { orderId, kind: 'on_its_way', data })
      })
    },

    /** Before it is collected; what the carrier has already, it does not give back. */
    async cancelParcel({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      const shipment = await latestShipment(storage, fulfilmentId)
      if (!shipment || shipment.state === 'cancelled') return
      if (over.has(shipment.state)) return
      await takeBack(carrierOf(deps), shipment)
    },
  }

  async function takeBack(carrier: Carrier, { id, number }: Shipment): Promise<void> {
    await carrier.cancel(number)
    await advance(storage, 'shipment', id, 'cancelled')
  }

  async function keep(
    { orderId, storefrontId, buyerId }: Sent,
    parcel: Omit<Shipment, 'id' | 'orderId' | 'storefrontId' | 'state'>,
    label: Uint8Array,
  ): Promise<void> {
    const { fulfilmentId, nth, carrier, number, service, expectedAtMs } = parcel
    const id = newId('shp')
    const owner = { storefrontId, buyerId }
    const pdf = Buffer.from(label).toString('base64')
    const sealed = await storage.personal.encrypt(storage, labelCell(id), owner, pdf)
    await storage.transaction(async (tx) => {
      const added = await tx.sql(
        `insert into shipment (id, fulfilment_id, order_id, storefront_id, nth, carrier, number, service, label, expected_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10 / 1000.0))
         on conflict do nothing returning id`,
        [
          id,
          fulfilmentId,
          orderId,
          storefrontId,
          nth,
          carrier,
          number,
          service,
          sealed,
          expectedAtMs,
        ],
      )
      await advanceLines(tx, { fulfilmentId }, 'ready')
      await advance(tx, 'fulfilment', fulfilmentId, 'made')
      if (added.length === 0) return
      const expected_at = new Date(expectedAtMs).toISOString()
      await appendEvent(tx, {
        orderId,
        type: 'fulfilment.packed',
        data: { fulfilment_id: fulfilmentId, shipment_id: id, carrier, service, expected_at },
      })
    })
  }
}

function carrierOf({ carrier }: Deps): Carrier {
  if (!carrier) throw new DomainError('carrier_refused', { reason: 'no_carrier_is_set_up' })
  return carrier
}

function serviceOf(wanted = 'standard') {
  if (isParcelService(wanted)) return wanted
  const services = parcelServices.join(', ')
  throw new DomainError('carrier_refused', { reason: 'service_unknown', wanted, services })
}

interface Sent {
  orderId: string
  storefrontId: string
  buyerId: string
  order: Omit<ParcelOrder, 'key' | 'service'>
}

interface SentRow extends Omit<Sent, 'order'> {
  personal: Buffer | null
  reference: string | null
  siteName: string
  lon: number
  lat: number
  grams: number
}

/** What the label says. Name and address are read here, go to the carrier, and nowhere else. */
async function sentBy({ storage }: Deps, fulfilmentId: string): Promise<Sent> {
  const [row] = await storage.sql<SentRow>(
    `select o.id as "orderId", o.storefront_id as "storefrontId", o.buyer_id as "buyerId", b.personal, o.reference,
       s.name as "siteName", s.lon, s.lat,
       coalesce((select sum(j.grams) from job j where j.fulfilment_id = u.id),
         (select sum(i.mass_grams * l.quantity) from order_line l join item i on i.id = l.item_id
           where l.fulfilment_id = u.id))::float8 as grams
     from fulfilment u join orders o on o.id = u.order_id join buyer b on b.id = o.buyer_id
       join site s on s.id = u.site_id where u.id = $1`,
    [fulfilmentId],
  )
  if (!row) throw new Error(`no fulfilment ${fulfilmentId}`)
  const { orderId, storefrontId, buyerId, personal, reference, siteName, lon, lat, grams } = row
  const destination = await destinationOf(storage, orderId)
  const cell = { table: 'buyer', column: 'personal', rowId: buyerId }
  const buyer = personal
    ? (await storage.personal.decrypt<{ name?: string }>(storage, cell, personal)).value
    : null
  if (!buyer) throw new DomainError('carrier_refused', { reason: 'the_buyer_was_erased' })
  const place = { lon, lat }
  return {
    orderId,
    storefrontId,
    buyerId,
    order: {
      reference: reference ?? orderId,
      grams: Math.max(1, Math.round(grams)),
      from: { name: siteName, address: `${lat.toFixed(5)}, ${lon.toFixed(5)}`, place },
      to: {
        name: buyer.name ?? orderId,
        address: destination.label,
        place: destination.place,
      },
    },
  }
}
