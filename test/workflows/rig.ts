// The real workflows in the real bundle on a Temporal server, with plain functions for effects that a test provokes.
import { activityInfo } from '@temporalio/activity'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker'
import { randomUUID } from 'node:crypto'
import type { DeliveryMethod } from '../../domain/model/offer.ts'
import type { DeliveryReport } from '../../domain/model/report.ts'
import { bundleWorkflows } from '../../workers/bundle.ts'
import { permanentFailures } from '../../workers/interceptors.ts'
import type { fulfilment } from '../../workflows/fulfilment.ts'
import { presentGeneration } from '../../workflows/generations.ts'
import type { job } from '../../workflows/job.ts'
import {
  deliveryReportedSignal,
  makeActivityId,
  taskQueues,
  workflowIds,
} from '../../workflows/messages.ts'
import type { order } from '../../workflows/order.ts'
import { orderStart } from '../../workflows/messages.ts'
import { temporalForTest } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { type Effects, happyEffects, madeReport } from './effects.ts'

// Parked steps and failed attempts are what these tests provoke: no news.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
  },
})

export interface Call {
  effect: string
  input: Record<string, unknown>
  /** The same for each attempt at what a workflow asked for once. */
  activityId: string
}

export interface Scene {
  orderId: string
  fulfilmentId: string
  jobIds: string[]
  /** Every attempt at an effect, in the order in which they began. */
  calls: Call[]
  order: WorkflowHandle<typeof order>
  fulfilment: WorkflowHandle<typeof fulfilment>
  /** The first part of an order of before parts were made in their fulfilment. */
  job: WorkflowHandle<typeof job>
  called: (effect: keyof Effects) => Call['input'][]
  untilCalled: (effect: keyof Effects, times?: number) => Promise<void>
  report: (kind: DeliveryReport['kind'], reportId?: string) => Promise<void>
  /** Ends the present attempt at the first part from outside, as the bridge does. */
  endMaking: (attempt: number, failure?: Error) => Promise<void>
}

export interface Rig {
  client: Client
  place: (wishes?: Wishes) => Promise<Scene>
  /** Effects of what is no order, by the id that they are given; answers the calls as they come. */
  perform: (id: string, effects: Partial<Effects>) => Call[]
  close: () => Promise<void>
}

interface Wishes {
  method?: DeliveryMethod
  parts?: number
  /** An earlier one than the present. */
  generation?: number
  /** What goes otherwise than well. */
  effects?: (scene: Scene) => Partial<Effects>
}

interface RigOptions {
  /** Another Temporal than the shared server of the run. */
  at?: { client: Client; native: NativeConnection }
  workflowBundle?: WorkflowBundle
}

export async function openRig({ at, workflowBundle }: RigOptions = {}): Promise<Rig> {
  const scenes = new Map<string, Stage>()
  const { client, native, close } = at ? { ...at, close: async () => undefined } : await connect()
  const bundle = workflowBundle ?? (await bundleWorkflows())
  const common = {
    connection: native,
    namespace: client.options.namespace,
    activities: { default: onStage(scenes) },
    interceptors: { activity: [permanentFailures] },
    shutdownForceTime: '1 minute',
  }
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: taskQueues.orders, workflowBundle: bundle }),
    Worker.create({ ...common, taskQueue: taskQueues.geometry }),
  ])
  const running = Promise.all(workers.map((worker) => worker.run()))
  return {
    client,
    place: (wishes = {}) => place(client, scenes, wishes),
    perform: (id, effects) => {
      const scene = { calls: [] }
      scenes.set(id, { scene, effects })
      return scene.calls
    },
    async close() {
      for (const worker of workers) worker.shutdown()
      await running
      await close()
    },
  }
}

async function connect() {
  const { address, namespace } = await temporalForTest()
  const [connection, native] = await Promise.all([
    Connection.connect({ address, connectTimeout: '1 minute' }),
    NativeConnection.connect({ address }),
  ])
  const close = async () => void (await Promise.all([connection.close(), native.close()]))
  return { client: new Client({ connection, namespace }), native, close }
}

interface Stage {
  scene: Pick<Scene, 'calls'>
  effects: Partial<Effects>
}

/** Files may share a server that is not ours. */
const file = randomUUID().slice(0, 8)
let placed = 0

async function place(
  client: Client,
  scenes: Map<string, Stage>,
  { method = 'truck', parts = 1, generation = presentGeneration, effects }: Wishes,
): Promise<Scene> {
  placed += 1
  const name = `${file}n${placed}`
  const orderId = `ord_${name}`
  const fulfilmentId = `ful_${name}`
  const jobIds = Array.from({ length: parts }, (_, part) => `job_${name}p${part}`)
  const scene = sceneOf(client, { orderId, fulfilmentId, jobIds })
  const stage = { scene, effects: { ...happyEffects(scene, method), ...effects?.(scene) } }
  for (const id of [orderId, fulfilmentId, ...jobIds]) scenes.set(id, stage)
  const searched = { storefrontId: 'sto_1', customerId: 'buy_1', dueByMs: Date.UTC(2030, 0) }
  const story = {
    orderId,
    summary: `Order ${orderId}: 1 part`,
    details: 'Placed by a test.',
    searched,
  }
  await client.workflow.start<typeof order>('order', {
    ...orderStart(story),
    args: [{ orderId, generation }],
  })
  return scene
}

function sceneOf(client: Client, ids: Pick<Scene, 'orderId' | 'fulfilmentId' | 'jobIds'>): Scene {
  const calls: Call[] = []
  const jobId = ids.jobIds[0] ?? ''
  const delivery = client.workflow.getHandle<typeof fulfilment>(
    workflowIds.fulfilment(ids.fulfilmentId),
  )
  let reports = 0
  const called: Scene['called'] = (effect) =>
    calls.flatMap((call) => (call.effect === effect ? [call.input] : []))
  return {
    ...ids,
    calls,
    called,
    order: client.workflow.getHandle<typeof order>(workflowIds.order(ids.orderId)),
    fulfilment: delivery,
    job: client.workflow.getHandle<typeof job>(workflowIds.job(jobId)),
    untilCalled: async (effect, times = 1) =>
      void (await until(() => called(effect).length >= times, {
        what: `${effect} (${times} times)`,
      })),
    async report(kind, reportId) {
      reports += 1
      const report = { kind, reportId: reportId ?? `report-${reports}`, atMs: reports }
      await delivery.signal(deliveryReportedSignal, report)
    },
    async endMaking(attempt, failure) {
      const { workflowId } = delivery
      const activity = { workflowId, activityId: makeActivityId(jobId, attempt) }
      if (failure) await client.activity.fail(activity, failure)
      else await client.activity.complete(activity, madeReport(attempt))
    },
  }
}

/** One function that stands for all effects: finds the scene by the one id that every effect is given. */
function onStage(scenes: ReadonlyMap<string, Stage>) {
  const known = new Set<string>()
  return async (input: Call['input']): Promise<unknown> => {
    const { activityType: effect, activityId, attempt, workflowExecution } = activityInfo()
    const id = String(
      input['jobId'] ?? input['fulfilmentId'] ?? input['orderId'] ?? input['region'],
    )
    const stage = scenes.get(id)
    if (!stage) throw new Error(`no scene has ${id}`)
    // What a stalled worker has begun the server may hand out once more, as the same attempt.
    const begun = [workflowExecution?.runId, activityId, attempt].join('/')
    if (!known.has(begun)) stage.scene.calls.push({ effect, input, activityId })
    known.add(begun)
    const [, run] = Object.entries(stage.effects).find(([name]) => name === effect) ?? []
    if (!run) throw new Error(`no effect ${effect}`)
    return await Reflect.apply(run, undefined, [input])
  }
}
