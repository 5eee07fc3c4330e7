// The bridge: hears every device, writes down what they say, and tells those who wait for it.
import type { IPublishPacket } from 'mqtt'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Storage } from '../../storage/storage.ts'
import { contractVersion } from '../contract/limits.ts'
import { read } from '../contract/read.ts'
import { filters, parseTopic, topics, type Topic } from '../contract/topics.ts'
import { openLink, type BrokerAbilities, type Link, type LinkTls } from '../link.ts'
import { openInbox } from './inbox.ts'
import { readEvent, type InboxEvent } from './inboxEvent.ts'
import { openPresence } from './presence.ts'
import { openPulse } from './pulse.ts'
import { openSilence } from './silence.ts'
import { openTeller, type Reports } from './teller.ts'

export interface BridgeOptions {
  mqttUrl: string
  tls?: LinkTls
  storage: Pick<Storage, 'sql' | 'transaction'>
  reports: Reports
  /** Subscribed, for the first time or again. */
  onReady: () => void
  /** How long a device may be silent before it counts as gone. */
  silenceMs?: number
  log: Logger
}

export interface Bridge {
  /** Whether it hears the devices and can write down what they say. */
  isWell: () => Promise<boolean>
  close: () => Promise<void>
}

export function openBridge(options: BridgeOptions): Bridge {
  const { storage, reports, log } = options
  const clientId = `bridge-${randomUUID().slice(0, 8)}`
  const link = openLink({
    mqttUrl: options.mqttUrl,
    clientId,
    tls: options.tls,
    subscriptions,
    onMessage: (topic, packet) => take(topic, packet),
    onReady: () => {
      const message = { v: contractVersion, online: true, by: clientId, atMs: Date.now() }
      void link.publish(topics.platformState(), message, { retain: true })
      options.onReady()
    },
    onTrouble: (error) => log.warn({ err: error }, 'trouble with the broker'),
  })
  const free = (machineIds: readonly string[]) => {
    tellNext(storage, reports, machineIds).catch((error: unknown) =>
      log.warn({ err: error }, 'the next job could not be told'),
    )
  }
  const presence = openPresence({
    storage,
    log,
    idle: free,
    rebirth: (siteId, machineId) => askForRebirth(link, siteId, machineId),
  })
  const pulse = openPulse(reports, log)
  const teller = openTeller(storage, reports, log)
  const inbox = openInbox({
    storage,
    log,
    acknowledge: (batch) => acknowledge(link, batch),
    tell: teller.tell,
    freed: free,
  })
  const silence = openSilence({
    storage,
    isListening: async () => await link.connected(0),
    heardWithin: presence.heardWithin,
    say: (event) => void inbox.take(event),
    ...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
    log,
  })

  function take(topic: string, packet: IPublishPacket): Promise<void> | void {
    const parsed = parseTopic(topic)
    const refuse = (reason: string) => log.warn({ topic, reason }, 'a message is refused')
    if (!parsed) return refuse('not a topic of the contract')
    if ('leaf' in parsed && parsed.leaf === 'evt') {
      const event = readEvent(topic, packet.payload)
      return event.ok ? inbox.take(event.value) : refuse(event.reason)
    }
    const reason = note(parsed, packet)
    if (reason !== null) refuse(reason)
  }

  /** What is not an event is taken as it comes, and may be lost: a later word says the same. */
  function note(topic: Topic, { payload, retain }: IPublishPacket): string | null {
    if (topic.kind === 'machine' && topic.leaf === 'state') {
      const state = read.machineState(payload)
      if (!state.ok) return state.reason
      if (state.value.machineId !== topic.id) return 'the state is of another machine'
      presence.state(topic.siteId, state.value, retain)
      if (!retain) pulse.beat(state.value)
    } else if (topic.kind === 'machine' && topic.leaf === 'tele') {
      const telemetry = read.telemetry(payload)
      if (!telemetry.ok) return telemetry.reason
      presence.telemetry(topic.siteId, topic.id, telemetry.value)
      pulse.beat(telemetry.value)
    } else if (topic.kind === 'machine' && topic.leaf === 'caps') {
      const message = read.caps(payload)
      if (!message.ok) return message.reason
      presence.caps(topic.siteId, topic.id, message.value.caps)
    } else if (topic.kind === 'vehicle' && topic.leaf === 'pos') {
      const position = read.position(payload)
      if (!position.ok) return position.reason
      presence.position(topic.siteId, topic.id, position.value)
    } else if (topic.kind === 'gateway') {
      const gateway = read.gatewayState(payload)
      if (!gateway.ok) return gateway.reason
      if (!gateway.value.online) presence.gatewayGone(topic.siteId, gateway.value.machines)
    }
    return null
  }

  return {
    isWell: async () => {
      await storage.sql('select 1')
      return await link.connected(0)
    },
    close: async () => {
      await silence.close()
      await link.close()
      await inbox.close()
      await presence.close()
      await teller.close()
    },
  }
}

/**
 * Bridges share events and telemetry where the broker can; states are small and retained, which a broker
 * does not send on a shared subscription, so each bridge hears them all and the newest wins.
 */
function subscriptions({ sharedSubscriptions }: BrokerAbilities): string[] {
  const shared = [
    filters.machines('evt'),
    filters.vehicles('evt'),
    filters.lockers('evt'),
    filters.machines('tele'),
    filters.vehicles('pos'),
  ]
  return [
    ...shared.map((filter) => (sharedSubscriptions ? `$share/bridge/${filter}` : filter)),
    filters.machines('state'),
    filters.machines('caps'),
    filters.gateways(),
  ]
}

function acknowledge(link: Link, batch: readonly InboxEvent[]): void {
  for (const siteId of new Set(batch.map((inbox) => inbox.siteId))) {
    const events = batch
      .filter((inbox) => inbox.siteId === siteId)
      .map(({ event: { bootId, evtSeq } }) => ({ bootId, evtSeq }))
    // One that is lost on the way costs a repeat, no more.
    void link.publish(topics.acknowledged(siteId), { v: contractVersion, events }, { qos: 0 })
  }
}

function askForRebirth(link: Link, siteId: string, machineId: string): void {
  const command = {
    v: contractVersion,
    type: 'state.rebirth',
    commandId: `rebirth-${randomUUID()}`,
    notAfterMs: Date.now() + 10_000,
  }
  void link.publish(topics.machine(siteId, machineId, 'cmd'), command, { expirySeconds: 10 })
}

/** The job that has waited longest for each machine that nothing else is on. */
async function tellNext(
  { sql }: Pick<Storage, 'sql'>,
  reports: Reports,
  machineIds: readonly string[],
): Promise<void> {
  const jobs = await sql<{ id: string }>(
    `select distinct on (j.machine_id) j.id from job j
     where j.machine_id = any($1) and j.state = 'assigned' and not exists (
       select 1 from job o where o.machine_id = j.machine_id and o.state in ('preparing', 'printing', 'finished'))
     order by j.machine_id, j.created_at, j.id`,
    [machineIds],
  )
  await Promise.all(jobs.map(async ({ id }) => await reports.freed(id)))
}
