// The stops that trucks are asked for: open until a dispatcher has decided, then an answer that the order has to hear.
import type { FailureCode, FailureFacts } from '../domain/failure.ts'
import type { Sql, Tx } from './storage.ts'

type On = { sql: Sql }

export interface StopWish {
  fulfilmentId: string
  region: string
  /** The truck that an operator names. */
  wantedVehicleId: string | null
}

/**
 * Asks for each once; what was refused, or is now wanted on another truck, is asked for anew. What an order gave back
 * is not asked for again. Answers what the order waits for.
 */
export async function askForStops(
  { sql }: On,
  orderId: string,
  wishes: readonly StopWish[],
): Promise<{ round: number; openRegions: string[] }> {
  if (wishes.length === 0) return { round: 0, openRegions: [] }
  await sql(
    `insert into stop_request as r (fulfilment_id, order_id, region, wanted_vehicle_id)
     select "fulfilmentId", $1, region, "wantedVehicleId" from jsonb_to_recordset($2::jsonb)
       as w("fulfilmentId" text, region text, "wantedVehicleId" text) order by 1
     on conflict (fulfilment_id) do update
       set state = 'open', round = r.round + 1, region = excluded.region, refusal = null, told = false,
         wanted_vehicle_id = excluded.wanted_vehicle_id, asked_at = now(), decided_at = null
       where r.state = 'refused' or (r.state in ('open', 'planned')
         and excluded.wanted_vehicle_id <> coalesce(r.wanted_vehicle_id, ''))`,
    [orderId, JSON.stringify(wishes)],
  )
  const [asked] = await sql<{ round: number; openRegions: string[] }>(
    `select sum(round)::int as round,
       coalesce(array_agg(distinct region) filter (where state = 'open'), '{}') as "openRegions"
     from stop_request where order_id = $1`,
    [orderId],
  )
  return asked ?? { round: 0, openRegions: [] }
}

/** So many at once are decided together; the others are next. */
const mostAtOnce = 300

export interface OpenStop {
  fulfilmentId: string
  orderId: string
  round: number
  wantedVehicleId: string | null
}

/** In the order in which they were asked for. */
export async function openStops({ sql }: On, region: string): Promise<OpenStop[]> {
  return await sql<OpenStop>(
    `select fulfilment_id as "fulfilmentId", order_id as "orderId", round,
       wanted_vehicle_id as "wantedVehicleId"
     from stop_request where region = $1 and state = 'open' order by asked_at, fulfilment_id limit $2`,
    [region, mostAtOnce],
  )
}

export interface StopAnswer extends Pick<OpenStop, 'fulfilmentId'> {
  refusal: { code: FailureCode; facts: FailureFacts } | null
}

/** Locks them until the transaction ends; false when one was withdrawn, asked for anew or answered meanwhile. */
export async function areStillOpen({ sql }: Tx, asked: readonly OpenStop[]): Promise<boolean> {
  const rounds = asked.map(({ fulfilmentId, round }) => ({ fulfilmentId, round }))
  const open = await sql(
    `select r.fulfilment_id from stop_request r
       join jsonb_to_recordset($1::jsonb) as a("fulfilmentId" text, round int)
         on a."fulfilmentId" = r.fulfilment_id and a.round = r.round
     where r.state = 'open' order by r.fulfilment_id for update of r`,
    [JSON.stringify(rounds)],
  )
  return open.length === asked.length
}

export async function answerStops({ sql }: Tx, answers: readonly StopAnswer[]): Promise<void> {
  await sql(
    `update stop_request r
     set state = case when a.refusal is null then 'planned' else 'refused' end,
       refusal = a.refusal, decided_at = now()
     from (select "fulfilmentId", nullif(refusal, 'null'::jsonb) as refusal
       from jsonb_to_recordset($1::jsonb) as x("fulfilmentId" text, refusal jsonb)) a
     where r.fulfilment_id = a."fulfilmentId" and r.state = 'open'`,
    [JSON.stringify(answers)],
  )
}

/** Nothing is planned any more for what an order gives back, whoever has asked or still asks for it. */
export async function withdrawStops({ sql }: On, orderId: string): Promise<void> {
  await sql(
    `insert into stop_request as r (fulfilment_id, order_id, region, state, told)
     select u.id, u.order_id, s.region, 'withdrawn', true
     from fulfilment u join site s on s.id = u.site_id
     where u.order_id = $1 and u.method = 'truck' and u.state <> 'delivered' order by u.id
     on conflict (fulfilment_id) do update set state = 'withdrawn', told = true`,
    [orderId],
  )
}

export interface Untold {
  orderId: string
  /** Rises with whatever is asked anew: an older answer is not for the present question. */
  round: number
  refusal: { code: FailureCode; facts: FailureFacts } | null
}

/** Orders all of whose stops are decided, and that have not heard it. */
export async function untoldOrders({ sql }: On, region: string): Promise<Untold[]> {
  return await sql<Untold>(
    `select order_id as "orderId", sum(round)::int as round,
       (array_agg(refusal order by fulfilment_id) filter (where state = 'refused'))[1] as refusal
     from stop_request
     where order_id in (
       select order_id from stop_request
       where region = $1 and told = false and state in ('planned', 'refused'))
     group by order_id having bool_and(state <> 'open') order by order_id`,
    [region],
  )
}

/** Of the round of the order that was told. */
export async function noteTold({ sql }: On, told: readonly Untold[]): Promise<void> {
  if (told.length === 0) return
  await sql(
    `update stop_request r set told = true
     from jsonb_to_recordset($1::jsonb) as t("orderId" text, round int)
     where r.order_id = t."orderId" and r.state <> 'open'
       and (select sum(o.round) from stop_request o where o.order_id = r.order_id) = t.round`,
    [JSON.stringify(told.map(({ orderId, round }) => ({ orderId, round })))],
  )
}

/** Whether the order still waits for an answer about one of its stops. */
export async function waitsForStops({ sql }: On, orderId: string): Promise<boolean> {
  const open = await sql(
    `select 1 from stop_request where order_id = $1 and state in ('open', 'refused') limit 1`,
    [orderId],
  )
  return open.length > 0
}
