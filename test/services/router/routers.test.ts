// One contract, two routers: what holds for the embedded one holds for OSRM over the same map.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Place } from '../../../domain/model/place.ts'
import { hasOsrm, startOsrm } from '../../../infra/osrm.ts'
import type { Part } from '../../../infra/supervise.ts'
import { addressBook } from '../../../services/router/addresses.ts'
import { metersBetween } from '../../../services/router/geo.ts'
import { openRouter } from '../../../services/router/open.ts'
import { readOsm } from '../../../services/router/osm.ts'
import { seededRandom } from '../../../services/router/random.ts'
import type { Router } from '../../../services/router/router.ts'
import { cityWithIsland, ISLAND, ISLAND_END, SEA } from './maps.ts'

const osrmIsThere = hasOsrm()
if (!osrmIsThere) console.warn('OSRM is not installed here: its contract tests are skipped')

let city: Awaited<ReturnType<typeof cityWithIsland>>
let part: Part | undefined
let houses: Place[]
let story: { first: Place; second: Place }
const routers = new Map<string, Router>()

beforeAll(async () => {
  city = await cityWithIsland()
  const map = await readOsm(city.path)
  houses = map.addresses.map(({ place }) => place)
  const book = addressBook(map)
  story = {
    first: book.findAddress('742 Evergreen Terrace')!.place,
    second: book.findAddress('744 Evergreen Terrace')!.place,
  }
  routers.set('embedded', patient(await openRouter({ mapPath: city.path })))
  if (!osrmIsThere) return
  part = await startOsrm({ dir: city.dir, mapPath: city.path })
  routers.set('OSRM', patient(await openRouter({ osrmUrl: part.url, mapPath: city.path })))
})

afterAll(async () => {
  for (const router of routers.values()) await router.close()
  await part?.stop()
  await city.drop()
})

test('in CI the real OSRM is there, so that nothing below is skipped', () => {
  expect(osrmIsThere || process.env['CI'] !== 'true').toBe(true)
})

/** Unless a deadline is what is tested: a program beside us on a busy machine may need more than the usual one. */
function patient(router: Router): Router {
  const long = { timeoutMs: 60_000 }
  return {
    ...router,
    route: (stops, deadline) => router.route(stops, { ...long, ...deadline }),
    table: (from, to, deadline) => router.table(from, to, { ...long, ...deadline }),
    nearest: (place, deadline) => router.nearest(place, { ...long, ...deadline }),
    dataVersion: (deadline) => router.dataVersion({ ...long, ...deadline }),
  }
}

/** Houses of the city, the same ones for the same seed. */
function someHouses(count: number, seed: number): Place[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => houses[Math.floor(random() * houses.length)]!)
}

const engines = osrmIsThere ? ['embedded', 'OSRM'] : ['embedded']

describe.each(engines)('%s', (engine) => {
  const router = () => routers.get(engine)!

  test('a route runs along streets from door to door at the speed of a car', async () => {
    const [from, to] = [story.first, someHouses(1, 3)[0]!]
    const route = await router().route([from, to])
    const straight = metersBetween(from.lon, from.lat, to.lon, to.lat)
    expect(route.meters).toBeGreaterThan(straight * 0.95)
    expect(route.meters).toBeLessThan(straight * 2)
    expect(route.meters / route.seconds).toBeGreaterThan(5)
    expect(route.meters / route.seconds).toBeLessThan(20)
    const [begin, end] = [route.line[0]!, route.line.at(-1)!]
    expect(metersBetween(begin.lon, begin.lat, from.lon, from.lat)).toBeLessThan(30)
    expect(metersBetween(end.lon, end.lat, to.lon, to.lat)).toBeLessThan(30)
    expect(lengthOf(route.line)).toBeCloseTo(route.meters, -1)
  })

  test('the legs of a route are the cells of the table over its stops', async () => {
    const stops = someHouses(5, 11)
    const [route, table] = [await router().route(stops), await router().table(stops, stops)]
    const cells = route.legs.map((_, index) => table.seconds[index]![index + 1])
    expect(route.legs.map(({ seconds }) => seconds)).toEqual(cells)
    const total = route.legs.reduce((sum, leg) => sum + leg.seconds, 0)
    expect(route.seconds).toBeCloseTo(total, 0)
    expect(table.seconds.map((row, index) => row[index])).toEqual([0, 0, 0, 0, 0])
  })

  test('a table of any shape gives each pair what a table of that pair gives', async () => {
    const [many, few] = [someHouses(230, 5), someHouses(130, 6)]
    for (const [sources, destinations] of [
      [many, few],
      [few, many],
      [many, few.slice(0, 1)],
      [few.slice(0, 1), many],
    ] as const) {
      const table = await router().table(sources, destinations)
      expect(table.seconds).toHaveLength(sources.length)
      expect(table.seconds.every((row) => row.length === destinations.length)).toBe(true)
      expect(table.seconds.flat()).not.toContain(null)
      const random = seededRandom(sources.length)
      for (let probe = 0; probe < 12; probe++) {
        const row = Math.floor(random() * sources.length)
        const column = Math.floor(random() * destinations.length)
        const single = await router().table([sources[row]!], [destinations[column]!])
        expect(table.seconds[row]![column]).toBe(single.seconds[0]![0])
        expect(table.meters[row]![column]).toBeCloseTo(single.meters[0]![0]!, 0)
      }
    }
  })

  test('the nearest road to a house is its street', async () => {
    const nearest = await router().nearest(story.first)
    expect(nearest.name).toBe('Evergreen Terrace')
    expect(nearest.meters).toBeGreaterThan(10)
    expect(nearest.meters).toBeLessThan(20)
  })

  test('every answer names the version of the map', async () => {
    const version = await router().dataVersion()
    const answers = [
      await router().nearest(story.first),
      await router().route([story.first, story.second]),
      await router().table([story.first], [story.second]),
      await router().table([SEA], [SEA]),
    ]
    expect(version).toBe((await readOsm(city.path)).version)
    expect(answers.map(({ dataVersion }) => dataVersion)).toEqual(answers.map(() => version))
  })

  test('an island is reached from itself only', async () => {
    const table = await router().table([ISLAND, story.first], [ISLAND_END, story.second])
    expect(table.seconds[0]![1]).toBeNull()
    expect(table.seconds[1]![0]).toBeNull()
    expect(table.meters[1]![0]).toBeNull()
    await expect(router().route([story.first, ISLAND])).rejects.toMatchObject({ code: 'NoRoute' })
    const alone = await router().route([ISLAND, ISLAND_END])
    expect(alone.meters).toBeGreaterThan(300)
    expect(alone.meters).toBeLessThan(400)
  })

  test('a place without a road is refused, and leaves its cells of a table empty', async () => {
    await expect(router().nearest(SEA)).rejects.toMatchObject({ code: 'NoSegment' })
    const route = router().route([story.first, SEA])
    await expect(route).rejects.toMatchObject({ code: 'NoSegment', retryable: false })
    const table = await router().table([SEA, story.first, SEA], [story.second, SEA])
    expect(table.seconds[0]).toEqual([null, null])
    expect(table.seconds[2]).toEqual([null, null])
    expect(table.seconds[1]![0]).toEqual(expect.any(Number))
    expect(table.seconds[1]![1]).toBeNull()
  })

  test.each([
    ['no number', { lon: Number.NaN, lat: 39.8 }],
    ['infinity', { lon: -89.6, lat: Infinity }],
    ['north of the pole', { lon: -89.6, lat: 90.1 }],
    ['east of the date line', { lon: 180.5, lat: 39.8 }],
  ])('a place that is %s is invalid input', async (_, place) => {
    const refusal = { name: 'RouterError', code: 'InvalidInput', retryable: false }
    await expect(router().nearest(place)).rejects.toMatchObject(refusal)
    await expect(router().route([story.first, place])).rejects.toMatchObject(refusal)
    await expect(router().table([story.first], [place])).rejects.toMatchObject(refusal)
  })

  test('too few places are invalid input', async () => {
    const refusal = { code: 'InvalidInput' }
    await expect(router().route([])).rejects.toMatchObject(refusal)
    await expect(router().route([story.first])).rejects.toMatchObject(refusal)
    await expect(router().table([], [story.first])).rejects.toMatchObject(refusal)
    await expect(router().table([story.first], [])).rejects.toMatchObject(refusal)
  })

  test('a deadline that has passed and a call that was aborted give no answer', async () => {
    const late = { code: 'DeadlineExceeded', retryable: true }
    const stops = [story.first, story.second]
    const aborted = { signal: AbortSignal.abort() }
    await expect(router().route(stops, { timeoutMs: 0 })).rejects.toMatchObject(late)
    await expect(router().table(stops, stops, { timeoutMs: 0 })).rejects.toMatchObject(late)
    await expect(router().nearest(stops[0]!, { timeoutMs: 0 })).rejects.toMatchObject(late)
    await expect(router().table(stops, stops, aborted)).rejects.toMatchObject(late)
    const big = someHouses(1_000, 8)
    await expect(router().table(big, big, { timeoutMs: 30 })).rejects.toMatchObject(late)
  })
})

const testWithOsrm = osrmIsThere ? test : test.skip

testWithOsrm('the two routers agree on how long a drive takes', async () => {
  const [sources, destinations] = [someHouses(80, 21), someHouses(80, 22)]
  const ours = await routers.get('embedded')!.table(sources, destinations)
  const theirs = await routers.get('OSRM')!.table(sources, destinations)
  const off = theirs.seconds.flatMap((row, index) =>
    row.flatMap((seconds, column) => {
      const own = ours.seconds[index]![column]!
      return seconds === null || seconds < 30 ? [] : [Math.abs(own / seconds - 1)]
    }),
  )
  off.sort((a, b) => a - b)
  expect(off.length).toBeGreaterThan(6_000)
  expect(off.at(-1)).toBeLessThan(0.15)
  expect(off[Math.floor(off.length / 2)]).toBeLessThan(0.01)
})

function lengthOf(line: readonly Place[]): number {
  return line.slice(1).reduce((sum, to, index) => {
    const from = line[index]!
    return sum + metersBetween(from.lon, from.lat, to.lon, to.lat)
  }, 0)
}
