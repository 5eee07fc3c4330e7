// Ruin and recreate: never worse, never unsound, never moving what is committed, and the same again
// from the same seed.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { improve } from '../../../../domain/dispatch/engine/anneal.ts'
import { insertCheapest } from '../../../../domain/dispatch/engine/construct.ts'
import { requestOf } from '../../../../domain/dispatch/engine/problem.ts'
import {
  openRoutes,
  planPrice,
  setRoute,
  stopsOf,
  type Routes,
} from '../../../../domain/dispatch/engine/routes.ts'
import { expectSound } from './checker.ts'
import { problemOf, recipes, type Recipe } from './problems.ts'

/** A greedy plan with the first stops of some vehicles committed. */
function planned(recipe: Recipe): { routes: Routes; committed: number[][] } {
  const problem = problemOf(recipe)
  const routes = openRoutes(problem)
  const all = Array.from({ length: problem.requests }, (_, request) => request)
  insertCheapest(routes, all.slice(0, -1))
  const committed = Array.from({ length: problem.vehicles }, (_, vehicle) => {
    const stops = stopsOf(routes, vehicle)
    const many = Math.min(stops.length, (recipe.seed + vehicle) % 3)
    setRoute(routes, vehicle, stops, many)
    return stops.slice(0, many)
  })
  return { routes, committed }
}

test('improvement never ends worse than it began, and every plan is sound', () => {
  fc.assert(
    fc.property(recipes, fc.nat(), (recipe, seed) => {
      const { routes } = planned(recipe)
      const before = planPrice(routes)
      const { price, priceBefore } = improve(routes, { seed, iterations: 200 })
      expect(priceBefore).toBe(before)
      expect(price).toBeLessThanOrEqual(before + 1e-6)
      expect(planPrice(routes)).toBe(price)
      expectSound(routes)
    }),
    { numRuns: 120 },
  )
})

test('committed stops stay first, in their order, and their requests with their vehicle', () => {
  fc.assert(
    fc.property(recipes, fc.nat(), (recipe, seed) => {
      const { routes, committed } = planned(recipe)
      improve(routes, { seed, iterations: 200 })
      for (const [vehicle, stops] of committed.entries()) {
        const now = stopsOf(routes, vehicle)
        expect(now.slice(0, stops.length)).toEqual(stops)
        for (const node of stops) {
          const request = requestOf(routes.problem, node)
          if (routes.problem.hasPickup[request] === 1) expect(now).toContain(node | 1)
        }
      }
    }),
    { numRuns: 120 },
  )
})

test('equal input gives equal output', () => {
  fc.assert(
    fc.property(recipes, fc.nat(), (recipe, seed) => {
      const [one, other] = [planned(recipe).routes, planned(recipe).routes]
      improve(one, { seed, iterations: 100 })
      improve(other, { seed, iterations: 100 })
      expect(one.next).toEqual(other.next)
    }),
  )
})
