// One request into routes: the engine finds what trying every spot finds, at the price that driving shows.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { insertByRegret, insertCheapest } from '../../../../domain/dispatch/engine/construct.ts'
import { explain } from '../../../../domain/dispatch/engine/evaluation.ts'
import { openInsertions } from '../../../../domain/dispatch/engine/insertion.ts'
import { isPlain, openPlainInsertions } from '../../../../domain/dispatch/engine/plainInsertion.ts'
import type { Problem } from '../../../../domain/dispatch/engine/problem.ts'
import {
  emptySpot,
  insertAt,
  openRoutes,
  stopsOf,
  vehicleOfRequest,
  type Routes,
} from '../../../../domain/dispatch/engine/routes.ts'
import { drive, expectSound, type Judged } from './checker.ts'
import { nodesOf, problemOf, recipes } from './problems.ts'

test('the best spot is the best of all spots, and its price the exact change', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const problem = problemOf(recipe)
      const routes = openRoutes(problem)
      const insertions = openInsertions(routes)
      const spot = emptySpot()
      for (let request = 0; request < problem.requests; request += 1) {
        const found = insertions.best(request, Infinity, spot)
        expect(found ? spot.price : Infinity).toBeCloseTo(leastOfAll(routes, request), 6)
        if (!found) continue
        const explained = explain(routes, request, spot)
        expect(explained.broken).toBeNull()
        expect(explained.terms.price).toBeCloseTo(spot.price, 6)
        insertAt(routes, request, spot)
        expectSound(routes)
      }
    }),
    { numRuns: 400 },
  )
})

test('where only ways, windows and loads count, the shorter search finds what the walk finds', () => {
  fc.assert(
    fc.property(recipes, fc.nat(400), (recipe, bound) => {
      const problem = problemOf({ ...recipe, plain: true })
      expect(isPlain(problem)).toBe(true)
      const routes = openRoutes(problem)
      insertCheapest(
        routes,
        Array.from({ length: problem.requests - 1 }, (_, r) => r),
      )
      const walk = openInsertions(routes)
      const shorter = openPlainInsertions(routes)
      const [one, other] = [emptySpot(), emptySpot()]
      const last = problem.requests - 1
      for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
        const isFound = shorter.bestInVehicle(last, vehicle, bound, one)
        expect(walk.bestInVehicle(last, vehicle, bound, other)).toBe(isFound)
        if (isFound) expect(one).toEqual(other)
      }
    }),
    { numRuns: 300 },
  )
})

test('nothing is found at or above the bound', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const problem = problemOf(recipe)
      const routes = openRoutes(problem)
      const left = insertCheapest(
        routes,
        Array.from({ length: problem.requests - 1 }, (_, r) => r),
      )
      expect(left.length).toBeLessThan(problem.requests)
      const insertions = openInsertions(routes)
      const spot = emptySpot()
      const last = problem.requests - 1
      if (!insertions.best(last, Infinity, spot)) return
      const least = spot.price
      expect(insertions.best(last, least, spot)).toBe(false)
      expect(insertions.best(last, least + 1e-6, spot)).toBe(true)
      expect(spot.price).toBe(least)
    }),
  )
})

test.each([1, 2, 3])('by regret over %i vehicles all that has a spot is put in, soundly', (k) => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const problem = problemOf(recipe)
      const routes = openRoutes(problem)
      const all = Array.from({ length: problem.requests }, (_, request) => request)
      const left = insertByRegret(routes, all, k)
      expectSound(routes)
      for (const request of all) {
        expect(vehicleOfRequest(routes, request) === -1).toBe(left.includes(request))
      }
      for (const request of left) expect(leastOfAll(routes, request)).toBe(Infinity)
    }),
  )
})

/** Tries every order of stops that has the request in it and the others as they are. */
function leastOfAll(routes: Routes, request: number): number {
  const { problem } = routes
  const [first, second] = nodesOf(problem, request)
  let least = Infinity
  for (let vehicle = 0; vehicle < problem.vehicles; vehicle += 1) {
    const stops = stopsOf(routes, vehicle)
    const before = drive(problem, vehicle, stops)
    for (let one = 0; one <= stops.length; one += 1) {
      for (let other = one; other <= (second === undefined ? one : stops.length); other += 1) {
        const tail = second === undefined ? [] : [second]
        const longer = [...stops.slice(0, one), first!, ...stops.slice(one, other), ...tail]
        const after = drive(problem, vehicle, [...longer, ...stops.slice(other)])
        if (after.wrong.length > 0 || breaksLimits(problem, request, before, after)) continue
        least = Math.min(least, after.price - before.price)
      }
    }
  }
  return least
}

function breaksLimits(problem: Problem, request: number, before: Judged, after: Judged) {
  const { limits } = problem
  return (
    after.seconds - before.seconds > limits.detourSeconds ||
    after.meters - before.meters > limits.detourMeters ||
    nodesOf(problem, request).some((node) => after.waits.get(node)! > limits.waitSeconds)
  )
}
