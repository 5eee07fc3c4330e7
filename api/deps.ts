// What the API works with; main builds it, tests pass their own.
import type { Logger } from 'pino'
import type { Artifacts } from '../services/artifacts/artifacts.ts'
import type { Addresses } from '../services/router/addresses.ts'
import type { Storage } from '../storage/storage.ts'
import type { Authentication } from './authentication.ts'
import type { EventHub } from './eventHub.ts'
import type { Metrics } from './metrics.ts'
import type { OrderWorkflow } from './orderWorkflow.ts'
import type { Inbox } from './pages/inbox.ts'
import type { Quoting } from './quoting.ts'
import type { QuotingFacts } from './quotingFacts.ts'
import type { SimulationWorkflow } from './simulationWorkflow.ts'
import type { TestDevices } from './testDevices.ts'

export interface ApiDeps {
  storage: Storage
  authentication: Authentication
  addresses: Addresses
  facts: QuotingFacts
  quoting: Quoting
  orderWorkflow: OrderWorkflow
  simulationWorkflow: SimulationWorkflow
  events: EventHub
  artifacts: Pick<Artifacts, 'get' | 'has'>
  inbox: Inbox
  /** Null where the API knows no broker: test mode's helpers then say so. */
  devices: TestDevices | null
  /** What must answer for the API to do its work, by name. */
  probes: Record<string, () => Promise<void>>
  log: Logger
  metrics: Metrics
  /** Aborted when the process ends: streams close, and their clients come back to another copy. */
  closing: AbortSignal
  nowMs: () => number
  settings: {
    inbox: boolean
    budgetFactor: number
    /** How often an event stream shows that it lives, and reads anew what it may have missed. */
    keepAliveMs: number
    dataKey: Buffer
    /** Who calls at the warehouses, and with what he signs; null where nobody does. */
    carrier: { name: string; secret: string } | null
  }
}
