// The adapter keeps the contract of carriers against a carrier's server, and tells trouble from refusal.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { DomainError } from '../../../domain/failure.ts'
import { openHttpCarrier } from '../../../services/carrier/http.ts'
import { carrierProtocol } from '../../../services/carrier/protocol.ts'
import { openCarrierSimulator } from '../../../services/carrier/simulator.ts'
import { failureOf } from '../../support/failures.ts'
import { carrierContract, parcel } from './carrierContract.ts'

const root = mkdtempSync(join(tmpdir(), 'carrier-http-'))
const servers: Server[] = []
let atMs = Date.UTC(2030, 0, 7)
const simulator = openCarrierSimulator({ name: 'fabpost', dir: root, nowMs: () => atMs })
const log = pino({ level: 'silent' })
const key = 'our-key'
let url: string

beforeAll(async () => {
  url = await serve(carrierProtocol({ carrier: simulator, key, onBooked: () => {}, log }))
})
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections()
  await simulator.close()
  rmSync(root, { recursive: true })
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

const at = (server: string, as = key, deadlineMs = 30_000) =>
  openHttpCarrier({ name: 'fabpost', url: server, key: as, deadlineMs })

describe('the contract of carriers', () => {
  carrierContract({ open: () => at(`${url}/`), pass: (hours) => void (atMs += hours * 3_600e3) })
})

/** Worth another try: not one of the failures that only a person mends. */
async function expectTransient(work: Promise<unknown>, message: RegExp): Promise<void> {
  const failure = await failureOf(work)
  expect(failure).not.toBeInstanceOf(DomainError)
  expect(String(failure)).toMatch(message)
}

test('a wrong key is nobody’s parcel', async () => {
  await expectTransient(at(url, 'another-key').book(parcel()), /answered 401 key_invalid/)
})

test.each<[string, RequestListener, RegExp]>([
  ['is in trouble', (_request, response) => response.writeHead(503).end(), /answered 503/],
  ['says nonsense', (_request, response) => response.end('<html>'), /JSON/],
  ['forgets the number', (_request, response) => response.end('{}'), /tracking_number/],
  ['hangs up', (request) => request.socket.destroy(), /does not answer/],
  [
    'sends us elsewhere',
    (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    /does not answer/,
  ],
])('a carrier that %s is tried again', async (_what, listener, message) => {
  const server = await serve(listener)
  await expectTransient(at(server).book(parcel()), message)
})

test('a carrier that says nothing is waited for until the deadline, and tried again', async () => {
  const server = await serve(() => {})
  await expectTransient(at(server, key, 100).book(parcel()), /does not answer/)
})

test.each([
  ['a body that is no JSON', '{', 400],
  ['a body without an address', '{"service":"standard","reference":"r","grams":1}', 400],
  ['an unknown service', '{"service":"overnight"}', 400],
  ['a body that is too large', JSON.stringify({ reference: 'x'.repeat(70_000) }), 413],
])('%s is refused by the server', async (_what, body, status) => {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'k' }
  const response = await fetch(`${url}/v1/parcels`, { method: 'POST', headers, body })
  expect(response.status).toBe(status)
})

test('a booking without a key and an unknown address are refused too', async () => {
  const headers = { authorization: `Bearer ${key}` }
  const ask = async (method: string, path: string) =>
    (await fetch(url + path, { method, headers })).status
  expect(await ask('POST', '/v1/parcels')).toBe(400)
  expect(await ask('DELETE', '/v1/parcels/FP1')).toBe(404)
  expect(await ask('GET', '/v1/secrets')).toBe(404)
})
