// Travel times of a decision: the buyer's from tables, the legs along each way remembered, all from one map.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { travelOf } from '../../../domain/legTable.ts'
import type { Place } from '../../../domain/model/place.ts'
import { openRouter } from '../../../services/router/open.ts'
import { readOsm } from '../../../services/router/osm.ts'
import type { Router } from '../../../services/router/router.ts'
import { travelPlanner } from '../../../services/router/travel.ts'
import { cityWithIsland, ISLAND, ISLAND_END } from './maps.ts'

let city: Awaited<ReturnType<typeof cityWithIsland>>
let router: Router
let houses: Place[]
beforeAll(async () => {
  city = await cityWithIsland()
  router = await openRouter({ mapPath: city.path })
  houses = (await readOsm(city.path)).addresses.map(({ place }) => place)
})
afterAll(async () => await city.drop())

const house = (nth: number): Place => houses[nth]!

test('legs to and from the buyer and along each way are those of the router', async () => {
  const [buyer, site] = [house(5), house(40)]
  const way = [house(100), house(700), house(1_300)]
  const { travel, ...at } = await travelPlanner(router).facts(buyer, [way], [site])
  const [start = -1, middle = -1, end = -1] = at.ways[0] ?? []
  const { legs } = await router.route(way)
  expect([travel.seconds(start, middle), travel.meters(middle, end)]).toEqual([
    legs[0]?.seconds,
    legs[1]?.meters,
  ])
  expect(travel.seconds(end, at.buyer)).toBe((await router.route([house(1_300), buyer])).seconds)
  expect(travel.meters(at.buyer, at.places[0] ?? -1)).toBe(
    (await router.route([buyer, site])).meters,
  )
})

test('a table of legs holds what was asked for, as plain data that travels the same when it is read', async () => {
  const places = [house(5), house(100), house(700), house(1_300)]
  const table = await travelPlanner(router).legs({ places, points: [0], ways: [[1, 2, 3]] })
  const travel = travelOf(JSON.parse(JSON.stringify(table)))
  const driven = async (...stops: Place[]) => (await router.route(stops)).seconds
  expect(travel.seconds(0, 2)).toBeCloseTo(await driven(house(5), house(700)), 0)
  expect(travel.seconds(3, 0)).toBeCloseTo(await driven(house(1_300), house(5)), 0)
  expect(travel.seconds(1, 2)).toBeCloseTo(await driven(house(100), house(700)), 0)
  expect([travel.seconds(1, 1), travel.meters(2, 2)]).toEqual([0, 0])
  // Nobody asked for the way from the first stop to the last, or back.
  expect([travel.seconds(1, 3), travel.meters(2, 1)]).toEqual([Infinity, Infinity])
})

test('a vehicle that drove on is asked about its next leg alone, one that stood still about none', async () => {
  const asked: (readonly Place[])[] = []
  const planner = travelPlanner({
    ...router,
    route: async (stops) => {
      asked.push(stops)
      return await router.route(stops)
    },
  })
  const stops = [house(700), house(1_300)]
  const still = [house(200), house(900)]
  await planner.facts(house(5), [[house(100), ...stops], still], [])
  asked.length = 0
  await planner.facts(house(6), [[house(101), ...stops], still], [])
  expect(asked).toEqual([[house(101), house(700)]])
})

test('when the map changes while it is asked, everything is asked of the new one', async () => {
  let version = 'old'
  const stamped = <T extends object>(answer: T) => ({ ...answer, dataVersion: version })
  const planner = travelPlanner({
    ...router,
    table: async (...question) => stamped(await router.table(...question)),
    route: async (...question) => {
      const answer = stamped(await router.route(...question))
      version = 'new'
      return answer
    },
  })
  const way = [house(100), house(700)]
  await planner.facts(house(5), [way], [])
  const { travel, ways } = await planner.facts(house(6), [way], [])
  expect(travel.dataVersion).toBe('new')
  expect(travel.seconds(ways[0]?.[0] ?? -1, ways[0]?.[1] ?? -1)).toBe(
    (await router.route(way)).seconds,
  )
})

test('where no road leads, a leg is without end and the others are known', async () => {
  const cut = [house(100), ISLAND]
  const whole = [house(200), house(900)]
  const { travel, buyer, ways } = await travelPlanner(router).facts(
    house(5),
    [cut, whole],
    [ISLAND_END],
  )
  const [[start = -1, island = -1] = [], [from = -1, to = -1] = []] = ways
  expect([travel.seconds(start, island), travel.seconds(island, buyer)]).toEqual([
    Infinity,
    Infinity,
  ])
  expect(travel.seconds(from, to)).toBeGreaterThan(0)
  expect(Number.isFinite(travel.seconds(from, to))).toBe(true)
})
