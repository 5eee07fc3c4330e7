// The ledger's laws: sums of zero, floors, one posting for a key; and no SQL, whoever sends it, that breaks them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { ledger, type Posting } from '../../storage/ledger.ts'
import { newId } from '../../storage/ids.ts'
import { orderWorld, storageForTest, type TestStorage } from './fixture.ts'

let db: TestStorage
beforeAll(async () => {
  db = await storageForTest()
})
afterAll(async () => await db.close())

const money = (account: string, amount: bigint, floor?: bigint | null): Posting => ({
  book: 'money',
  account,
  unit: 'USD',
  amount,
  ...(floor === undefined ? {} : { floor }),
})
const transfer = (from: string, to: string, amount: bigint) => [
  money(from, -amount),
  money(to, amount),
]
const use = (from: string, to: string, amount: bigint): Posting[] => [
  { book: 'licence', account: from, unit: 'lic_last', amount: -amount },
  { book: 'licence', account: to, unit: 'lic_last', amount, floor: 0n },
]
const post = async (key: string, postings: readonly Posting[]) =>
  await db.storage.transaction(async (tx) =>
    ledger.post(tx, { key, description: 'test', postings }),
  )
/** An account's id in SQL. */
const id = (code: string) => `(select id from ledger_account where code = '${code}')`
const balanceOf = async (account: string) =>
  await ledger.balance(db.storage, 'money', account, 'USD')

/** What must hold of the whole ledger at any time. */
async function expectLawful(): Promise<void> {
  const [broken] = await db.storage.sql<{ units: bigint; balances: bigint; floors: bigint }>(
    `select
       (select count(*) from (select from ledger_posting p join ledger_account a on a.id = p.account_id
         group by p.transaction_id, a.book, a.unit having sum(p.amount) <> 0) x) as units,
       (select count(*) from ledger_account a where a.balance <>
         (select coalesce(sum(p.amount), 0) from ledger_posting p where p.account_id = a.id)) as balances,
       (select count(*) from ledger_account where balance < floor) as floors`,
  )
  expect(broken).toEqual({ units: 0n, balances: 0n, floors: 0n })
}

/** Runs one statement in a transaction, so that what is checked at commit is checked. */
async function attempt(statement: string): Promise<unknown> {
  return await db.storage.transaction(async ({ sql }) => sql(statement))
}

describe('laws', () => {
  test('whatever is posted at once, sums are zero, floors hold and refusals leave nothing', async () => {
    const accounts = ['a', 'b', 'c', 'd'].map((name) => `law:${name}`)
    const floors: Record<string, bigint> = { 'law:a': 0n, 'law:b': -50n }
    const step = fc.record({
      from: fc.constantFrom(...accounts),
      to: fc.constantFrom(...accounts),
      amount: fc.bigInt({ min: 1n, max: 100n }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const outcomes = await Promise.allSettled(
          steps.map(async ({ from, to, amount }) =>
            post(newId('key'), [
              money(from, -amount, floors[from] ?? null),
              money(to, amount, floors[to] ?? null),
            ]),
          ),
        )
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') {
            expect(outcome.reason).toMatchObject({ code: 'ledger_floor' })
          }
        }
        await expectLawful()
      }),
      { numRuns: 40 },
    )
  })

  test('postings that do not sum to zero in each unit are refused', async () => {
    const euros = { book: 'money', account: 'law:x', unit: 'EUR' } as const
    const mixed = [money('law:x', -5n), { ...euros, amount: 5n }]
    await expect(post(newId('key'), mixed)).rejects.toThrow(/sum to zero/)
    await expect(post(newId('key'), [money('law:x', 5n)])).rejects.toThrow(/sum to zero/)
    await expect(post(newId('key'), [])).rejects.toThrow(/sum to zero/)
  })

  test('three books in one transaction: money, a stock unit and a licence use', async () => {
    const world = await orderWorld(db.storage)
    const stock = { book: 'stock', unit: 'itm_1' } as const
    const uses = { book: 'licence', unit: 'lic_1' } as const
    const { transactionId } = await ledger.post(db.storage, {
      key: newId('key'),
      description: 'settled',
      orderId: world.orderId,
      postings: [
        ...transfer('buyer', 'supplier', 1299n),
        { ...stock, account: 'sellable', amount: -1n },
        { ...stock, account: 'sold', amount: 1n },
        { ...uses, account: 'left', amount: -1n },
        { ...uses, account: 'used', amount: 1n },
      ],
    })
    const [found, ...others] = await ledger.transactionsOf(db.storage, world.orderId)
    expect(others).toEqual([])
    expect(found).toMatchObject({ id: transactionId, description: 'settled' })
    expect(found?.postings.map(({ amount }) => amount)).toEqual([-1299n, 1299n, -1n, 1n, -1n, 1n])
    const api = async (storefrontId: string) =>
      await db.api.asTenant(storefrontId, async (tx) => ledger.transactionsOf(tx, world.orderId))
    expect(await api(world.storefrontId)).toHaveLength(1)
    expect(await api('sto_other')).toEqual([])
  })

  test('an account does not go below its floor, and says by how much it is short', async () => {
    await post(newId('key'), [money('wallet', 100n, 0n), money('bank', -100n)])
    await expect(post(newId('key'), transfer('wallet', 'bank', 101n))).rejects.toMatchObject({
      code: 'ledger_floor',
      facts: { account: 'wallet', unit: 'USD', balance: '100', floor: '0', amount: '-101' },
    })
    expect(await balanceOf('wallet')).toBe(100n)
    await post(newId('key'), transfer('wallet', 'bank', 100n))
    expect(await balanceOf('wallet')).toBe(0n)
  })

  test('fifty spend the last use at once: one gets it', async () => {
    await post(newId('key'), use('granted', 'left', 1n))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, async () => post(newId('key'), use('left', 'used', 1n))),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('amounts beyond what a JavaScript number holds are kept to the last cent', async () => {
    const amount = 9_007_199_254_740_993n
    await post(newId('key'), transfer('big:from', 'big:to', amount))
    expect(await balanceOf('big:to')).toBe(amount)
  })
})

describe('keys', () => {
  test('fifty clients with one key post once, and all get the same transaction', async () => {
    const key = newId('key')
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => post(key, transfer('once:a', 'once:b', 7n))),
    )
    expect(new Set(answers.map(({ transactionId }) => transactionId)).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await balanceOf('once:b')).toBe(7n)
  })

  test('a key with other postings is refused', async () => {
    const key = newId('key')
    await post(key, transfer('once:a', 'once:b', 1n))
    await expect(post(key, transfer('once:a', 'once:b', 2n))).rejects.toMatchObject({
      code: 'ledger_mismatch',
    })
  })

  test('what is rolled back was never posted, and its key is free', async () => {
    const key = newId('key')
    const rolledBack = db.storage.transaction(async (tx) => {
      const postings = transfer('back:a', 'back:b', 3n)
      await ledger.post(tx, { key, description: 'test', postings })
      throw new Error('changed its mind')
    })
    await expect(rolledBack).rejects.toThrow('changed its mind')
    expect(await balanceOf('back:b')).toBe(0n)
    expect(await post(key, transfer('back:a', 'back:b', 3n))).toMatchObject({ replayed: false })
  })

  test('a floor other than the one the account has is refused', async () => {
    await post(newId('key'), [money('floored', 1n, 0n), money('bank', -1n)])
    const other = [money('floored', 1n, -10n), money('bank', -1n)]
    await expect(post(newId('key'), other)).rejects.toMatchObject({ code: 'ledger_mismatch' })
  })

  test('clients that post to the same accounts in opposite orders never deadlock for good', async () => {
    const names = ['x:1', 'x:2', 'x:3']
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const [a = '', b = ''] = i % 2 === 0 ? names : names.toReversed()
        return await post(newId('key'), transfer(a, b, 1n))
      }),
    )
    await expectLawful()
  })
})

describe('plain SQL as the owner of the tables', () => {
  /** Lawful but for what is given: -1 and 1. */
  const forged = (accounts = `array[${id('raw:a')}, ${id('raw:b')}]`, amounts = '{-1,1}') =>
    `insert into ledger_transaction (idempotency_key, fingerprint, description, account_ids, amounts)
     values (gen_random_uuid()::text, '', 'forged', ${accounts}, '${amounts}') returning id`

  beforeAll(async () => {
    await post('raw', transfer('raw:a', 'raw:b', 10n))
    const euros = { book: 'money', unit: 'EUR' } as const
    await post('raw euros', [
      { ...euros, account: 'raw:euros', amount: 1n },
      { ...euros, account: 'raw:other', amount: -1n },
    ])
  })

  test.each([
    ['change a balance', `update ledger_account set balance = balance + 1 where code = 'raw:a'`],
    ['lift a floor', `update ledger_account set floor = -1000 where code = 'raw:a'`],
    ['rename an account', `update ledger_account set code = 'mine' where code = 'raw:a'`],
    [
      'open a full account',
      `insert into ledger_account (book, code, unit, balance) values ('money', 'n', 'USD', 5)`,
    ],
    ['delete an account', `delete from ledger_account where code = 'raw:a'`],
    ['change a posting', `update ledger_posting set amount = amount * 2`],
    ['delete postings', `delete from ledger_posting`],
    ['empty the table', `truncate ledger_posting, ledger_transaction`],
    ['change a transaction', `update ledger_transaction set description = 'x'`],
    ['delete transactions', `delete from ledger_transaction`],
    ['write a transaction without postings', forged(`'{}'`, '{}')],
    ['post one side', forged(`array[${id('raw:a')}]`, '{1}')],
    ['post an amount to no account', forged(undefined, '{-1,1,5}')],
    ['post no amount', forged(undefined, '{-1}')],
    ['post nothing to an account', forged(undefined, '{0,0}')],
    ['move one unit against another', forged(`array[${id('raw:a')}, ${id('raw:euros')}]`)],
    ['post to an account that is not there', forged(`array[${id('raw:a')}, -1, -1]`, '{0,-1,1}')],
    [
      'post to nothing else than what is there',
      forged(`array[${id('raw:a')}, ${id('raw:b')}, -1, -1]`, '{-1,1,-1,1}'),
    ],
    [
      'add to an earlier transaction',
      `insert into ledger_posting select t.id, 10 + n, (array[${id('raw:a')}, ${id('raw:b')}])[n], 3 - 2 * n
       from ledger_transaction t, generate_series(1, 2) n where t.idempotency_key = 'raw'`,
    ],
    [
      'add to a transaction while it is written',
      `with t as (${forged()}) insert into ledger_posting
       select t.id, 10 + n, (array[${id('raw:a')}, ${id('raw:b')}])[n], 3 - 2 * n from t, generate_series(1, 2) n`,
    ],
  ])('cannot %s', async (_, statement) => {
    await expect(attempt(statement)).rejects.toThrow(
      /append-only|postings|opened empty|null value|amount_check/,
    )
    expect(await balanceOf('raw:a')).toBe(-10n)
    await expectLawful()
  })

  test('cannot put off what a transaction is checked for', async () => {
    const wrong = forged(undefined, '{-1,2}')
    const later = db.storage.transaction(async ({ sql }) => {
      await sql('set constraints all deferred')
      await sql(wrong)
    })
    await expect(later).rejects.toThrow(/sum to zero/)
  })

  test.each([
    ['select balance from ledger_account'],
    [`insert into ledger_account (book, code, unit) values ('money', 'z', 'USD')`],
    [`select ledger_post('k', 'd', null, '[]')`],
    ['update ledger_posting set amount = 1'],
    [forged()],
  ])('the API may not even try: %s', async (statement) => {
    await expect(db.api.sql(statement)).rejects.toThrow(/permission denied/)
  })
})
