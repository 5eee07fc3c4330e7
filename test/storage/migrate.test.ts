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
  const { rows } = await client.query('select name from migration')
  expect(rows).toEqual([{ name: '001-first-schema' }, { name: '002-dispatch' }])
  expect(await schemaDrift(database.url)).toEqual([])
})

test('migrating again changes nothing', async () => {
  await migrate(database.url)
  expect(await schemaDrift(database.url)).toEqual([])
})

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
