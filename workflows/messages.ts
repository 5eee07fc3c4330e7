// The messages that running workflows take, by name and payload: updates may be refused, signals
// are facts, queries are nouns.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { StopsPlanned } from '../activities/deps.ts'
import type { DeliveryReport } from '../domain/model/report.ts'
import type { KnownDay, TunePlan } from '../simulations/experiments/tunePlan.ts'
import { presentGeneration } from './generations.ts'
import { type Searched, searchedBy } from './searchable.ts'

export const taskQueues = {
  orders: 'orders',
  geometry: 'geometry',
  simulations: 'simulations',
  /** Simulations that were asked for over the API: of workers that have the database. */
  experiments: 'experiments',
} as const

export const workflowIds = {
  order: (orderId: string) => `order/${orderId}`,
  fulfilment: (fulfilmentId: string) => `fulfilment/${fulfilmentId}`,
  /** Of orders of before parts were made in the workflow of their fulfilment. */
  job: (jobId: string) => `job/${jobId}`,
  dispatcher: (region: string) => `dispatch/${region}`,
  simulation: (simulationId: string) => `simulation/${simulationId}`,
  sweep: (sweepId: string) => `sweep/${sweepId}`,
}

/** The activity of a fulfilment that the bridge heartbeats, completes or fails from outside. */
export const makeActivityId = (jobId: string, attempt: number) => `make-${jobId}-${attempt}`
/** The same of a job in a workflow of its own. */
export const makeActivityIdInJob = (attempt: number) => `make-${attempt}`

export interface OrderInput {
  orderId: string
  /** Which way it goes, see generations.ts; left out by what was started before there were any. */
  generation?: number
}

/** What the Temporal UI shows of an order from its first moment; nothing personal. */
export interface OrderStory {
  orderId: string
  summary: string
  details: string
  searched: Searched
}

/** How an order's workflow is started, by the API at once and by the relay when that was lost; the id makes it once. */
export function orderStart({ orderId, summary, details, searched }: OrderStory) {
  const args: [OrderInput] = [{ orderId, generation: presentGeneration }]
  return {
    taskQueue: taskQueues.orders,
    workflowId: workflowIds.order(orderId),
    args,
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: summary,
    staticDetails: details,
    typedSearchAttributes: searchedBy(searched),
  }
}

export interface CancelOrder {
  by: 'buyer' | 'storefront' | 'operator'
  reason: string
}
export const cancelOrderUpdate = defineUpdate<{ accepted: true }, [CancelOrder]>('cancelOrder')

export interface ResolveAttention {
  attentionId: string
  action: 'retry' | 'retryWith' | 'skip' | 'cancel'
  /** For retryWith: the fields that the parked step says may be changed. */
  patch?: Record<string, string | number | boolean>
  operator: string
  note?: string
}
export const resolveAttentionUpdate = defineUpdate<{ accepted: true }, [ResolveAttention]>(
  'resolveAttention',
)
export const resolveAttentionSignal = defineSignal<[ResolveAttention]>('resolveAttentionSignal')

/** A fulfilment or a job tells its order that it waits for an operator, and with null that it goes on. */
export interface WaitsForOperator {
  workflowId: string
  sentence: string | null
}
export const waitsForOperatorSignal = defineSignal<[WaitsForOperator]>('waitsForOperator')

export interface ChooseDelivery {
  lineId: string
  offerId: string
}
export const chooseDeliveryUpdate = defineUpdate<{ accepted: true }, [ChooseDelivery]>(
  'chooseDelivery',
)

export interface DispatcherInput {
  region: string
  /** Fulfilments that may still wait, taken over from the run before. */
  waiting: string[]
}

/** To the dispatcher of a region: stops are asked for, and stand in the table. */
export const stopsAskedSignal = defineSignal<[{ fulfilmentIds: string[] }]>('stopsAsked')

/** How a dispatcher is told, and started where none runs. */
export function dispatcherStart(region: string, fulfilmentIds: string[]) {
  const args: [DispatcherInput] = [{ region, waiting: [] }]
  const signalArgs: [{ fulfilmentIds: string[] }] = [{ fulfilmentIds }]
  return {
    taskQueue: taskQueues.orders,
    workflowId: workflowIds.dispatcher(region),
    args,
    signal: stopsAskedSignal,
    signalArgs,
    staticSummary: `Decides which trucks of ${region} bring what waits`,
    staticDetails: 'One for each region, without an end: it sleeps while nobody asks for a truck.',
    typedSearchAttributes: searchedBy({ region }),
  }
}

/** To an order: what became of the stops that it waits for. */
export const stopsPlannedSignal = defineSignal<[StopsPlanned]>('stopsPlanned')

/** To a fulfilment: another truck brings it, and why; what is not begun is made there. */
export const stopMovedSignal = defineSignal<[{ decided: string }]>('stopMoved')

export const deliveryReportedSignal = defineSignal<[DeliveryReport]>('deliveryReported')

/** To a fulfilment: a part's machine has become free. Without a job, all that wait look again. */
export const machineFreedSignal = defineSignal<[{ jobId: string }?]>('machineFreed')

export interface StageView {
  stage: string
  sinceMs: number
  /** The stage of each thing that goes on beside others, by its id. */
  lines: Record<string, string>
  attention: AttentionView[]
}
export interface AttentionView {
  attentionId: string
  step: string
  code: string
  sentence: string
  tries: number
  facts: Record<string, string | number | boolean | null>
  actions: ResolveAttention['action'][]
  patchable: string[]
  sinceMs: number
}
export const stageQuery = defineQuery<StageView>('stage')

export interface SimulationInput {
  simulationId: string
}

/** How a simulation is started, by the API at once and by the relay when that was lost. */
export function simulationStart({ id, kind }: { id: string; kind: string }) {
  const args: [SimulationInput] = [{ simulationId: id }]
  return {
    taskQueue: taskQueues.experiments,
    workflowId: workflowIds.simulation(id),
    args,
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: kind === 'run' ? 'Simulate a scenario' : 'Compare two scenarios',
    staticDetails: 'Asked for over the API; the table simulation says by whom.',
  }
}

export interface SweepInput {
  plan: TunePlan
  /** Days that are simulated already. */
  known: KnownDay[]
}

export interface SweepProgress {
  round: number
  rounds: number
  /** Days of the round. */
  done: number
  expected: number
}
export const sweepProgressQuery = defineQuery<SweepProgress>('sweepProgress')
