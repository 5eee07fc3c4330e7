// Each process of the platform is killed in the middle of twenty orders: all settle, every part is
// made once, no cent is lost.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { until } from '../support/until.ts'
import {
  capacityStillTaken,
  eventGaps,
  ledgerFaults,
  noticesNotSentOnce,
  parkedSteps,
  partsNotMadeOnce,
  paymentsNotCapturedOnce,
  reportsNotTakenOnce,
} from './books.ts'
import { openCity, type City } from './city.ts'
import { openStorefront, staleOffer, type Storefront, type Wish } from './storefront.ts'

/** What is killed in each round, one after the other. */
const victims: [name: string, processes: string[]][] = [
  ['the API', ['api']],
  ['the worker of the orders', ['orders']],
  ['the worker of the geometry', ['geometry']],
  ['the bridge', ['bridge']],
  ['the gateway of lockers, then that of a truck,', ['gateway-sit_station', 'gateway-sit_factory']],
  ['the broker', ['broker']],
  ['the carrier', ['carrier']],
  ['PostgreSQL', ['postgres']],
  ['Temporal', ['temporal']],
]
const ordersPerVictim = 20

let city: City
let storefront: Storefront
let homes: Wish['home'][]
const placed: string[] = []

beforeAll(async () => {
  city = await openCity()
  storefront = openStorefront(city)
  homes = await city.rows(`select lon, lat from site where kind = 'lockers' order by id`)
}, 180_000)

afterAll(async () => {
  await storefront?.close()
  await city?.close()
}, 120_000)

test.each(victims)(
  '20 orders settle although %s is killed in the middle',
  async (_name, processes) => {
    const ids: string[] = []
    const place = async (nth: number) => {
      const id = await storefront.order(wish(nth))
      ids.push(id)
      placed.push(id)
    }
    const placing = Promise.all(Array.from({ length: ordersPerVictim }, (_, nth) => place(nth)))
    await untilInTheMiddle(ids)
    for (const name of processes) await city.kill(name)
    await placing
    await untilSettled(ids)
  },
)

test('while Temporal is away an order is answered 201, and it is started when Temporal is back', async () => {
  const body = { offers: [await storefront.offer(wish(0))], payment_method: card }
  let id = ''
  await city.killAndHold('temporal', async () => {
    const answer = await storefront.send('POST', '/v1/orders', body)
    expect(answer.status).toBe(201)
    id = String(answer.body['id'])
    const [order] = await city.rows<object>(
      `select status, workflow_started_at from orders where id = $1`,
      [id],
    )
    expect(order).toEqual({ status: 'awaiting_authorization', workflow_started_at: null })
  })
  placed.push(id)
  await untilSettled([id])
})

test('while PostgreSQL is away each call is told so, and the same order can be placed afterwards', async () => {
  const body = { offers: [await storefront.offer(wish(1))], payment_method: card }
  const key = 'once-more-afterwards'
  // Quotes may be lost with the last half second of the log; this one is on disk.
  await city.rows('checkpoint')
  await city.killAndHold('postgres', async () => {
    for (const [method, path, sent] of [
      ['GET', '/v1/orders'],
      ['GET', `/v1/orders/${placed[0]}`],
      ['GET', '/v1/items?q=hook'],
      ['POST', '/v1/quotes', quoteBody()],
      ['POST', '/v1/orders', body],
    ] as const) {
      const answer = await storefront.send(method, path, sent, key)
      expect(answer).toMatchObject({ status: 503, code: 'unavailable', body: { retryable: true } })
    }
  })
  const id = await until(
    async () => {
      const answer = await storefront.send('POST', '/v1/orders', body, key)
      return answer.status === 201 ? String(answer.body['id']) : null
    },
    { timeoutMs: 40_000, everyMs: 250, what: 'the order after the outage' },
  )
  placed.push(id)
  await untilSettled([id])
})

describe('after all that', () => {
  test('the calls that were refused were told that the same call may succeed later', () => {
    const passing = new Set(['unavailable', 'idempotency_in_flight', ...staleOffer])
    const others = storefront.answers.filter(
      ({ status, code }) => status >= 400 && !passing.has(code ?? ''),
    )
    expect(others).toEqual([])
  })

  test('each part was made once, on one machine, at the first attempt', async () => {
    expect(await partsNotMadeOnce(city, placed)).toEqual([])
    expect(await reportsNotTakenOnce(city, placed)).toEqual([])
  })

  test('each payment was captured once, and the ledger sums to zero with nothing held', async () => {
    expect(await paymentsNotCapturedOnce(city, placed)).toEqual([])
    expect(await ledgerFaults(city, placed)).toEqual([])
  })

  test('the events of each order are numbered without gaps', async () => {
    expect(await eventGaps(city, placed)).toEqual([])
  })

  test('each notice reached the inbox once', async () => {
    await until(async () => (await noticesNotSentOnce(city, placed)).length === 0).catch(() => {})
    expect(await noticesNotSentOnce(city, placed)).toEqual([])
  })

  test('no machine, compartment or stop is kept, and nobody was asked for help', async () => {
    expect(await capacityStillTaken(city, placed)).toEqual([])
    expect(await parkedSteps(city, placed)).toEqual([])
  })

  test('nothing had to be started again but what was killed', () => {
    const killed = [...victims.flatMap(([, processes]) => processes), 'postgres', 'temporal']
    expect(city.restarts().toSorted()).toEqual(killed.toSorted())
  })

  test('every workflow has ended but the dispatcher, which waits for the next order', async () => {
    const connection = await Connection.connect({ address: city.temporalAddress })
    const { workflow } = new Client({ connection })
    const underWay = `ExecutionStatus = 'Running' and WorkflowType != 'dispatcher'`
    const running = async () => (await workflow.count(underWay)).count
    await until(async () => (await running()) === 0, { what: 'the end of all workflows' })
    await connection.close()
  })
})

const card = { kind: 'card', token: 'tok_visa' }

/** A size of its own for every part, so that each has to be sliced. */
function wish(nth: number): Wish {
  return {
    itemId: nth % 2 === 0 ? 'itm_wall_hook' : 'itm_faucet_handle',
    scale: 0.7 + (placed.length + nth) / 1_000,
    method: nth % 10 === 6 ? 'carrier' : toTheBuyer(nth),
    home: homes[nth % homes.length] ?? { lon: 0, lat: 0 },
  }
}

const toTheBuyer = (nth: number) => (nth % 10 < 6 ? 'pickup' : 'truck')

function quoteBody() {
  const { itemId, home } = wish(0)
  return { destination: home, lines: [{ item_id: itemId, quantity: 1 }] }
}

/** However slowly parts come to their machines: some have been begun, and one is being printed. */
async function untilInTheMiddle(ids: readonly string[]): Promise<void> {
  const begun = `select count(*) filter (where state = 'printing')::int as printing, count(*)::int as begun
    from job where state in ('printing', 'finished', 'harvested') and order_id = any($1)`
  const isInTheMiddle = async () => {
    const [now] = await city.rows<{ printing: number; begun: number }>(begun, [ids]).catch(() => [])
    return now && now.printing > 0 && now.begun >= 3
  }
  await until(isInTheMiddle, { timeoutMs: 90_000, what: 'three parts begun, one under way' })
}

async function untilSettled(ids: readonly string[]): Promise<void> {
  const left = async () =>
    await city.rows<{ id: string; status: string }>(
      `select id, status from orders where id = any($1) and status <> 'settled'`,
      [ids],
    )
  await until(async () => (await left().catch(() => null))?.length === 0, {
    timeoutMs: 180_000,
    everyMs: 250,
    what: 'the end of all orders',
  }).catch(async (error: unknown) => {
    throw new Error(`not settled: ${JSON.stringify(await left())}`, { cause: error })
  })
}
