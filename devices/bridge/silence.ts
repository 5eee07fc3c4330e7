// Who has not been heard of for long: machines count as offline then, vehicles as out of service.
import type { Logger } from 'pino'
import type { Sql, Storage } from '../../storage/storage.ts'
import { contractVersion, limits } from '../contract/limits.ts'
import { topics } from '../contract/topics.ts'
import type { InboxEvent } from './inboxEvent.ts'
import { everySoOften } from '../rounds.ts'

export interface SilenceOptions {
  storage: Pick<Storage, 'sql'>
  /** Whether what devices say would be heard just now. */
  isListening: () => Promise<boolean>
  /** A clock that goes wrong is no silence. */
  heardWithin: (vehicleId: string, ms: number) => boolean
  /** A vehicle is silent: what it would have said, as an event like any other. */
  say: (event: InboxEvent) => void
  /** How long counts as silence. */
  silenceMs?: number
  log: Logger
}

const roundMs = 5_000

export function openSilence(options: SilenceOptions): { close: () => Promise<void> } {
  const { storage, isListening, heardWithin, say, silenceMs = limits.silenceMs, log } = options
  let listeningSinceMs: number | null = null

  /** Whoever was silent while nobody listened, or nothing could be written down, gets the same time to speak. */
  async function look(): Promise<void> {
    const sinceMs = listeningSinceMs ?? Date.now()
    listeningSinceMs = null
    if (!(await isListening())) return
    const unseen = await silentVehicles(storage.sql, silenceMs)
    const silent = unseen.filter(({ id }) => !heardWithin(id, silenceMs))
    if (Date.now() - sinceMs >= silenceMs) {
      const machineIds = await markSilentMachines(storage.sql, silenceMs)
      if (machineIds.length > 0) log.warn({ machineIds }, 'machines are silent')
      if (silent.length > 0)
        log.warn({ vehicleIds: silent.map(({ id }) => id) }, 'trucks are silent')
      for (const vehicle of silent) say(outOfService(vehicle))
    }
    listeningSinceMs = sinceMs
  }

  const isAway = (error: unknown) => log.warn({ err: error }, 'the database is away')
  const round = everySoOften(Math.min(roundMs, silenceMs / 4), look, isAway)
  return { close: round.stop }
}

interface SilentVehicle {
  id: string
  siteId: string
  seenAtMs: number
}

/** Named by when it was heard last: each bridge that notices the same silence says the same event. */
function outOfService({ id, siteId, seenAtMs }: SilentVehicle): InboxEvent {
  return {
    kind: 'vehicle',
    source: topics.vehicle(siteId, id, 'evt'),
    siteId,
    id,
    event: {
      v: contractVersion,
      bootId: 'silence',
      evtSeq: Math.max(1, Math.round(seenAtMs)),
      atMs: Date.now(),
      type: 'out_of_service',
      stopId: null,
      fulfilmentId: null,
    },
  }
}

async function silentVehicles(sql: Sql, silenceMs: number): Promise<SilentVehicle[]> {
  return await sql<SilentVehicle>(
    `select id, site_id as "siteId", extract(epoch from seen_at)::float8 * 1000 as "seenAtMs" from vehicle
     where in_service and seen_at < now() - make_interval(secs => $1) order by id`,
    [silenceMs / 1_000],
  )
}

async function markSilentMachines(sql: Sql, silenceMs: number): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `update machine set phase = 'OFFLINE'
     where phase <> 'OFFLINE' and greatest(last_seen_at, state_at) < now() - make_interval(secs => $1)
     returning id`,
    [silenceMs / 1_000],
  )
  return rows.map(({ id }) => id)
}
