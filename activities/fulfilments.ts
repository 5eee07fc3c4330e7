// Reads fulfilments as bookings need them.
import type { Customization } from '../domain/model/item.ts'
import type { DeliveryMethod, Promise50 } from '../domain/model/offer.ts'
import type { Tx } from '../storage/storage.ts'

export interface PlannedFulfilment {
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
  /** One of its parts at least is being made or is made: it stays where it is. */
  begun: boolean
  /** The truck that an operator chose for it. */
  wantedVehicleId: string | null
  method: DeliveryMethod
  jobIds: string[]
}

const query = `select u.id as "fulfilmentId", u.order_id as "orderId", u.storefront_id as "storefrontId", u.method,
    u.site_id as "siteId", u.machine_id as "machineId", u.vehicle_id as "vehicleId", u.promise,
    s.region, l.quantity, l.customization, l.item_id as "itemId",
    not exists (select 1 from job j where j.fulfilment_id = u.id and j.state <> 'harvested') as made,
    u.state not in ('planned', 'making') or exists (
      select 1 from job j where j.fulfilment_id = u.id and j.state not in ('planned', 'assigned')) as begun,
    (select r.wanted_vehicle_id from stop_request r where r.fulfilment_id = u.id) as "wantedVehicleId",
    array(select j.id from job j where j.fulfilment_id = u.id order by j.unit) as "jobIds"
  from fulfilment u join site s on s.id = u.site_id join order_line l on l.fulfilment_id = u.id`

export async function bookingById(
  { sql }: Pick<Tx, 'sql'>,
  fulfilmentId: string,
): Promise<PlannedFulfilment> {
  const [fulfilment] = await sql<PlannedFulfilment>(`${query} where u.id = $1`, [fulfilmentId])
  if (!fulfilment) throw new Error(`no fulfilment ${fulfilmentId}`)
  return fulfilment
}

export async function bookingsById(
  { sql }: Pick<Tx, 'sql'>,
  fulfilmentIds: readonly string[],
): Promise<PlannedFulfilment[]> {
  if (fulfilmentIds.length === 0) return []
  return await sql<PlannedFulfilment>(`${query} where u.id = any($1) order by u.id`, [
    fulfilmentIds,
  ])
}

/** In the order of their ids, of one order or of several. */
export async function bookingsOf(
  { sql }: Pick<Tx, 'sql'>,
  ...orderIds: string[]
): Promise<PlannedFulfilment[]> {
  return await sql<PlannedFulfilment>(
    `${query} where u.order_id = any($1) and u.state not in ('cancelled', 'failed') order by u.id`,
    [orderIds],
  )
}

/** What the order's workflow needs to know of a fulfilment to start it. */
export interface BookedFulfilment extends Pick<
  PlannedFulfilment,
  'fulfilmentId' | 'method' | 'jobIds' | 'siteId' | 'machineId' | 'region'
> {
  /** Which truck brings it and why, in plain words. */
  decided?: string
}

export function bookedOf(fulfilment: PlannedFulfilment, decided?: string): BookedFulfilment {
  const { fulfilmentId, method, jobIds, siteId, machineId, region } = fulfilment
  const booked = { fulfilmentId, method, jobIds, siteId, machineId, region }
  return decided === undefined ? booked : { ...booked, decided }
}
