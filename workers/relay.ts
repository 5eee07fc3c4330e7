// Starts the workflow of any order or simulation whose start was lost, with Temporal or the API away.
import type { Client } from '@temporalio/client'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { Logger } from 'pino'
import type { Storage } from '../storage/storage.ts'
import { lostSimulations, noteSimulationStarted } from '../storage/simulations.ts'
import { orderStart, simulationStart } from '../workflows/messages.ts'

/** The API starts within a moment; what is older was lost. Nothing announces a lost start, so the relay looks. */
const lookEveryMs = 1_000
const lostAfterSeconds = 3
/** A server that hangs must not keep the relay for longer. */
const startDeadlineMs = 10_000

export interface Relay {
  stop(): Promise<void>
}

export function startRelay({
  storage,
  client,
  log,
}: {
  storage: Storage
  client: Client
  log: Logger
}): Relay {
  const stopping = new AbortController()
  const running = look()

  async function look(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        for (const order of await lostOrders(storage)) await startOrder(order)
        for (const lost of await lostSimulations(storage, lostAfterSeconds)) {
          await startSimulation(lost)
        }
      } catch (error) {
        log.warn({ err: error }, 'lost orders wait: database or Temporal is away')
      }
      await pause(stopping.signal, lookEveryMs)
    }
  }

  async function startOrder({ id, titles, dueBy, ...searched }: LostOrder): Promise<void> {
    const story = {
      orderId: id,
      summary: `Order ${id}: ${titles}`,
      details: 'Started by the relay.',
      searched: { ...searched, dueByMs: dueBy?.getTime() },
    }
    try {
      await client.withDeadline(Date.now() + startDeadlineMs, () =>
        client.workflow.start('order', orderStart(story)),
      )
      log.info({ orderId: id }, 'a lost order was started')
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
    await storage.sql('update orders set workflow_started_at = now() where id = $1', [id])
  }

  async function startSimulation(lost: { id: string; kind: string }) {
    try {
      await client.withDeadline(Date.now() + startDeadlineMs, () =>
        client.workflow.start('simulation', simulationStart(lost)),
      )
      log.info({ simulationId: lost.id }, 'a lost simulation was started')
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
    await noteSimulationStarted(storage, lost.id)
  }

  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

interface LostOrder {
  id: string
  titles: string
  storefrontId: string
  customerId: string
  dueBy: Date | null
}

function lostOrders({ sql }: Storage): Promise<LostOrder[]> {
  return sql<LostOrder>(
    `select o.id, o.storefront_id as "storefrontId", o.buyer_id as "customerId", o.due_by as "dueBy",
       (select string_agg(l.title, ', ' order by l.position) from order_line l where l.order_id = o.id) as titles
     from orders o where o.workflow_started_at is null and o.created_at < now() - make_interval(secs => $1)
     order by o.created_at limit 100`,
    [lostAfterSeconds],
  )
}

function pause(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
