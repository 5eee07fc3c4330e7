// What happens to parcels reaches the platform signed, in order, and again until it was taken.
import { afterAll, afterEach, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { openHttpCarrier } from '../../../services/carrier/http.ts'
import { isSigned, signMessage } from '../../../services/carrier/signature.ts'
import { openCarrierSimulator } from '../../../services/carrier/simulator.ts'
import { openParcelTeller } from '../../../services/carrier/teller.ts'
import { readyLine } from '../../support/readyLine.ts'
import { until } from '../../support/until.ts'
import { parcel } from './carrierContract.ts'

const root = mkdtempSync(join(tmpdir(), 'carrier-teller-'))
const secret = 'between the two of us'
const log = pino({ level: 'silent' })
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
afterAll(() => rmSync(root, { recursive: true }))

interface Heard {
  number: string
  sequence: number
  isRight: boolean
}

/** A platform that answers as it is told to, and remembers what it was told. */
async function platform(statusFor: (heard: Heard) => number | Promise<number>) {
  const heard: Heard[] = []
  const server: Server = createServer((request, response) => {
    void (async () => {
      const body = await text(request)
      const { tracking_number: number, sequence } = JSON.parse(body)
      const isRight = isSigned(request.headers, body, { secret, nowMs: Date.now() })
      const one = { number, sequence, isRight }
      const status = await statusFor(one)
      if (status === 204) heard.push(one)
      response.writeHead(status).end()
    })()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.close().closeAllConnections()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { heard, eventsUrl: `http://127.0.0.1:${port}/v1/carriers/fabpost/events` }
}

test('each parcel’s events are told in order, those of others meanwhile', async () => {
  const refusals = new Map<string, number>()
  let stubborn = ''
  const { heard, eventsUrl } = await platform(({ number }) => {
    const times = (refusals.get(number) ?? 0) + 1
    refusals.set(number, times)
    return number === stubborn && times <= 2 ? 503 : 204
  })
  const dir = mkdtempSync(join(root, 'order-'))
  // A day in 40 ms.
  const simulator = openCarrierSimulator({ name: 'fabpost', dir, speed: 2_000_000 })
  const teller = openParcelTeller({ simulator, eventsUrl, secret, log, pauseMs: 5 })
  closing.push(
    () => simulator.close(),
    () => teller.close(),
  )
  stubborn = (await simulator.book(parcel())).number
  const { number: other } = await simulator.book(parcel())
  teller.wake()
  await until(() => heard.length === 8, { what: 'all is told', everyMs: 5 })
  const sequences = (number: string) =>
    heard.filter((one) => one.number === number).map(({ sequence }) => sequence)
  expect(sequences(stubborn)).toEqual([1, 2, 3, 4])
  expect(sequences(other)).toEqual([1, 2, 3, 4])
  expect(heard.every(({ isRight }) => isRight)).toBe(true)
  await until(() => simulator.untold().length === 0, { everyMs: 5 })
})

test('what happens while something is told does not wait for the next look', async () => {
  const { heard, eventsUrl } = await platform(async ({ sequence }) => {
    if (sequence === 1) await until(() => simulator.untold().length === 4, { everyMs: 5 })
    return 204
  })
  const dir = mkdtempSync(join(root, 'meanwhile-'))
  const simulator = openCarrierSimulator({ name: 'fabpost', dir, speed: 2_000_000 })
  await simulator.book(parcel())
  await until(() => simulator.untold().length > 0, { everyMs: 1 })
  const teller = openParcelTeller({ simulator, eventsUrl, secret, log })
  closing.push(
    () => simulator.close(),
    () => teller.close(),
  )
  await until(() => heard.length === 4, { what: 'all is told', everyMs: 5 })
})

test('a signature holds for the very body, the secret and a few minutes', () => {
  const atMs = Date.UTC(2030, 0, 7)
  const headers = { ...signMessage({ id: 'FP1.1', atMs, body: '{}' }, secret) }
  const judged = (changes: object = {}, body = '{}', nowMs = atMs, by = secret) =>
    isSigned({ ...headers, ...changes }, body, { secret: by, nowMs })
  expect(judged()).toBe(true)
  expect(judged({ 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` })).toBe(true)
  expect(judged({}, '{ }')).toBe(false)
  expect(judged({}, '{}', atMs, 'another secret')).toBe(false)
  expect(judged({}, '{}', atMs + 6 * 60e3)).toBe(false)
  expect(judged({}, '{}', atMs - 6 * 60e3)).toBe(false)
  expect(judged({ 'webhook-id': 'FP1.2' })).toBe(false)
  expect(judged({ 'webhook-timestamp': 'soon' })).toBe(false)
  expect(judged({ 'webhook-signature': undefined })).toBe(false)
  expect(judged({ 'webhook-signature': headers['webhook-signature'].slice(3) })).toBe(false)
})

test('the stand-in is a process of its own: killed, it tells after its restart what it had not told', async () => {
  // Of two places, as what the first process has asked may still arrive when it has ended.
  const away = await platform(() => 503)
  const { heard, eventsUrl } = await platform(() => 204)
  const dir = mkdtempSync(join(root, 'process-'))
  const start = async (tellTo: string) => {
    const env = {
      ...process.env,
      CARRIER_DIR: dir,
      CARRIER_KEY: 'our-key',
      CARRIER_SECRET: secret,
      CARRIER_EVENTS_URL: tellTo,
      CARRIER_SPEED: '2000000',
    }
    const child = spawn(process.execPath, ['services/carrier/carrierServer.ts'], { env })
    const { address } = await readyLine<{ address: { port: number } }>(child)
    return { child, url: `http://127.0.0.1:${address.port}` }
  }
  const first = await start(away.eventsUrl)
  const at = { name: 'fabpost', url: first.url, key: 'our-key', deadlineMs: 30_000 }
  const carrier = openHttpCarrier(at)
  const { number } = await carrier.book(parcel())
  await end(first.child, 'SIGKILL')

  const second = await start(eventsUrl)
  await until(() => heard.length === 4, { what: 'all is told', everyMs: 10 })
  expect(heard.map((one) => [one.number, one.sequence])).toEqual(
    [1, 2, 3, 4].map((sequence) => [number, sequence]),
  )
  await end(second.child, 'SIGTERM')
  expect(second.child.exitCode).toBe(0)
})

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  await once(child, 'exit')
}
