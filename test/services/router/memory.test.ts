// What the router remembers of ways is what it finds by searching, whoever asks in whatever order, and
// however few roads it may keep.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import type { Place } from '../../../domain/model/place.ts'
import { buildGraph, type RoadGraph } from '../../../services/router/graph.ts'
import { createMemory, type Memory } from '../../../services/router/memory.ts'
import { readOsm } from '../../../services/router/osm.ts'
import {
  createSearch,
  type Direction,
  targetsOf,
  type Search,
} from '../../../services/router/search.ts'
import { createSnapper, type OnRoad } from '../../../services/router/snap.ts'
import { cityWithIsland, ISLAND, ISLAND_END } from './maps.ts'

const bytesARoad = (roads: RoadGraph) => 2 * 12 * roads.arcCount

let city: Awaited<ReturnType<typeof cityWithIsland>>
let graph: RoadGraph
let search: Search
let points: OnRoad[]
beforeAll(async () => {
  city = await cityWithIsland()
  const map = await readOsm(city.path)
  graph = buildGraph(map)
  search = createSearch(graph)
  const snapper = createSnapper(graph)
  const houses = map.addresses.map(({ place }) => place)
  const pairs = houses.slice(0, 2_000).filter((_house, nth) => nth % 40 < 2)
  const places: Place[] = [...pairs, ISLAND, ISLAND_END]
  points = places.map((place) => snapper.nearest(place)!)
})
afterAll(async () => await city.drop())

const question = fc.record({
  direction: fc.constantFrom('out' as const, 'into' as const),
  hub: fc.nat(),
  ends: fc.array(fc.nat(), { minLength: 2, maxLength: 12 }),
})
const pointAt = (nth: number): OnRoad => points[nth % points.length]!

interface Question {
  direction: Direction
  hub: number
  ends: number[]
}

/** Null where the memory has not answered. */
function answers(memory: Memory, { direction, hub, ends }: Question) {
  const told = memory.costs(direction, pointAt(hub), ends.map(pointAt))
  if (!told) return null
  const targets = targetsOf(graph, ends.map(pointAt), direction)
  search.run(pointAt(hub), targets)
  const found = targets.points.map((target) => target && search.costTo(target))
  return { told, found }
}

describe.each([
  ['all roads', 1_000],
  ['few roads', 20],
])('with room for %s', (_name, roads) => {
  test('each way costs what a search finds, or is not known', () => {
    const memory = createMemory(graph, search, roads * bytesARoad(graph))
    let known = 0
    fc.assert(
      fc.property(question, (asked) => {
        const both = answers(memory, asked)
        if (!both) return
        known += 1
        expect(both.told.map((cost) => cost?.weight ?? null)).toEqual(
          both.found.map((cost) => cost?.weight ?? null),
        )
        for (const [nth, cost] of both.told.entries()) {
          // Of two ways of one weight either is right.
          expect(cost?.deciseconds ?? 0).toBeCloseTo(both.found[nth]?.deciseconds ?? 0, -1)
        }
      }),
      { numRuns: 400, seed: 7 },
    )
    expect(known).toBeGreaterThan(40)
  })
})

test('what is asked again and again is soon known, and a single new road is learned at once', () => {
  const memory = createMemory(graph, search)
  const ends = Array.from({ length: 20 }, (_, nth) => pointAt(3 * nth))
  const ask = (more: readonly OnRoad[] = []) => memory.costs('out', pointAt(1), [...ends, ...more])
  let questions = 1
  for (; ask() === null; questions += 1) expect(questions).toBeLessThan(50)
  expect(questions).toBeGreaterThan(1)
  expect(ask([pointAt(61)])).toHaveLength(21)
})

test('what is asked once does not push out what is asked all the time', () => {
  const memory = createMemory(graph, search, 24 * bytesARoad(graph))
  const regular = Array.from({ length: 5 }, (_, nth) => pointAt(4 * nth))
  const ask = (ends: readonly OnRoad[]) => memory.costs('into', pointAt(1), ends)
  while (ask(regular) === null);
  for (let nth = 0; nth < 40; nth += 8) {
    ask(Array.from({ length: 8 }, (_, other) => pointAt(30 + nth + other)))
    expect(ask(regular)).not.toBeNull()
  }
})

test('a question with more roads than there is room for is left to the search', () => {
  const memory = createMemory(graph, search, 4 * bytesARoad(graph))
  const ends = points.slice(0, 10)
  for (let nth = 0; nth < 20; nth += 1) expect(memory.costs('out', pointAt(1), ends)).toBeNull()
})
