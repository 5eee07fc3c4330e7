// Brings a database to the schema of this version, or says with --check where it and the entities differ.
import { readFileSync } from 'node:fs'
import { Migration, Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { apiRole } from './columns.ts'
import { ormOptions } from './storage.ts'

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

class FirstSchema extends Migration {
  override up(): void {
    this.addSql(text('migrations/roles.sql'))
    this.addSql(text('migrations/tables.sql'))
    this.addSql(text('migrations/functions.sql'))
    this.addSql(text('ledger/ledger.sql'))
    this.addSql(text('migrations/grants.sql'))
  }
}

class Dispatch extends Migration {
  override up(): void {
    this.addSql(text('migrations/dispatch.sql'))
  }
}

/** In the order in which they run; what is here is never changed once it has been released. */
const migrations = [
  { name: '001-first-schema', class: FirstSchema },
  { name: '002-dispatch', class: Dispatch },
]

/** One migration at a time for the whole cluster, whoever starts it: roles are shared by its databases. */
const migrationLock = 4_711_001

/** Safe to run by several at once, and when nothing is to be done. */
export async function migrate(
  url: string,
  { apiRolePassword }: { apiRolePassword?: string | undefined } = {},
): Promise<void> {
  const guard = new Client({ connectionString: url, application_name: 'fabroute migrate' })
  await guard.connect()
  try {
    await guard.query('select pg_advisory_lock($1)', [migrationLock])
    await withOrm(url, async (orm) => {
      await orm.migrator.up()
    })
    if (apiRolePassword !== undefined) await letApiLogIn(guard, apiRolePassword)
  } finally {
    await guard.end()
  }
}

/** The statements that would make the database equal to the entities: none, when there is no drift. */
export async function schemaDrift(url: string): Promise<string[]> {
  return await withOrm(url, async (orm) => {
    const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false })
    return sql.split('\n').filter((line) => line.trim() !== '')
  })
}

async function letApiLogIn(client: Client, password: string): Promise<void> {
  await client.query(`alter role ${apiRole} password ${escapeLiteral(password)}`)
  const database = escapeIdentifier(client.database ?? '')
  await client.query(`grant connect on database ${database} to ${apiRole}`)
}

async function withOrm<T>(url: string, work: (orm: MikroORM) => Promise<T>): Promise<T> {
  const orm = await MikroORM.init({
    ...ormOptions(url),
    extensions: [Migrator],
    migrations: { migrationsList: migrations, tableName: 'migration', snapshot: false },
  })
  try {
    return await work(orm)
  } finally {
    await orm.close(true)
  }
}

async function main(): Promise<void> {
  const { DATABASE_URL: url, API_PASSWORD: apiRolePassword } = process.env
  if (url === undefined) throw new Error('DATABASE_URL must say which database to migrate')
  if (!process.argv.includes('--check')) return await migrate(url, { apiRolePassword })
  const drift = await schemaDrift(url)
  if (drift.length === 0) return console.log('The database and the entities agree.')
  console.error(`The database and the entities differ:\n${drift.join('\n')}`)
  process.exitCode = 1
}

if (import.meta.main) await main()
