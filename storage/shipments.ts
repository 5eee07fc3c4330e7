// The parcels of fulfilments: which one counts, and what their carrier told of them, each word once.
import type { StateOf } from '../domain/lifecycle.ts'
import type { ParcelEvent, ParcelService } from '../domain/parcels.ts'
import { advance } from './advance.ts'
import { appendEvent } from './events.ts'
import type { Tx } from './storage.ts'

export interface Shipment {
  id: string
  fulfilmentId: string
  orderId: string
  storefrontId: string
  nth: number
  carrier: string
  number: string
  service: ParcelService
  state: StateOf<'shipment'>
  expectedAtMs: number
}

export const labelCell = (shipmentId: string) => ({
  table: 'shipment',
  column: 'label',
  rowId: shipmentId,
})

/** The one that counts: others were sent before it and came to nothing. */
export async function latestShipment(
  { sql }: Pick<Tx, 'sql'>,
  fulfilmentId: string,
): Promise<Shipment | null> {
  const [found] = await sql<Shipment>(
    `select id, fulfilment_id as "fulfilmentId", order_id as "orderId", storefront_id as "storefrontId", nth,
       carrier, number, service, state, extract(epoch from expected_at)::float8 * 1000 as "expectedAtMs"
     from shipment where fulfilment_id = $1 order by nth desc limit 1`,
    [fulfilmentId],
  )
  return found ?? null
}

type Known = Pick<Shipment, 'id' | 'orderId' | 'fulfilmentId' | 'storefrontId'>

/** Writes down what is new. Answers what the fulfilment has not been told yet, in the order of the carrier. */
export async function noteTracking(
  tx: Pick<Tx, 'sql'>,
  shipment: Known,
  events: readonly ParcelEvent[],
): Promise<ParcelEvent[]> {
  const { id, orderId, fulfilmentId, storefrontId } = shipment
  const told = events.toSorted((a, b) => a.sequence - b.sequence)
  const fresh = await tx.sql<{ sequence: number }>(
    `insert into shipment_event (shipment_id, storefront_id, sequence, type, at)
     select $1, $2, sequence, kind, to_timestamp("atMs" / 1000.0)
     from jsonb_to_recordset($3::jsonb) as e(sequence int, kind text, "atMs" float8)
     on conflict do nothing returning sequence`,
    [id, storefrontId, JSON.stringify(told)],
  )
  const isFresh = new Set(fresh.map(({ sequence }) => sequence))
  for (const { sequence, kind } of told) {
    if (!isFresh.has(sequence)) continue
    await advance(tx, 'shipment', id, kind)
    await appendEvent(tx, {
      orderId,
      type: `delivery.${kind}`,
      data: { fulfilment_id: fulfilmentId, shipment_id: id },
    })
  }
  const waiting = await tx.sql<{ sequence: number }>(
    `select e.sequence from shipment_event e
     where e.shipment_id = $1 and e.sequence = any($2) and e.told_at is null
       and (e.type = 'delivered' or not exists (
         select from shipment s join shipment later on later.fulfilment_id = s.fulfilment_id and later.nth > s.nth
         where s.id = e.shipment_id))`,
    [id, told.map(({ sequence }) => sequence)],
  )
  const toTell = new Set(waiting.map(({ sequence }) => sequence))
  return told.filter(({ sequence }) => toTell.has(sequence))
}

export async function markTold(
  { sql }: Pick<Tx, 'sql'>,
  shipmentId: string,
  events: readonly ParcelEvent[],
): Promise<void> {
  await sql(
    `update shipment_event set told_at = now() where shipment_id = $1 and sequence = any($2) and told_at is null`,
    [shipmentId, events.map(({ sequence }) => sequence)],
  )
}
