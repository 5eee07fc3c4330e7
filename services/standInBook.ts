// The book of a stand-in for a third party, in SQLite: it survives its process, and several may share it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface StandInBook {
  database: DatabaseSync
  /** All or nothing, and alone among the processes. */
  inTransaction<T>(work: () => T): T
  /** Counts a try of the key and says how many there were before. */
  countTry(key: string): number
  close(): void
}

/** whileBusy: runs each time that another process is just beginning the same book. */
export function openStandInBook(
  dir: string,
  name: string,
  schema: string,
  whileBusy: () => void = pause,
): StandInBook {
  mkdirSync(dir, { recursive: true })
  const database = new DatabaseSync(join(dir, `${name}.sqlite`), { timeout: patienceMs })
  share(database, whileBusy)
  database.exec(`${attempts}; ${schema}`)
  const countTry = database.prepare(`
    insert into attempt values (?, 1) on conflict do update set tries = tries + 1
    returning tries - 1 as before`)
  return {
    database,
    inTransaction<T>(work: () => T): T {
      database.exec('begin immediate')
      try {
        const answer = work()
        database.exec('commit')
        return answer
      } catch (error) {
        database.exec('rollback')
        throw error
      }
    },
    countTry: (key) => Number(countTry.get(key)?.before),
    close: () => database.close(),
  }
}

const patienceMs = 10_000

/** Of two that open a new file at once SQLite refuses one the write-ahead log, instead of letting it wait. */
function share(database: DatabaseSync, whileBusy: () => void): void {
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      return database.exec('pragma journal_mode = wal; pragma synchronous = normal')
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      whileBusy()
    }
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}

/** SQLITE_BUSY, the last byte of what says more about it. */
function isBusy(error: unknown): boolean {
  const { errcode }: { errcode?: unknown } = Object(error)
  return (Number(errcode) & 0xff) === 5
}

const attempts =
  'create table if not exists attempt (key text primary key, tries integer not null) strict'
