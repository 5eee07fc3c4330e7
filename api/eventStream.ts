// One order's events as server-sent events: replay from a number, then live, until the order has ended and all is sent.
import type { Response } from 'express'
import { eventsAfter, type StoredEvent } from '../storage/events.ts'
import type { ApiDeps } from './deps.ts'
import { limits } from './limits.ts'
import { asDomainError, refuse } from './problem.ts'
import type { Answer } from './route.ts'

type StreamDeps = Pick<ApiDeps, 'storage' | 'events' | 'metrics' | 'closing' | 'settings'>

interface OrderOfTenant {
  storefrontId: string
  orderId: string
}

interface News {
  events: StoredEvent[]
  hasEnded: boolean
}

const batch = 200
const ended: ReadonlySet<string> = new Set([
  'settled',
  'cancelled',
  'unfulfillable',
  'partially_completed',
  'refunded',
  'returned',
])

export async function streamEvents(
  deps: StreamDeps,
  order: OrderOfTenant,
  after: number,
  toWire: (event: StoredEvent) => unknown,
): Promise<Answer> {
  const first = await newsAfter(deps, order, after)
  if (first.hasEnded && first.events.length === 0) return { status: 204 }
  return { stream: async (response) => follow(deps, order, after, toWire, response) }
}

async function follow(
  deps: StreamDeps,
  order: OrderOfTenant,
  after: number,
  toWire: (event: StoredEvent) => unknown,
  response: Response,
): Promise<void> {
  const bell = doorbell()
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  const stop = AbortSignal.any([closed.signal, deps.closing])
  stop.addEventListener('abort', bell.ring)
  // Watching comes before reading: what is appended in between rings and is read in the next round.
  const unwatch = await deps.events.watch(order.orderId, bell.ring)
  deps.metrics.streams.inc()
  const alive = setInterval(() => {
    response.write(': still here\n\n')
    bell.ring() // also reads anew, should a notification ever be lost
  }, deps.settings.keepAliveMs)
  try {
    begin(response)
    let last = after
    while (!stop.aborted) {
      const news = await newsAfter(deps, order, last).catch(nothingWhileAway)
      if (!news) setTimeout(bell.ring, limits.readAgainMs)
      const { events, hasEnded } = news ?? nothing
      for (const event of events) await write(response, frame(event, toWire), stop)
      last = events.at(-1)?.sequence ?? last
      if (hasEnded && events.length < batch) break
      if (events.length < batch) await bell.rung()
    }
  } finally {
    clearInterval(alive)
    unwatch()
    deps.metrics.streams.dec()
    response.end()
  }
}

const nothing: News = { events: [], hasEnded: false }

/** A database that is away for a moment ends no stream. */
function nothingWhileAway(error: unknown): null {
  if (asDomainError(error).code !== 'unavailable') throw error
  return null
}

function begin(response: Response): void {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  response.flushHeaders()
  response.write('retry: 1000\n\n')
}

function frame(event: StoredEvent, toWire: (event: StoredEvent) => unknown): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(toWire(event))}\n\n`
}

/** A reader that is slower than the order holds up its own stream and nothing else. */
async function write(response: Response, text: string, stop: AbortSignal): Promise<void> {
  if (response.write(text) || stop.aborted) return
  await new Promise<void>((resolve) => {
    response.once('drain', resolve)
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The order's state is read before its events, so that an order seen ended has no event that is not seen. */
async function newsAfter(
  { storage }: StreamDeps,
  order: OrderOfTenant,
  after: number,
): Promise<News> {
  return storage.asTenant(order.storefrontId, async (tx) => {
    const [row] = await tx.sql<{ status: string; event_sequence: number }>(
      'select status, event_sequence from orders where id = $1',
      [order.orderId],
    )
    if (!row) throw refuse('not_found')
    const events = await eventsAfter(tx, { ...order, afterSequence: after, limit: batch })
    const last = events.at(-1)?.sequence ?? after
    return { events, hasEnded: ended.has(row.status) && last >= row.event_sequence }
  })
}

/** Rings are not counted: one that comes while nobody waits is heard by whoever waits next. */
function doorbell() {
  let isRung = false
  let listener: (() => void) | null = null
  return {
    ring: () => {
      isRung = true
      listener?.()
    },
    async rung(): Promise<void> {
      if (!isRung) await new Promise<void>((resolve) => (listener = resolve))
      isRung = false
      listener = null
    },
  }
}
