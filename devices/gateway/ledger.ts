// What a gateway must not forget when it is killed: events that the platform has not acknowledged,
// and the commands it answered.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Reply } from '../contract/command.ts'
import { limits } from '../contract/limits.ts'

export interface KeptEvent {
  bootId: string
  evtSeq: number
  topic: string
  message: Record<string, unknown>
}

export interface Ledger {
  /** Of this start of the gateway; a later start has a greater one. */
  bootId: string
  /** Keeps an event until it is acknowledged. With a key that was seen before it does nothing. */
  append: (topic: string, key: string | null, event: Record<string, unknown>) => boolean
  /** All that is not acknowledged, oldest first. */
  waiting: (limit: number) => KeptEvent[]
  acknowledge: (events: readonly { bootId: string; evtSeq: number }[]) => void
  replyTo: (commandId: string) => Reply | null
  remember: (reply: Reply) => void
  /** False when a higher fence of the job was seen before. */
  passFence: (jobId: string, fence: number) => boolean
  close: () => void
}

const REMEMBERED_KEYS = 20_000

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  create table if not exists boot (id integer primary key check (id = 1), at_ms integer not null);
  create table if not exists outbox (
    boot_id text not null, evt_seq integer not null, topic text not null, message text not null,
    primary key (boot_id, evt_seq));
  create table if not exists happened (key text primary key) strict;
  create table if not exists fence (job_id text primary key, fence integer not null);
  create table if not exists command (command_id text primary key, reply text not null);
`

export function openLedger(dir: string, nowMs: number): Ledger {
  const database = new DatabaseSync(join(dir, 'gateway.db'))
  database.exec(schema)
  const bootId = nextBootId(database, nowMs)
  let evtSeq = 0

  const happen = database.prepare('insert into happened (key) values (?) on conflict do nothing')
  const put = database.prepare('insert into outbox values (?, ?, ?, ?)')
  const take = database.prepare(
    'select boot_id, evt_seq, topic, message from outbox order by boot_id, evt_seq limit ?',
  )
  const drop = database.prepare('delete from outbox where boot_id = ? and evt_seq = ?')
  const find = database.prepare('select reply from command where command_id = ?')
  const store = database.prepare('insert into command values (?, ?) on conflict do nothing')
  const raise = database.prepare(
    `insert into fence values (?, ?)
     on conflict (job_id) do update set fence = max(excluded.fence, fence.fence) returning fence`,
  )
  const inTransaction = <T>(work: () => T): T => {
    database.exec('begin immediate')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }
  forgetOldest(database)

  return {
    bootId,
    append: (topic, key, event) =>
      inTransaction(() => {
        if (key !== null && happen.run(key).changes === 0) return false
        evtSeq += 1
        put.run(bootId, evtSeq, topic, JSON.stringify({ v: 1, bootId, evtSeq, ...event }))
        return true
      }),
    waiting: (limit) =>
      take.all(limit).map((row) => ({
        bootId: String(row['boot_id']),
        evtSeq: Number(row['evt_seq']),
        topic: String(row['topic']),
        message: JSON.parse(String(row['message'])),
      })),
    acknowledge: (events) =>
      inTransaction(() => {
        for (const event of events) drop.run(event.bootId, event.evtSeq)
      }),
    replyTo: (commandId) => {
      const row = find.get(commandId)
      return row ? JSON.parse(String(row['reply'])) : null
    },
    remember: (reply) => {
      const { lastInsertRowid } = store.run(reply.commandId, JSON.stringify(reply))
      if (Number(lastInsertRowid) % 200 === 0) forgetOldest(database)
    },
    passFence: (jobId, fence) => {
      const highest = raise.get(jobId, fence)
      return Number(highest?.['fence']) === fence
    },
    close: () => database.close(),
  }
}

/** Later than every one before, also where the clock was set back. */
function nextBootId(database: DatabaseSync, nowMs: number): string {
  const row = database
    .prepare(
      `insert into boot values (1, ?)
       on conflict (id) do update set at_ms = max(excluded.at_ms, at_ms + 1) returning at_ms`,
    )
    .get(nowMs)
  const at = Number(row?.['at_ms']).toString(36).padStart(9, '0')
  return `${at}-${randomBytes(4).toString('hex')}`
}

function forgetOldest(database: DatabaseSync): void {
  database
    .prepare('delete from command where rowid <= (select max(rowid) from command) - ?')
    .run(limits.rememberedCommands)
  database
    .prepare('delete from fence where rowid <= (select max(rowid) from fence) - ?')
    .run(limits.rememberedCommands)
  database
    .prepare('delete from happened where rowid <= (select max(rowid) from happened) - ?')
    .run(REMEMBERED_KEYS)
}
