// The demo city: always the same, whole, irregular, and with the houses that the stories are about.
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { addressBook } from '../../../services/router/addresses.ts'
import { CITY_SEED, cityOsm } from '../../../services/router/city.ts'
import { planCity } from '../../../services/router/cityPlan.ts'
import { embeddedRouter } from '../../../services/router/embedded.ts'
import { metersBetween } from '../../../services/router/geo.ts'
import { readOsm, type OsmMap } from '../../../services/router/osm.ts'

let dir: string
let map: OsmMap
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fabroute-city-'))
  map = await written(CITY_SEED)
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** As the command writes it. */
async function written(seed: number): Promise<OsmMap> {
  const path = join(dir, `made/${seed}.osm`)
  const command = join(import.meta.dirname, '../../../services/router/writeCity.ts')
  await promisify(execFile)(process.execPath, [command, path, String(seed)])
  expect(await readFile(path, 'utf8')).toBe(cityOsm(seed))
  return readOsm(path)
}

test('a seed gives the same bytes on every machine, another seed another city', () => {
  const hash = createHash('sha256').update(cityOsm()).digest('hex')
  expect(hash.slice(0, 16)).toBe('8a0dbaa850c33232')
  expect(cityOsm(1)).not.toBe(cityOsm(2))
})

test('about 2,000 junctions lie about 12 km across', () => {
  const { junctions } = planCity(CITY_SEED)
  expect(junctions.length).toBeGreaterThan(1_900)
  expect(junctions.length).toBeLessThan(2_200)
  for (const [low, high] of [spread(map.lon), spread(map.lat)]) expect(high).toBeGreaterThan(low)
  const [[west, east], [south, north]] = [spread(map.lon), spread(map.lat)]
  for (const meters of [metersBetween(west, 39.8, east, 39.8), metersBetween(0, south, 0, north)]) {
    expect(meters).toBeGreaterThan(11_000)
    expect(meters).toBeLessThan(14_000)
  }
})

test('it has roads of many kinds, one-way streets, traffic lights and few bridges', () => {
  const tagged = (key: string, value: string) => map.ways.filter(({ tags }) => tags[key] === value)
  for (const kind of 'trunk primary secondary tertiary residential living_street'.split(' ')) {
    expect(tagged('highway', kind).length).toBeGreaterThan(1)
  }
  expect(tagged('oneway', 'yes').length).toBeGreaterThan(20)
  expect(tagged('bridge', 'yes').length).toBeGreaterThan(2)
  expect(tagged('bridge', 'yes').length).toBeLessThan(12)
  expect(map.obstacles.size).toBeGreaterThan(30)
  expect(map.ways.every(({ tags }) => tags['name'] && tags['maxspeed'])).toBe(true)
})

test('the houses of the story stand next door to each other on a quiet street', async () => {
  const book = addressBook(map)
  const [a, b] = ['742 Evergreen Terrace', '744 Evergreen Terrace'].map((text) =>
    book.findAddress(text),
  )
  const { place: here } = a!
  const { place: there } = b!
  expect(metersBetween(here.lon, here.lat, there.lon, there.lat)).toBeLessThan(30)
  const street = map.ways.filter(({ tags }) => tags['name'] === 'Evergreen Terrace')
  expect(street.map(({ tags }) => [tags['highway'], tags['oneway']])).toEqual(
    street.map(() => ['residential', undefined]),
  )
  const router = embeddedRouter(map)
  expect((await router.nearest(here)).name).toBe('Evergreen Terrace')
  expect((await router.table([here], [there])).seconds[0]![0]).toBeLessThan(10)
})

test('an address names one house', () => {
  const labels = map.addresses.map(({ number, street }) => `${number} ${street}`)
  expect(labels.length).toBeGreaterThan(10_000)
  expect(new Set(labels).size).toBe(labels.length)
})

test.each([CITY_SEED, 1, 2, 3])(
  'in the city of seed %i every house reaches every other',
  async (seed) => {
    const made = await written(seed)
    const router = embeddedRouter(made)
    const story = addressBook(made).findAddress('742 Evergreen Terrace')!.place
    const houses = made.addresses.filter((_, index) => index % 9 === 0).map(({ place }) => place)
    const [out, back] = [await router.table([story], houses), await router.table(houses, [story])]
    expect([...out.seconds.flat(), ...back.seconds.flat()]).not.toContain(null)
  },
)

function spread(values: Float64Array): [number, number] {
  const sorted = values.toSorted()
  return [sorted[0]!, sorted.at(-1)!]
}
