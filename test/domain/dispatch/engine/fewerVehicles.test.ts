// Fewer vehicles: down to what is known to be enough, with everybody served and nothing committed moved.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { insertCheapest } from '../../../../domain/dispatch/engine/construct.ts'
import { fewerVehicles, vehiclesInUse } from '../../../../domain/dispatch/engine/fewerVehicles.ts'
import {
  createProblem,
  deliveryOf,
  pickupOf,
  setRequest,
  setVehicle,
  travelTable,
} from '../../../../domain/dispatch/engine/problem.ts'
import {
  gatherOpen,
  openRoutes,
  setRoute,
  stopsOf,
  type Routes,
} from '../../../../domain/dispatch/engine/routes.ts'
import { expectSound } from './checker.ts'
import { problemOf, recipes } from './problems.ts'

const away = (from: number, to: number) => Math.abs(from - to)

/** So many parcels from door to door along a street, each opening when the one before is delivered. */
function street(parcels: number): Routes {
  const problem = createProblem(
    { vehicles: parcels, requests: parcels },
    travelTable(2 * parcels + 1, away, away),
    { weights: { meter: 1 } },
  )
  for (let vehicle = 0; vehicle < parcels; vehicle += 1) {
    setVehicle(problem, vehicle, { startPlace: 0, startAt: 0, endPlace: 0, capacity: 1, kind: 0 })
  }
  for (let request = 0; request < parcels; request += 1) {
    const at = 2 * request + 1
    setRequest(problem, request, {
      pickup: { place: at, earliest: at, latest: at, load: 1 },
      delivery: { place: at + 1, latest: at + 1, load: -1 },
    })
  }
  return openRoutes(problem)
}

/** One vehicle for each, which is the worst plan that serves all. */
function spreadOut(routes: Routes): void {
  const { problem } = routes
  for (let request = 0; request < problem.requests; request += 1) {
    setRoute(routes, request, [pickupOf(problem, request), deliveryOf(problem, request)])
  }
}

describe('parcels that one vehicle can just carry one after the other', () => {
  test('are carried by one', () => {
    const routes = street(12)
    spreadOut(routes)
    expect(fewerVehicles(routes, { seed: 1, iterations: 2_000 }).vehicles).toBe(1)
    expectSound(routes)
    expect(gatherOpen(routes, new Int32Array(12))).toBe(0)
  })

  test('are put in first where nobody carries them yet', () => {
    const routes = street(12)
    expect(fewerVehicles(routes, { seed: 1, iterations: 2_000 }).vehicles).toBe(1)
    expect(gatherOpen(routes, new Int32Array(12))).toBe(0)
  })

  test('keep their vehicles where no fewer are asked for', () => {
    const routes = street(12)
    spreadOut(routes)
    const given = { vehicles: 12, iterations: 0 }
    expect(fewerVehicles(routes, { seed: 1, iterations: 2_000, atLeast: 12 })).toEqual(given)
  })

  // Nothing comes before what is committed, so that the first four take a vehicle of their own.
  test('stay with the vehicle that is committed to them', () => {
    const routes = street(12)
    spreadOut(routes)
    const own = [pickupOf(routes.problem, 4), deliveryOf(routes.problem, 4)]
    setRoute(routes, 4, own, 2)
    const other = [pickupOf(routes.problem, 9), deliveryOf(routes.problem, 9)]
    setRoute(routes, 9, other, 1)
    expect(fewerVehicles(routes, { seed: 1, iterations: 5_000 }).vehicles).toBe(3)
    expect(stopsOf(routes, 4).slice(0, 2)).toEqual(own)
    expect(stopsOf(routes, 9)[0]).toBe(other[0])
    expectSound(routes)
  })
})

test('nobody who was served is left out, no vehicle is added, and a seed gives one plan', () => {
  fc.assert(
    fc.property(recipes, fc.nat(), (recipe, seed) => {
      const [one, other] = [recipe, recipe].map((same) => {
        const routes = openRoutes(problemOf(same))
        const all = Array.from({ length: same.requests }, (_, request) => request)
        const left = insertCheapest(routes, all)
        const before = vehiclesInUse(routes)
        const { vehicles } = fewerVehicles(routes, { seed, iterations: 100 })
        expectSound(routes)
        expect(gatherOpen(routes, new Int32Array(same.requests))).toBeLessThanOrEqual(left.length)
        if (left.length === 0) expect(vehicles).toBeLessThanOrEqual(before)
        return routes
      })
      expect(one!.next).toEqual(other!.next)
    }),
    { numRuns: 200 },
  )
})
