// Migrating brings any database to the schema that the entities describe, however often and by however many it is done.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client } from 'pg'
import { migrate, schemaDrift } from '../../storage/migrate.ts'
import { postgresForTest, type TestDatabase } from '../support/platform.ts'

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await postgresForTest({ empty: true })
  client = new Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

test('three that migrate an empty database at once leave it migrated once, without drift', async () => {
  await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)])
  const { rows } = await client.query('select name from migration order by id')
  expect(rows.map(({ name }) => name)).toEqual([
    '001-first-schema',
    '002-dispatch',
    '003-carriers',
    '004-ledger',
    '005-simulations',
    '006-quotes',
    '007-private-places',
    '008-driving',
    '009-cancels',
  ])
  expect(await schemaDrift(database.url)).toEqual([])
})

test('migrating again changes nothing', async () => {
  await migrate(database.url)
  expect(await schemaDrift(database.url)).toEqual([])
})

test('a database of the first version keeps its ledger when it is migrated', async () => {
  const older = await postgresForTest({ empty: true })
  const on = new Client({ connectionString: older.url })
  await on.connect()
  try {
    await migrate(older.url, { upTo: '001-first-schema' })
    const post = async (key: string) =>
      await on.query(`select * from ledger_post($1, 'before', null, $2)`, [key, postings])
    await post('first')
    const before = await booksOf(on)
    await migrate(older.url)
    expect(await schemaDrift(older.url)).toEqual([])
    expect(await booksOf(on)).toEqual(before)
    expect((await post('first')).rows[0].replayed).toBe(true)
    expect((await post('second')).rows[0].replayed).toBe(false)
    expect((await booksOf(on)).balances).toEqual(['-600', '600'])
    await expect(on.query('update ledger_transaction set amounts = amounts')).rejects.toThrow(
      'append-only',
    )
  } finally {
    await on.end()
    await older.drop()
  }
})

const postings = JSON.stringify([
  { book: 'money', account: 'buyer', unit: 'USD', amount: '-300' },
  { book: 'money', account: 'maker', unit: 'USD', amount: '300' },
])

async function booksOf(on: Client) {
  const balances = await on.query('select balance::text from ledger_account order by code')
  const lines = await on.query(
    'select transaction_id, seq, account_id, amount from ledger_posting order by 1, 2',
  )
  return { balances: balances.rows.map(({ balance }) => balance), lines: lines.rows }
}

test.each([
  [
    'a column that is gone',
    'alter table orders drop column reference cascade',
    /add "reference" text/,
  ],
  [
    'a state that is not allowed',
    'alter table job drop constraint job_state_check',
    /job_state_check/,
  ],
  ['an open table', 'alter table buyer disable row level security', /enable row level security/],
  ['a missing index', 'drop index orders_not_started', /orders_not_started/],
])('drift is seen: %s', async (_, statement, expected) => {
  await client.query(statement)
  expect((await schemaDrift(database.url)).join('\n')).toMatch(expected)
})
