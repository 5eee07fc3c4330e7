// Connections are lost and come back, transactions that collide are run again, ids sort by time.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newId } from '../../storage/ids.ts'
import { StorefrontRecord } from '../../storage/records/storefront.ts'
import { openStorage, type Storage } from '../../storage/storage.ts'
import { until } from '../support/until.ts'
import { storageForTest, type TestStorage } from './fixture.ts'

let db: TestStorage
let storage: Storage
beforeAll(async () => {
  db = await storageForTest()
  storage = await openStorage({ url: db.url, applicationName: 'under-test', poolSize: 4 })
})
afterAll(async () => {
  await storage.close()
  await db.close()
})

/** As when the server is killed: every session of the storage under test ends, wherever it is. */
async function cutConnections(): Promise<number> {
  const cut = await db.storage.sql(
    `select pg_terminate_backend(pid, 60000) from pg_stat_activity
     where application_name = 'under-test' and datname = current_database()`,
  )
  return cut.length
}

describe('a lost connection', () => {
  test('fails the transaction that was on it, and the next one works', async () => {
    const lost = storage.transaction(async ({ sql }) => {
      await sql('select 1')
      expect(await cutConnections()).toBeGreaterThan(0)
      await sql('select 1')
    })
    await expect(lost).rejects.toThrow(/terminat|Connection/i)
    const [row] = await storage.transaction(async ({ sql }) => sql('select 2 as two'))
    expect(row).toEqual({ two: 2 })
    await storage.ping()
  })

  test('while idle fails a call at most, and is replaced', async () => {
    await Promise.all([storage.ping(), storage.ping(), storage.ping()])
    await cutConnections()
    await until(async () =>
      storage.ping().then(
        () => true,
        () => false,
      ),
    )
    expect(await storage.sql('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('of the listener comes back by itself and says that it was away', async () => {
    const heard: string[] = []
    let gaps = 0
    const unlisten = await storage.listen(
      'news',
      (payload) => heard.push(payload),
      () => {
        gaps += 1
      },
    )
    await db.storage.sql(`select pg_notify('news', 'before')`)
    await until(() => heard.length === 1)
    await cutConnections()
    await until(() => gaps === 1)
    await db.storage.sql(`select pg_notify('news', 'after')`)
    await until(() => heard.length === 2)
    await unlisten()
    expect(heard).toEqual(['before', 'after'])
  })
})

describe('a transaction', () => {
  test('shows its entities to its own SQL, and both go when it fails', async () => {
    const id = newId('sto')
    const failed = storage.transaction(async ({ em, sql }) => {
      em.create(StorefrontRecord, { id, name: 'Gone', mode: 'test' })
      await em.flush()
      expect(await sql('select name from storefront where id = $1', [id])).toEqual([
        { name: 'Gone' },
      ])
      throw new Error('changed its mind')
    })
    await expect(failed).rejects.toThrow('changed its mind')
    expect(await storage.sql('select 1 from storefront where id = $1', [id])).toEqual([])
  })

  test('that two others keep in a deadlock is run again until it commits', async () => {
    const ids = [newId('sto'), newId('sto')]
    for (const id of ids) {
      await storage.sql(`insert into storefront (id, name, mode) values ($1, '', 'test')`, [id])
    }
    let runs = 0
    const gate = Promise.withResolvers<void>()
    let inside = 0
    const rename = async (order: string[], letter: string) =>
      await storage.transaction(async ({ sql }) => {
        runs += 1
        for (const id of order) {
          await sql('update storefront set name = name || $2 where id = $1', [id, letter])
          inside += 1
          if (inside === 2) gate.resolve()
          await gate.promise
        }
      })
    await Promise.all([rename(ids, 'a'), rename(ids.toReversed(), 'b')])
    const names = await storage.sql<{ name: string }>(
      'select name from storefront where id = any($1)',
      [ids],
    )
    expect(runs).toBeGreaterThan(2)
    expect(names.map(({ name }) => name.split('').toSorted().join(''))).toEqual(['ab', 'ab'])
  })

  test('does not pretend to commit after an error that the work swallowed', async () => {
    const swallowed = storage.transaction(async ({ sql }) => {
      await sql('select 1 / 0').catch(() => {})
    })
    await expect(swallowed).rejects.toThrow(/rolled back/)
  })

  test('reads int8 as bigint and timestamptz as Date', async () => {
    const [row] = await storage.sql(
      `select 9007199254740993::int8 as big, timestamptz 'epoch' as at`,
    )
    expect(row).toEqual({ big: 9_007_199_254_740_993n, at: new Date(0) })
  })
})

describe('ids', () => {
  test('have a prefix, 26 characters of base32, and sort by when they were made', () => {
    const made = Array.from({ length: 10_000 }, () => newId('ord'))
    expect(made.every((id) => /^ord_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(id))).toBe(true)
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made).size).toBe(made.length)
  })

  test('carry version 7 and the time', () => {
    const atMs = Date.UTC(2200, 0)
    const text = newId('x', atMs).slice(2)
    const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
    const bits = Array.from(text).reduce(
      (sum, char) => sum * 32n + BigInt(alphabet.indexOf(char)),
      0n,
    )
    expect(bits >> 80n).toBe(BigInt(atMs))
    expect((bits >> 76n) & 15n).toBe(7n)
    expect((bits >> 62n) & 3n).toBe(2n)
  })
})
