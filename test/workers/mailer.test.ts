// Notices become mails in the inbox: each once, with what its kind has to say, also when the mail server was away.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { pino } from 'pino'
import { freePort } from '../../infra/ports.ts'
import { openMail } from '../../services/mail/mail.ts'
import { accessCodeCell } from '../../storage/accessCodes.ts'
import { addNotice } from '../../storage/notices.ts'
import { type Mailer, startMailer } from '../../workers/mailer.ts'
import * as world from '../activities/world.ts'
import type { Placed } from '../activities/world.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { readyLine } from '../support/readyLine.ts'
import { until } from '../support/until.ts'

const log = pino({ level: 'silent' })
const from = 'Fabroute <orders@fabroute.example>'
let db: TestStorage
let sink: ChildProcess
let smtpUrl: string
let stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  db = await storageForTest()
  ;({ sink, smtpUrl } = await startSink('0'))
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})
afterAll(async () => {
  await end(sink)
  await db.close()
})

async function startSink(port: string) {
  const env = { ...process.env, SMTP_PORT: port, DATABASE_URL: db.url }
  const child = spawn(process.execPath, ['infra/mailSink.ts'], { env })
  const { address } = await readyLine<{ address: { port: number } }>(child)
  return { sink: child, smtpUrl: `smtp://127.0.0.1:${address.port}` }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill()
  await once(child, 'exit')
}

async function startOne(at = smtpUrl): Promise<Mailer> {
  const mail = openMail({ smtpUrl: at, from })
  const mailer = await startMailer({ storage: db.storage, mail, log })
  stops.push(async () => {
    await mailer.stop()
    mail.close()
  })
  return mailer
}

async function place(): Promise<Placed> {
  const site = await world.addLockers(db.storage, { region: world.newRegion() })
  return await world.placeOrder(db.storage, await world.addItem(db.storage), site)
}

interface Received {
  subject: string
  text: string
  recipient: string
}

const mailsAbout = async ({ orderId }: Placed) =>
  await db.storage.sql<Received>(
    `select subject, text, recipient from inbox_mail where text like '%' || $1 || '%' order by received_at`,
    [orderId],
  )

const noticesOf = async ({ orderId }: Placed) =>
  await db.storage.sql<{ state: string }>('select state from notice where order_id = $1', [orderId])

interface Waiting {
  attempts: number
  /** When it is tried next. */
  at: Date
}

/** The notice, once it was tried in vain after it stood like this. */
const waitingAfter = async ({ orderId }: Placed, { attempts }: Pick<Waiting, 'attempts'>) =>
  await until(
    async () => {
      const [waiting] = await db.storage.sql<Waiting>(
        `select attempts, next_at as at from notice
         where order_id = $1 and state = 'pending' and attempts > $2`,
        [orderId, attempts],
      )
      return waiting
    },
    { what: 'a try that fails' },
  )

const untilState = async (placed: Placed, state: string) =>
  await until(async () => (await noticesOf(placed)).every((notice) => notice.state === state), {
    what: `all notices ${state}`,
  })

/** Keeps the access code as storing the part in the locker does. */
async function seal({ fulfilmentId, ...owner }: Placed, code: string): Promise<void> {
  const cell = accessCodeCell(fulfilmentId)
  const sealed = await db.storage.personal.encrypt(db.storage, cell, owner, code)
  await db.storage.sql('update fulfilment set access_code = $2 where id = $1', [
    fulfilmentId,
    sealed,
  ])
}

test.each([
  ['order_confirmed', {}, /confirmed: Faucet handle/, /15\.00/],
  ['on_its_way', {}, /On its way/, /is bringing your Faucet handle/],
  ['delivered', {}, /elivered/, /Faucet handle/],
  ['order_on_hold', { reason: 'payment_declined' }, /Faucet handle/, /The payment was declined\./],
  ['cancelled', { by: 'buyer', reason: 'changed_mind' }, /cancelled/, /have changed your mind\./],
  [
    'cancelled',
    { by: 'operator', reason: 'a bad customer' },
    /cancelled/,
    /^(?!.*bad).*We had to/s,
  ],
  // As a version before this one wrote it.
  ['cancelled', { reason: 'a bad customer' }, /cancelled/, /^(?!.*bad).*We had to/s],
])(
  '%s is one mail to the buyer, though two mailers hear of it',
  async (kind, data, subject, text) => {
    await Promise.all([startOne(), startOne()])
    const placed = await place()
    const about = { fulfilment_id: placed.fulfilmentId, ...data }
    await addNotice(db.storage, { orderId: placed.orderId, kind, data: about })
    await untilState(placed, 'sent')
    const mails = await mailsAbout(placed)
    expect(mails).toHaveLength(1)
    expect(mails[0]?.subject).toMatch(subject)
    expect(mails[0]?.text).toMatch(text)
    expect(mails[0]?.recipient).toBe('homer@example.org')
  },
)

test('a mail about one delivery names what it brings, one about the order all of it', async () => {
  await startOne()
  const placed = await place()
  const { orderId, fulfilmentId, offerId, lineId } = placed
  const offer = `insert into offer select (jsonb_populate_record(f, $2)).* from offer f where id = $1`
  const other = { offer: 'ofr_two', fulfilment: 'ful_two', line: 'lin_two' }
  await db.storage.sql(offer, [offerId, JSON.stringify({ id: other.offer })])
  const line = { id: other.line, offer_id: other.offer, fulfilment_id: other.fulfilment }
  await db.storage.sql(
    `insert into order_line select (jsonb_populate_record(l, $2)).* from order_line l where id = $1`,
    [lineId, JSON.stringify({ ...line, position: 1, title: 'Cup', quantity: 2, pending: 2 })],
  )
  const late = { p50AtMs: Date.UTC(2030, 0, 9, 12), p95AtMs: Date.UTC(2030, 0, 9, 13) }
  const brought = { id: other.fulfilment, offer_id: other.offer, method: 'carrier', promise: late }
  await db.storage.sql(
    `insert into fulfilment select (jsonb_populate_record(f, $2)).* from fulfilment f where id = $1`,
    [fulfilmentId, JSON.stringify(brought)],
  )
  await addNotice(db.storage, { orderId, kind: 'order_confirmed', data: {} })
  await addNotice(db.storage, { orderId, kind: 'delivered', data: { fulfilment_id: fulfilmentId } })
  await addNotice(db.storage, { orderId, kind: 'delivered', data: { fulfilment_id: 'ful_two' } })
  await untilState(placed, 'sent')
  await db.storage.sql(`update order_line set state = 'delivered' where id = $1`, [lineId])
  await addNotice(db.storage, { orderId, kind: 'cancelled', data: { by: 'operator', reason: '' } })
  await untilState(placed, 'sent')
  const mails = await mailsAbout(placed)
  const [text] = mails.filter(({ subject }) => subject.includes('confirmed')).map((m) => m.text)
  expect(mails.map(({ subject }) => subject).toSorted()).toEqual([
    'Delivered: 2 × Cup',
    'Delivered: Faucet handle',
    'Your order is cancelled: 2 × Cup',
    'Your order is confirmed: Faucet handle and 2 × Cup',
  ])
  expect(text).toMatch(/with you, or ready for pick-up at The lockers, by Wed,? 9 Jan/)
})

test('the mail that a parcel is on its way tells the carrier and the number', async () => {
  await startOne()
  const placed = await place()
  const { orderId, fulfilmentId, storefrontId } = placed
  await db.storage.sql(
    `insert into shipment (id, fulfilment_id, order_id, storefront_id, nth, carrier, number, service, label, expected_at)
     values ('shp_1', $1, $2, $3, 1, 'fabpost', 'FP123456785US', 'standard', '', now())`,
    [fulfilmentId, orderId, storefrontId],
  )
  const data = { fulfilment_id: fulfilmentId, shipment_id: 'shp_1', carrier: 'fabpost' }
  await addNotice(db.storage, { orderId, kind: 'on_its_way', data })
  await untilState(placed, 'sent')
  const [mail] = await mailsAbout(placed)
  expect(mail?.text).toContain('fabpost is bringing your Faucet handle')
  expect(mail?.text).toContain('Tracking number: FP123456785US')
})

test('the mail that a part is ready tells the code, the place and until when', async () => {
  await startOne()
  const placed = await place()
  await seal(placed, '047113')
  const data = { fulfilment_id: placed.fulfilmentId, until: '2030-01-09T12:00:00Z' }
  await addNotice(db.storage, { orderId: placed.orderId, kind: 'ready_for_pickup', data })
  await untilState(placed, 'sent')
  const [mail] = await mailsAbout(placed)
  expect(mail?.text).toContain('Access code: 047113')
  expect(mail?.text).toContain('The lockers')
  expect(mail?.text).toMatch(/Until: .*9 Jan/)
})

test('without a code there is nothing to say, and the notice does not count as sent', async () => {
  await startOne()
  const placed = await place()
  const data = { fulfilment_id: placed.fulfilmentId }
  await addNotice(db.storage, { orderId: placed.orderId, kind: 'ready_for_pickup', data })
  await untilState(placed, 'failed')
  expect(await mailsAbout(placed)).toEqual([])
})

test('what was written while no mailer ran is sent by the next one', async () => {
  const placed = await place()
  await addNotice(db.storage, { orderId: placed.orderId, kind: 'delivered', data: {} })
  await startOne()
  await untilState(placed, 'sent')
  expect(await mailsAbout(placed)).toHaveLength(1)
})

/** What is due is looked for whenever something new is announced. Answers the notice as it was just before. */
async function makeDue({ orderId }: Placed): Promise<Waiting> {
  const [due] = await db.storage.sql<Waiting>(
    `update notice set next_at = now() where order_id = $1 returning attempts, next_at as at`,
    [orderId],
  )
  const other = await place()
  await addNotice(db.storage, { orderId: other.orderId, kind: 'delivered', data: {} })
  return due!
}

test('while the mail server is away a notice waits, longer each time, and is sent when it is back', async () => {
  const port = await freePort()
  await startOne(`smtp://127.0.0.1:${port}`)
  const placed = await place()
  const writtenAtMs = Date.now()
  await addNotice(db.storage, { orderId: placed.orderId, kind: 'delivered', data: {} })
  const first = await waitingAfter(placed, { attempts: 0 })
  expect(first.at.getTime() - writtenAtMs).toBeGreaterThanOrEqual(5_000)
  const due = await makeDue(placed)
  const second = await waitingAfter(placed, due)
  expect(second.at.getTime() - due.at.getTime()).toBeGreaterThanOrEqual(10_000)
  const late = await startSink(String(port))
  stops.push(async () => await end(late.sink))
  await makeDue(placed)
  await untilState(placed, 'sent')
  expect(await mailsAbout(placed)).toHaveLength(1)
})

test('a buyer who was erased is told nothing, and others are told all the same', async () => {
  const [erased, other] = [await place(), await place()]
  await db.storage.personal.eraseBuyer(db.storage, erased.buyerId)
  for (const { orderId } of [erased, other]) {
    await addNotice(db.storage, { orderId, kind: 'delivered', data: {} })
  }
  await startOne()
  await untilState(other, 'sent')
  await untilState(erased, 'failed')
  expect(await mailsAbout(erased)).toEqual([])
})
