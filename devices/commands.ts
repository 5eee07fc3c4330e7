// The platform's side of the contract: sends commands and waits for their replies, reads retained
// states, publishes stop lists.
import type { IPublishPacket } from 'mqtt'
import type { Command, Reply } from './contract/command.ts'
import { contractVersion, limits } from './contract/limits.ts'
import type { LockerCommand } from './contract/lockers.ts'
import type { MachineState } from './contract/machine.ts'
import { read } from './contract/read.ts'
import { parseTopic, topics } from './contract/topics.ts'
import type { ListedStop, StopList } from './contract/vehicle.ts'
import { setDeadline } from './deadline.ts'
import { openLink, type Link, type LinkTls, type Outcome } from './link.ts'

export interface CommandsOptions {
  mqttUrl: string
  /** A level of the topic of replies; one process, one id. */
  clientId: string
  tls?: LinkTls | undefined
  /** How long to wait for the first connection. */
  connectWithinMs?: number
  /** After each connection, so also after the broker came back, perhaps without what it retained. */
  onReady?: () => void
  onTrouble?: (error: Error) => void
}

/** A command without what is filled in when it is sent: the version and the instant after which it no longer counts. */
export type MachineOrder = Unsent<Command>
export type LockerOrder = Unsent<LockerCommand>
type Unsent<C> = C extends unknown ? Omit<C, 'v' | 'notAfterMs'> : never

/** Nobody knows whether it was carried out, except for `offline`: read the state, or send the same commandId again. */
export interface Unknown {
  unknown: true
  reason: 'no_subscriber' | 'timeout' | 'offline'
}

export interface SendOptions {
  /** From now; the gateway refuses the command after it. */
  deadlineMs: number
}

export interface Commands {
  send: (
    siteId: string,
    machineId: string,
    order: MachineOrder,
    options: SendOptions,
  ) => Promise<Reply | Unknown>
  sendLocker: (
    siteId: string,
    bankId: string,
    order: LockerOrder,
    options: SendOptions,
  ) => Promise<Reply | Unknown>
  /** The retained state, however old (atMs); null when the machine never told one. */
  readState: (siteId: string, machineId: string) => Promise<MachineState | null>
  /**
   * Throws when the broker does not take it within the deadline: the same list may be published
   * again. Null of a vehicle that is no more: the broker keeps none.
   */
  publishStops: (
    siteId: string,
    vehicleId: string,
    list: Omit<StopList, 'v'> | null,
  ) => Promise<void>
  /** Not part of the contract: a fault that virtual devices alone take; false when none listens. */
  provoke: (siteId: string, deviceId: string, fault: object) => Promise<boolean>
  close: () => Promise<void>
}

const PUBLISH_DEADLINE_MS = 5_000
/** A broker sends what it retains right after the subscription; nothing within this time means that there is none. */
const RETAINED_WITHIN_MS = 500

export async function openCommands(options: CommandsOptions): Promise<Commands> {
  const waiting = new Map<string, (reply: Reply) => void>()
  const reading = new Map<string, Set<(state: MachineState) => void>>()
  const link = openLink({
    mqttUrl: options.mqttUrl,
    clientId: `ctl-${options.clientId}`,
    tls: options.tls,
    subscriptions: () => [topics.replies(options.clientId)],
    onMessage,
    ...(options.onReady && { onReady: options.onReady }),
    ...(options.onTrouble && { onTrouble: options.onTrouble }),
  })

  function onMessage(topic: string, packet: IPublishPacket) {
    const parsed = parseTopic(topic)
    if (parsed?.kind === 'replies') {
      const reply = read.reply(packet.payload)
      if (!reply.ok) return options.onTrouble?.(new Error(`A reply is malformed: ${reply.reason}`))
      waiting.get(reply.value.commandId)?.(reply.value)
    } else if (parsed?.kind === 'machine' && parsed.leaf === 'state') {
      const state = read.machineState(packet.payload)
      if (state.ok) for (const settle of reading.get(topic) ?? []) settle(state.value)
    }
  }

  const ask = (topic: string, order: MachineOrder | LockerOrder, { deadlineMs }: SendOptions) =>
    sendAndWait({
      link,
      waiting,
      topic,
      order,
      deadlineMs,
      replies: topics.replies(options.clientId),
    })

  if (!(await link.connected(options.connectWithinMs ?? 30_000))) {
    await link.close()
    throw new Error('The MQTT broker does not answer')
  }

  return {
    send: (siteId, machineId, order, sendOptions) =>
      ask(topics.machine(siteId, machineId, 'cmd'), order, sendOptions),
    sendLocker: (siteId, bankId, order, sendOptions) =>
      ask(topics.lockers(siteId, bankId, 'cmd'), order, sendOptions),
    readState: (siteId, machineId) =>
      readRetained(link, reading, topics.machine(siteId, machineId, 'state')),
    publishStops: (siteId, vehicleId, list) =>
      publishRetained(link, topics.vehicle(siteId, vehicleId, 'stops'), list),
    provoke: async (siteId, deviceId, fault) => {
      const message = { v: contractVersion, ...fault }
      const soon = { deadlineMs: PUBLISH_DEADLINE_MS }
      return (await link.publish(topics.fault(siteId, deviceId), message, soon)) === 'acknowledged'
    },
    close: () => link.close(),
  }
}

interface Asking {
  link: Link
  waiting: Map<string, (reply: Reply) => void>
  topic: string
  order: MachineOrder | LockerOrder
  deadlineMs: number
  replies: string
}

async function sendAndWait(asking: Asking): Promise<Reply | Unknown> {
  const { link, waiting, topic, order, deadlineMs, replies } = asking
  const notAfterMs = Date.now() + deadlineMs
  if (!(await link.connected(deadlineMs))) return { unknown: true, reason: 'offline' }

  const leftMs = notAfterMs - Date.now()
  const { promise: replied, resolve } = Promise.withResolvers<Reply | 'timeout'>()
  waiting.set(order.commandId, resolve)
  const takeBack = setDeadline(leftMs, () => resolve('timeout'))
  const published = link.publish(
    topic,
    { v: contractVersion, ...order, notAfterMs },
    {
      responseTopic: replies,
      correlation: order.commandId,
      expirySeconds: Math.max(1, Math.ceil(leftMs / 1_000)),
      deadlineMs: leftMs,
    },
  )
  try {
    // The reply may overtake the broker's acknowledgement; a publish that failed ends the waiting.
    const first = await Promise.race([replied, published.then(failureOf)])
    const reply = first ?? (await replied)
    return typeof reply === 'object' ? reply : { unknown: true, reason: reply }
  } finally {
    takeBack()
    waiting.delete(order.commandId)
  }
}

function failureOf(outcome: Outcome): Unknown['reason'] | undefined {
  if (outcome === 'acknowledged') return undefined
  if (outcome === 'too_large' || outcome === 'denied') {
    throw new Error(`The broker does not take the command: ${outcome}`)
  }
  return outcome
}

async function readRetained(
  link: Link,
  reading: Map<string, Set<(state: MachineState) => void>>,
  topic: string,
): Promise<MachineState | null> {
  if (!(await link.connected(PUBLISH_DEADLINE_MS))) throw new Error('The MQTT broker is away')
  const settlers = reading.get(topic) ?? new Set()
  reading.set(topic, settlers)
  const { promise: state, resolve: settle } = Promise.withResolvers<MachineState | null>()
  settlers.add(settle)
  await link.subscribe(topic)
  const takeBack = setDeadline(RETAINED_WITHIN_MS, () => settle(null))
  try {
    return await state
  } finally {
    takeBack()
    settlers.delete(settle)
    if (settlers.size === 0) {
      reading.delete(topic)
      await link.unsubscribe(topic)
    }
  }
}

async function publishRetained(
  link: Link,
  topic: string,
  list: Omit<StopList, 'v'> | null,
): Promise<void> {
  if (!(await link.connected(PUBLISH_DEADLINE_MS))) throw new Error('The MQTT broker is away')
  const message = list && fitted({ v: contractVersion, ...list })
  const outcome = await link.publish(topic, message, {
    retain: true,
    deadlineMs: PUBLISH_DEADLINE_MS,
  })
  // Nobody subscribed is well: the list is retained and read when the vehicle comes.
  if (outcome !== 'acknowledged' && outcome !== 'no_subscriber') {
    throw new Error(`The broker does not take the stop list: ${outcome}`)
  }
}

/**
 * The streets of the last legs are left out where the list would be too large; they come when the
 * vehicle is nearer.
 */
function fitted(list: StopList): StopList {
  const stops: ListedStop[] = []
  let room = limits.messageBytes - 2_048
  for (const stop of list.stops) {
    const { path: _path, ...bare } = stop
    const size = Buffer.byteLength(JSON.stringify(stop))
    const kept = size < room - 20_000 ? stop : bare
    room -= Buffer.byteLength(JSON.stringify(kept))
    stops.push(kept)
  }
  return { ...list, stops }
}
