// The demo as a command, against the real API: what it says, what it draws, and which code it ends with.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { holdPostings } from '../../domain/postings.ts'
import { appendEvents } from '../../storage/events.ts'
import { ledger } from '../../storage/ledger.ts'
import { apiForTest, type Stack } from '../api/stack.ts'
import { addItem } from '../api/world.ts'
import { until } from '../support/until.ts'

let api: Stack
beforeAll(async () => {
  // Temporal is not there: the test plays the workers, by writing what they write.
  api = await apiForTest({ change: (deps) => void (deps.probes = {}) })
  await addItem(api.storage, { title: 'Wall hook' })
})
afterAll(async () => api.close())
beforeEach(async () => api.freeAll())

interface Ended {
  code: number
  out: string
  error: string
}

async function demo(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const path = join(import.meta.dirname, '../../demo/main.ts')
  const { PATH = '' } = process.env
  return await new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { env: { PATH, ...env } }, (error, out, text) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, error: text })
    })
  })
}
const platform = () => ({ API_URL: api.url, API_KEY: api.key })

describe('called wrongly or too early', () => {
  test.each([
    [[], 'name one story, 1 or 2'],
    [['13'], 'there is no story 13: choose 1 or 2'],
    [['toString'], 'there is no story toString'],
    [['1', '2'], 'name one story'],
    [['1', '--timeout', 'soon'], '--timeout must be seconds'],
    [['1', '--speed'], "Unknown option '--speed'"],
  ])('%j is refused with what to do', async (args, words) => {
    const { code, out, error } = await demo(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error).toContain(words)
  })

  test('help names the stories', async () => {
    const { code, out } = await demo(['--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/1 {2}Faucet handle\n {2}2 {2}742 Evergreen Terrace/)
  })

  test('where nothing runs it says how to start the platform', async () => {
    const { code, error } = await demo(['1'], { ...platform(), API_URL: 'http://127.0.0.1:9' })
    expect(code).toBe(1)
    expect(error).toContain(
      'nothing answers at http://127.0.0.1:9. Start the platform with `npm start`',
    )
  })
})

describe('a story', () => {
  test('is followed to its end: offers, events, print, truck, mail and postings', async () => {
    const played = demo(['2', '--timeout', '90'], platform())
    const { orderId, jobId } = await placed()
    await api.storage.sql(
      `update job set state = 'printing', machine_id = 'mac_truck', progress = 0.5 where id = $1`,
      [jobId],
    )
    await move(orderId, 'making', 'fulfilment.making')
    await lookedAt()
    await mail(orderId, 'Delivered: Wall <hook>')
    await hold(orderId)
    await move(orderId, 'settled', 'order.painted')
    const { code, out, error } = await played
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toContain('Wall hook, $9.00, 12 min to make')
    expect(out).toMatch(/\* +truck +Grocery truck +mac_truck/)
    expect(out).toMatch(/pickup +not_wanted_by_buyer +1 +Lockers at the market/)
    expect(out).toMatch(/\d\d:\d\d:\d\d {2}order\.painted/)
    expect(out).toContain(`${'█'.repeat(12)}${'░'.repeat(12)}  50 %  mac_truck printing`)
    expect(out).toMatch(/Grocery truck is at .* mi from the buyer/)
    expect(out).toContain('MAIL Delivered: Wall <hook>')
    expect(out).toMatch(/Payment held +payments\/authorized +USD +-\d+\n/)
    expect(out).toMatch(/ +sum +USD +0\n/)
    expect(out).not.toContain('\u001B')
  })

  test('that ends otherwise ends the demo with 1', async () => {
    const played = demo(['1', '--timeout', '90'], platform())
    await move((await placed()).orderId, 'cancelled', 'order.cancelled')
    const { code, out } = await played
    expect(code).toBe(1)
    expect(out).toContain('The order is cancelled.')
  })

  test('that does not end in time is given up, and told why', async () => {
    const { code, error } = await demo(['1', '--timeout', '3'], platform())
    expect(code).toBe(1)
    expect(error).toContain('was not settled within 3 s')
  })
})

/** The order that the demo has placed, once it is there. */
async function placed(): Promise<{ orderId: string; jobId: string }> {
  return await until(newestOrder, { what: 'the order of the demo' })
}

async function newestOrder(): Promise<{ orderId: string; jobId: string } | null> {
  const [row] = await api.storage.sql<{ orderId: string; jobId: string }>(
    `select o.id as "orderId", j.id as "jobId" from orders o join job j on j.order_id = o.id
     where o.status = 'awaiting_authorization' order by o.created_at desc limit 1`,
  )
  return row ?? null
}

async function move(orderId: string, status: string, type: string): Promise<void> {
  await api.storage.transaction(async (tx) => {
    await tx.sql(`update orders set status = $2 where id = $1`, [orderId, status])
    await tx.sql(`update fulfilment set state = 'making' where order_id = $1`, [orderId])
    await appendEvents(tx, [{ orderId, type, data: {} }])
  })
}

/** The demo has asked for the truck, and so has seen all that was written before. */
async function lookedAt(): Promise<void> {
  await until(async () => (await api.deps.metrics.registry.metrics()).includes(look), {
    what: 'a look at the truck',
  })
}

const look = 'fabroute_http_request_seconds_count{method="GET",route="/v1/vehicles/{id}"'

async function mail(orderId: string, subject: string): Promise<void> {
  await api.storage.sql(
    `insert into inbox_mail (id, message_id, sender, recipient, subject, text)
     values ($1, $1, 'shop@example.com', 'marge@example.com', $2, $3)`,
    [`mail_${orderId}`, subject, `Your order: ${orderId}`],
  )
}

async function hold(orderId: string): Promise<void> {
  const postings = holdPostings({ orderId, currency: 'USD', cents: 900n })
  const entry = { key: `hold/${orderId}`, description: 'Payment held', orderId, postings }
  await api.storage.transaction(async (tx) => void (await ledger.post(tx, entry)))
}
