// Opens the database: transactions with entities and plain SQL on one connection, tenants by
// row-level security, notifications.
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql'
import { Kysely, PostgresDialect } from 'kysely'
import { escapeLiteral, types, TypeOverrides, type Pool, type PoolClient } from 'pg'
import { asDomainError, isConflict } from './failures.ts'
import { listener, type Unlisten } from './listener.ts'
import { personalData, type PersonalData } from './personal.ts'
import { records } from './records/all.ts'

export interface Tx {
  /** Its entities are flushed when the work ends; call flush() where plain SQL must see them before. */
  em: EntityManager
  /** One round trip on the transaction's connection, with $1 placeholders, prepared once per connection. */
  sql: Sql
}

/** Late: the commit does not wait for the disk; a crash may lose it, unless a later one was waited for. */
export type Durability = 'at once' | 'late'

/** Rows as PostgreSQL names them: int8 as bigint, timestamptz as Date; pass JSON as a string. */
export type Sql = <T = Record<string, unknown>>(
  text: string,
  params?: readonly unknown[],
) => Promise<T[]>

export interface Storage {
  orm: MikroORM
  sql: Sql
  transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  /** As transaction, with row-level security set to one storefront. */
  asTenant: <T>(
    storefrontId: string,
    work: (tx: Tx) => Promise<T>,
    how?: { durability: Durability },
  ) => Promise<T>
  /** onGap: the connection was lost and is back; what was notified in between is to be read from the tables. */
  listen: (
    channel: string,
    onNotify: (payload: string) => void,
    onGap?: () => void,
  ) => Promise<Unlisten>
  /** One call of a function of the schema that is a transaction of its own, in one round trip. */
  call: <T>(name: string, params: readonly unknown[]) => Promise<T[]>
  personal: PersonalData
  ping: () => Promise<void>
  close: () => Promise<void>
}

export interface StorageOptions {
  url: string
  /** 32 bytes in hex; without it personal data can be neither written nor read. */
  dataKey?: string | undefined
  applicationName?: string
  poolSize?: number
  /** How long a call waits for a connection, a new one or its turn. */
  connectWithinMs?: number
}

/** How often a transaction is tried that others keep from committing. */
const maxAttempts = 8

export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { url, dataKey, applicationName = 'fabroute', poolSize = 10 } = options
  const connection = {
    application_name: applicationName,
    keepAlive: true,
    connectionTimeoutMillis: options.connectWithinMs ?? 10_000,
    // Statements are few and their parameters alike: they are planned once for a connection, and not each time.
    options: '-c plan_cache_mode=force_generic_plan',
  }
  const orm = await MikroORM.init({
    ...ormOptions(url),
    // The whole URL, since MikroORM keeps no more of it than host, database and user.
    driverOptions: {
      ...connection,
      connectionString: url,
      max: poolSize,
    },
  })
  const pool = await orm.em.getConnection().getNativeClient()
  const sql = sqlOn(pool)
  const notifications = listener({ ...connection, connectionString: url })
  const transaction = async <T>(begin: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
    await retried(async () => await attempt(pool, orm, begin, work))

  return {
    orm,
    sql,
    transaction: async (work) => await transaction('begin', work),
    asTenant: async (storefrontId, work, { durability } = { durability: 'at once' }) =>
      await transaction(beginAs(storefrontId, durability), work),
    call: async <T>(name: string, params: readonly unknown[]) => {
      const placeholders = params.map((_param, at) => `$${at + 1}`).join(', ')
      return await retried(
        async () => await sql<T>(`select * from ${name}(${placeholders})`, params),
      )
    },
    listen: async (...to) => await notifications.listen(...to),
    personal: personalData(dataKey),
    async ping() {
      await sql('select 1')
    },
    async close() {
      await notifications.close()
      await orm.close(true)
    },
  }
}

/** What opening and migrating have in common: the entities, and where they live. */
export function ormOptions(url: string) {
  return {
    clientUrl: url,
    entities: [...records],
    // A lost connection is reported by the call that it fails; nothing is printed beside that.
    logger: () => {},
    schemaGenerator: {
      skipTables: [/^ledger_/, 'migration'],
      ignoreTriggers: true,
      ignoreRoutines: true,
    },
  }
}

/** Begins and sets the tenant in one round trip. */
function beginAs(storefrontId: string, durability: Durability): string {
  const late = durability === 'late' ? '; set local synchronous_commit = off' : ''
  const tenant = `set_config('fabroute.storefront', ${escapeLiteral(storefrontId)}, true)`
  return `begin; select ${tenant}${late}`
}

async function attempt<T>(
  pool: Pool,
  orm: MikroORM,
  begin: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query(begin)
    const tx = transactionOn(orm, client)
    const result = await work(tx)
    await tx.flush()
    const { command } = await client.query('commit')
    // After an error that the work swallowed, PostgreSQL answers a commit by rolling back.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back by an earlier error')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Entities are for those who ask for them: most transactions are plain SQL. */
function transactionOn(orm: MikroORM, client: PoolClient): Tx & { flush: () => Promise<void> } {
  let forked: EntityManager | null = null
  return {
    get em() {
      if (forked === null) {
        forked = orm.em.fork()
        forked.setTransactionContext(contextOf(client))
      }
      return forked
    },
    sql: sqlOn(client),
    flush: async () => await forked?.flush(),
  }
}

async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run()
    } catch (error) {
      if (tries === maxAttempts || !isConflict(error)) throw asDomainError(error)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** tries))
    }
  }
}

/** MikroORM runs a transaction's statements on a Kysely instance; this one knows a single connection. */
function contextOf(client: PoolClient): Kysely<unknown> {
  let context = contexts.get(client)
  if (!context) {
    const held = { query: client.query.bind(client), release() {} }
    const connect = async () => await Promise.resolve(held)
    const only = { connect, end: async () => {}, options: {} }
    context = new Kysely({ dialect: new PostgresDialect({ pool: only }) })
    contexts.set(client, context)
  }
  return context
}
const contexts = new WeakMap<PoolClient, Kysely<unknown>>()

function sqlOn(executor: Pick<PoolClient, 'query'>): Sql {
  return async <T>(text: string, params: readonly unknown[] = []) => {
    const query = { text, values: [...params], types: rowTypes, ...named(text) }
    try {
      const result = await executor.query(query)
      const rows: T[] = result.rows
      return rows
    } catch (error) {
      throw asDomainError(error)
    }
  }
}

/** Texts are few and written in the code; beyond the limit somebody builds them, and they stay unprepared. */
function named(text: string): { name?: string } {
  let name = statements.get(text)
  if (name === undefined && statements.size < 500) {
    name = `fabroute_${statements.size}`
    statements.set(text, name)
  }
  return name === undefined ? {} : { name }
}
const statements = new Map<string, string>()

const rowTypes = new TypeOverrides()
rowTypes.setTypeParser(types.builtins.INT8, BigInt)
