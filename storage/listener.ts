// Listens to PostgreSQL's notifications on one connection of its own, and comes back by itself when that is lost.
import { Client, escapeIdentifier, type ClientConfig } from 'pg'

export type Unlisten = () => Promise<void>

interface Subscription {
  channel: string
  onNotify: (payload: string) => void
  onGap: () => void
}

export function listener(options: ClientConfig) {
  const subscriptions = new Set<Subscription>()
  let client: Promise<Client> | null = null
  let retry: NodeJS.Timeout | undefined
  let closed = false

  /** One at a time: whoever asks while it is being opened gets the same, and one that fails is nobody's. */
  const connected = (): Promise<Client> => {
    if (client) return client
    const opening = connect()
    client = opening
    opening.catch(() => {
      if (client === opening) client = null
    })
    return opening
  }

  const connect = async (): Promise<Client> => {
    const fresh = new Client({ connectionTimeoutMillis: 10_000, ...options })
    let isListening = false
    fresh.on('error', () => {}) // 'end' follows, and is what we act upon
    fresh.once('end', () => {
      if (isListening) reconnect(100)
    })
    fresh.on('notification', ({ channel, payload }) => {
      for (const each of subscriptions) {
        if (each.channel === channel) each.onNotify(payload ?? '')
      }
    })
    try {
      await fresh.connect()
      for (const channel of new Set([...subscriptions].map((each) => each.channel))) {
        await fresh.query(`listen ${escapeIdentifier(channel)}`)
      }
    } catch (error) {
      void fresh.end().catch(() => {})
      throw error
    }
    isListening = true
    return fresh
  }

  const reconnect = (delayMs: number) => {
    client = null
    if (closed) return
    retry = setTimeout(() => {
      void tryAgain(delayMs)
    }, delayMs)
  }

  const tryAgain = async (delayMs: number) => {
    try {
      await connected()
      for (const each of subscriptions) each.onGap()
    } catch {
      reconnect(Math.min(delayMs * 2, 2_000))
    }
  }

  return {
    async listen(
      channel: string,
      onNotify: (payload: string) => void,
      onGap = () => {},
    ): Promise<Unlisten> {
      const subscription = { channel, onNotify, onGap }
      subscriptions.add(subscription)
      try {
        await (await connected()).query(`listen ${escapeIdentifier(channel)}`)
      } catch (error) {
        subscriptions.delete(subscription)
        throw error
      }
      // The channel stays subscribed on the server until the connection ends: a few bytes, and no race.
      return async () => {
        subscriptions.delete(subscription)
        await Promise.resolve()
      }
    },
    async close() {
      closed = true
      clearTimeout(retry)
      const last = await client?.catch(() => null)
      await last?.end().catch(() => {})
    },
  }
}
