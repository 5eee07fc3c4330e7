// Reads of the platform's database what a run asks of its records, and keeps machines free of work that cannot work.
import { newId } from '../../storage/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Decided, Delivery, DeviceEvent, LiveRecords, OrderSeen } from '../live/liveRecords.ts'
import type { LiveRegion } from './liveRegion.ts'

/** A mail has the time at which its writing began: one that was read may have overtaken another. */
const overtakenMs = 60_000

export function liveRecords(
  { sql, transaction }: Storage,
  { run, region, storefrontId }: LiveRegion,
): LiveRecords {
  let mailedSince = new Date(0)
  return {
    orders: async () =>
      await sql<OrderSeen>(
        `select split_part(reference, '/', 2)::int as "order", id as "orderId", status,
           hold_reason as "holdReason"
         from orders where storefront_id = $1`,
        [storefrontId],
      ),
    async accessCodes() {
      const mails = await sql<{ receivedAt: Date; recipient: string; text: string }>(
        `select received_at as "receivedAt", recipient, text from inbox_mail
         where received_at >= $1 and recipient like '%@' || $2 || '.example.com%'
         order by received_at`,
        [mailedSince, run],
      )
      const latest = mails.at(-1)?.receivedAt
      if (latest) mailedSince = new Date(latest.getTime() - overtakenMs)
      return new Map(
        mails.flatMap(({ recipient, text }): [number, string][] => {
          const order = /buyer-(\d+)@/.exec(recipient)?.[1]
          const code = /Access code: (\d+)/.exec(text)?.[1]
          return order === undefined || code === undefined ? [] : [[Number(order), code]]
        }),
      )
    },
    async holdMachines(machineIds, fromMs, untilMs) {
      const ids = machineIds.toSorted()
      await transaction(async (tx) => {
        // Whoever takes time there locks it, so that nobody takes any between our look and our hold.
        await tx.sql(
          `select pg_advisory_xact_lock(resource_lock(id)) from unnest($1::text[]) as m(id)`,
          [ids],
        )
        const [from, until] = [Math.round(fromMs), Math.round(untilMs)]
        const reservationIds = ids.map(() => newId('rsv'))
        await tx.sql(holdBehindAll, [reservationIds, ids, from, until, `live/${run}`])
      })
    },
    async endRound(vehicleId) {
      await sql('update vehicle set repeats_round = false where id = $1', [vehicleId])
    },
    deviceEvents: async () =>
      await sql<DeviceEvent>(
        `select split_part(source, '/', 4) as kind, split_part(source, '/', 5) as "deviceId", e.type,
           (payload->>'atMs')::float8 as "atMs", payload->>'stopId' as "stopId",
           payload->>'fulfilmentId' as "fulfilmentId", payload->>'jobId' as "jobId",
           (payload->>'attempt')::int as attempt
         from device_event e join site s on s.id = split_part(source, '/', 3)
         where s.region = $1 order by "atMs", boot_id, evt_seq`,
        [region],
      ),
    decisions: async () =>
      await sql<Decided>(
        `select d.order_id as "orderId", d.kind, d.chosen, d.candidates,
           extract(epoch from d.created_at)::float8 * 1000 as "atMs"
         from (select order_id, kind, chosen, candidates, created_at, id from decision
             where storefront_id = $1 and kind = 'dispatch' and order_id is not null
           union all select o.id, d.kind, d.chosen, d.candidates, d.created_at, d.id from decision d
             join orders o on o.quote_id = d.quote_id where d.storefront_id = $1 and d.kind = 'offers') as d
         order by d.created_at, d.id`,
        [storefrontId],
      ),
    deliveries: async () =>
      await sql<Delivery>(
        `select order_id as "orderId", vehicle_id as "vehicleId", site_id as "siteId",
           (promise->>'makeStartsAtMs')::float8 as "makeStartsAtMs"
         from fulfilment where storefront_id = $1`,
        [storefrontId],
      ),
  }
}

/** What is booked there already is made before, as it would be on a machine that stops. */
const holdBehindAll = `insert into reservation (id, resource_id, during, state, offer_id)
  select id, machine, tstzrange(starts, to_timestamp($4 / 1000.0)), 'booked', $5 || '/' || id
  from (select w.id, w.machine, greatest(to_timestamp($3 / 1000.0),
      (select max(upper(r.during)) from reservation r where r.resource_id = w.machine)) as starts
    from unnest($1::text[], $2::text[]) as w(id, machine)) as wanted
  where starts < to_timestamp($4 / 1000.0)`
