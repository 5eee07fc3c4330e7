// The inbox: what devices report is written down and applied once, in batches, and acknowledged only then.
import type { Logger } from 'pino'
import type { Storage, Tx } from '../../storage/storage.ts'
import { applyLockerEvents, applyVehicleEvents, nameConcerned } from './applyDelivery.ts'
import { applyMachineEvents } from './applyMachine.ts'
import { keyOf, reportsOf, type InboxEvent } from './inboxEvent.ts'

export interface InboxOptions {
  storage: Pick<Storage, 'transaction'>
  /** The events are in the database: their gateways may forget them. */
  acknowledge: (batch: readonly InboxEvent[]) => void
  /** Somebody has to be told of these; they count as done only when that has happened. */
  tell: (batch: readonly InboxEvent[]) => void
  /** Machines that were cleared, so that another part may be made there. */
  freed: (machineIds: readonly string[]) => void
  log: Logger
}

export interface Inbox {
  /** The promise is there when too many wait: the broker is to hold back until it is kept. */
  take: (inbox: InboxEvent) => Promise<void> | undefined
  close: () => Promise<void>
}

const BATCH = 200
const GATHER_MS = 25
const MANY = 1_000
const RETRY_MS = 500

export function openInbox(options: InboxOptions): Inbox {
  const { storage, log } = options
  const pending: InboxEvent[] = []
  let working: Promise<void> | null = null
  const stop = new AbortController()

  async function work(): Promise<void> {
    // What arrives in this moment goes into one transaction.
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    while (pending.length > 0 && !stop.signal.aborted) {
      const batch = pending.slice(0, BATCH)
      if (await settled(batch)) pending.splice(0, batch.length)
      else await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
    working = null
  }

  /** False when the database is away: the batch stays, and nothing of it is acknowledged. */
  async function settled(batch: readonly InboxEvent[]): Promise<boolean> {
    try {
      await settle(batch)
      return true
    } catch (error) {
      if (isAway(error)) {
        log.warn({ err: error, waiting: pending.length }, 'the database is away')
        return false
      }
      const [only] = batch
      if (batch.length > 1) {
        for (const one of batch) if (!(await settled([one]))) return false
      } else if (only) {
        // It would fail each time: it is kept for a person to look at, with a loud word.
        log.error({ err: error, source: only.source, event: only.event }, 'an event is unusable')
        await storage.transaction(async (tx) => await insert(tx, batch, () => true))
        options.acknowledge(batch)
      }
      return true
    }
  }

  async function settle(batch: readonly InboxEvent[]): Promise<void> {
    const result = await storage.transaction(async (tx) => await writeDown(tx, batch))
    options.acknowledge(batch)
    options.tell(result.toTell)
    if (result.freedMachineIds.length > 0) options.freed(result.freedMachineIds)
  }

  return {
    take: (inbox) => {
      pending.push(inbox)
      working ??= work()
      return pending.length > MANY ? working : undefined
    },
    close: async () => {
      stop.abort()
      await working
    },
  }
}

/** Inserting and applying are one transaction, so what is there already was applied already. */
async function writeDown(tx: Tx, batch: readonly InboxEvent[]) {
  await nameConcerned(tx, batch)
  const inserted = await insert(tx, batch, (inbox) => reportsOf(inbox).length === 0)
  // The same event may stand twice in one batch.
  const fresh = batch.filter((inbox) => inserted.delete(keyOf(inbox)))

  const { stale, freedMachineIds } = await applyMachineEvents(
    tx,
    fresh.filter((inbox) => inbox.kind === 'machine'),
  )
  await applyVehicleEvents(
    tx,
    fresh.filter((inbox) => inbox.kind === 'vehicle'),
  )
  await applyLockerEvents(
    tx,
    fresh.filter((inbox) => inbox.kind === 'lockers'),
  )

  const toTell = fresh.filter((inbox) => reportsOf(inbox).length > 0)
  const isStale = new Set(stale)
  await markDone(
    tx,
    toTell.filter((inbox) => isStale.has(keyOf(inbox))),
  )
  return { toTell: toTell.filter((inbox) => !isStale.has(keyOf(inbox))), freedMachineIds }
}

/** The keys of those that were not there before. */
async function insert(
  { sql }: Pick<Tx, 'sql'>,
  batch: readonly InboxEvent[],
  isDone: (inbox: InboxEvent) => boolean,
): Promise<Set<string>> {
  const rows = batch.map((inbox) => ({
    source: inbox.source,
    boot_id: inbox.event.bootId,
    evt_seq: inbox.event.evtSeq,
    type: inbox.event.type,
    payload: inbox.event,
    concerned: inbox.kind === 'vehicle' ? inbox.fulfilmentIds : undefined,
    done: isDone(inbox),
  }))
  const inserted = await sql<{ source: string; boot_id: string; evt_seq: bigint }>(
    `insert into device_event (source, boot_id, evt_seq, type, payload, processed_at)
     select source, boot_id, evt_seq, type,
       case when concerned is null then payload else payload || jsonb_build_object('concerned', concerned) end,
       case when done then now() end
     from jsonb_to_recordset($1::jsonb) as r(source text, boot_id text, evt_seq bigint, type text,
       payload jsonb, concerned jsonb, done boolean)
     on conflict do nothing returning source, boot_id, evt_seq`,
    [JSON.stringify(rows)],
  )
  return new Set(inserted.map((row) => `${row.source}/${row.boot_id}/${row.evt_seq}`))
}

export async function markDone(
  { sql }: Pick<Tx, 'sql'>,
  batch: readonly InboxEvent[],
): Promise<void> {
  if (batch.length === 0) return
  await sql(
    `update device_event e set processed_at = now()
     from unnest($1::text[], $2::text[], $3::bigint[]) as d(source, boot_id, evt_seq)
     where e.source = d.source and e.boot_id = d.boot_id and e.evt_seq = d.evt_seq`,
    [
      batch.map(({ source }) => source),
      batch.map(({ event }) => event.bootId),
      batch.map(({ event }) => event.evtSeq),
    ],
  )
}

/** Lost connections, a server that starts or stops, too little of something: all that passes. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return /^(08|53|57|40)|^E[A-Z]+$/.test(code) || /connection|timeout/i.test(error.message)
}
