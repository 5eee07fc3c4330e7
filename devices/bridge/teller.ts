// Tells the workflows what was reported, and tells it again until it was taken: over restarts too,
// since the inbox remembers.
import type { Logger } from 'pino'
import type { DeliveryReport, MadeReport } from '../../domain/model/report.ts'
import type { FailureCode, FailureFacts } from '../../domain/failure.ts'
import type { Storage } from '../../storage/storage.ts'
import { markDone } from './inbox.ts'
import { keyOf, readEvent, reportsOf, type InboxEvent, type Report } from './inboxEvent.ts'

/** Who is told; a report that nobody waits for any more is dropped there, and counts as told. */
export interface Reports {
  heartbeat: (jobId: string, attempt: number, details: HeartbeatDetails) => Promise<void>
  complete: (jobId: string, attempt: number, made: MadeReport) => Promise<void>
  fail: (jobId: string, attempt: number, code: FailureCode, facts: FailureFacts) => Promise<void>
  delivery: (fulfilmentId: string, report: DeliveryReport) => Promise<void>
  /** The machine that a job waits for has become free. */
  freed: (jobId: string) => Promise<void>
  close: () => Promise<void>
}

export interface HeartbeatDetails {
  phase: string
  progress: number | null
}

export interface Teller {
  tell: (batch: readonly InboxEvent[]) => void
  close: () => Promise<void>
}

const AGAIN_MS = 3_000
const MARK_MS = 50
const LEFT_OVER = 1_000

export function openTeller(storage: Pick<Storage, 'sql'>, reports: Reports, log: Logger): Teller {
  const underWay = new Map<string, Promise<void>>()
  let told: InboxEvent[] = []
  let marking: NodeJS.Timeout | undefined

  async function tellOne(inbox: InboxEvent): Promise<void> {
    const key = keyOf(inbox)
    try {
      for (const report of reportsOf(inbox)) await deliver(reports, report)
      told.push(inbox)
      marking ??= setTimeout(() => void mark(), MARK_MS)
    } catch (error) {
      log.warn({ err: error, key }, 'a report could not be delivered yet')
      underWay.delete(key)
    }
  }

  async function mark(): Promise<void> {
    marking = undefined
    const batch = told
    told = []
    try {
      await markDone(storage, batch)
    } catch (error) {
      log.warn({ err: error }, 'the database is away')
    }
    // Whoever looks just now may have read that they wait.
    await looking
    for (const inbox of batch) underWay.delete(keyOf(inbox))
  }

  const tell = (batch: readonly InboxEvent[]) => {
    for (const inbox of batch) {
      const key = keyOf(inbox)
      if (!underWay.has(key)) underWay.set(key, tellOne(inbox))
    }
  }

  /** What a crash, or Temporal being away, has left. */
  async function leftOver(): Promise<void> {
    try {
      tell(await waiting(storage))
    } catch (error) {
      log.warn({ err: error }, 'the inbox could not be read')
    }
  }

  let looking: Promise<void> | null = null
  const look = () => {
    looking ??= leftOver().finally(() => (looking = null))
  }
  look()
  const timer = setInterval(look, AGAIN_MS)
  return {
    tell,
    close: async () => {
      clearInterval(timer)
      await looking
      await Promise.all(underWay.values())
      clearTimeout(marking)
      await mark()
    },
  }
}

async function deliver(reports: Reports, report: Report): Promise<void> {
  switch (report.to) {
    case 'made':
      return await reports.complete(report.jobId, report.attempt, report.made)
    case 'failed':
      return await reports.fail(report.jobId, report.attempt, report.code, report.facts)
    case 'delivery':
      return await reports.delivery(report.fulfilmentId, report.report)
  }
}

async function waiting({ sql }: Pick<Storage, 'sql'>): Promise<InboxEvent[]> {
  const rows = await sql<{ source: string; payload: Record<string, unknown> }>(
    `select source, payload from device_event where processed_at is null order by received_at limit ${LEFT_OVER}`,
  )
  return rows.flatMap(({ source, payload: { concerned, ...payload } }): InboxEvent[] => {
    const inbox = readEvent(source, JSON.stringify(payload))
    if (!inbox.ok) return []
    const ids = Array.isArray(concerned) ? concerned.map(String) : []
    return inbox.value.kind === 'vehicle' ? [{ ...inbox.value, fulfilmentIds: ids }] : [inbox.value]
  })
}
