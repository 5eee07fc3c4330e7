// Posts to the ledger and reads it: money by currency, stock units by item, licence uses by
// licence; its laws are in migrations/*-ledger.sql.
import type { Sql } from './storage.ts'

export type Book = 'money' | 'stock' | 'licence'

export interface Posting {
  book: Book
  account: string
  /** The currency, the item's id or the licence's id. */
  unit: string
  amount: bigint
  /** What the account's balance may not go below; null: nothing. When not stated, an account keeps what it has. */
  floor?: bigint | null
}

export interface LedgerEntry {
  /** The same key posts once, however often it is sent; with other postings it is ledger_mismatch. */
  key: string
  description: string
  orderId?: string | null
  postings: readonly Posting[]
}

export interface Posted {
  transactionId: bigint
  replayed: boolean
}

export interface LedgerTransaction {
  id: bigint
  key: string
  description: string
  createdAt: Date
  postings: { book: Book; account: string; unit: string; amount: bigint }[]
}

export const ledger = { post, balance, transactionsOf }

/** One round trip. Postings sum to zero in each unit; throws ledger_floor and ledger_mismatch. */
async function post({ sql }: { sql: Sql }, entry: LedgerEntry): Promise<Posted> {
  const postings = entry.postings.map(({ book, account, unit, amount, floor }) => ({
    book,
    account,
    unit,
    amount: String(amount),
    ...(floor === undefined ? {} : { floor: floor?.toString() ?? null }),
  }))
  const [posted] = await sql<Posted>(
    `select transaction_id as "transactionId", replayed from ledger_post($1, $2, $3, $4::jsonb)`,
    [entry.key, entry.description, entry.orderId ?? null, JSON.stringify(postings)],
  )
  if (!posted) throw new Error('The ledger did not answer')
  return posted
}

/** Nothing was ever posted to an account that is not there: its balance is zero. */
async function balance(
  { sql }: { sql: Sql },
  book: Book,
  account: string,
  unit: string,
): Promise<bigint> {
  const [row] = await sql<{ balance: bigint }>(
    'select balance from ledger_account where book = $1 and code = $2 and unit = $3',
    [book, account, unit],
  )
  return row?.balance ?? 0n
}

/** All that was posted for an order, oldest first. */
async function transactionsOf(
  { sql }: { sql: Sql },
  orderId: string,
): Promise<LedgerTransaction[]> {
  const rows = await sql<TransactionRow>(
    `select t.id, t.idempotency_key as key, t.description, t.created_at as "createdAt",
       json_agg(json_build_object('book', a.book, 'account', a.code, 'unit', a.unit, 'amount', p.amount::text)
         order by p.seq) as postings
     from ledger_transaction t
     join ledger_posting p on p.transaction_id = t.id join ledger_account a on a.id = p.account_id
     where t.order_id = $1 group by t.id order by t.id`,
    [orderId],
  )
  return rows.map(({ id, key, description, createdAt, postings }) => ({
    id,
    key,
    description,
    createdAt,
    postings: postings.map(({ amount, ...of }) => ({ ...of, amount: BigInt(amount) })),
  }))
}

interface TransactionRow extends Omit<LedgerTransaction, 'postings'> {
  postings: { book: Book; account: string; unit: string; amount: string }[]
}
