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

  const connect = async (): Promise<Client> => {
    const fresh = new Client({ ...options, connectionTimeoutMillis: 10_000 })
    fresh.on('error', () => {}) // 'end' follows, and is what we act upon
    fresh.on('notification', ({ channel, payload }) => {
      for (const each of subscriptions) {
        if (each.channel === channel) each.onNotify(payload ?? '')
      }
    })
    await fresh.connect()
    fresh.once('end', () => reconnect(100))
    for (const channel of new Set([...subscriptions].map((each) => each.channel))) {
      await fresh.query(`listen ${escapeIdentifier(channel)}`)
    }
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
      client = connect()
      await client
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
      client ??= connect()
      await (await client).query(`listen ${escapeIdentifier(channel)}`)
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
