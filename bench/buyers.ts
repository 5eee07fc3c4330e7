// The buyers of the orders bench: each asks for a quote, orders from it, and waits until the order is settled.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Facts } from '../infra/bringUp.ts'
import { readOsm } from '../services/router/osm.ts'
import { seededRandom } from '../services/router/random.ts'
import type { Storage } from '../storage/storage.ts'

const lookEveryMs = 50
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
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const settled = settlements(storage)
  const post = async <T>(path: string, body: object) =>
    await posted<T>(agent, `http://127.0.0.1:${facts.ports.api}${path}`, facts.demo.apiKey, body)

  return {
    async order() {
      const { number, street } = houses[Math.floor(random() * houses.length)]!
      const quote = await post<{ offers: { id: string }[] }>('/v1/quotes', {
        destination: { address: `${number} ${street}` },
        lines: [{ item_id: 'itm_gear_blank', quantity: 1 }],
        hold_seconds: 10,
      })
      const [offer] = quote.offers
      if (!offer) throw new Error(`Nothing was offered: ${JSON.stringify(quote)}`)
      const beganMs = Date.now()
      const order = await post<{ id: string }>('/v1/orders', {
        offers: [offer.id],
        buyer,
        payment_method: { kind: 'card', token: 'tok_visa' },
      })
      return (await settled.of(order.id)).getTime() - beganMs
    },
    async close() {
      agent.destroy()
      await settled.stop()
    },
  }
}

/** Looks for all that wait at once, so that looking costs the same whatever their number. */
function settlements({ sql }: Storage) {
  const waiting = new Map<string, { tell: (at: Date) => void; fail: (error: Error) => void }>()
  let isOpen = true
  const looking = look()

  async function look(): Promise<void> {
    while (isOpen) {
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
    }
  }

  return {
    of: async (orderId: string): Promise<Date> => {
      const { promise, resolve: tell, reject: fail } = Promise.withResolvers<Date>()
      waiting.set(orderId, { tell, fail })
      const timer = setTimeout(async () => {
        const events = await sql('select type from event where order_id = $1 order by sequence', [
          orderId,
        ])
        fail(new Error(`The order ${orderId} was not settled in time: ${JSON.stringify(events)}`))
      }, patienceMs)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
      }
    },
    stop: async () => {
      isOpen = false
      await looking
    },
  }
}

async function posted<T>(agent: Agent, url: string, apiKey: string, body: object): Promise<T> {
  const text = JSON.stringify(body)
  const call = request(url, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'idempotency-key': randomUUID(),
    },
  })
  call.end(text)
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  let answer = ''
  for await (const chunk of response) answer += String(chunk)
  if (response.statusCode !== 201) {
    throw new Error(`${url} answered ${response.statusCode}: ${answer}`)
  }
  const value: T = JSON.parse(answer)
  return value
}
