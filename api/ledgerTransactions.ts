// What an order's money did in the ledger: transactions whose postings sum to zero in each unit.
import { Type } from 'typebox'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import { Id, ListOf, Time, time } from './wire.ts'

const LedgerTransaction = Type.Object(
  {
    object: Type.Literal('ledger_transaction'),
    id: Type.String(),
    order_id: Id,
    description: Type.String(),
    postings: Type.Array(
      Type.Object(
        {
          book: Type.String(),
          account: Type.String(),
          unit: Type.String({ description: 'A currency, an item or a licence, by the book.' }),
          amount: Type.String({ description: 'Signed; minor units, pieces or uses.' }),
        },
        { additionalProperties: false, title: 'Posting' },
      ),
    ),
    created_at: Time,
  },
  { additionalProperties: false, title: 'LedgerTransaction' },
)

interface TransactionRow {
  id: bigint
  order_id: string
  description: string
  postings: { book: string; account: string; unit: string; amount: string }[]
  created_at: Date
}

export const listLedgerTransactions = route(
  {
    method: 'get',
    path: '/v1/ledger_transactions',
    scope: 'ledger:read',
    summary: 'List the postings of an order',
    query: Type.Object({ order_id: Id }, { additionalProperties: false }),
    responses: { 200: ListOf(LedgerTransaction, 'LedgerTransactionList') },
  },
  async ({ query: { order_id: orderId }, tenant, deps: { storage } }) => {
    const rows = await storage.asTenant(tenant.storefrontId, async ({ sql }) => {
      const [order] = await sql('select 1 from orders where id = $1', [orderId])
      if (!order) throw refuse('not_found')
      return sql<TransactionRow>(
        `select t.id, t.order_id, t.description, t.created_at,
           (select jsonb_agg(jsonb_build_object('book', a.book, 'account', a.code, 'unit', a.unit,
               'amount', p.amount::text) order by p.seq)
             from ledger_posting p join ledger_account a on a.id = p.account_id
             where p.transaction_id = t.id) as postings
         from ledger_transaction t where t.order_id = $1 order by t.id`,
        [orderId],
      )
    })
    // An order has a handful of transactions: they are one page.
    return ok({ object: 'list', data: rows.map(transactionOf), has_more: false, next_cursor: null })
  },
)

function transactionOf(row: TransactionRow) {
  return {
    object: 'ledger_transaction',
    id: String(row.id),
    order_id: row.order_id,
    description: row.description,
    postings: row.postings,
    created_at: time(row.created_at),
  }
}
