// One connection to the broker: subscribed anew after each reconnect, and a publish that says what
// became of it within a deadline.
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { Socket } from 'node:net'
import { limits } from './contract/limits.ts'
import { setDeadline } from './deadline.ts'

export interface LinkTls {
  ca?: string
  cert?: string
  key?: string
}

export interface LinkOptions {
  mqttUrl: string
  clientId: string
  tls?: LinkTls | undefined
  will?: { topic: string; message: object } | undefined
  /** Filters may depend on what the broker can do. */
  subscriptions: (broker: BrokerAbilities) => readonly string[]
  /** Runs for one message after the other; the next is taken, and this one acknowledged, when it returns. */
  onMessage: (topic: string, packet: IPublishPacket) => void | Promise<void>
  /** After each subscribing, so also after a reconnect. */
  onReady?: () => void
  onTrouble?: (error: Error) => void
}

export interface BrokerAbilities {
  sharedSubscriptions: boolean
}

/** acknowledged: the broker has it and somebody subscribes; offline: it was never sent; timeout: nobody knows. */
export type Outcome =
  | 'acknowledged'
  | 'no_subscriber'
  | 'offline'
  | 'timeout'
  | 'too_large'
  | 'denied'

export interface PublishOptions {
  qos?: 0 | 1
  retain?: boolean
  expirySeconds?: number
  responseTopic?: string
  correlation?: string
  deadlineMs?: number
}

export interface Link {
  /** Null is nothing at all: retained, the broker forgets what it kept there. */
  publish: (topic: string, message: object | null, options?: PublishOptions) => Promise<Outcome>
  subscribe: (filter: string) => Promise<void>
  unsubscribe: (filter: string) => Promise<void>
  /** Whether the connection stands, or stands again, within the time. */
  connected: (withinMs: number) => Promise<boolean>
  close: () => Promise<void>
}

const NO_MATCHING_SUBSCRIBERS = 16
const NOT_AUTHORIZED = 135
const CLOSE_WITHIN_MS = 5_000

export function openLink(options: LinkOptions): Link {
  const client = connect(options.mqttUrl, connectOptions(options))
  const listeners = new Set<() => void>()
  const unheard = unheardPublishes(client)
  let subscribed = false
  let closing = false
  const trouble = (error: Error) => {
    // A broker resets a connection that ends while something is on the way.
    if (!closing) options.onTrouble?.(error)
  }

  client.handleMessage = (packet, done) => {
    // The acknowledgement follows the handling; a connection that ended meanwhile takes none.
    const acknowledge = () => {
      if (!client.stream.writableEnded && !client.stream.destroyed) done()
    }
    if (packet.cmd !== 'publish') return acknowledge()
    try {
      const handled = options.onMessage(packet.topic, packet)
      if (!handled) return acknowledge()
      handled.catch((error: unknown) => options.onTrouble?.(asError(error))).finally(acknowledge)
    } catch (error) {
      options.onTrouble?.(asError(error))
      acknowledge()
    }
  }
  client.on('connect', (connack) => {
    // Small messages that wait for an answer: with Nagle's algorithm each takes 40 ms.
    if (client.stream instanceof Socket) client.stream.setNoDelay(true)
    const shared = connack.properties?.sharedSubscriptionAvailable !== false
    client.subscribe(
      [...options.subscriptions({ sharedSubscriptions: shared })],
      { qos: 1 },
      (error) => {
        if (error) return trouble(error)
        subscribed = true
        options.onReady?.()
        for (const listener of listeners) listener()
      },
    )
  })
  client.on('close', () => (subscribed = false))
  client.on('error', trouble)

  const connected = (withinMs: number) =>
    new Promise<boolean>((resolve) => {
      if (subscribed) return resolve(true)
      const settle = () => {
        takeBack()
        listeners.delete(settle)
        resolve(subscribed)
      }
      const takeBack = setDeadline(withinMs, settle)
      listeners.add(settle)
    })

  return {
    publish: async (topic, message, publishOptions = {}) => {
      const payload = message === null ? '' : JSON.stringify(message)
      if (Buffer.byteLength(payload) > roomFor(client)) return 'too_large'
      if (!client.connected) return 'offline'
      return await publishOnce(client, unheard, topic, payload, publishOptions)
    },
    subscribe: async (filter) => {
      await client.subscribeAsync(filter, { qos: 1 })
    },
    unsubscribe: async (filter) => {
      await client.unsubscribeAsync(filter)
    },
    connected,
    close: async () => {
      closing = true
      await ended(client)
    },
  }
}

/** By itself MQTT.js waits for answers that the broker owes, without end where the connection is gone meanwhile. */
async function ended(client: MqttClient): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  client.once('close', resolve)
  const takeBack = setDeadline(CLOSE_WITHIN_MS, () => client.stream.destroy())
  await Promise.race([client.endAsync(!client.connected), closed])
  takeBack()
}

function connectOptions({ clientId, tls, will }: LinkOptions): IClientOptions {
  return {
    protocolVersion: 5,
    clientId,
    // The ledgers at both ends repeat what was lost, so the broker keeps no session for us: a publish to
    // who is away is answered "no matching subscribers" and does not wait in a queue until it is stale.
    // Only who leaves a will has a session, as long as the will waits: a clean start would set it off.
    clean: !will,
    resubscribe: false,
    keepalive: 20,
    // Pings come at their time: to put them off at each packet costs more than they do.
    reschedulePings: false,
    reconnectPeriod: 500,
    connectTimeout: 10_000,
    properties: { receiveMaximum: 200, sessionExpiryInterval: will ? limits.willDelaySeconds : 0 },
    ...(will && {
      will: {
        topic: will.topic,
        payload: Buffer.from(JSON.stringify(will.message)),
        qos: 1,
        retain: true,
        properties: { willDelayInterval: limits.willDelaySeconds },
      },
    }),
    ...tls,
  }
}

/**
 * The broker's own limit counts the topic and properties too; a message above it would kill the
 * connection for good.
 */
function roomFor(client: MqttClient): number {
  const ofBroker = client.serverProperties?.maximumPacketSize ?? Number.POSITIVE_INFINITY
  return Math.min(limits.messageBytes, ofBroker - 1_024)
}

/**
 * Ids of publishes that the broker took although nobody subscribes; MQTT.js does not hand the
 * reason to the callback.
 */
function unheardPublishes(client: MqttClient): Set<number> {
  const ids = new Set<number>()
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'puback' || packet.messageId === undefined) return
    if (packet.reasonCode === NO_MATCHING_SUBSCRIBERS) ids.add(packet.messageId)
    else ids.delete(packet.messageId)
  })
  return ids
}

function publishOnce(
  client: MqttClient,
  unheard: Set<number>,
  topic: string,
  payload: string,
  {
    qos = 1,
    retain = false,
    expirySeconds,
    responseTopic,
    correlation,
    deadlineMs = 10_000,
  }: PublishOptions,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let messageId: number | undefined
    const takeBack = setDeadline(deadlineMs, () => {
      resolve('timeout')
      // Else MQTT.js would send it again after the next reconnect, when nobody waits for it any more.
      if (messageId !== undefined) client.removeOutgoingMessage(messageId)
    })
    const properties = {
      ...(expirySeconds !== undefined && { messageExpiryInterval: expirySeconds }),
      ...(responseTopic !== undefined && { responseTopic }),
      ...(correlation !== undefined && { correlationData: Buffer.from(correlation) }),
    }
    client.publish(topic, payload, { qos, retain, properties }, (error, packet) => {
      takeBack()
      const heard = packet?.messageId === undefined || !unheard.delete(packet.messageId)
      if (error) resolve(codeOf(error) === NOT_AUTHORIZED ? 'denied' : 'timeout')
      else resolve(heard ? 'acknowledged' : 'no_subscriber')
    })
    messageId = qos === 0 ? undefined : (client.getLastMessageId() ?? undefined)
  })
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
