// Ends a run on the platform, at its end, after Ctrl-C, and after a crash by the next run: nothing of it goes on.
import { setTimeout as wait } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { Client as Database } from 'pg'
import type { Storage } from '../../storage/storage.ts'
import { cancelOrderUpdate, workflowIds } from '../../workflows/messages.ts'
import { forgetDevices } from '../live/liveGateways.ts'
import type { LivePlatform } from './livePlatform.ts'
import {
  devicesOf,
  disableRegion,
  type LiveRegion,
  openOrders,
  openRuns,
  regionOf,
  revokeKeys,
} from './liveRegion.ts'

/**
 * Cancels what is open as an operator would; what does not hear it is ended without being asked. Gateways end after it:
 * a machine that is cancelled has to hear it.
 */
export async function endRun(
  storage: Storage,
  platform: LivePlatform,
  region: LiveRegion,
  closeGateways: () => Promise<void>,
): Promise<void> {
  const devices = await devicesOf(storage, region)
  try {
    await endOnPlatform(storage, platform, region)
  } finally {
    await closeGateways()
  }
  // A broker that lets nobody in keeps it, and no harm is done.
  if (devices.length > 0) await forgetDevices(platform, devices).catch(() => {})
}

async function endOnPlatform(
  storage: Storage,
  platform: LivePlatform,
  region: LiveRegion,
): Promise<void> {
  await revokeKeys(storage, region)
  const { temporalAddress: address, temporalNamespace: namespace } = platform
  const connection = await Connection.connect({ address })
  try {
    const client = new Client({ connection, namespace })
    await cancelOrders(storage, client, region)
    await ended(client, workflowIds.dispatcher(region.region))
    await disableRegion(storage, region)
  } finally {
    await connection.close()
  }
}

const heardWithinMs = 5_000
const cancelledWithinMs = 30_000

/** Asked again until it is so: a workflow may not have begun yet, or have no worker just now. */
async function cancelOrders(storage: Storage, client: Client, region: LiveRegion): Promise<void> {
  const cancel = { by: 'operator' as const, reason: 'live_run_ended' }
  const ask = async (id: string) => {
    const handle = client.workflow.getHandle(workflowIds.order(id))
    // Under one id it is asked once.
    const updateId = `${cancel.reason}/${id}`
    const asked = async () =>
      await handle.executeUpdate(cancelOrderUpdate, { args: [cancel], updateId })
    await client.withDeadline(Date.now() + heardWithinMs, asked).catch(() => {})
  }
  const untilMs = Date.now() + cancelledWithinMs
  for (;;) {
    const left = await openOrders(storage, region)
    if (left.length === 0) return
    if (Date.now() > untilMs) {
      await Promise.all(left.map(async ({ id }) => await ended(client, workflowIds.order(id))))
      return
    }
    await Promise.all(left.map(async ({ id }) => await ask(id)))
    await wait(200)
  }
}

/** What has ended already, or never was, is well. */
async function ended(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId)
  await handle.terminate('the live run has ended').catch(() => {})
}

/** Held by the connection for as long as the run lives, so that its death gives it back. */
export async function holdRun(databaseUrl: string, run: string): Promise<RunLock | null> {
  const client = new Database({ connectionString: databaseUrl, application_name: `live ${run}` })
  await client.connect()
  // A connection that breaks ends the hold, and is no reason to end the process.
  client.on('error', () => {})
  const { rows } = await client.query<{ held: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('live/' || $1, 0)) as held`,
    [run],
  )
  if (rows[0]?.held) return { release: async () => await client.end() }
  await client.end()
  return null
}

export interface RunLock {
  release: () => Promise<void>
}

/** Answers how many runs were found that had ended without ending on the platform. */
export async function endStaleRuns(storage: Storage, platform: LivePlatform): Promise<number> {
  let stale = 0
  for (const run of await openRuns(storage)) {
    const lock = await holdRun(platform.databaseUrl, run)
    if (lock === null) continue
    try {
      await endRun(storage, platform, regionOf(run), async () => {})
      stale += 1
    } finally {
      await lock.release()
    }
  }
  return stale
}
