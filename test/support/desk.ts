// Owns the shared servers of one test run, in Jest's own process: test files ask it by HTTP, the first question starts a server.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createDatabase, dropDatabase, startPostgres } from '../../infra/postgres.ts'
import { endLeftovers, isAlive } from '../../infra/processes.ts'
import { projectDir } from '../../infra/programs.ts'
import { startTemporal } from '../../infra/temporal.ts'

export interface Desk {
  url: string
  close(): Promise<void>
}

export interface SharedPostgres {
  url: string
  template: string
}

export interface SharedTemporal {
  address: string
  namespace: string
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
    ask().then(
      (found) => answer(response, 200, found),
      (error: unknown) => answer(response, 500, { message: messageOf(error) }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await shared.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
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
    async postgres(): Promise<SharedPostgres> {
      return { url: (await postgres()).url, template: await template() }
    },
    async temporal(): Promise<SharedTemporal> {
      const { url: address, embedded } = await temporal()
      if (!embedded) return { address, namespace: 'default' }
      const namespace = namespaces.shift()
      if (!namespace) throw new Error(`more than ${NAMESPACES} namespaces asked for in one run`)
      return { address, namespace }
    },
    async stop() {
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
  const templateUrl = await createDatabase(url, name)
  const migrations = join(projectDir, 'storage/migrate.ts')
  if (existsSync(migrations)) {
    const { migrate } = (await import(migrations)) as { migrate(url: string): Promise<unknown> }
    await migrate(templateUrl)
  }
  return name
}

/** A run that was killed leaves its servers: the next one ends them. */
async function sweepDeadRuns(runs: string): Promise<void> {
  const names = existsSync(runs) ? readdirSync(runs) : []
  for (const name of names.filter((run) => !isAlive(Number(run.split('-')[1])))) {
    const places = readdirSync(join(runs, name)).map((place) => join(runs, name, place))
    for (const dir of [join(runs, name), ...places]) await endLeftovers(dir)
    rmSync(join(runs, name), { recursive: true, force: true })
  }
}

function once<T>(start: () => Promise<T>) {
  let started: Promise<T> | undefined
  return Object.assign(async () => await (started ??= start()), {
    begun: () => started !== undefined,
  })
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
