// Sends what the ledger keeps, in order, and again until the platform says that it has written it down.
import { limits } from '../contract/limits.ts'
import type { Link } from '../link.ts'
import type { KeptEvent, Ledger } from './ledger.ts'

export interface Outbox {
  append: Ledger['append']
  acknowledge: Ledger['acknowledge']
  /** The connection or the platform is there anew: everything that waits is sent. */
  resend: () => void
  close: () => void
}

/** How many may be under way; more wait in the ledger. */
const WINDOW = 100

export function openOutbox(ledger: Ledger, link: Link): Outbox {
  const sentAtMs = new Map<string, number>()
  let pumping = false
  let again = false
  let closed = false

  async function pump(): Promise<void> {
    if (pumping || closed) {
      again = true
      return
    }
    pumping = true
    do {
      again = false
      const nowMs = Date.now()
      const due = ledger
        .waiting(WINDOW)
        .filter((event) => nowMs - (sentAtMs.get(keyOf(event)) ?? 0) >= limits.resendMs)
      for (const event of due) sentAtMs.set(keyOf(event), nowMs)
      await Promise.all(due.map(send))
    } while (again && !closed)
    pumping = false
  }

  async function send(event: KeptEvent): Promise<void> {
    await link.publish(event.topic, event.message, { deadlineMs: limits.resendMs })
  }

  // Whatever became of a publish - nobody there, no connection, no answer - the next round tries again.
  const timer = setInterval(() => void pump(), limits.resendMs / 2)
  return {
    append: (topic, key, event) => {
      const added = ledger.append(topic, key, event)
      if (added) void pump()
      return added
    },
    acknowledge: (events) => {
      ledger.acknowledge(events)
      for (const event of events) sentAtMs.delete(keyOf(event))
      if (sentAtMs.size < WINDOW) void pump()
    },
    resend: () => {
      sentAtMs.clear()
      void pump()
    },
    close: () => {
      closed = true
      clearInterval(timer)
    },
  }
}

function keyOf({ bootId, evtSeq }: { bootId: string; evtSeq: number }): string {
  return `${bootId}/${evtSeq}`
}
