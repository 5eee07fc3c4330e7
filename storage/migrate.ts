// Brings a database to the schema of this version, or says with --check where it and the entities differ.
import { readFileSync } from 'node:fs'
import { Migration, Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { apiRole } from './columns.ts'
import { ormOptions } from './storage.ts'

/** In the order in which they run, each with its files; once released, none of them is changed. */
const migrations = [
  migration('001-first-schema', [
    '001-roles',
    '001-tables',
    '001-functions',
    '001-ledger',
    '001-grants',
  ]),
  migration('002-dispatch'),
  migration('003-carriers'),
  migration('004-ledger'),
  migration('005-simulations'),
  migration('006-quotes'),
  migration('007-private-places'),
  migration('008-driving'),
  migration('009-cancels'),
]

function migration(name: string, files = [name]) {
  class FromFiles extends Migration {
    override up(): void {
      for (const file of files) {
        this.addSql(readFileSync(new URL(`migrations/${file}.sql`, import.meta.url), 'utf8'))
      }
    }
  }
  return { name, class: FromFiles }
}

/** One migration at a time for the whole cluster, whoever starts it: roles are shared by its databases. */
const migrationLock = 4_711_001

/** Safe to run by several at once, and when nothing is to be done. */
export async function migrate(
  url: string,
  { apiRolePassword, upTo }: { apiRolePassword?: string | undefined; upTo?: string } = {},
): Promise<void> {
  const guard = new Client({ connectionString: url, application_name: 'fabroute migrate' })
  await guard.connect()
  try {
    await guard.query('select pg_advisory_lock($1)', [migrationLock])
    await withOrm(url, async (orm) => {
      await orm.migrator.up(upTo === undefined ? {} : { to: upTo })
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
