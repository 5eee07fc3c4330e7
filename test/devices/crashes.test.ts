// Gateway, bridge, broker, database and Temporal, all real: whichever process is killed in a
// print, the part is made and told once.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { CompleteAsyncError } from '@temporalio/activity'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import proto from '@temporalio/proto'
import { NativeConnection, Worker } from '@temporalio/worker'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { temporalReports } from '../../devices/bridge/reports.ts'
import { whoseJob } from '../../devices/bridge/whoseJob.ts'
import { openCommands, type Commands } from '../../devices/commands.ts'
import type { BrokerPart } from '../../infra/broker.ts'
import { projectDir } from '../../infra/programs.ts'
import { moveAll } from '../../storage/states.ts'
import { makeActivityId, makeActivityIdInJob, workflowIds } from '../../workflows/messages.ts'
import { orderWorld, storageForTest, type TestStorage } from '../storage/fixture.ts'
import { brokerForTest, temporalForTest } from '../support/platform.ts'
import { readyLine } from '../support/readyLine.ts'
import { until } from '../support/until.ts'
import { madeReport } from '../workflows/effects.ts'
import type { makeOnce } from './makeWorkflow.ts'
import { endAll, ended, patiently, prepareOrder, printer, run, serveFile } from './plant.ts'
import { spawnGateway, startOrder, type FileServer } from './plant.ts'

let broker: BrokerPart
let database: TestStorage
let file: FileServer
let commands: Commands
let temporal: Awaited<ReturnType<typeof temporalForTest>>
let native: NativeConnection
let connection: Connection
let worker: Worker
let working: Promise<void>
let client: Client
let bridge: ChildProcess

beforeAll(async () => {
  ;[broker, database, file, temporal] = await Promise.all([
    brokerForTest(),
    storageForTest(),
    serveFile(),
    temporalForTest(),
  ])
  commands = await openCommands({ mqttUrl: broker.url, clientId: `test-${randomUUID()}` })
  native = await NativeConnection.connect({ address: temporal.address })
  connection = await Connection.connect({ address: temporal.address })
  client = new Client({ connection, namespace: temporal.namespace })
  worker = await Worker.create({
    connection: native,
    namespace: temporal.namespace,
    taskQueue: 'devices',
    workflowsPath: join(projectDir, 'test/devices/makeWorkflow.ts'),
    activities: {
      make: async () => {
        await Promise.resolve()
        throw new CompleteAsyncError()
      },
    },
  })
  working = worker.run()
  bridge = await startBridge()
})

// Also when an expectation failed half way.
afterEach(async () => await endAll({ but: bridge }))

afterAll(async () => {
  await ended(bridge, 'SIGTERM')
  await endAll()
  worker.shutdown()
  await working
  await Promise.all([commands.close(), connection.close(), native.close(), file.close()])
  await broker.stop()
  await database.close()
})

async function startBridge(): Promise<ChildProcess> {
  const child = run('devices/bridge/main.ts', {
    DATABASE_URL: database.url,
    MQTT_URL: broker.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  })
  await readyLine(child)
  return child
}

const BEGUN = proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED

/** A workflow whose activity has begun: what is told of it before that is dropped, as nobody waits. */
async function waiting(workflowId: string, activityId: string): Promise<WorkflowHandle> {
  const handle = await client.workflow.start<typeof makeOnce>('makeOnce', {
    taskQueue: 'devices',
    workflowId,
    args: [activityId],
  })
  await until(async () => {
    const { raw } = await handle.describe()
    return raw.pendingActivities?.some(({ state }) => state === BEGUN)
  })
  return handle
}

const waitingFor = async (jobId: string, fulfilmentId: string) =>
  await waiting(workflowIds.fulfilment(fulfilmentId), makeActivityId(jobId, 1))

/** A job on a machine whose gateway runs, with a workflow that waits for the part. */
async function printing(speed: number) {
  const { storage } = database
  const world = await orderWorld(storage)
  const [machine] = await storage.sql<{ id: string; siteId: string }>(
    `select m.id, m.site_id as "siteId" from machine m join fulfilment f on f.site_id = m.site_id where f.id = $1`,
    [world.fulfilmentId],
  )
  if (!machine) throw new Error('no machine')
  await storage.transaction(async (tx) => {
    await tx.sql(`update job set machine_id = $2, attempt = 1 where id = $1`, [
      world.jobId,
      machine.id,
    ])
    await moveAll(tx, 'job', [world.jobId], 'assigned')
    await moveAll(tx, 'job', [world.jobId], 'preparing')
  })
  const handle = await waitingFor(world.jobId, world.fulfilmentId)
  const machines = [printer(machine.id)]
  const gateway = await spawnGateway(broker.url, { siteId: machine.siteId, speed, machines })
  const orders = [
    prepareOrder(file, world.jobId, { expectedSeconds: 300 }),
    startOrder(world.jobId),
  ]
  for (const order of orders) {
    const reply = await commands.send(machine.siteId, machine.id, order, patiently)
    expect(reply).toMatchObject({ accepted: true })
  }
  return { ...world, machineId: machine.id, handle, gateway }
}

async function milestones(orderId: string): Promise<string[]> {
  const rows = await database.storage.sql<{ type: string }>(
    `select type from event where order_id = $1 and type <> 'job.progress' order by sequence`,
    [orderId],
  )
  return rows.map(({ type }) => type)
}

const whole = ['job.prepared', 'job.started', 'job.finished', 'job.harvested']

async function nothingWaits(machineId: string): Promise<boolean> {
  const rows = await database.storage.sql(
    `select 1 from device_event where processed_at is null and source like $1`,
    [`%/${machineId}/%`],
  )
  return rows.length === 0
}

test('without a fault the part is made and the workflow has it', async () => {
  const { handle, orderId, gateway, machineId } = await printing(0)
  expect(await handle.result()).toBeCloseTo(300 / 360)
  await until(async () => (await milestones(orderId)).length === 4)
  expect(await milestones(orderId)).toEqual(whole)
  await until(async () => await nothingWaits(machineId))
  await gateway.stop()
})

test('a bridge that is killed in a print misses nothing and tells nothing twice', async () => {
  const { handle, orderId, gateway, machineId } = await printing(100)
  await until(async () => (await milestones(orderId)).includes('job.started'))
  await ended(bridge, 'SIGKILL')
  bridge = await startBridge()
  expect(await handle.result()).toBeCloseTo(300 / 360)
  await until(async () => await nothingWaits(machineId))
  expect(await milestones(orderId)).toEqual(whole)
  await gateway.stop()
})

test('all at once: gateway, bridge and broker are killed, and the part is made once', async () => {
  const { handle, orderId, gateway } = await printing(60)
  await until(async () => (await milestones(orderId)).includes('job.started'))
  const brokerPid = broker.pid()
  if (brokerPid === null) throw new Error('the broker is not ours')
  await Promise.all([gateway.kill(), ended(bridge, 'SIGKILL')])
  process.kill(brokerPid, 'SIGKILL')
  await until(() => broker.pid() !== null && broker.pid() !== brokerPid)
  // Where nobody listens yet, a word is said again later, and a later one may overtake it.
  bridge = await startBridge()
  const again = await gateway.again()
  expect(await handle.result()).toBeCloseTo(300 / 360)
  expect(await milestones(orderId)).toEqual(whole)
  await again.stop()
})

describe('Temporal is told', () => {
  test('of a failure as one that no retry mends, with its code and facts', async () => {
    const reports = temporalReports({ ...temporal, fulfilmentOf: async () => 'ful_failing' })
    const handle = await waitingFor('job_failing', 'ful_failing')
    const facts = { reason: 'power_cycle', machine: 'mch_1' }
    await reports.heartbeat('job_failing', 1, { phase: 'PRINTING', progress: 0.5 })
    await reports.fail('job_failing', 1, 'making_failed', facts)
    await expect(handle.result()).rejects.toMatchObject({
      cause: { cause: { type: 'making_failed', nonRetryable: true, details: [facts] } },
    })
    await reports.close()
  })

  test('of a part in the job of its own that an order of before has', async () => {
    const { storage } = database
    const { jobId } = await orderWorld(storage)
    const reports = temporalReports({ ...temporal, fulfilmentOf: whoseJob(storage) })
    const handle = await waiting(workflowIds.job(jobId), makeActivityIdInJob(1))
    await reports.complete(jobId, 1, madeReport(1))
    expect(await handle.result()).toBe(madeReport(1).grams)
    await reports.close()
  })

  test('nothing where nobody waits any more', async () => {
    const { storage } = database
    const { jobId } = await orderWorld(storage)
    const reports = temporalReports({ ...temporal, fulfilmentOf: whoseJob(storage) })
    for (const nobodys of [jobId, 'job_none']) {
      await reports.complete(nobodys, 9, madeReport(9))
      await reports.heartbeat(nobodys, 9, { phase: 'PRINTING', progress: 0 })
      await reports.freed(nobodys)
    }
    await reports.delivery('ful_none', { kind: 'stored', reportId: 'r', atMs: 1 })
    await reports.close()
  })
})
