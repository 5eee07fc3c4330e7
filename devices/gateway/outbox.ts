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

export function openOutbox(ledger: Ledger, link: Pick<Link, 'publish'>): Outbox {
  const sentAtMs = new Map<string, number>()
  let due: NodeJS.Immediate | undefined

  /** Several events of one moment are read from the ledger at once. */
  const pumpSoon = () => {
    due ??= setImmediate(() => {
      due = undefined
      pump()
    })
  }

  function pump(): void {
    const nowMs = Date.now()
    for (const event of ledger.waiting(WINDOW)) {
      const key = keyOf(event)
      if (nowMs - (sentAtMs.get(key) ?? 0) < limits.resendMs) continue
      sentAtMs.set(key, nowMs)
      void send(event, key)
    }
  }

  /** Whatever becomes of it - nobody there, no connection, no answer - a later round tries again. */
  async function send({ topic, message }: KeptEvent, key: string): Promise<void> {
    const outcome = await link.publish(topic, message, { deadlineMs: limits.resendMs })
    // What was not sent at all goes before what comes after it.
    if (outcome === 'offline') sentAtMs.delete(key)
  }

  const timer = setInterval(pump, limits.resendMs / 2)
  return {
    append: (topic, key, event) => {
      const added = ledger.append(topic, key, event)
      if (added) pumpSoon()
      return added
    },
    acknowledge: (events) => {
      const wasFull = sentAtMs.size >= WINDOW
      ledger.acknowledge(events)
      for (const event of events) sentAtMs.delete(keyOf(event))
      if (wasFull) pumpSoon()
    },
    resend: () => {
      sentAtMs.clear()
      pumpSoon()
    },
    close: () => {
      if (due) clearImmediate(due)
      clearInterval(timer)
    },
  }
}

function keyOf({ bootId, evtSeq }: { bootId: string; evtSeq: number }): string {
  return `${bootId}/${evtSeq}`
}
