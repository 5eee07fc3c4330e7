// Wakes the event streams of an order when something was appended to it: one subscription to
// PostgreSQL for all of them.
import { eventChannel, type EventNotification } from '../storage/events.ts'
import type { Storage } from '../storage/storage.ts'

export interface EventHub {
  /** Calls back whenever the order may have new events; answers how to stop. */
  watch: (orderId: string, onNews: () => void) => Promise<() => void>
}

export function eventHub({ listen }: Pick<Storage, 'listen'>): EventHub {
  const watchers = new Map<string, Set<() => void>>()
  let listening: Promise<unknown> | null = null

  const wake = (payload: string) => {
    const { orderId }: EventNotification = JSON.parse(payload)
    for (const onNews of watchers.get(orderId) ?? []) onNews()
  }
  const wakeAll = () => {
    for (const onNews of [...watchers.values()].flatMap((each) => Array.from(each))) onNews()
  }

  return {
    async watch(orderId, onNews) {
      listening ??= listen(eventChannel, wake, wakeAll).catch((error: unknown) => {
        listening = null
        throw error
      })
      await listening
      const ofOrder = watchers.get(orderId) ?? new Set()
      watchers.set(orderId, ofOrder.add(onNews))
      return () => {
        ofOrder.delete(onNews)
        if (ofOrder.size === 0 && watchers.get(orderId) === ofOrder) watchers.delete(orderId)
      }
    },
  }
}
