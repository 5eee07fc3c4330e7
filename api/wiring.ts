// Builds what the API works with from what it is told, and takes it down again.
import type { Logger } from 'pino'
import type { apiConfig } from '../config.ts'
import { openArtifactFiles } from '../services/artifacts/files.ts'
import { openAddresses } from '../services/router/addresses.ts'
import { openRouter } from '../services/router/open.ts'
import { dispatchRules, planningRules } from '../storage/rules.ts'
import { openStorage, type Storage } from '../storage/storage.ts'
import { authentication, type KnownKey } from './authentication.ts'
import { cached } from './cached.ts'
import type { ApiDeps } from './deps.ts'
import { eventHub } from './eventHub.ts'
import { limits } from './limits.ts'
import { openMetrics } from './metrics.ts'
import { openOrderWorkflow } from './orderWorkflow.ts'
import type { Inbox } from './pages/inbox.ts'
import { quoting } from './quoting.ts'
import { quotingFacts } from './quotingFacts.ts'
import { openSimulationWorkflow } from './simulationWorkflow.ts'
import { testDevices } from './testDevices.ts'

export interface Wired {
  deps: ApiDeps
  /** Ends the streams first, so that the server can close. */
  stopStreams: () => void
  close: () => Promise<void>
}

/** What whoever wires may have the API wait for longer than is good for those who call it. */
type Patience = Partial<Record<'startDeadlineMs' | 'keepAliveMs', number>>

export async function wire(
  config: ReturnType<typeof apiConfig>,
  log: Logger,
  patience: Patience = {},
): Promise<Wired> {
  const nowMs = Date.now
  const { startDeadlineMs, keepAliveMs } = { ...limits, ...patience }
  const { databaseUrl: url, dataKey, temporalAddress, temporalNamespace, osrmUrl, mapPath } = config
  const storage = await openStorage({ url, dataKey, applicationName: 'fabroute api', poolSize: 8 })
  const router = await openRouter({ osrmUrl: osrmUrl ?? undefined, mapPath })
  const orderWorkflow = openOrderWorkflow({
    address: temporalAddress,
    namespace: temporalNamespace,
    startDeadlineMs,
  })
  const simulationWorkflow = openSimulationWorkflow({
    address: temporalAddress,
    namespace: temporalNamespace,
    deadlineMs: startDeadlineMs,
  })
  const closing = new AbortController()
  const facts = quotingFacts(storage, nowMs)
  const dispatch = cached((region) => dispatchRules(storage, region), limits.factsCacheMs, nowMs)
  const { carrier: name, carrierSecret: secret } = config
  const carrier = secret === '' ? null : { name, secret }
  const offering = carrier ? {} : { parcels: null }
  const planning = cached((region) => planningRules(storage, region), limits.factsCacheMs, nowMs)
  const rulesOf = async (region: string) => {
    const [dispatched, planned] = await Promise.all([dispatch(region), planning(region)])
    return { ...planned, ...offering, dispatch: dispatched }
  }
  const deps: ApiDeps = {
    storage,
    authentication: authentication({ find: (hash) => findKey(storage, hash) }, nowMs),
    addresses: await openAddresses(mapPath),
    facts,
    quoting: quoting({ facts, router, rulesOf, nowMs }),
    orderWorkflow,
    simulationWorkflow,
    events: eventHub(storage),
    artifacts: openArtifactFiles({
      dir: config.artifactsDir,
      dataKey: Buffer.from(dataKey, 'hex'),
    }),
    inbox: inboxOf(storage),
    devices: config.mqttUrl === null ? null : testDevices(config.mqttUrl, config.mqttTls),
    probes: { database: storage.ping, temporal: orderWorkflow.probe },
    log,
    metrics: openMetrics(),
    closing: closing.signal,
    nowMs,
    settings: {
      inbox: config.inbox,
      budgetFactor: config.budgetFactor,
      keepAliveMs,
      dataKey: Buffer.from(dataKey, 'hex'),
      carrier,
    },
  }
  return {
    deps,
    stopStreams: () => closing.abort(),
    close: async () => {
      await deps.devices?.close()
      await orderWorkflow.close()
      await simulationWorkflow.close()
      await router.close()
      await storage.close()
    },
  }
}

async function findKey({ sql }: Storage, hash: Buffer): Promise<KnownKey | null> {
  const [row] = await sql<{
    id: string
    storefront_id: string
    scopes: string[]
    expires_at: Date | null
    revoked_at: Date | null
  }>('select id, storefront_id, scopes, expires_at, revoked_at from authenticate($1)', [hash])
  if (!row || row.revoked_at !== null) return null
  const { id: keyId, storefront_id: storefrontId, scopes, expires_at: expiresAt } = row
  return { keyId, storefrontId, scopes, expiresAtMs: expiresAt?.getTime() ?? null }
}

function inboxOf({ sql }: Storage): Inbox {
  return {
    newest: async (count) =>
      sql(
        `select sender, recipient, subject, text, received_at as "receivedAt" from inbox_mail
         order by received_at desc, id desc limit $1`,
        [count],
      ),
  }
}
