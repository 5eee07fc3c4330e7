// Reads fulfilments as bookings need them.
import type { DeliveryMethod } from '../domain/model/offer.ts'
import type { Tx } from '../storage/storage.ts'
import type { TruckBooking } from './truckStops.ts'

export interface PlannedFulfilment extends TruckBooking {
  method: DeliveryMethod
  jobIds: string[]
}

const query = `select u.id as "fulfilmentId", u.order_id as "orderId", u.storefront_id as "storefrontId", u.method,
    u.site_id as "siteId", u.machine_id as "machineId", u.vehicle_id as "vehicleId", u.promise,
    s.region, l.quantity, l.customization, l.item_id as "itemId",
    not exists (select 1 from job j where j.fulfilment_id = u.id and j.state <> 'harvested') as made,
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

export async function bookingsOf(
  { sql }: Pick<Tx, 'sql'>,
  orderId: string,
): Promise<PlannedFulfilment[]> {
  return await sql<PlannedFulfilment>(
    `${query} where u.order_id = $1 and u.state not in ('cancelled', 'failed') order by u.id`,
    [orderId],
  )
}
