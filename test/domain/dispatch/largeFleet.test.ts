// Over a city of known legs, a large fleet finds what looking at every vehicle finds: by squares
// and by roads.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { askOf } from '../../../domain/dispatch/ask.ts'
import { openCorridor } from '../../../domain/dispatch/corridor.ts'
import type { DispatchRequest, FleetVehicle } from '../../../domain/dispatch/facts.ts'
import { openFleet, type Fleet } from '../../../domain/dispatch/fleet.ts'
import { openTable, writeVehicle } from '../../../domain/dispatch/fleetTable.ts'
import { openGlances } from '../../../domain/dispatch/glance.ts'
import { openScene, pose } from '../../../domain/dispatch/scene.ts'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import type { Travel } from '../../../domain/dispatch/routeTimes.ts'
import { minutesFromNow, nowMs } from '../facts.ts'
import { drawnRules } from './drawnFleets.ts'

const places = 240
const sideMeters = 12_000

test('who is looked at first, or never, changes nothing of the choice, all day long', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), drawnRules, (seed, drawn) => {
      const below = drawsOf(seed)
      const { legsOf, ...onPlane } = below(2) === 0 ? townOf(below) : openLand(below)
      const { plane: _, ...travel } = onPlane
      const rules = below(2) === 0 ? drawn : { ...drawn, weights: { ...drawn.weights, ...noHurry } }
      const vehicles = Array.from({ length: 60 }, (_one, nth) => vehicleOf(nth, below))
      const all = openFleet({ vehicles, travel, rules, nowMs })
      const known = legsOf ? { ...onPlane, legsOf } : onPlane
      const near = openFleet({ vehicles, travel: known, rules, nowMs })
      for (let nth = 0; nth < 12; nth += 1) {
        const request = requestOf(nth, below)
        const exact = all.judge(request, nowMs)
        const choice = near.insert(request, nowMs)
        expect(choice.rankedIds()).toEqual(exact.rankedIds().slice(0, rules.rankedCandidates))
        expect(choice.chosen).toEqual(exact.chosen)
        const { vehicleId } = vehicles[below(vehicles.length)]!
        for (const fleet of [all, near]) {
          if (exact.chosen) fleet.take(request, exact.chosen)
          const { stops } = fleet.vehicle(vehicleId)!
          if (stops.length > 0) fleet.leave(vehicleId, minutesFromNow(nth))
        }
        const committed = {
          vehicleId: vehicles[below(vehicles.length)]!.vehicleId,
          stops: below(4),
        }
        for (const fleet of [all, near]) commit(fleet, committed.vehicleId, committed.stops)
      }
    }),
    { numRuns: 20 },
  )
})

test('no vehicle is left out by its cell, its box or a glance while it may cost as little as the bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), drawnRules, (seed, drawn) => {
      const below = drawsOf(seed)
      const travel = below(2) === 0 ? townOf(below) : openLand(below)
      const weights = { ...drawn.weights, ...(below(2) === 0 ? noHurry : {}) }
      const rules = { ...drawn, weights, rankedCandidates: 60, maxStopDelayMinutes: 600 }
      const vehicles = Array.from({ length: 60 }, (_one, nth) => vehicleOf(nth, below))
      const request = requestOf(seed, below)
      const exact = openFleet({ vehicles, travel, rules, nowMs }).judge(request, nowMs).ranked()
      const table = openTable(travel, rules, vehicles.length, 4)
      const glances = openGlances(table)
      const corridor = openCorridor(table, travel.plane!, () => -Infinity)
      const write = (row: number, vehicle: FleetVehicle) => {
        const isOther = writeVehicle(table, row, vehicle, nowMs)
        glances.write(row, isOther)
        corridor.write(row, isOther)
      }
      for (const [row, vehicle] of vehicles.entries()) {
        write(row, { ...vehicle, committedStops: below(4) })
        write(row, vehicle)
      }
      const scene = openScene(table, askOf(request, nowMs))
      pose(scene, scene.ask)
      glances.aim(scene)
      corridor.aim(scene.ask)
      for (const { vehicleId, score } of exact) {
        const row = vehicles.findIndex((vehicle) => vehicle.vehicleId === vehicleId)
        expect(corridor.least(row)).toBeLessThanOrEqual(score)
        expect(glances.leastOf(row, Infinity)).toBeLessThanOrEqual(score)
        corridor.aim(scene.ask)
        const out = new Set<number>()
        for (let next = corridor.next(score); next >= 0; next = corridor.next(score)) out.add(next)
        expect(out).toContain(row)
      }
    }),
    { numRuns: 40 },
  )
})

test('a vehicle that passes by is found where its way is free again', () => {
  const xMeters = Array.from({ length: 12 }, (_, at) => at * 3_000)
  const plane = { xMeters, yMeters: xMeters.map(() => 0), fastestMetersPerSecond: 9 }
  const meters = (from: number, to: number) => Math.abs(xMeters[from]! - xMeters[to]!)
  const seconds = (from: number, to: number) => meters(from, to) / 9
  const travel = { dataVersion: 'line', meters, seconds, plane }
  const stops = xMeters.slice(1).map((_, nth) => {
    return { stopId: `${nth}`, at: nth + 1, serviceSeconds: 60, readyAtMs: 0, dueAtMs: null }
  })
  const truck = { ...vehicleOf(0, () => 0), inService: true, at: 0, stops, stock: ['cup'] }
  const fleet = openFleet({ vehicles: [], travel, nowMs, rules: passingOnly })
  fleet.put({ ...truck, committedStops: 4 }, nowMs)
  fleet.put({ ...truck, committedStops: 0 }, nowMs)
  const asked = { requestId: 'order', at: 6, serviceSeconds: 60, dueAtMs: null, itemId: 'cup' }
  const { chosen } = fleet.insert({ kind: 'stocked_on_board', ...asked }, nowMs)
  expect(chosen?.vehicleId).toBe(truck.vehicleId)
})

const passingOnly = { ...defaultDispatchRules, maxDeviationMeters: 1_000 }

function commit(fleet: Fleet, vehicleId: string, committedStops: number): void {
  const vehicle = fleet.vehicle(vehicleId)!
  if (committedStops <= vehicle.stops.length) fleet.put({ ...vehicle, committedStops }, nowMs)
}

/** Then a later stop is as good as the next one. */
const noHurry = { minutesToBuyer: 0, latenessMinutes: 0, waitingMinutes: 0 }

/** Where every road is straight, the bounds are as tight as they get. */
function openLand(below: (limit: number) => number): Travel {
  const [xMeters, yMeters] = [points(below), points(below)]
  const meters = (from: number, to: number) =>
    Math.hypot(xMeters[from]! - xMeters[to]!, yMeters[from]! - yMeters[to]!)
  const seconds = (from: number, to: number) => meters(from, to) / 9
  const plane = { xMeters, yMeters, fastestMetersPerSecond: 9 }
  return { dataVersion: 'open land', seconds, meters, plane }
}

/** Whole seconds and metres, as tables of streets hold them, and a plane that nothing undercuts. */
function townOf(below: (limit: number) => number): Travel {
  const [x, y] = [points(below), points(below)]
  const straight = (from: number, to: number) => Math.hypot(x[from]! - x[to]!, y[from]! - y[to]!)
  const tenths = Array.from({ length: places * places }, () => 10 + below(8))
  const meters = (from: number, to: number) =>
    Math.ceil((straight(from, to) * tenths[from * places + to]!) / 10)
  const seconds = (from: number, to: number) => Math.ceil(meters(from, to) / 9)
  const all = Array.from({ length: places }, (_, place) => place)
  return {
    dataVersion: 'drawn',
    seconds,
    meters,
    plane: { xMeters: x, yMeters: y, fastestMetersPerSecond: 9 },
    legsOf: (place) =>
      all.flatMap((other) => [
        seconds(other, place),
        meters(other, place),
        seconds(place, other),
        meters(place, other),
      ]),
  }
}

const points = (below: (limit: number) => number) =>
  Array.from({ length: places }, () => below(sideMeters))

/** Half of them have nothing to do; the others drive from stop to stop. */
function vehicleOf(nth: number, below: (limit: number) => number): FleetVehicle {
  const stops = Array.from({ length: below(2) * below(12) }, (_, index) => ({
    stopId: `own ${nth} ${index}`,
    at: below(places),
    serviceSeconds: below(600),
    readyAtMs: 0,
    dueAtMs: below(4) === 0 ? minutesFromNow(30 * index) : null,
  }))
  return {
    vehicleId: `v${nth}`,
    inService: below(20) > 0,
    at: below(places / 8),
    freeAtMs: minutesFromNow(below(2) * below(15)),
    stops,
    committedStops: below(2),
    shiftEndsAtMs: minutesFromNow(300),
    machines: Array.from({ length: below(3) }, (_, index) => ({
      machineId: `m${nth} ${index}`,
      kind: below(2) === 0 ? 'quick' : 'slow',
      freeAtMs: minutesFromNow(below(40) - 10),
    })),
    stock: [],
  }
}

function requestOf(nth: number, below: (limit: number) => number): DispatchRequest {
  const asked = {
    requestId: `order ${nth}`,
    at: below(places),
    serviceSeconds: 60,
    dueAtMs: minutesFromNow(30),
  }
  if (below(4) > 0) {
    const quick = { makingMinutes: 8, coolDownMinutes: 1, scrapShare: 0.1 }
    const slow = { makingMinutes: 15, coolDownMinutes: 1 }
    const making = below(3) === 0 ? { quick } : { quick, slow }
    return { kind: 'made_on_board', ...asked, making }
  }
  const pickup = { at: below(places), serviceSeconds: 60, readyAtMs: minutesFromNow(below(20)) }
  return { kind: 'fetched', ...asked, pickup, litres: 2 }
}

/** Whole numbers below a limit, the same for equal seeds. */
function drawsOf(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
