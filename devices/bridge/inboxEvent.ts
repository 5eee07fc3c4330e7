// An event as it waits in the inbox, and what somebody outside the database has to be told of it.
import type { FailureCode, FailureFacts } from '../../domain/failure.ts'
import type { DeliveryReport, MadeReport } from '../../domain/model/report.ts'
import type { LockerEvent } from '../contract/lockers.ts'
import type { MachineEvent } from '../contract/machine.ts'
import { read } from '../contract/read.ts'
import { parseTopic } from '../contract/topics.ts'
import type { VehicleEvent } from '../contract/vehicle.ts'

export type InboxEvent = { source: string; siteId: string; id: string } & (
  | { kind: 'machine'; event: MachineEvent }
  | { kind: 'lockers'; event: LockerEvent }
  | {
      kind: 'vehicle'
      event: VehicleEvent
      /** Whom a vehicle that goes out of service had still to bring something. */
      fulfilmentIds?: string[]
    }
)

export type Report =
  | { to: 'made'; jobId: string; attempt: number; made: MadeReport }
  | { to: 'failed'; jobId: string; attempt: number; code: FailureCode; facts: FailureFacts }
  | { to: 'delivery'; fulfilmentId: string; report: DeliveryReport }

/** From the topic it came on and its payload; a reason where it is not one. */
export function readEvent(
  topic: string,
  payload: Uint8Array | string,
): { ok: true; value: InboxEvent } | { ok: false; reason: string } {
  const parsed = parseTopic(topic)
  if (!parsed || !('leaf' in parsed) || parsed.leaf !== 'evt') {
    return { ok: false, reason: 'not a topic of events' }
  }
  const { siteId, id } = parsed
  const head = { source: topic, siteId, id }
  if (parsed.kind === 'machine') {
    const event = read.machineEvent(payload)
    return event.ok ? { ok: true, value: { ...head, kind: 'machine', event: event.value } } : event
  }
  if (parsed.kind === 'vehicle') {
    const event = read.vehicleEvent(payload)
    return event.ok ? { ok: true, value: { ...head, kind: 'vehicle', event: event.value } } : event
  }
  const event = read.lockerEvent(payload)
  return event.ok ? { ok: true, value: { ...head, kind: 'lockers', event: event.value } } : event
}

export function keyOf({ source, event }: InboxEvent): string {
  return `${source}/${event.bootId}/${event.evtSeq}`
}

/** What the workflows hear; the rest they would only wake up for. */
export function reportsOf(inbox: InboxEvent): Report[] {
  if (inbox.kind === 'machine') return ofMachine(inbox.id, inbox.event)
  const report = (kind: DeliveryReport['kind'], fulfilmentId: string): Report => ({
    to: 'delivery',
    fulfilmentId,
    report: { kind, reportId: keyOf(inbox), atMs: inbox.event.atMs },
  })
  const { type, fulfilmentId } = inbox.event
  if (type === 'out_of_service' && inbox.kind === 'vehicle') {
    return (inbox.fulfilmentIds ?? []).map((id) => report(type, id))
  }
  const told =
    type === 'handed_over' || type === 'not_met' || type === 'stored' || type === 'emptied'
  return told && fulfilmentId !== null ? [report(type, fulfilmentId)] : []
}

function ofMachine(machineId: string, event: MachineEvent): Report[] {
  const { jobId, attempt } = event
  switch (event.type) {
    case 'harvested': {
      const { printedSeconds, grams, finishedAtMs, harvestedAtMs } = event
      const made = { machineId, attempt, printedSeconds, grams, finishedAtMs, harvestedAtMs }
      return [{ to: 'made', jobId, attempt, made }]
    }
    case 'failed':
    case 'stopped':
    case 'refused': {
      const code = event.type === 'refused' ? 'machine_refused' : 'making_failed'
      const facts = { reason: event.code, machine: machineId }
      return [{ to: 'failed', jobId, attempt, code, facts }]
    }
    default:
      return []
  }
}
