// Our OSRM client against servers in every mood: a real one that is killed, and bad ones.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, expect, test } from '@jest/globals'
import { hasOsrm, startOsrm } from '../../../infra/osrm.ts'
import { osrmRouter } from '../../../services/router/osrm.ts'
import { RouterError } from '../../../services/router/router.ts'
import { readOsm } from '../../../services/router/osm.ts'
import { seededRandom } from '../../../services/router/random.ts'
import { tilesOf } from '../../../services/router/tiles.ts'
import { failureOf } from '../../support/failures.ts'
import { until } from '../../support/until.ts'
import { cityWithIsland } from './maps.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

const HERE = { lon: -89.65, lat: 39.8 }
const THERE = { lon: -89.64, lat: 39.81 }
/** The port of an old protocol, which nobody is given. */
const NOBODY = 'http://127.0.0.1:9'
/** Where it is not the deadline that is tested: two programs on a busy machine may need more than the usual one. */
const PATIENT = { timeoutMs: 60_000 }

async function answering(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const router = osrmRouter({ url: `http://127.0.0.1:${port}` })
  endings.push(() => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    return closed
  })
  endings.push(() => router.close())
  return router
}

function saying(status: number, body: unknown) {
  return answering((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

test.each([
  ['NoRoute', 'NoRoute'],
  ['NoTable', 'NoRoute'],
  ['NoMatch', 'NoRoute'],
  ['NoTrips', 'NoRoute'],
  ['NoSegment', 'NoSegment'],
  ['TooBig', 'TooBig'],
  ['InvalidUrl', 'InvalidInput'],
  ['InvalidOptions', 'InvalidInput'],
  ['InvalidQuery', 'InvalidInput'],
  ['InvalidValue', 'InvalidInput'],
  ['InvalidService', 'UnexpectedAnswer'],
  ['InvalidVersion', 'UnexpectedAnswer'],
  ['NotImplemented', 'UnexpectedAnswer'],
  ['DisabledDataset', 'UnexpectedAnswer'],
  ['SomethingNew', 'UnexpectedAnswer'],
])('the code %s of OSRM is our %s', async (code, ours) => {
  const router = await saying(400, { code, message: 'for a reason' })
  const error = { name: 'RouterError', code: ours, retryable: false }
  await expect(router.route([HERE, THERE])).rejects.toMatchObject(error)
  await expect(router.nearest(HERE)).rejects.toMatchObject(error)
})

test('a server that is no OSRM is told apart from one that is away', async () => {
  const router = await answering((_request, response) => response.end('<html>welcome</html>'))
  await expect(router.nearest(HERE)).rejects.toMatchObject({ code: 'UnexpectedAnswer' })
})

test('a server that never answers costs no more than the deadline', async () => {
  const router = await answering(() => {})
  const late = { code: 'DeadlineExceeded', retryable: true }
  await expect(router.table([HERE], [THERE], { timeoutMs: 150 })).rejects.toMatchObject({
    ...late,
    // Of itself it would wait for ten seconds.
    message: 'no answer in 150 ms',
  })
  // Wherever in a millisecond it is that a deadline begins and ends.
  const codes = new Set<unknown>()
  const asker = async (_one: unknown, nth: number) => {
    for (let timeoutMs = 10 + nth / 5; timeoutMs < 40; timeoutMs += 0.83) {
      const error = await failureOf(router.nearest(HERE, { timeoutMs }))
      codes.add(error instanceof RouterError ? error.code : error)
    }
  }
  await Promise.all(Array.from({ length: 8 }, asker))
  expect(codes).toEqual(new Set([late.code]))
})

test('nobody at the address is reported as unavailable, to be tried again', async () => {
  const router = osrmRouter({ url: NOBODY })
  const answer = router.nearest(HERE, { timeoutMs: 200 })
  await expect(answer).rejects.toMatchObject({
    code: expect.stringMatching(/Unavailable|DeadlineExceeded/),
    retryable: true,
  })
})

test('connections that break and servers that are overloaded are tried again', async () => {
  let asked = 0
  const router = await answering((request, response) => {
    asked++
    if (asked === 1) request.socket.destroy()
    else if (asked === 2) response.writeHead(503).end()
    else if (asked === 3) response.writeHead(200, { 'content-length': 900 }).write('{"code"')
    else if (asked > 4) response.end(JSON.stringify(snapped))
    if (asked === 3) setImmediate(() => request.socket.destroy())
    if (asked === 4) request.socket.resetAndDestroy()
  })
  const snapped = {
    code: 'Ok',
    data_version: 'v1',
    waypoints: [{ location: [1, 2], distance: 3, name: 'Oak Street' }],
  }
  await expect(router.nearest(HERE, PATIENT)).resolves.toEqual({
    place: { lon: 1, lat: 2 },
    meters: 3,
    name: 'Oak Street',
    dataVersion: 'v1',
  })
  expect(asked).toBe(5)
})

/** A server that answers a table with the sum of its sources' and destinations' longitudes. */
function tableOf(url: string, limit: number) {
  const [, coordinates = '', query = ''] = /driving\/([^?]*)\?(.*)/.exec(url) ?? []
  const lons = coordinates.split(';').map((pair) => Number(pair.split(',')[0]))
  const options = new URLSearchParams(query)
  const side = (name: string) => (options.get(name) ?? '').split(';').map((at) => lons[Number(at)]!)
  const [sources, destinations] = [side('sources'), side('destinations')]
  if (sources.length * destinations.length > limit ** 2) return { code: 'TooBig' }
  const cells = sources.map((a) => destinations.map((b) => Math.round((a + b) * 1e6) / 1e6))
  return { code: 'Ok', data_version: 'v1', durations: cells, distances: cells }
}

const line = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) => ({ lon: from + index / 100, lat: 39.8 }))
const sums = (sources: { lon: number }[], destinations: { lon: number }[]) =>
  sources.map((a) => destinations.map((b) => Math.round((a.lon + b.lon) * 1e6) / 1e6))

test('a server that takes no POST and only small tables is found out and served', async () => {
  let posts = 0
  let longest = 0
  const router = await answering((request, response) => {
    longest = Math.max(longest, request.url?.length ?? 0)
    if (request.method === 'POST') posts++
    const table = tableOf(request.url ?? '', 40)
    const answer = request.method === 'POST' ? { code: 'InvalidMethod' } : table
    request.resume().on('end', () => response.end(JSON.stringify(answer)))
  })
  const [sources, destinations] = [line(300, 1), line(290, 20)]
  const table = await router.table(sources, destinations, PATIENT)
  expect(table.seconds).toEqual(sums(sources, destinations))
  expect(longest).toBeLessThan(8_000)
  await router.table(sources, destinations, PATIENT)
  // Tiles of the first round were under way together when it was found out.
  expect(posts).toBeLessThan(20)
})

test('tiles from two versions of the map are never put into one table', async () => {
  let asked = 0
  const router = await answering((request, response) => {
    asked++
    const answer = { ...tableOf(request.url ?? '', 100), data_version: asked < 3 ? 'old' : 'new' }
    response.end(JSON.stringify(answer))
  })
  const [sources, destinations] = [line(110, 1), line(110, 20)]
  const table = await router.table(sources, destinations, PATIENT)
  expect(table.dataVersion).toBe('new')
  expect(table.seconds).toEqual(sums(sources, destinations))
})

test.each([
  [1, 1, 100, Infinity],
  [1, 5_000, 100, 230],
  [300, 300, 100, Infinity],
  [7, 1_000, 20, 230],
  [500, 3, 1, 4],
])(
  'tiles cover a table of %i by %i once each, within the limits',
  (rows, columns, size, places) => {
    const seen = new Set<number>()
    for (const { sources, destinations } of tilesOf(rows, columns, { size, places })) {
      const [height, width] = [sources[1] - sources[0], destinations[1] - destinations[0]]
      expect(height * width).toBeLessThanOrEqual(size ** 2)
      expect(height + width).toBeLessThanOrEqual(places)
      for (let row = sources[0]; row < sources[1]; row++) {
        for (let column = destinations[0]; column < destinations[1]; column++) {
          seen.add(row * columns + column)
        }
      }
    }
    expect(seen.size).toBe(rows * columns)
  },
)

const osrmIsThere = hasOsrm()
if (!osrmIsThere) console.warn('OSRM is not installed here: the test through its death is skipped')
const testWithOsrm = osrmIsThere || process.env['CI'] === 'true' ? test : test.skip

const REQUESTS = 10_000

testWithOsrm(
  '10,000 requests are answered by a real OSRM that is killed in the middle',
  async () => {
    const city = await cityWithIsland()
    endings.push(() => city.drop())
    const houses = (await readOsm(city.path)).addresses.map(({ place }) => place)
    const part = await startOsrm({ dir: city.dir, mapPath: city.path })
    endings.push(() => part.stop())
    // Larger than the server's own limit, which is to be found out on the way.
    const router = osrmRouter({ url: part.url, maxTableSize: 1_000 })
    endings.push(() => router.close())

    const random = seededRandom(1)
    const some = (count: number) =>
      Array.from({ length: count }, () => houses[Math.floor(random() * houses.length)]!)
    const failures: unknown[] = []
    const killed = part.pid()
    let answered = 0
    async function askOne(nth: number): Promise<void> {
      if (nth === REQUESTS / 2) process.kill(part.pid()!, 'SIGKILL')
      if (nth % 2_500 === 100) await router.table(some(150), some(150), PATIENT)
      else if (nth % 10 === 0) await router.table(some(4), some(4), PATIENT)
      else if (nth % 3 === 0) await router.route(some(2), PATIENT)
      else await router.nearest(some(1)[0]!, PATIENT)
      answered++
    }
    let next = 0
    const asker = async () => {
      while (next < REQUESTS) await askOne(next++).catch((error: unknown) => failures.push(error))
    }
    await Promise.all(Array.from({ length: 8 }, asker))
    expect(failures).toEqual([])
    expect(answered).toBe(REQUESTS)
    await until(() => part.pid() !== null && part.pid() !== killed, { what: 'another process' })
  },
  // A quarter of a minute on a machine with nothing else to do.
  900_000,
)
