// What was ordered between two instants: when, where to, of what and by which way. Where to is personal: whoever
// hands it on makes it coarse first.
import type { DeliveryMethod, Promise50 } from '../domain/model/offer.ts'
import type { Place } from '../domain/model/place.ts'
import { destinationCell } from './destinations.ts'
import type { Storage } from './storage.ts'

/** One line of an order. */
export interface PlacedOrder {
  id: string
  buyerId: string
  placedAtMs: number
  /** Null where none was named, or the buyer was erased. */
  place: Place | null
  /** What everybody may buy has its title; what one storefront alone sells has its id. */
  item: string
  units: number
  method: DeliveryMethod
  promise: Promise50
  /** When it lay ready to be fetched. */
  arrivedAtMs: number | null
  deliveredAtMs: number | null
}

export interface PlacedOrdersQuery {
  /** Of the site that was to make it; null: of all regions. */
  region: string | null
  from: Date
  to: Date
  afterId: string
  limit: number
  /** Without them no key is needed. */
  withPlaces: boolean
}

type Row = Omit<PlacedOrder, 'place'> & { orderId: string; destination: Buffer | null }

/** In the order of their ids, a page at a time. */
export async function placedOrders(
  storage: Storage,
  { region, from, to, afterId, limit, withPlaces }: PlacedOrdersQuery,
): Promise<PlacedOrder[]> {
  const rows = await storage.sql<Row>(
    `select l.id, o.id as "orderId", o.buyer_id as "buyerId", o.destination,
       extract(epoch from o.created_at)::float8 * 1000 as "placedAtMs",
       case when i.storefront_id is null then i.title else i.id end as item, l.quantity as units, f.method, f.promise,
       extract(epoch from u.arrived_at)::float8 * 1000 as "arrivedAtMs",
       extract(epoch from u.delivered_at)::float8 * 1000 as "deliveredAtMs"
     from orders o join order_line l on l.order_id = o.id join item i on i.id = l.item_id
       join offer f on f.id = l.offer_id join site s on s.id = f.site_id
       left join fulfilment u on u.id = l.fulfilment_id
     where o.created_at >= $1 and o.created_at < $2 and ($3::text is null or s.region = $3) and l.id > $4
     order by l.id limit $5`,
    [from, to, region, afterId, limit],
  )
  const places = await Promise.all(
    rows.map(async ({ orderId, destination }) =>
      withPlaces && destination ? await placeOf(storage, orderId, destination) : null,
    ),
  )
  return rows.map(({ orderId: _order, destination: _sealed, ...order }, nth) =>
    Object.assign(order, { place: places[nth] ?? null }),
  )
}

async function placeOf(
  storage: Storage,
  orderId: string,
  destination: Buffer,
): Promise<Place | null> {
  const { value } = await storage.personal.decrypt<Place>(
    storage,
    destinationCell(orderId),
    destination,
  )
  return value && { lon: value.lon, lat: value.lat }
}
