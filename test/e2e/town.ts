// The whole platform in a folder of its own, once for every test of this folder, and the doors
// through which it is used.
import { randomUUID } from 'node:crypto'
import { Client as Temporal, Connection } from '@temporalio/client'
import { Pool } from 'pg'
import { type Access, openClient, Refused } from '../../demo/client.ts'
import { bringUp } from '../../infra/bringUp.ts'
import { fleetHeard, ours } from '../../infra/ourProcesses.ts'
import { notedProcess } from '../../infra/processes.ts'
import type { Sql } from '../../storage/storage.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'

export interface Town {
  dir: string
  url: string
  apiKey: string
  vendorPort: number
  shop: ReturnType<typeof openShop>
  temporal: Temporal
  /** For what has no door yet, and to see that nothing is left behind. */
  sql: Sql
  /** Null while it does not run. */
  pidOf: (process: string) => number | null
  close: () => Promise<void>
}

/** Twelve minutes of printing are three seconds. */
const speed = '240'
const log = () => {}
/** What is not heard of yet is not offered. */
const opened = fleetHeard(120_000)

let standing: Town | undefined

export function town(): Town {
  if (!standing) throw new Error('the town is not up')
  return standing
}

export async function openTown(): Promise<void> {
  const dir = testDir('town')
  const env = { PATH: process.env['PATH'], DEMO_SPEED: speed }
  const platform = await bringUp({ dir, env, fresh: true, ...ours, opened, log })
  const { settings, ports, demo } = platform.facts
  const connection = await Connection.connect({ address: settings.temporalAddress })
  const database = new Pool({ connectionString: settings.databaseUrl, max: 2 })
  const leaving = new AbortController()
  const url = `http://127.0.0.1:${ports.api}`
  standing = {
    dir,
    url,
    apiKey: demo.apiKey,
    vendorPort: ports.vendor,
    shop: openShop({ url, apiKey: demo.apiKey, signal: leaving.signal }),
    temporal: new Temporal({ connection }),
    sql: async <T>(text: string, params: readonly unknown[] = []) => {
      const { rows } = await database.query(text, [...params])
      const found: T[] = rows
      return found
    },
    pidOf: (process) => notedProcess(dir, process),
    async close() {
      leaving.abort()
      await database.end()
      await connection.close()
      await platform.stop()
    },
  }
}

/** Stops the gateways of these sites, with all that stands there, until the work is done. */
export async function whileTheyStand<T>(
  siteIds: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const pids = siteIds.map((siteId) => town().pidOf(`gateway-${siteId}`)!)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  return await work().finally(() => pids.forEach((pid) => process.kill(pid, 'SIGCONT')))
}

/** As a storefront should: a call that cannot be answered just now is made again, under the same key. */
function openShop(access: Access) {
  const client = openClient(access)
  return {
    inbox: async () => await client.inbox(),
    get: async <T>(path: string) => await insist(path, async () => await client.get<T>(path)),
    post: async <T>(path: string, body: unknown) => {
      const key = randomUUID()
      return await insist(path, async () => await client.post<T>(path, body, key))
    },
  }
}

const passing = new Set(['unavailable', 'idempotency_in_flight'])

async function insist<T>(path: string, call: () => Promise<T>): Promise<T> {
  const answered = async () => {
    try {
      return { with: await call() }
    } catch (error) {
      if (error instanceof Refused && passing.has(error.code)) return null
      throw error
    }
  }
  return (await until(answered, { everyMs: 250, what: `an answer to ${path}` })).with
}

export async function closeTown(): Promise<void> {
  await standing?.close()
  standing = undefined
}
