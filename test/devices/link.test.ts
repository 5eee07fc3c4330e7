// A connection that ends, and deadlines of a process that is held up, against a broker of a few bytes that misbehaves.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setDeadline } from '../../devices/deadline.ts'
import { openLink, type Link } from '../../devices/link.ts'
import { until } from '../support/until.ts'

const CONNECT = 1
const PUBLISH = 3
const SUBSCRIBE = 8
const DISCONNECT = 14

let server: Server
let port: number
let answers: Record<number, (socket: Socket, packetId: Buffer) => void>

beforeEach(async () => {
  answers = {
    [CONNECT]: (socket) => socket.write(Buffer.from([0x20, 3, 0, 0, 0])),
    [SUBSCRIBE]: (socket, id) => socket.write(Buffer.from([0x90, 4, ...id, 0, 1])),
    [PUBLISH]: () => {},
    [DISCONNECT]: (socket) => socket.end(),
  }
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      for (const packet of packetsIn(bytes))
        answers[packet[0]! >> 4]?.(socket, packet.subarray(2, 4))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
})

afterEach(() => void server.close())

/** Packets of this file are shorter than 128 bytes, so that their length is one byte. */
function packetsIn(bytes: Buffer): Buffer[] {
  const end = 2 + (bytes[1] ?? 0)
  return bytes.length < 2 ? [] : [bytes.subarray(0, end), ...packetsIn(bytes.subarray(end))]
}

async function linked(): Promise<{ link: Link; troubles: string[] }> {
  const troubles: string[] = []
  const link = openLink({
    mqttUrl: `mqtt://127.0.0.1:${port}`,
    clientId: 'c',
    subscriptions: () => ['a'],
    onMessage: () => {},
    onTrouble: ({ message }) => troubles.push(message),
  })
  expect(await link.connected(90_000)).toBe(true)
  return { link, troubles }
}

const soon = { deadlineMs: 500 }

describe('a connection that is closed', () => {
  test('and reset by the broker is no trouble', async () => {
    answers[DISCONNECT] = (socket) => void socket.resetAndDestroy()
    const { link, troubles } = await linked()
    await link.close()
    expect(troubles).toEqual([])
  })

  test('does not wait for answers of a broker that goes away meanwhile', async () => {
    const { link } = await linked()
    let socket: Socket | undefined
    answers[PUBLISH] = (from) => (socket = from)
    const outcome = link.publish('a', {}, soon)
    await until(() => socket)
    const closed = link.close()
    socket?.destroy()
    await closed
    expect(await outcome).toBe('timeout')
  })

  test('does not wait without end for a broker that does not answer', async () => {
    const { link } = await linked()
    const outcome = link.publish('a', {}, soon)
    await link.close()
    expect(await outcome).toBe('timeout')
  })
})

test('a process that was held up reads what came in time before the deadline counts', async () => {
  const told: string[] = []
  const accepted = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  const [other]: Socket[] = await accepted
  socket.once('data', () => told.push('came'))
  setDeadline(10, () => told.push('passed'))
  other!.write('here')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  await until(() => told.length === 2)
  expect(told).toEqual(['came', 'passed'])
  socket.destroy()
})
