// The whole platform in a folder of its own, once for every test of this folder, and the doors
// through which it is used.
import { Client as Temporal, Connection } from '@temporalio/client'
import { Pool } from 'pg'
import { type Client as Shop, openClient } from '../../demo/client.ts'
import { bringUp } from '../../infra/bringUp.ts'
import { ours } from '../../infra/ourProcesses.ts'
import { notedProcess } from '../../infra/processes.ts'
import type { Sql } from '../../storage/storage.ts'
import { testDir } from '../support/platform.ts'

export interface Town {
  dir: string
  url: string
  apiKey: string
  vendorPort: number
  shop: Shop
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

let standing: Town | undefined

export function town(): Town {
  if (!standing) throw new Error('the town is not up')
  return standing
}

export async function openTown(): Promise<void> {
  const dir = testDir('town')
  const env = { PATH: process.env['PATH'], DEMO_SPEED: speed }
  const platform = await bringUp({ dir, env, fresh: true, ...ours, log })
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
    shop: openClient({ url, apiKey: demo.apiKey, signal: leaving.signal }),
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

export async function closeTown(): Promise<void> {
  await standing?.close()
  standing = undefined
}
