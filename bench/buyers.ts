// The buyers of the orders bench: each asks for a quote, orders from it, and waits until the order is settled.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Facts } from '../infra/bringUp.ts'
import { readOsm } from '../services/router/osm.ts'
import { seededRandom } from '../services/router/random.ts'
import type { Storage } from '../storage/storage.ts'
import { openCaller } from './clients.ts'

/** When an order was settled stands in its event, so that looking seldom costs a client a pause, and no figure. */
const lookEveryMs = 200
const patienceMs = 120_000
const buyer = { name: 'Ann Ode', email: 'ann@example.com' }

export interface Buyers {
  /** One order from the quote to its settlement; answers the milliseconds from ordering on. */
  order: () => Promise<number>
  close: () => Promise<void>
}

export async function openBuyers({
  storage,
  facts,
  concurrency,
}: {
  storage: Storage
  facts: Facts
  concurrency: number
}): Promise<Buyers> {
  const houses = (await readOsm(facts.settings.map)).addresses
  const random = seededRandom(742)
  const settled = settlements(storage)
  const url = `http://127.0.0.1:${facts.ports.api}`
  const caller = openCaller(url, facts.demo.apiKey, concurrency)

  return {
    async order() {
      const { number, street } = houses[Math.floor(random() * houses.length)]!
      const quote = await caller.post<{ offers: { id: string }[] }>('/v1/quotes', {
        destination: { address: `${number} ${street}` },
        lines: [{ item_id: 'itm_gear_blank', quantity: 1 }],
        hold_seconds: 10,
      })
      const [offer] = quote.offers
      if (!offer) throw new Error(`Nothing was offered: ${JSON.stringify(quote)}`)
      const beganMs = Date.now()
      const order = await caller.post<{ id: string }>('/v1/orders', {
        offers: [offer.id],
        buyer,
        payment_method: { kind: 'card', token: 'tok_visa' },
      })
      return (await settled.of(order.id)).getTime() - beganMs
    },
    async close() {
      caller.close()
      await settled.stop()
    },
  }
}

interface Waiting {
  tell: (at: Date) => void
  fail: (error: Error) => void
  giveUpAtMs: number
}

/** Looks for all that wait at once, so that looking costs the same whatever their number. */
function settlements({ sql }: Storage) {
  const waiting = new Map<string, Waiting>()
  const closing = new AbortController()
  const looking = look()

  async function look(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(lookEveryMs)
      if (waiting.size === 0) continue
      const ended = await sql<{ order_id: string; created_at: Date }>(
        `select order_id, created_at from event where type = 'order.settled' and order_id = any($1)`,
        [[...waiting.keys()]],
      )
      for (const { order_id: id, created_at: at } of ended) {
        waiting.get(id)?.tell(at)
        waiting.delete(id)
      }
      for (const [id, { fail, giveUpAtMs }] of waiting) {
        if (giveUpAtMs < Date.now()) fail(new Error(`${id} has only come to ${await storyOf(id)}`))
      }
    }
  }

  async function storyOf(orderId: string): Promise<string> {
    const events = await sql<{ type: string }>(
      'select type from event where order_id = $1 order by sequence',
      [orderId],
    )
    return events.map(({ type }) => type).join(', ')
  }

  return {
    of: async (orderId: string): Promise<Date> => {
      const { promise, resolve: tell, reject: fail } = Promise.withResolvers<Date>()
      waiting.set(orderId, { tell, fail, giveUpAtMs: Date.now() + patienceMs })
      return await promise
    },
    stop: async () => {
      closing.abort()
      await looking
    },
  }
}
