// What is no call is answered too: by a problem on the bare connection, which then ends, and never
// inside another answer.
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { once } from 'node:events'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterEach, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { limits } from '../../api/limits.ts'
import { Problem } from '../../api/problem.ts'
import { answerUnreadable } from '../../api/unreadable.ts'
import { rawCall } from '../support/rawCall.ts'

const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv)
const isProblem = ajv.compile(Problem)

let server: Server | undefined
afterEach(async () => {
  const closed = server && once(server, 'close')
  server?.close()
  server?.closeAllConnections()
  await closed
})

async function serve(options: ServerOptions = {}, listener: RequestListener = greet) {
  server = createServer({ maxHeaderSize: limits.headerBytes, ...options }, listener)
  // A machine that stalls lets a client send for longer than is good for a server.
  answerUnreadable(server, pino({ level: 'silent' }), 60_000)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

const greet: RequestListener = (_request, response) => response.end('hello')
const get = (more = '', path = '/v1/items') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
const long = 'x'.repeat(limits.headerBytes)
const chunked = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'

test.each([
  ['an address that is too long', get('', `/v1/items?search=${long}`), 431, 'headers_too_large'],
  ['headers that are too large', get(`X-Large: ${long}\r\n`), 431, 'headers_too_large'],
  [
    'much more than fits',
    get(`X-Large: ${long.repeat(200)}\r\n`) + long.repeat(200),
    431,
    'headers_too_large',
  ],
  ['another protocol', 'EHLO mail.example\r\n\r\n', 400, 'malformed_http'],
  ['a header without a colon', get('Nonsense\r\n'), 400, 'malformed_http'],
  ['a body in chunks without a size', `${chunked}nonsense\r\n`, 400, 'malformed_http'],
])('%s is answered by a problem', async (_, bytes, status, code) => {
  const url = await serve({}, (request, response) => {
    request.resume().once('end', () => response.end('hello'))
  })
  const answer = await rawCall(url, bytes)
  expect(answer.status).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`))
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.body)))
  expect(answer.headers.get('connection')).toBe('close')
  const problem = JSON.parse(answer.body)
  expect(isProblem(problem)).toBe(true)
  expect(problem).toMatchObject({ status, code, retryable: false })
  expect(answer.headers.get('x-request-id')).toBe(problem.request_id)
})

test('a call that does not arrive whole in time is told so, and may come again', async () => {
  const url = await serve({ requestTimeout: 50, connectionsCheckingInterval: 25 })
  const answer = await rawCall(url, 'GET / HTTP/1.1\r\nHost: x\r\nX-Sl')
  expect(answer.status).toBe('HTTP/1.1 408 Request Timeout')
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'request_timeout', retryable: true })
})

const later = (response: ServerResponse) => setImmediate(() => response.end('hello'))
test.each([
  ['at once', (response: ServerResponse) => void response.end('hello')],
  ['later', (response: ServerResponse) => void later(response)],
  [
    'in halves',
    (response: ServerResponse) => {
      response.write('well, ')
      later(response)
    },
  ],
])('a call before it, answered %s, is answered whole and first', async (_, answer) => {
  const url = await serve({}, (_request, response) => answer(response))
  const { text } = await rawCall(url, `${get()}nonsense\r\n\r\n`)
  expect(text.match(/HTTP\/1\.1 \d+|hello/g)).toEqual(['HTTP/1.1 200', 'hello', 'HTTP/1.1 400'])
})

test('a call that was answered before its body turned out broken has no second answer', async () => {
  const url = await serve()
  const { text } = await rawCall(url, `${chunked}nonsense\r\n`)
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200'])
})

test('the server goes on to answer others', async () => {
  const url = await serve()
  await Promise.all(Array.from({ length: 20 }, async () => rawCall(url, 'nonsense\r\n\r\n')))
  expect(await (await fetch(url)).text()).toBe('hello')
})
