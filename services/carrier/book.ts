// The simulator's book in SQLite: parcels, what happens to each and when, and what its sender was told already.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { type ParcelEvent, parcelEventKinds } from '../../domain/parcels.ts'
import { openStandInBook, type StandInBook } from '../standInBook.ts'

export interface ParcelRow {
  number: string
  key: string
  fingerprint: string
  expectedAtMs: number
  isCancelled: boolean
  label: Uint8Array
}

export interface Telling extends ParcelEvent {
  number: string
}

export interface ParcelBook extends Omit<StandInBook, 'database'> {
  byKey(key: string): ParcelRow | null
  byNumber(number: string): ParcelRow | null
  /** isTold: nobody is to be told of the events. */
  add(parcel: ParcelRow, events: readonly ParcelEvent[], how: { isTold: boolean }): void
  /** Nothing of what was to come happens. */
  cancel(number: string): void
  /** What has happened by then, in order. */
  eventsOf(number: string, byMs: number): ParcelEvent[]
  /** What has happened by then and was not told yet, for each parcel in order. */
  untold(byMs: number): Telling[]
  /** When the next thing happens that has to be told. */
  nextUntoldAtMs(afterMs: number): number | null
  markTold(telling: Pick<Telling, 'number' | 'sequence'>, atMs: number): void
}

const schema = `
  create table if not exists parcel (
    number text primary key, key text not null unique, fingerprint text not null,
    expected_at_ms integer not null, is_cancelled integer not null default 0, label blob not null
  ) strict;
  create table if not exists happening (
    number text not null references parcel (number), sequence integer not null, kind text not null,
    at_ms integer not null, told_at_ms integer, primary key (number, sequence)
  ) strict;
  create index if not exists happening_untold on happening (at_ms) where told_at_ms is null;
`

export function openParcelBook(dir: string): ParcelBook {
  const { database, ...book } = openStandInBook(dir, 'parcels', schema)
  return { ...book, ...parcels(database), ...happenings(database) }
}

function parcels(database: DatabaseSync) {
  const findByKey = database.prepare('select * from parcel where key = ?')
  const findByNumber = database.prepare('select * from parcel where number = ?')
  const insertParcel = database.prepare('insert into parcel values (?, ?, ?, ?, 0, ?)')
  const insertHappening = database.prepare('insert into happening values (?, ?, ?, ?, ?)')
  const cancelParcel = database.prepare('update parcel set is_cancelled = 1 where number = ?')
  const forgetHappenings = database.prepare('delete from happening where number = ?')

  return {
    byKey: (key: string) => parcelOf(findByKey.get(key)),
    byNumber: (number: string) => parcelOf(findByNumber.get(number)),
    add(parcel: ParcelRow, events: readonly ParcelEvent[], { isTold }: { isTold: boolean }) {
      const { number, key, fingerprint, expectedAtMs, label } = parcel
      insertParcel.run(number, key, fingerprint, expectedAtMs, label)
      for (const { sequence, kind, atMs } of events) {
        insertHappening.run(number, sequence, kind, atMs, isTold ? atMs : null)
      }
    },
    cancel(number: string) {
      cancelParcel.run(number)
      forgetHappenings.run(number)
    },
  }
}

function happenings(database: DatabaseSync) {
  const happened = database.prepare(
    'select * from happening where number = ? and at_ms <= ? order by sequence',
  )
  const untold = database.prepare(`
    select * from happening where told_at_ms is null and at_ms <= ? order by number, sequence limit 500`)
  const next = database.prepare(
    'select min(at_ms) as at from happening where told_at_ms is null and at_ms > ?',
  )
  const mark = database.prepare(
    'update happening set told_at_ms = ? where number = ? and sequence = ?',
  )
  return {
    eventsOf: (number: string, byMs: number) => happened.all(number, byMs).map(eventOf),
    untold: (byMs: number) =>
      untold.all(byMs).map((row) => Object.assign(eventOf(row), { number: String(row.number) })),
    nextUntoldAtMs(afterMs: number) {
      const at = next.get(afterMs)?.at ?? null
      return at === null ? null : Number(at)
    },
    markTold({ number, sequence }: Pick<Telling, 'number' | 'sequence'>, atMs: number) {
      mark.run(atMs, number, sequence)
    },
  }
}

type Row = Record<string, SQLOutputValue>

function parcelOf(row: Row | undefined): ParcelRow | null {
  if (!row) return null
  const { label } = row
  if (!(label instanceof Uint8Array)) throw new Error('the label of a parcel is not bytes')
  return {
    number: String(row['number']),
    key: String(row['key']),
    fingerprint: String(row['fingerprint']),
    expectedAtMs: Number(row['expected_at_ms']),
    isCancelled: row['is_cancelled'] === 1,
    label,
  }
}

function eventOf(row: Row): ParcelEvent {
  const kind = parcelEventKinds.find((one) => one === row['kind'])
  if (!kind) throw new Error(`the book has no event ${String(row['kind'])}`)
  return { sequence: Number(row['sequence']), kind, atMs: Number(row['at_ms']) }
}
