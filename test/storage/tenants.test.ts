// A storefront sees and changes its own rows, whatever SQL the API's role sends.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { newId } from '../../storage/ids.ts'
import { migrate } from '../../storage/migrate.ts'
import { BuyerRecord } from '../../storage/records/buyer.ts'
import { OrderRecord } from '../../storage/records/order.ts'
import { ApiKeyRecord } from '../../storage/records/storefront.ts'
import { orderWorld, storageForTest, type TestStorage, type World } from './fixture.ts'

let db: TestStorage
let mine: World
let theirs: World

beforeAll(async () => {
  db = await storageForTest()
  mine = await orderWorld(db.storage)
  theirs = await orderWorld(db.storage)
})
afterAll(async () => await db.close())

describe('the API role', () => {
  test.each(['buyer', 'quote', 'offer', 'orders', 'order_line', 'fulfilment', 'job'])(
    "sees of %s its storefront's rows and no others",
    async (table) => {
      const rows = await db.api.asTenant(mine.storefrontId, async ({ sql }) =>
        sql<{ storefront_id: string }>(`select distinct storefront_id from ${table}`),
      )
      expect(rows).toEqual([{ storefront_id: mine.storefrontId }])
    },
  )

  // Machines serve every tenant; places and items are everybody's or one storefront's, as the API
  // shows.
  test('meets row-level security at every table that has a storefront, but for what all share', async () => {
    const open = await db.storage.sql(
      `select c.relname as name from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'storefront_id'
       where c.relkind = 'r' and not (c.relrowsecurity and exists (
         select from pg_policy p where p.polrelid = c.oid))
       order by name`,
    )
    expect(open.map(({ name }) => name)).toEqual(['item', 'reservation', 'site'])
  })

  test('finds its own order by entity, and a foreign one not at all', async () => {
    const [own, foreign] = await db.api.asTenant(mine.storefrontId, async ({ em }) => [
      await em.findOne(OrderRecord, { id: mine.orderId }),
      await em.findOne(OrderRecord, { id: theirs.orderId }),
    ])
    expect(own?.storefrontId).toBe(mine.storefrontId)
    expect(foreign).toBeNull()
  })

  test('sees nothing when no storefront is set, also after a transaction that had one', async () => {
    const api = db.api
    await api.asTenant(mine.storefrontId, async ({ sql }) => sql('select 1'))
    const seen = await Promise.all(
      Array.from({ length: 12 }, async () => api.sql('select id from orders')),
    )
    expect(seen.flat()).toEqual([])
  })

  test('cannot insert a row for another storefront', async () => {
    const insert = db.api.asTenant(mine.storefrontId, async ({ em }) => {
      em.create(BuyerRecord, { id: newId('buy'), storefrontId: theirs.storefrontId })
      await Promise.resolve()
    })
    await expect(insert).rejects.toThrow(/row-level security/)
  })

  test('changes nothing of another storefront and cannot give its own rows away', async () => {
    const changed = await db.api.asTenant(mine.storefrontId, async ({ sql }) =>
      sql('update orders set hold_reason = $1 where id = $2 returning id', ['x', theirs.orderId]),
    )
    expect(changed).toEqual([])
    const give = db.api.asTenant(mine.storefrontId, async ({ sql }) =>
      sql('update orders set storefront_id = $1 where id = $2', [
        theirs.storefrontId,
        mine.orderId,
      ]),
    )
    await expect(give).rejects.toThrow(/row-level security/)
  })

  test.each([
    ['update machine set enabled = false'],
    ['delete from orders'],
    ['update event set type = $$x$$'],
    ['insert into reservation (id) values ($$x$$)'],
    ['select offer_id from reservation'],
    ['select * from device_event'],
    ['set row_security = off; select * from orders'],
  ])('may not %s', async (statement) => {
    const client = new Client({ connectionString: db.url, options: '-c role=fabroute_api' })
    await client.connect()
    await expect(client.query(statement)).rejects.toThrow(/permission denied|row-level security/)
    await client.end()
  })

  test('logs in with the password that migrating set', async () => {
    await migrate(db.url, { apiRolePassword: 'correct horse' })
    const login = new URL(db.url)
    login.username = 'fabroute_api'
    login.password = 'correct horse'
    const client = new Client({ connectionString: login.href })
    await client.connect()
    const { rows } = await client.query('select current_user as name')
    await client.end()
    expect(rows).toEqual([{ name: 'fabroute_api' }])
  })
})

test('a key is found by its hash before any tenant is known, and its use is noted', async () => {
  const hash = createHash('sha256').update('fab_test_key').digest()
  const id = newId('key')
  await db.storage.transaction(async ({ em }) => {
    const of = {
      storefrontId: mine.storefrontId,
      name: 'ci',
      hint: '_key',
      scopes: ['orders:read'],
    }
    em.create(ApiKeyRecord, { id, hash, ...of })
    await Promise.resolve()
  })
  const found = await db.api.sql('select * from authenticate($1)', [hash])
  const unknown = await db.api.sql('select * from authenticate($1)', [Buffer.alloc(32)])
  expect(found).toEqual([
    {
      id,
      storefront_id: mine.storefrontId,
      mode: 'test',
      scopes: ['orders:read'],
      expires_at: null,
      revoked_at: null,
    },
  ])
  expect(unknown).toEqual([])
  const [key] = await db.storage.sql('select last_used_at from api_key where id = $1', [id])
  expect(key?.['last_used_at']).toBeInstanceOf(Date)
})
