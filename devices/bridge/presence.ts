// How devices stand, as the database shows it: the latest word of each is written now and then.
import type { Logger } from 'pino'
import type { MachineCaps } from '../../domain/model/site.ts'
import type { Sql, Storage } from '../../storage/storage.ts'
import type { MachineState, Telemetry } from '../contract/machine.ts'
import type { VehiclePosition } from '../contract/vehicle.ts'
import { everySoOften } from '../rounds.ts'

export interface PresenceOptions {
  storage: Pick<Storage, 'sql'>
  /** A machine whose story has a gap is to tell everything anew. */
  rebirth: (siteId: string, machineId: string) => void
  /** Machines that stand idle now. */
  idle: (machineIds: readonly string[]) => void
  log: Logger
}

export interface Presence {
  /** retained: the broker's memory, which says nothing of whether the machine lives. */
  state: (siteId: string, state: MachineState, retained: boolean) => void
  caps: (siteId: string, machineId: string, caps: MachineCaps) => void
  telemetry: (siteId: string, machineId: string, telemetry: Telemetry) => void
  position: (siteId: string, vehicleId: string, position: VehiclePosition) => void
  /** Whether a vehicle was heard here in the last so many milliseconds, whatever its own clock says. */
  heardWithin: (vehicleId: string, ms: number) => boolean
  /** The last will of a gateway: its machines cannot be reached, and print on. */
  gatewayGone: (siteId: string, machineIds: readonly string[]) => void
  close: () => Promise<void>
}

const STATES_MS = 100
const SIGNS_MS = 2_000
const REBIRTH_AGAIN_MS = 10_000

export function openPresence(options: PresenceOptions): Presence {
  const { log } = options
  const { sql } = options.storage
  const sites = new Map<string, string>()
  const heard = new Map<string, { bootId: string; seq: number }>()
  const asked = new Map<string, number>()
  const states = new Map<string, StateRow>()
  const signs = new Map<string, SignRow>()
  const positions = new Map<string, PositionRow>()
  const heardAtMs = new Map<string, number>()
  const gone = new Map<string, { id: string; site_id: string }>()

  function rebirth(siteId: string, machineId: string): void {
    if (Date.now() - (asked.get(machineId) ?? 0) < REBIRTH_AGAIN_MS) return
    asked.set(machineId, Date.now())
    options.rebirth(siteId, machineId)
  }

  async function writeStates(): Promise<void> {
    const offline = drained(gone)
    const idle = await upsertStates(sql, drained(states))
    // What they said before is written by now: a gateway that is gone has the last word.
    await markOffline(sql, offline)
    if (idle.length > 0) options.idle(idle)
  }

  async function writeSigns(): Promise<void> {
    await movePositions(sql, drained(positions))
    for (const id of await writeSignsOf(sql, drained(signs))) {
      // It lives, but the database says that it is offline.
      const siteId = sites.get(id)
      if (siteId !== undefined) rebirth(siteId, id)
    }
  }

  const isAway = (error: unknown) => log.warn({ err: error }, 'the database is away')
  const rounds = [
    everySoOften(STATES_MS, writeStates, isAway),
    everySoOften(SIGNS_MS, writeSigns, isAway),
  ]
  return {
    state: (siteId, state, retained) => {
      const { machineId, bootId, seq } = state
      sites.set(machineId, siteId)
      if (!retained) gone.delete(machineId)
      const last = heard.get(machineId)
      heard.set(machineId, { bootId, seq })
      if (last && hasGap(last, state)) rebirth(siteId, machineId)
      states.set(machineId, { ...stateRow(siteId, state), live: !retained })
    },
    caps: (siteId, machineId, caps) => {
      void writeCaps(sql, siteId, machineId, caps).catch((error: unknown) =>
        log.warn({ err: error, machineId }, 'the caps could not be written'),
      )
    },
    telemetry: (siteId, machineId, telemetry) => {
      sites.set(machineId, siteId)
      signs.set(machineId, signRow(siteId, machineId, telemetry))
    },
    position: (siteId, vehicleId, { lon, lat, heading, inService, atMs }) => {
      const at = new Date(atMs).toISOString()
      const row = { id: vehicleId, site_id: siteId, lon, lat, heading, in_service: inService, at }
      positions.set(vehicleId, row)
      heardAtMs.set(vehicleId, Date.now())
    },
    heardWithin: (vehicleId, ms) => Date.now() - (heardAtMs.get(vehicleId) ?? 0) < ms,
    gatewayGone: (siteId, machineIds) => {
      for (const id of machineIds) gone.set(id, { id, site_id: siteId })
    },
    close: async () => {
      await Promise.all(rounds.map(async (round) => await round.stop()))
    },
  }
}

/** A new boot tells everything from 1 on; whatever begins later has lost something. */
function hasGap(last: { bootId: string; seq: number }, next: MachineState): boolean {
  return last.bootId === next.bootId ? next.seq > last.seq + 1 : next.seq > 1
}

interface StateRow {
  id: string
  site_id: string
  boot_id: string
  seq: number
  phase: string
  plate_clear: boolean
  progress: number
  job_id: string | null
  attempt: number | null
  at: string
  live: boolean
}

function stateRow(siteId: string, state: MachineState): Omit<StateRow, 'live'> {
  return {
    id: state.machineId,
    site_id: siteId,
    boot_id: state.bootId,
    seq: state.seq,
    phase: state.phase,
    plate_clear: state.plateClear,
    progress: state.progress ?? 0,
    job_id: state.jobId,
    attempt: state.attempt,
    at: new Date(state.atMs).toISOString(),
  }
}

/** Only what is newer counts, since the broker may repeat. Answers the machines that stand idle. */
async function upsertStates(sql: Sql, rows: readonly StateRow[]): Promise<string[]> {
  if (rows.length === 0) return []
  const written = await sql<{ id: string; phase: string }>(
    `update machine m set boot_id = s.boot_id, seq = s.seq, phase = s.phase, plate_clear = s.plate_clear,
       progress = s.progress, current_job_id = s.job_id, current_attempt = s.attempt, state_at = s.at,
       last_seen_at = case when s.live then now() else m.last_seen_at end
     from jsonb_to_recordset($1::jsonb) as s(id text, site_id text, boot_id text, seq bigint, phase text,
       plate_clear boolean, progress real, job_id text, attempt int, at timestamptz, live boolean)
     where m.id = s.id and m.site_id = s.site_id and
       (m.boot_id is null or m.boot_id collate "C" < s.boot_id or (m.boot_id = s.boot_id and m.seq < s.seq))
     returning m.id, m.phase`,
    [JSON.stringify(rows)],
  )
  return written.filter(({ phase }) => phase === 'IDLE').map(({ id }) => id)
}

interface SignRow {
  id: string
  site_id: string
  progress: number | null
  job_id: string | null
  attempt: number | null
  temps: Record<string, number>
}

function signRow(siteId: string, machineId: string, telemetry: Telemetry): SignRow {
  const { nozzleC, bedC, progress, jobId, attempt } = telemetry
  const temps = { ...(nozzleC !== null && { nozzleC }), ...(bedC !== null && { bedC }) }
  return { id: machineId, site_id: siteId, progress, job_id: jobId, attempt, temps }
}

/** Answers the machines that live although the database says that they are offline. */
async function writeSignsOf(sql: Sql, rows: readonly SignRow[]): Promise<string[]> {
  if (rows.length === 0) return []
  const seen = await sql<{ id: string; phase: string }>(
    `with sign as (
       select * from jsonb_to_recordset($1::jsonb) as s(id text, site_id text, progress real, job_id text,
         attempt int, temps jsonb)),
     job_progress as (
       update job j set progress = s.progress from sign s
       where j.id = s.job_id and j.attempt = s.attempt and j.state = 'printing' and j.progress < s.progress)
     update machine m set last_seen_at = now(), temps = s.temps, progress = coalesce(s.progress, m.progress)
     from sign s where m.id = s.id and m.site_id = s.site_id returning m.id, m.phase`,
    [JSON.stringify(rows)],
  )
  return seen.filter(({ phase }) => phase === 'OFFLINE').map(({ id }) => id)
}

interface PositionRow {
  id: string
  site_id: string
  lon: number
  lat: number
  heading: number
  in_service: boolean
  at: string
}

async function movePositions(sql: Sql, rows: readonly PositionRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql(
    `update vehicle v set lon = p.lon, lat = p.lat, heading = p.heading, in_service = p.in_service, seen_at = p.at
     from jsonb_to_recordset($1::jsonb) as p(id text, site_id text, lon float8, lat float8, heading float8,
       in_service boolean, at timestamptz)
     where v.id = p.id and v.site_id = p.site_id and (v.seen_at is null or v.seen_at < p.at)`,
    [JSON.stringify(rows)],
  )
}

async function writeCaps(
  sql: Sql,
  siteId: string,
  machineId: string,
  caps: MachineCaps,
): Promise<void> {
  await sql(
    `update machine set caps = $3::jsonb where id = $1 and site_id = $2 and caps is distinct from $3::jsonb`,
    [machineId, siteId, JSON.stringify(caps)],
  )
}

async function markOffline(
  sql: Sql,
  rows: readonly { id: string; site_id: string }[],
): Promise<void> {
  if (rows.length === 0) return
  await sql(
    `update machine m set phase = 'OFFLINE'
     from jsonb_to_recordset($1::jsonb) as g(id text, site_id text)
     where m.id = g.id and m.site_id = g.site_id and m.phase <> 'OFFLINE'`,
    [JSON.stringify(rows)],
  )
}

function drained<T>(map: Map<string, T>): T[] {
  const values = [...map.values()]
  map.clear()
  return values
}
