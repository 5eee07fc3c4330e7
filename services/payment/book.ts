// The simulator's book in SQLite: payments, accounts, and which key had which effect. Several processes may share it.
import assert from 'node:assert/strict'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { openStandInBook, type StandInBook } from '../standInBook.ts'

const statuses = ['held', 'captured', 'released'] as const

export interface PaymentRow {
  reference: string
  token: string
  currency: string
  heldCents: bigint
  capturedCents: bigint
  refundedCents: bigint
  status: (typeof statuses)[number]
  expiresAtMs: number
}

export interface Book extends Omit<StandInBook, 'database'> {
  effect(key: string): { fingerprint: string; reference: string } | null
  addEffect(key: string, fingerprint: string, reference: string): void
  payment(reference: string): PaymentRow | null
  savePayment(payment: PaymentRow): void
  /** Opens the account at its first use. */
  balanceCents(token: string, currency: string, openingCents: bigint): bigint
  /** What unexpired holds keep from being spent. */
  keptCents(token: string, currency: string, nowMs: number): bigint
  /** A card has no balance here: nothing happens. */
  addToBalance(token: string, currency: string, cents: bigint): void
}

const schema = `
  create table if not exists payment (
    reference text primary key, token text not null, currency text not null,
    held_cents integer not null check (held_cents > 0),
    captured_cents integer not null check (captured_cents between 0 and held_cents),
    refunded_cents integer not null check (refunded_cents between 0 and captured_cents),
    status text not null check (status in ('held', 'captured', 'released')),
    expires_at_ms integer not null
  ) strict;
  create index if not exists payment_by_token on payment (token, currency) where status = 'held';
  create table if not exists effect (
    key text primary key, fingerprint text not null, reference text not null
  ) strict;
  create table if not exists account (
    token text not null, currency text not null, balance_cents integer not null,
    primary key (token, currency)
  ) strict;
`

export function openBook(dir: string): Book {
  const { database, ...book } = openStandInBook(dir, 'payments', schema)
  return { ...book, ...payments(database), ...accounts(database) }
}

function payments(database: DatabaseSync) {
  const findEffect = database.prepare('select fingerprint, reference from effect where key = ?')
  const insertEffect = database.prepare('insert into effect values (?, ?, ?)')
  const findPayment = database.prepare('select * from payment where reference = ?')
  findPayment.setReadBigInts(true)
  const upsertPayment = database.prepare(`
    insert into payment values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set
      captured_cents = excluded.captured_cents, refunded_cents = excluded.refunded_cents,
      status = excluded.status`)

  return {
    effect(key: string) {
      const row = findEffect.get(key)
      return row ? { fingerprint: String(row.fingerprint), reference: String(row.reference) } : null
    },
    addEffect(key: string, fingerprint: string, reference: string) {
      insertEffect.run(key, fingerprint, reference)
    },
    payment(reference: string): PaymentRow | null {
      const row = findPayment.get(reference)
      if (!row) return null
      return {
        reference,
        token: String(row.token),
        currency: String(row.currency),
        heldCents: whole(row.held_cents),
        capturedCents: whole(row.captured_cents),
        refundedCents: whole(row.refunded_cents),
        status: known(row.status),
        expiresAtMs: Number(row.expires_at_ms),
      }
    },
    savePayment(row: PaymentRow) {
      upsertPayment.run(
        row.reference,
        row.token,
        row.currency,
        row.heldCents,
        row.capturedCents,
        row.refundedCents,
        row.status,
        row.expiresAtMs,
      )
    },
  }
}

function accounts(database: DatabaseSync) {
  const open = database.prepare('insert into account values (?, ?, ?) on conflict do nothing')
  const find = database.prepare(
    'select balance_cents as cents from account where token = ? and currency = ?',
  )
  const kept = database.prepare(`
    select coalesce(sum(held_cents), 0) as cents from payment
    where token = ? and currency = ? and status = 'held' and expires_at_ms > ?`)
  const add = database.prepare(
    'update account set balance_cents = balance_cents + ? where token = ? and currency = ?',
  )
  for (const statement of [find, kept]) statement.setReadBigInts(true)

  return {
    balanceCents(token: string, currency: string, openingCents: bigint): bigint {
      open.run(token, currency, openingCents)
      return whole(find.get(token, currency)?.cents)
    },
    keptCents: (token: string, currency: string, nowMs: number) =>
      whole(kept.get(token, currency, nowMs)?.cents),
    addToBalance(token: string, currency: string, cents: bigint) {
      add.run(cents, token, currency)
    },
  }
}

function whole(value: SQLOutputValue | undefined): bigint {
  assert(typeof value === 'bigint', 'the statement reads whole numbers as bigint')
  return value
}

function known(value: SQLOutputValue | undefined): PaymentRow['status'] {
  const status = statuses.find((one) => one === value)
  assert(status, `the book has no status ${String(value)}`)
  return status
}
