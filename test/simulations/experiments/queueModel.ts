// A queue as a model to experiment on: quick, honest, with a theory to hold results against, and with faults on demand.
import type { Day, DayRequest, DayTables, Figures, Table } from '../../../simulations/day.ts'
import type { Model, ScenarioDocument } from '../../../simulations/experiments/model.ts'
import { byFigure } from '../../../simulations/experiments/summary.ts'
import { openStreams } from '../../../simulations/kernel/streams.ts'
import { runQueue } from '../../../simulations/reference/queue.ts'

export interface Queue {
  arrivalsPerMinute: number
  serviceMinutes: number
  customers: number
  servers: number
  /** Customers whose draw is below it are sent to the desk `left`, the others to `right`. */
  leftShare: number
  /** What goes wrong, in which replication. */
  fault: 'throw' | 'exit' | 'crash' | 'hang' | null
  faultyReplication: number
}

export const usualQueue: Queue = {
  arrivalsPerMinute: 1,
  serviceMinutes: 0.8,
  customers: 500,
  servers: 1,
  leftShare: 0.5,
  fault: null,
  faultyReplication: 0,
}

export const queueScenario = (changes: Partial<Queue> = {}) => {
  const document: ScenarioDocument = { ...usualQueue, ...changes }
  const hash = JSON.stringify(document)
  return { name: 'queue', document, hash }
}

export const model: Model<Queue> = {
  prepare: (scenario) => ({ ...usualQueue, ...scenario }),
  simulateDay,
}

function simulateDay(queue: Queue, { seed, replication, warmUpHours, tables }: DayRequest): Day {
  if (queue.fault !== null && replication === queue.faultyReplication) fail(queue.fault)
  const daySeed = seed * 100_000 + replication
  const { waitSeconds, events } = runQueue({
    arrivalsPerSecond: queue.arrivalsPerMinute / 60,
    meanServiceSeconds: queue.serviceMinutes * 60,
    servers: queue.servers,
    customers: queue.customers,
    seed: daySeed,
  })
  const choices = openStreams(daySeed).purpose('desk').of(0)
  const decisions = Int32Array.from({ length: queue.customers * 3 }, (_, at) => {
    const customer = Math.floor(at / 3)
    if (at % 3 === 2) return choices.uniform() < queue.leftShare ? 0 : 1
    return at % 3 === 0 ? customer : customer * 60
  })
  // So few customers come where only their sum is asked about.
  const hours = queue.customers < 100 ? 0 : 24
  const perHour = Math.ceil(queue.customers / 24)
  const hourly = Array.from({ length: hours }, (_, hour) =>
    figuresOf(waitSeconds.subarray(hour * perHour, (hour + 1) * perHour), decisions),
  )
  const counted = waitSeconds.subarray(warmUpHours * perHour)
  return {
    scenarioHash: JSON.stringify(queue),
    seed,
    replication,
    figures: figuresOf(counted, decisions),
    hourly,
    traceHash: `${daySeed}:${waitSeconds.at(-1)}`,
    events,
    decisions,
    tables: tables ? tablesOf(decisions) : null,
  }
}

/** The wait stands for every figure in minutes; the others count desks and customers. */
function figuresOf(waitSeconds: Float64Array, decisions: Int32Array): Figures {
  const minutes = waitSeconds.reduce((sum, wait) => sum + wait, 0) / waitSeconds.length / 60
  const right = decisions.filter((choice, at) => at % 3 === 2 && choice === 1).length
  return byFigure((name) => {
    if (name === 'ordersPlaced' || name === 'ordersServed') return waitSeconds.length
    if (name === 'costCentsPerOrder') return (300 * right) / (decisions.length / 3)
    if (name === 'servedOnTimeShare') return 1 / (1 + minutes)
    return name.toLowerCase().includes('minutes') ? minutes : 0
  })
}

function tablesOf(decisions: Int32Array): DayTables {
  const none: Table = { columns: {}, rows: [] }
  const rows = Array.from({ length: decisions.length / 3 }, (_, decision) => {
    const [order, second, choice] = decisions.subarray(decision * 3)
    const row = (desk: number) => ({
      decision,
      order: order!,
      second: second!,
      about: 'desk',
      candidate: desk === 0 ? 'left' : 'right',
      chosen: desk === choice,
      score: desk,
      unit: 'steps',
      terms: '{}',
      details: '{}',
      reason: null,
    })
    return [row(0), row(1)]
  }).flat()
  return { orders: none, legs: none, machines: none, decisions: { columns: {}, rows } }
}

function fail(fault: Exclude<Queue['fault'], null>): void {
  if (fault === 'throw') throw new Error('the desk is on fire')
  if (fault === 'exit') process.exit(3)
  // Nobody catches it: it ends the thread as a fault of the program would.
  if (fault === 'crash') queueMicrotask(() => fail('throw'))
  // Until the thread is ended from outside.
  if (fault === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
