// The embedded router: its search against brute force, its rules of the road on maps drawn by hand.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { embeddedRouter } from '../../../services/router/embedded.ts'
import { buildGraph, type RoadGraph } from '../../../services/router/graph.ts'
import { readOsm, type OsmMap } from '../../../services/router/osm.ts'
import type { Router } from '../../../services/router/router.ts'
import { createSearch, targetsOf } from '../../../services/router/search.ts'
import type { OnRoad } from '../../../services/router/snap.ts'
import { drawn, type DrawnWay } from './maps.ts'
import { asPbf } from './pbf.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fabroute-embedded-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function mapOf(content: string | Uint8Array, name = 'map.osm'): Promise<OsmMap> {
  const path = join(dir, name)
  await writeFile(path, content)
  return readOsm(path)
}

async function routerOf(...parts: Parameters<typeof drawn>): Promise<Router> {
  return embeddedRouter(await mapOf(drawn(...parts)))
}

/** Metres to degrees as in the drawn maps. */
const at = (x: number, y: number) => ({
  lon: x / 111_319.490_8,
  lat: (y * 1.006_739) / 111_319.490_8,
})

//   4 --- 3     one kilometre between neighbours
//   |     |
//   1 --- 2
const square = [
  { x: 0, y: 0 },
  { x: 1_000, y: 0 },
  { x: 1_000, y: 1_000 },
  { x: 0, y: 1_000 },
]
const street = (refs: number[], tags: Record<string, string> = {}): DrawnWay => ({
  refs,
  tags: { highway: 'residential', maxspeed: '45', ...tags },
})

const drive = async (router: Router) =>
  (await router.table([at(900, 0)], [at(1_000, 100)])).meters[0]![0]

const barred = (tags: Record<string, string>) => [
  { x: 0, y: 0 },
  { x: 500, y: 0, tags },
  { x: 1_000, y: 0 },
  { x: 1_500, y: 0 },
]

const escaped = (tags: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [
      key,
      value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace('>', '&#62;'),
    ]),
  )

describe('the rules of the road', () => {
  test('a kilometre at four fifths of 45 km/h takes 100 seconds', async () => {
    const router = await routerOf(square, [street([1, 2])])
    const route = await router.route([at(0, 5), at(1_000, -5)])
    expect(route.seconds).toBeCloseTo(100, 0)
    expect(route.meters).toBeCloseTo(1_000, 0)
    expect(route.line).toHaveLength(2)
  })

  test('half a street away is half as far, and houses are met along their street', async () => {
    const router = await routerOf(square, [street([1, 2])])
    const table = await router.table([at(250, 9)], [at(750, 9), at(250, 9), at(0, 0)])
    expect(table.meters[0]).toEqual([500, 0, 250].map((meters) => expect.closeTo(meters, 0)))
  })

  test('a one-way street is driven one way, the other way leads around the block', async () => {
    const ways = [street([1, 2], { oneway: 'yes' }), street([2, 3, 4, 1])]
    const router = await routerOf(square, ways)
    const { meters } = await router.table([at(200, 0)], [at(800, 0)])
    const back = await router.table([at(800, 0)], [at(200, 0)])
    expect(meters[0]![0]).toBeCloseTo(600, 0)
    expect(back.meters[0]![0]).toBeCloseTo(3_400, 0)
  })

  test('a forbidden turn is not taken', async () => {
    const ways = [street([1, 2]), street([2, 3]), street([3, 4]), street([4, 1])]
    const noRight =
      "<relation id='1'><member type='way' ref='1' role='from'/>" +
      "<member type='node' ref='2' role='via'/><member type='way' ref='2' role='to'/>" +
      "<tag k='type' v='restriction'/><tag k='restriction' v='no_left_turn'/></relation>"
    const [free, bound] = [await routerOf(square, ways), await routerOf(square, ways, noRight)]
    expect(await drive(free)).toBeCloseTo(200, 0)
    expect(await drive(bound)).toBeCloseTo(3_800, 0)
  })

  test('a bollard stops cars, a gate delays them', async () => {
    const ways = [street([1, 2, 3, 4])]
    const bollard = await routerOf(barred({ barrier: 'bollard' }), ways)
    const gate = await routerOf(barred({ barrier: 'gate' }), ways)
    const ends = [at(100, 0), at(900, 0)] as const
    await expect(bollard.route([...ends])).rejects.toMatchObject({ code: 'NoRoute' })
    expect((await gate.route([...ends])).seconds).toBeCloseTo(140, 0)
  })

  test('footpaths, building sites and private tracks are no roads', async () => {
    const closed = [
      { highway: 'footway' },
      { highway: 'construction' },
      { highway: 'residential', access: 'no' },
      { highway: 'residential', area: 'yes' },
    ]
    for (const tags of closed) {
      const router = await routerOf(square, [{ refs: [1, 2], tags }, street([3, 4])])
      expect((await router.nearest(at(500, 300))).meters).toBeCloseTo(700, 0)
    }
  })

  test('a fast detour beats a slow short cut', async () => {
    const fast = { highway: 'primary', maxspeed: '100' }
    const router = await routerOf(square, [
      street([1, 4], { highway: 'living_street', maxspeed: '10' }),
      street([1, 2, 3, 4], fast),
    ])
    const route = await router.route([at(0, 0), at(0, 1_000)])
    expect(route.meters).toBeCloseTo(3_000, 0)
  })
})

describe('PBF', () => {
  test('the same map as XML and as PBF gives the same graph and addresses', async () => {
    const lights = { highway: 'traffic_signals', 'addr:street': 'Ö & <Weg>' }
    const nodes = square.with(2, Object.assign({ tags: lights }, square[2]))
    const house = {
      x: -500,
      y: -700,
      tags: { 'addr:housenumber': '7a', 'addr:street': 'Ö & <Weg>' },
    }
    const ways = [street([1, 2, 3], { oneway: 'yes', name: 'Ö' }), street([3, 4, 1])]
    const all = [...nodes, house] as { x: number; y: number; tags?: Record<string, string> }[]
    const xml = await mapOf(
      drawn(
        all.map(({ x, y, tags }) => ({ x, y, tags: escaped(tags) })),
        ways,
      ),
    )
    const coordinates = all.map(({ x, y, tags }) => Object.assign(at(x, y), { tags }))
    for (const packing of ['raw', 'zlib'] as const) {
      const bytes = asPbf(coordinates, ways, packing)
      const pbf = await mapOf(bytes, 'map.osm.pbf')
      expect(pbf.version).toBe(createHash('sha256').update(bytes).digest('hex').slice(0, 16))
      expect(pbf.addresses).toEqual([
        {
          number: '7a',
          street: 'Ö & <Weg>',
          place: {
            lon: expect.closeTo(at(-500, 0).lon, 6),
            lat: expect.closeTo(at(0, -700).lat, 6),
          },
        },
      ])
      const [a, b] = [buildGraph(xml), buildGraph(pbf)]
      expect(b.turns).toEqual(a.turns)
      expect(b.weight).toEqual(a.weight)
      expect(b.stretches.names).toEqual(a.stretches.names)
    }
    expect(xml.addresses[0]!.street).toBe('Ö & <Weg>')
  })

  test('a file that is no map is refused', async () => {
    await expect(mapOf('hello')).rejects.toThrow(/holds no node/)
  })
})

describe('search', () => {
  test('finds what brute force finds, outwards and inwards, on random maps', async () => {
    await fc.assert(
      fc.asyncProperty(randomMap, fc.infiniteStream(fc.nat(1_000)), async (parts, numbers) => {
        const graph = buildGraph(await mapOf(drawn(...parts)))
        const search = createSearch(graph)
        const pick = () => pointOn(graph, numbers)
        const root = pick()
        const others = Array.from({ length: 5 }, pick)
        for (const direction of ['out', 'into'] as const) {
          const targets = targetsOf(graph, others, direction)
          search.run(root, targets)
          for (const [index, other] of others.entries()) {
            const [from, to] = direction === 'out' ? [root, other] : [other, root]
            const cost = search.costTo(targets.points[index]!)
            expect(cost?.weight ?? Infinity).toBe(bruteForce(graph, from, to))
          }
        }
      }),
      { numRuns: 150 },
    )
  })
})

const randomMap = fc.integer({ min: 3, max: 9 }).chain((count) => {
  const coordinate = fc.integer({ min: 0, max: 900 })
  const ref = fc.integer({ min: 1, max: count })
  const way = fc.record({
    refs: fc.uniqueArray(ref, { minLength: 2, maxLength: 4 }),
    tags: fc.record({
      highway: fc.constantFrom('primary', 'residential', 'living_street'),
      oneway: fc.constantFrom('yes', 'no', '-1'),
      access: fc.constantFrom('yes', 'yes', 'private'),
    }),
  })
  return fc.tuple(
    fc.array(fc.record({ x: coordinate, y: coordinate }), { minLength: count, maxLength: count }),
    fc.array(way, { minLength: 1, maxLength: 10 }),
  )
})

function pointOn(graph: RoadGraph, numbers: Iterator<number>): OnRoad {
  const { forward, backward, first, offset } = graph.stretches
  const stretch = numbers.next().value % forward.length
  const length = offset[first[stretch + 1]! - 1]!
  const arcs = [forward[stretch]!, backward[stretch]!].filter((arc) => arc >= 0)
  const share = (numbers.next().value % 11) / 10
  return { place: at(0, 0), meters: 0, stretch, at: length * share, arcs }
}

/** Bellman and Ford: over all turns, again and again, until nothing becomes cheaper. */
function bruteForce(graph: RoadGraph, from: OnRoad, to: OnRoad): number {
  const before = (arc: number, point: OnRoad) => {
    const length = graph.meters[arc]!
    const done = graph.along[arc] === 1 ? point.at : length - point.at
    return length > 0 ? Math.round(graph.weight[arc]! * (done / length)) : 0
  }
  // What it costs to be at the end of an arc.
  const ends = new Map(from.arcs.map((arc) => [arc, graph.weight[arc]! - before(arc, from)]))
  let best = Infinity
  for (const arc of from.arcs) {
    const length = graph.meters[arc]!
    const [here, there] = [from, to].map(({ at: from0 }) =>
      graph.along[arc] === 1 ? from0 : length - from0,
    )
    if (to.arcs.includes(arc) && there! >= here!) best = before(arc, to) - before(arc, from)
  }
  const { out } = graph.turns
  for (let changed = true; changed;) {
    changed = false
    for (let turn = 0; turn < out.arc.length; turn++) {
      const reached = ends.get(out.from[turn]!)
      if (reached === undefined) continue
      const next = out.arc[turn]!
      const start = reached + out.weight[turn]!
      if (to.arcs.includes(next)) best = Math.min(best, start + before(next, to))
      if (start + graph.weight[next]! >= (ends.get(next) ?? Infinity)) continue
      ends.set(next, start + graph.weight[next]!)
      changed = true
    }
  }
  return best
}
