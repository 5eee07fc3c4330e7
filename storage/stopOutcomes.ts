// What became of the stops that dispatchers decided: promised and true times. Nothing personal.
import type { Promise50 } from '../domain/model/offer.ts'
import type { Sql } from './storage.ts'

export interface StopOutcome {
  requestId: string
  state: string
  vehicleId: string | null
  promise: Promise50
  deliveredAtMs: number | null
  parts: MadePart[]
}

export interface MadePart {
  machineId: string | null
  machineModel: string | null
  attempts: number
  printedSeconds: number | null
  grams: number | null
  failureCode: string | null
}

export async function stopOutcomes(
  { sql }: { sql: Sql },
  fulfilmentIds: readonly string[],
): Promise<StopOutcome[]> {
  return await sql<StopOutcome>(
    `select u.id as "requestId", u.state, u.vehicle_id as "vehicleId", u.promise,
       extract(epoch from u.delivered_at)::float8 * 1000 as "deliveredAtMs",
       coalesce((select jsonb_agg(jsonb_build_object('machineId', j.machine_id, 'machineModel', m.model,
           'attempts', j.attempt, 'printedSeconds', j.printed_seconds, 'grams', j.grams,
           'failureCode', j.failure_code) order by j.unit)
         from job j left join machine m on m.id = j.machine_id where j.fulfilment_id = u.id), '[]') as parts
     from fulfilment u where u.id = any($1) order by u.id`,
    [fulfilmentIds],
  )
}
