// Owns the shared servers of one test run, in Jest's own process: test files ask it by HTTP, the
// first question starts a server.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Client } from 'pg'
import { createDatabase, dropDatabase, startPostgres } from '../../infra/postgres.ts'
import { endLeftovers, isAlive } from '../../infra/processes.ts'
import { projectDir } from '../../infra/programs.ts'
import { freePort } from '../../infra/ports.ts'
import { startTemporal } from '../../infra/temporal.ts'
import { until } from './until.ts'

export interface Desk {
  url: string
  /** Where the files of this run are; gone when it closes. */
  dir: string
  close: () => Promise<void>
}

declare global {
  /** From the set-up of a run to its teardown. */
  var fabrouteTestDesk: Desk | undefined
}

export interface SharedPostgres {
  url: string
  template: string
}

export interface SharedTemporal {
  address: string
  namespace: string
}

interface Migrations {
  migrate: (url: string) => Promise<unknown>
}

const NAMESPACES = 64

export async function openDesk(): Promise<Desk> {
  const runs = join(projectDir, '.fabroute/test')
  await sweepDeadRuns(runs)
  const dir = join(runs, `run-${process.pid}`)
  mkdirSync(dir, { recursive: true })
  const shared = sharedServers(dir)
  const server = createServer((request, response) => {
    const ask = request.url === '/temporal' ? shared.temporal : shared.postgres
    // A connection that idles is closed after seconds, perhaps while the next question is on its way.
    response.setHeader('connection', 'close')
    ask().then(
      (found) => response.end(JSON.stringify(found)),
      (error: unknown) => response.writeHead(500).end(messageOf(error)),
    )
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await shared.stop()
    await clearAway(dir)
  }
  return { url: `http://127.0.0.1:${port}`, dir, close }
}

function sharedServers(dir: string) {
  const given = {
    postgres: process.env['TEST_DATABASE_URL'],
    temporal: process.env['TEST_TEMPORAL_ADDRESS'],
  }
  const postgres = once(
    async () => await startPostgres({ dir, url: given.postgres, durable: false }),
  )
  const template = once(async () => await migratedTemplate((await postgres()).url))
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `test-${index}`)
  const temporal = once(
    async () =>
      await startTemporal({ dir, url: given.temporal, inMemory: true, ui: false, namespaces }),
  )
  return {
    postgres: async (): Promise<SharedPostgres> => ({
      url: (await postgres()).url,
      template: await template(),
    }),
    temporal: async (): Promise<SharedTemporal> => {
      const { url: address, embedded } = await temporal()
      if (!embedded) return { address, namespace: 'default' }
      const namespace = namespaces.shift()
      if (!namespace) throw new Error(`more than ${NAMESPACES} namespaces asked for in one run`)
      return { address, namespace }
    },
    stop: async () => {
      if (given.postgres && template.begun()) {
        await dropDatabase(given.postgres, await template())
      }
      for (const server of [postgres, temporal]) if (server.begun()) await (await server()).stop()
    },
  }
}

/** An empty migrated database from which those of the test files are copied. */
async function migratedTemplate(url: string): Promise<string> {
  const name = `template_${process.pid}`
  await dropDatabase(url, name)
  const templateUrl = await createDatabase(url, name)
  const migrations = join(projectDir, 'storage/migrate.ts')
  if (existsSync(migrations)) {
    const { migrate }: Migrations = await import(migrations)
    await migrate(templateUrl)
    await untilUnused(url, name)
  }
  return name
}

/** A session ends after its client: until then nobody can copy its database. */
async function untilUnused(url: string, database: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const sessions = `select from pg_stat_activity where datname = $1 and backend_type = 'client backend'`
  const isUnused = async () => (await client.query(sessions, [database])).rowCount === 0
  await until(isUnused, { timeoutMs: 100_000, what: 'the end of the sessions of the template' })
  await client.end()
}

/** A run that was killed leaves its servers: the next one ends them. */
async function sweepDeadRuns(runs: string): Promise<void> {
  const names = existsSync(runs) ? readdirSync(runs) : []
  for (const name of names.filter((run) => isDead(Number(run.split('-')[1])))) {
    await clearAway(join(runs, name))
  }
}

/** A worker of Jest that is ended by force ends nothing that it has started. */
async function clearAway(run: string): Promise<void> {
  for (const dir of placesOfNotes(run)) await endLeftovers(dir)
  rmSync(run, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

/** Ours begins only now: in a container one number is given to run after run. */
function isDead(pid: number): boolean {
  return pid === process.pid || !isAlive(pid)
}

/** A test may run a whole platform in a folder of its own: the notes of its processes can be anywhere below. */
function placesOfNotes(run: string): string[] {
  const below = readdirSync(run, { withFileTypes: true, recursive: true })
  const notes = below.filter((entry) => entry.isDirectory() && entry.name === 'run')
  return notes.map((entry) => entry.parentPath)
}

/** What could not be started is started anew for whoever asks next: not every file fails for one. */
function once<T>(start: () => Promise<T>) {
  let started: Promise<T> | undefined
  const ask = async () => {
    started ??= start().catch((error: unknown) => {
      started = undefined
      throw error
    })
    return await started
  }
  return Object.assign(ask, { begun: () => started !== undefined })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
