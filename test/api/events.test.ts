// An order's events as pages and as a stream: nothing lost, nothing twice, and the stream ends when the order has.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { appendEvents, eventChannel } from '../../storage/events.ts'
import { until } from '../support/until.ts'
import { placedOrder } from './asking.ts'
import { apiForTest, type Stack } from './stack.ts'

let api: Stack
beforeAll(async () => {
  api = await apiForTest()
})
afterAll(async () => api.close())
beforeEach(async () => api.freeAll())

async function append(orderId: string, ...types: string[]): Promise<void> {
  await api.storage.transaction(async (tx) => {
    await appendEvents(
      tx,
      types.map((type) => ({ orderId, type, data: {} })),
    )
  })
}

async function end(orderId: string): Promise<void> {
  await api.storage.transaction(async (tx) => {
    await tx.sql(`update orders set status = 'settled' where id = $1`, [orderId])
    await appendEvents(tx, [{ orderId, type: 'order.settled', data: {} }])
  })
}

/** Reads a stream while it comes; `sequences` grows, `ended` resolves when the server closes it. */
async function open(orderId: string, after?: number) {
  const leaving = new AbortController()
  const response = await fetch(`${api.url}/v1/orders/${orderId}/events`, {
    signal: leaving.signal,
    headers: {
      authorization: `Bearer ${api.key}`,
      accept: 'text/event-stream',
      ...(after === undefined ? {} : { 'last-event-id': String(after) }),
    },
  })
  const sequences: number[] = []
  const read = async () => {
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      const frames = text.split('\n\n')
      text = frames.pop() ?? ''
      for (const frame of frames.filter((each) => each.startsWith('id: '))) {
        const data = JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? '')
        expect(frame).toContain(`id: ${data.sequence}\nevent: ${data.type}`)
        sequences.push(data.sequence)
      }
    }
  }
  const ended = read().catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error
  })
  return { response, sequences, ended, leave: () => leaving.abort() }
}

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

test('a stream replays, follows live, and ends with the order', async () => {
  const { id } = await placedOrder(api)
  await append(id, 'one', 'two')
  const stream = await open(id)
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
  await until(() => stream.sequences.length === 3)
  for (let n = 0; n < 30; n += 1) await append(id, 'more')
  await until(() => stream.sequences.length === 33)
  await end(id)
  await stream.ended
  expect(stream.sequences).toEqual(upTo(34))
})

test('events that are appended while streams open are neither lost nor doubled', async () => {
  const { id } = await placedOrder(api)
  const appending = (async () => {
    for (let n = 0; n < 60; n += 1) await append(id, 'more')
    await end(id)
  })()
  const streams = []
  for (let n = 0; n < 10; n += 1) streams.push(await open(id))
  await appending
  for (const stream of streams) {
    await stream.ended
    expect(stream.sequences).toEqual(upTo(62))
  }
})

test('a client that lost its connection goes on after the last event it saw', async () => {
  const { id } = await placedOrder(api)
  await append(id, 'one', 'two', 'three')
  const first = await open(id)
  await until(() => first.sequences.length === 4)
  first.leave()
  await first.ended
  await append(id, 'four')
  await end(id)
  const second = await open(id, 3)
  await second.ended
  expect(second.sequences).toEqual([4, 5, 6])
  const { response } = await open(id, 6)
  expect(response.status).toBe(204)
})

test('a stream of more than one batch arrives whole', async () => {
  const { id } = await placedOrder(api)
  await append(id, ...Array.from({ length: 500 }, () => 'many'))
  await end(id)
  const stream = await open(id)
  await stream.ended
  expect(stream.sequences).toEqual(upTo(502))
})

test('streams leave nothing behind when their readers go', async () => {
  const { id } = await placedOrder(api)
  const streams = await Promise.all(Array.from({ length: 5 }, async () => open(id)))
  const openStreams = async () => (await api.deps.metrics.streams.get()).values[0]?.value
  await until(async () => (await openStreams()) === 5)
  for (const stream of streams) stream.leave()
  await until(async () => (await openStreams()) === 0)
})

test('pages give every event once, in order, while more are appended', async () => {
  const { id } = await placedOrder(api)
  await append(id, ...Array.from({ length: 9 }, () => 'more'))
  const seen: number[] = []
  for (let cursor = ''; ;) {
    const { body } = await api.get(`/v1/orders/${id}/events?limit=3${cursor}`)
    seen.push(...body.data.map((event: { sequence: number }) => event.sequence))
    if (seen.length === 6) await append(id, 'late')
    if (!body.has_more) break
    cursor = `&cursor=${body.next_cursor}`
  }
  expect(seen).toEqual(upTo(11))
  const all = await api.get('/v1/events?type=late')
  expect(all.body.data).toMatchObject([
    { order_id: id, sequence: 11, type: 'late', api_version: '1' },
  ])
})

test('streams and calls survive the loss of every connection to the database', async () => {
  const { id } = await placedOrder(api)
  const stream = await open(id)
  await until(() => stream.sequences.length === 1)
  const cut = `select pg_terminate_backend(pid, 10000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'fabroute api'`
  for (let times = 0; times < 3; times += 1) {
    await api.storage.sql(cut)
    const calls = await Promise.all(
      Array.from({ length: 8 }, async () => api.get(`/v1/orders/${id}`)),
    )
    for (const { status } of calls) expect([200, 503]).toContain(status)
    await append(id, 'more')
    expect((await api.get(`/v1/orders/${id}`)).status).toBe(200)
  }
  await until(() => stream.sequences.length === 4)
  await end(id)
  await stream.ended
  expect(stream.sequences).toEqual(upTo(5))
})

test('a stream whose connection is lost while it reads goes on with the next event', async () => {
  const { id } = await placedOrder(api)
  const stream = await open(id)
  await until(() => stream.sequences.length === 1)
  const readers = `from pg_stat_activity where datname = current_database()
    and application_name = 'fabroute api' and wait_event_type = 'Lock'`
  await api.storage.transaction(async ({ sql }) => {
    await sql('lock table orders in access exclusive mode')
    const isReading = async () => {
      // Told outside the transaction that holds the lock.
      await api.storage.sql('select pg_notify($1, $2)', [
        eventChannel,
        JSON.stringify({ orderId: id }),
      ])
      return (await api.storage.sql(`select pid ${readers}`)).length > 0
    }
    await until(isReading)
    await api.storage.sql(`select pg_terminate_backend(pid) ${readers}`)
  })
  await append(id, 'more')
  await until(() => stream.sequences.length === 2)
  await end(id)
  await stream.ended
  expect(stream.sequences).toEqual(upTo(3))
})

test('a stream that nobody tells of news looks for it by itself', async () => {
  const { id } = await placedOrder(api)
  const { events, settings } = api.deps
  const deaf = { watch: async () => Promise.resolve(() => {}) }
  Object.assign(api.deps, { events: deaf, settings: { ...settings, keepAliveMs: 50 } })
  const stream = await open(id)
  Object.assign(api.deps, { events, settings })
  await until(() => stream.sequences.length === 1)
  await append(id, 'more')
  await until(() => stream.sequences.length === 2)
  await end(id)
  await stream.ended
  expect(stream.sequences).toEqual(upTo(3))
})

test('a Last-Event-ID that is no number is 400', async () => {
  const { id } = await placedOrder(api)
  for (const last of ['evt_1', '-1', '1.5', '99999999999']) {
    const headers = { accept: 'text/event-stream', 'last-event-id': last }
    expect((await api.get(`/v1/orders/${id}/events`, { headers })).status).toBe(400)
  }
})
