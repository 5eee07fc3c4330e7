// A scenario says what is wrong with it by the path of the field, and nothing of it runs.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson, loadScenario, ScenarioError } from '../../../simulations/scenario/load.ts'
import { model } from '../../../simulations/plant/model.ts'
import { prepare } from '../../../simulations/plant/prepare.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenarios-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function faultsOf(run: () => unknown): readonly { path: string; message: string }[] {
  try {
    run()
  } catch (error) {
    if (error instanceof ScenarioError) return error.faults
    throw error
  }
  throw new Error('nothing was refused')
}

test('a name is enough, and what was filled in may be loaded again', () => {
  const { scenario, hash } = loadScenario({ name: 'plain' })
  expect(scenario.trucks.length).toBeGreaterThan(0)
  expect(scenario.rules.dispatch.weights.minutesToBuyer).toBe(1)
  expect(loadScenario(scenario)).toEqual({ scenario, hash })
})

test('what is loaded is not changed', () => {
  const document = { name: 'plain', trucks: [{ id: 'truck' }] }
  loadScenario(document)
  expect(document).toEqual({ name: 'plain', trucks: [{ id: 'truck' }] })
})

test('the hash is that of the content, rules included, and not of the order of fields', () => {
  const { hash } = loadScenario({ name: 'plain' })
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  expect(loadScenario({ name: 'plain', ...weight(1) }).hash).toBe(hash)
  expect(loadScenario({ ...weight(1), name: 'plain' }).hash).toBe(hash)
  expect(loadScenario({ name: 'plain', ...weight(2) }).hash).not.toBe(hash)
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":"x","d":null}]}',
  )
})

const wrong: [path: string, message: RegExp, document: object][] = [
  ['/name', /missing/, { name: undefined }],
  ['/nmae', /not expected here/, { nmae: 'x' }],
  ['/version', /must be 1/, { version: 2 }],
  ['/orders/generator/perDay', />= 0/, { orders: { generator: { perDay: -1 } } }],
  ['/models/0/hoursBetweenFailures', /> 0/, { models: [{ id: 'M', hoursBetweenFailures: 0 }] }],
  [
    '/trucks/0/machines/0/model',
    /"Delta" is not a model/,
    { trucks: [{ id: 'truck', machines: [{ model: 'Delta' }] }] },
  ],
  ['/couriers/0/site', /"moon" is not a site/, { couriers: [{ id: 'c', site: 'moon' }] }],
  ['/hours/toHour', /7 is not after 8/, { hours: { fromHour: 8, toHour: 7 } }],
  [
    '/trucks/0/shift/toHour',
    /6 is not after 6/,
    { trucks: [{ id: 'truck', machines: [], shift: { fromHour: 6, toHour: 6 } }] },
  ],
  ['/sites/0/compartments', /above 0/, { sites: [{ id: 's', kind: 'lockers' }], couriers: [] }],
  [
    '/sites/0/kind',
    /one of warehouse, lockers/,
    { sites: [{ id: 's', kind: 'pond' }], couriers: [] },
  ],
  ['/map', /is empty/, { map: { demoCity: null } }],
  ['/rules/dispatch/weights/minutesToBuyer', /number/, weight(Number.NaN)],
  ['/rules/dispatch/weights/minutesToBuyer', /number/, weight(Infinity)],
  ['/rules/dispatch/hurry', /not expected here/, { rules: { dispatch: { hurry: 1 } } }],
  ['/traffic/speedByHour', /24 items/, { traffic: { speedByHour: [1] } }],
  ['/orders/generator/hours', /nothing above 0/, hours(0)],
  ['/incidents/0/at', /not a site or vehicle/, incident('truck_breaks_down', 'ghost')],
  ['/incidents/0/at', /cannot be what/, incident('truck_breaks_down', 'market')],
  [
    '/incidents/0/hour',
    /30 is after the day, which ends at 26/,
    incident('site_closes', 'market', 30),
  ],
  ['/incidents/0/hour', /over before the day begins at 6/, incident('site_closes', 'market', 4)],
  ['/orders/listed/0/hour', /23 is outside the hours of orders, 6 to 22/, listed(23)],
  ['/orders/listed/0/hour', /5 is outside/, listed(5)],
  ['/map/junctions', /is empty/, { map: { junctions: [] } }],
  ['/map/junctions', /is empty/, { map: { junctions: [], roads: [], file: null } }],
  ['/items/0', /made by no machine/, { items: [{ id: 'gear', process: 'cnc' }] }],
  ['/items', /all shares are 0/, { items: [{ id: 'gear', share: 0 }] }],
  ['/sites/1/id', /a second time/, { sites: [warehouse(), warehouse()], couriers: [] }],
]

function weight(minutesToBuyer: number) {
  return { rules: { dispatch: { weights: { minutesToBuyer } } } }
}
function hours(figure: number) {
  return { orders: { generator: { hours: Array<number>(24).fill(figure) } } }
}
function incident(kind: string, at: string, hour = 9) {
  return { incidents: [{ kind, at, hour }] }
}
function listed(hour: number) {
  return { orders: { listed: [{ hour, place: { lon: -89.65, lat: 39.8 }, item: 'gear' }] } }
}
function warehouse() {
  return { id: 'warehouse', kind: 'warehouse' }
}

describe('refused', () => {
  test.each(wrong)('%s: %s', (path, message, document) => {
    const faults = faultsOf(() => loadScenario({ name: 'wrong', ...document }))
    expect(faults).toContainEqual({ path, message: expect.stringMatching(message) })
  })

  test('every fault at once, each with its path', () => {
    const orders = { generator: { perDay: -1 } }
    const faults = faultsOf(() => loadScenario({ name: 'wrong', orders, wear: { failures: -2 } }))
    expect(faults.map(({ path }) => path).toSorted()).toEqual([
      '/orders/generator/perDay',
      '/wear/failures',
    ])
  })

  test('places that are not on the map, whatever is to be there', () => {
    const [paris, near] = [
      { lon: 2.35, lat: 48.85 },
      { lon: 0.02, lat: 0 },
    ]
    const junctions = ['a', 'b'].map((name, at) => ({ name, place: { lon: at / 100, lat: 0 } }))
    const map = { junctions, roads: [{ from: 'a', to: 'b', minutes: 1, kilometres: 1 }] }
    const sites = [near, paris].map((place, at) => ({ id: `s${at}`, kind: 'warehouse', place }))
    const round = { places: [{ place: paris }] }
    const trucks = [{ id: 't', place: near, round, machines: [{ model: 'Mendel 5' }] }]
    const orders = { generator: { places: [{ place: near }, { place: paris }] } }
    const shared = { name: 'abroad', map, sites, trucks, couriers: [] }
    const far = { message: expect.stringMatching(/^is off the map: 5\d\d\d km from the nearest/) }
    expect(faultsOf(() => prepare({ ...shared, orders }))).toEqual([
      { path: '/sites/1/place', ...far },
      { path: '/trucks/0/round/places/0/place', ...far },
      { path: '/orders/generator/places/1/place', ...far },
    ])
  })

  test('streets that are not connected, and a map without streets', async () => {
    const junctions = ['a', 'b', 'c'].map((name, at) => ({ name, place: { lon: at, lat: 0 } }))
    const roads = [{ from: 'a', to: 'b', minutes: 1, kilometres: 1 }]
    const parted = faultsOf(() => prepare({ name: 'parted', map: { junctions, roads } }))
    expect(parted).toEqual([
      { path: '/map/roads', message: 'is not connected: no way from "a" to "c"' },
    ])
    const osm = '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="0" lon="0"/></osm>'
    const map = { file: await file('empty.osm', osm) }
    expect(faultsOf(() => prepare({ name: 'empty', map }))).toEqual([
      { path: '/map/file', message: 'has no streets to drive on' },
    ])
  })

  test.each([
    [
      'that is not there',
      join(tmpdir(), 'no-such-folder', 'city.osm'),
      /city\.osm cannot be read as a map: there is no such file/,
    ],
    ['that is a folder', tmpdir(), /it is a folder/],
    ['that is no map', join(import.meta.dirname, '../../../package.json'), /holds no node/],
  ])('a map %s, at its place', (_what, map, message) => {
    const faults = faultsOf(() => prepare({ name: 'lost', map: { file: map } }))
    expect(faults).toEqual([{ path: '/map/file', message: expect.stringMatching(message) }])
  })

  test('a warm-up that leaves nothing of the day', () => {
    const junctions = ['a', 'b'].map((name, at) => ({ name, place: { lon: at / 100, lat: 0 } }))
    const map = { junctions, roads: [{ from: 'a', to: 'b', minutes: 1, kilometres: 1 }] }
    const prepared = prepare({ name: 'short', map, hours: { fromHour: 6, toHour: 8 } })
    const request = { seed: 1, replication: 0, warmUpHours: 2, tables: false }
    expect(() => model.simulateDay(prepared, request)).toThrow(
      'a warm-up of 2 h leaves nothing of a day of 2 h',
    )
  })
})

describe('files', () => {
  test('a scenario starts from the one it extends', async () => {
    await file('base.json', { name: 'base', wear: { failures: 3 }, incidents: [] })
    const path = await file('more.json', {
      extends: 'base.json',
      name: 'more',
      wear: { makingTimes: 2 },
    })
    const { scenario } = loadScenario(path)
    expect(scenario.name).toBe('more')
    expect(scenario.wear).toEqual({ failures: 3, makingTimes: 2 })
  })

  test.each([
    ['circle.json', { extends: 'circle.json', name: 'round' }, '/extends', /goes round/],
    ['text.json', 'no json', '', /cannot be read/],
    ['list.json', [], '', /must hold a JSON object/],
  ])('%s is refused', async (name, content, path, message) => {
    const written = await file(name, content)
    const faults = faultsOf(() => loadScenario(written))
    expect(faults).toEqual([{ path, message: expect.stringMatching(message) }])
  })

  test('a file that is not there is named', () => {
    const faults = faultsOf(() => loadScenario(join(folder, 'none.json')))
    expect(faults[0]?.message).toMatch(/none\.json cannot be read/)
  })
})
