// A driver's day at the wheel: what lies between departures and arrivals, since the last long rest.
import type { Tx } from './storage.ts'

/** So long without driving, and the next departure begins a new day. */
const rest = `interval '8 hours'`

/** Until now, of a row of `vehicle`; a drive that nothing ended in so long was another day's. */
export const drivenSeconds = `round(case
  when departed_at > now() - ${rest}
    then driven_seconds + greatest(0, extract(epoch from now() - departed_at)::float8)
  when stood_at > now() - ${rest} then driven_seconds else 0 end)`

export async function noteDeparture(
  { sql }: Pick<Tx, 'sql'>,
  vehicleId: string,
  at: Date,
): Promise<void> {
  await sql(
    `update vehicle set
       driven_seconds = case
         when coalesce(departed_at, stood_at) > $2::timestamptz - ${rest} then driven_seconds else 0 end,
       departed_at = case when departed_at > $2::timestamptz - ${rest} then departed_at else $2 end
     where id = $1`,
    [vehicleId, at],
  )
}

/** Standing at a stop, or out of service. How long a drive was whose end was never told, nobody knows. */
export async function noteStanding(
  { sql }: Pick<Tx, 'sql'>,
  vehicleId: string,
  at: Date,
): Promise<void> {
  await sql(
    `update vehicle set departed_at = null, stood_at = $2,
       driven_seconds = case when departed_at > $2::timestamptz - ${rest}
         then driven_seconds + greatest(0, extract(epoch from $2::timestamptz - departed_at)) else 0 end
     where id = $1 and departed_at is not null`,
    [vehicleId, at],
  )
}
