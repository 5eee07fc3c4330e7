// Fetching from suppliers' servers: the licensed file or a clear reason, whatever the server does.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { openSuppliers } from '../../../services/supplier/http.ts'
import { expectFailure } from '../../support/failures.ts'

const file = Buffer.from('solid faucet handle')
const sha256 = createHash('sha256').update(file).digest('hex')

let answers: ((response: ServerResponse) => void)[] = []
let asked: IncomingMessage[] = []
const server = createServer((request, response) => {
  asked.push(request)
  const answer = answers.length > 1 ? answers.shift() : answers[0]
  answer?.(response)
})
let port = 0

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address === 'object' && address) port = address.port
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})
beforeEach(() => {
  answers = []
  asked = []
})

const ok = (response: ServerResponse) => void response.end(file)
const status = (code: number, headers = {}) => {
  return (response: ServerResponse) => void response.writeHead(code, headers).end()
}
const hangUp = (response: ServerResponse) => void response.destroy()
const patient = { allowPrivateAddresses: true, pauseMs: 1, deadlineMs: 30_000 }

function fetched(options = {}, maxBytes = 1_000, url = `http://127.0.0.1:${port}/handle.stl`) {
  return openSuppliers({ ...patient, ...options }).fetchInstructions({ url, sha256, maxBytes })
}

test('the licensed file comes back', async () => {
  answers = [ok]
  expect(file.equals(await fetched())).toBe(true)
})

test('a server that stumbles twice is asked a third time', async () => {
  answers = [status(503), hangUp, ok]
  expect(file.equals(await fetched())).toBe(true)
  expect(asked).toHaveLength(3)
})

test('a server that keeps failing is unreachable, with host and status', async () => {
  answers = [status(503)]
  const facts = { host: `127.0.0.1:${port}`, status: 503 }
  await expectFailure(fetched(), 'supplier_unreachable', facts)
  expect(asked).toHaveLength(3)
})

test('a server that says no is not asked again', async () => {
  answers = [status(404)]
  await expectFailure(fetched(), 'supplier_unreachable', { status: 404 })
  expect(asked).toHaveLength(1)
})

test('a redirect is not followed', async () => {
  answers = [status(302, { location: '/elsewhere.stl' }), ok]
  await expectFailure(fetched(), 'supplier_unreachable', { status: 302, reason: 'redirected' })
  expect(asked).toHaveLength(1)
})

test('another file than the licensed one is corrupt, with both hashes', async () => {
  const other = Buffer.from('solid bomb')
  answers = [(response) => void response.end(other)]
  const got = createHash('sha256').update(other).digest('hex')
  await expectFailure(fetched(), 'instructions_corrupt', { expected: sha256, got })
})

test('a file that does not end is cut off at the limit', async () => {
  const closed = new Promise((resolve) => {
    answers = [
      (response) => {
        const pour = () => {
          while (response.write(Buffer.alloc(16_384)));
        }
        response.on('drain', pour).on('close', resolve)
        pour()
      },
    ]
  })
  const facts = { got: 'more than 100000 bytes' }
  await expectFailure(fetched({}, 100_000), 'instructions_corrupt', facts)
  await closed
})

test('a body that stops halfway ends at the deadline', async () => {
  answers = [
    (response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
    },
  ]
  const impatient = { deadlineMs: 500, tries: 2 }
  await expectFailure(fetched(impatient), 'supplier_unreachable', { reason: 'deadline' })
  // On a machine that stands still a try may be over before it has reached the server.
  expect(asked.length).toBeLessThanOrEqual(2)
})

test('a body shorter than announced is no file', async () => {
  answers = [
    (response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    },
  ]
  await expectFailure(fetched({ tries: 1 }), 'supplier_unreachable', { status: null })
})

test('nobody listening is unreachable', async () => {
  const url = 'http://127.0.0.1:1/handle.stl'
  const facts = { host: '127.0.0.1:1', status: null, reason: 'econnrefused' }
  await expectFailure(fetched({}, 1_000, url), 'supplier_unreachable', facts)
})

test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
  'the private address %s is refused without a connection',
  async (host) => {
    answers = [ok]
    const url = `http://${host}:${port}/handle.stl`
    const facts = { reason: 'private_address' }
    const strict = { allowPrivateAddresses: false }
    await expectFailure(fetched(strict, 1_000, url), 'supplier_unreachable', facts)
    expect(asked).toHaveLength(0)
  },
)

test.each(['file:///etc/passwd', 'ftp://vendor.example/x', 'handle.stl', ''])(
  'only http and https are spoken, not %s',
  async (url) => {
    await expectFailure(fetched({}, 1_000, url), 'supplier_unreachable', { reason: 'bad_url' })
  },
)
