// The stop goes where the rules like it best, exactly as trying every place by hand would find.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import {
  insertStop,
  type DeliveryRequest,
  type RouteStop,
  type VehicleRoute,
} from '../../../domain/dispatch/insert.ts'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import type { DispatchRules } from '../../../domain/model/dispatchRules.ts'
import type { Travel } from '../../../domain/dispatch/routeTimes.ts'
import { metersPerMile, minutesFromNow, nowMs, travelOnPlane } from '../facts.ts'
import { evergreenTerrace } from './evergreenTerrace.ts'

const weights = (changes: Partial<DispatchRules['weights']>): DispatchRules => ({
  ...defaultDispatchRules,
  weights: { ...defaultDispatchRules.weights, ...changes },
})
const deviationWeighsMost = weights({ deviationMinutes: 10, deviationKilometres: 10 })
const timeWeighsMost = weights({
  minutesToBuyer: 10,
  deviationMinutes: 0.1,
  deviationKilometres: 0.1,
})

test('a truck that passes next door wins while deviation weighs most', () => {
  const { request, vehicles, travel } = evergreenTerrace
  const { chosen, decision } = insertStop(request, vehicles, travel, deviationWeighsMost)
  expect(chosen).toMatchObject({
    vehicleId: 'grocery truck',
    beforeStopId: '744 Evergreen Terrace',
  })
  expect(decision.chosen).toBe('grocery truck')
})

test('the van wins while time weighs most', () => {
  const { request, vehicles, travel } = evergreenTerrace
  expect(insertStop(request, vehicles, travel, timeWeighsMost).chosen?.vehicleId).toBe('van')
})

test('the default rules choose as the story does', () => {
  const { request, vehicles, travel } = evergreenTerrace
  const { chosen } = insertStop(request, vehicles, travel, defaultDispatchRules)
  expect(chosen?.vehicleId).toBe('grocery truck')
})

function story(id: string, ...[milesAway, minutesToBuyer, deviationMiles, ...own]: number[]) {
  const [freeInMinutes, makingMinutes] = own
  const waitingMinutes = 0
  return {
    id,
    milesAway,
    minutesToBuyer,
    deviationMiles,
    freeInMinutes,
    makingMinutes,
    waitingMinutes,
  }
}

test('the figures of the story come out as facts of each candidate', () => {
  const { request, vehicles, travel } = evergreenTerrace
  const { decision } = insertStop(request, vehicles, travel, deviationWeighsMost)
  const told = decision.candidates.map(({ id, terms, details }) => ({
    id,
    milesAway: Number(details['metersAway']) / metersPerMile,
    minutesToBuyer: terms['minutesToBuyer'],
    deviationMiles: Math.round(((terms['deviationKilometres'] ?? 0) * 1e4) / metersPerMile) / 10,
    freeInMinutes: details['freeInMinutes'],
    makingMinutes: details['makingMinutes'],
    waitingMinutes: terms['waitingMinutes'],
  }))
  expect(told).toEqual([
    story('grocery truck', 5, 32, 0, 0, 12),
    story('mobile factory', 2, 24, 1.5, 2, 8),
    story('van', 3, 19, 2.5, 0, 12),
  ])
})

const plane = travelOnPlane([
  { x: 0, y: 0 },
  { x: 6000, y: 0 },
  { x: 3000, y: 600 },
  { x: 12_000, y: 0 },
])
const oven = { machineId: 'm', freeAtMs: nowMs, makingMinutes: 1, coolDownMinutes: 0 }
const truck = (changes: Partial<VehicleRoute> = {}): VehicleRoute => ({
  vehicleId: 'truck',
  inService: true,
  at: 0,
  stops: [stop('first', 1), stop('second', 3)],
  committedStops: 0,
  shiftEndsAtMs: minutesFromNow(480),
  machines: [oven],
  ...changes,
})
function stop(stopId: string, at: number, changes: Partial<RouteStop> = {}): RouteStop {
  return { stopId, at, serviceSeconds: 60, readyAtMs: 0, dueAtMs: null, ...changes }
}
const toTwo: DeliveryRequest = { at: 2, serviceSeconds: 120, dueAtMs: null, nowMs }
const insert = (vehicle: VehicleRoute, rules = defaultDispatchRules, request = toTwo) =>
  insertStop(request, [vehicle], plane, rules)

test('the stop goes in on the way, and a leg that is being driven stays as it is', () => {
  expect(insert(truck()).chosen).toMatchObject({ position: 0, beforeStopId: 'first' })
  expect(insert(truck({ committedStops: 1 })).chosen).toMatchObject({
    position: 1,
    beforeStopId: 'second',
  })
})

test('a part that is not made on arrival is waited for at the door', () => {
  const slow = { ...oven, makingMinutes: 8, coolDownMinutes: 2 }
  const chosen = insert(truck({ stops: [], machines: [slow] })).chosen
  expect(chosen?.handsOverAtMs).toBe(minutesFromNow(10))
  expect(chosen?.leavesAtMs).toBe(minutesFromNow(12))
  expect(chosen?.arrivesAtMs).toBeLessThan(minutesFromNow(6))
})

const refusals: [string, Partial<VehicleRoute>, Partial<DispatchRules>][] = [
  ['out_of_service', { inService: false }, {}],
  ['no_machine_on_board_fits', { machines: [] }, {}],
  ['unreachable', { at: 9, stops: [] }, {}],
  ['deviation_too_long', { committedStops: 2 }, { maxDeviationMinutes: 10 }],
  ['deviation_too_far', { committedStops: 2 }, { maxDeviationMeters: 8000 }],
  ['waits_too_long', { machines: [{ ...oven, makingMinutes: 90 }] }, {}],
  ['after_shift_end', { shiftEndsAtMs: minutesFromNow(23) }, {}],
  [
    'would_delay_other_stops',
    { stops: [stop('first', 1, { dueAtMs: minutesFromNow(10) })] },
    { maxStopDelayMinutes: 1, maxDeviationMinutes: 4 },
  ],
]
test.each(refusals)('a truck is refused as %s', (code, vehicle, rules) => {
  const { chosen, decision } = insert(truck(vehicle), { ...defaultDispatchRules, ...rules })
  expect(chosen).toBeNull()
  expect(decision.candidates).toMatchObject([{ id: 'truck', score: null, reason: code }])
})

test('a promised time that must hold refuses a truck that comes later', () => {
  const rules = { ...defaultDispatchRules, maxLatenessMinutes: 0 }
  const due = { ...toTwo, dueAtMs: minutesFromNow(5) }
  expect(insert(truck(), rules, due).decision.candidates[0]?.reason).toBe('too_late')
  expect(insert(truck(), defaultDispatchRules, due).chosen?.vehicleId).toBe('truck')
})

test('equal trucks are told apart by id', () => {
  const twins = [truck({ vehicleId: 'b' }), truck({ vehicleId: 'a' })]
  const { feasible } = insertStop(toTwo, twins, plane, defaultDispatchRules)
  expect(feasible.map(({ vehicleId }) => vehicleId)).toEqual(['a', 'b'])
})

const points = fc.array(
  fc.record({ x: fc.integer({ min: 0, max: 9000 }), y: fc.integer({ min: 0, max: 9000 }) }),
  { minLength: 8, maxLength: 8 },
)
const drawnStop = fc.record({
  at: fc.integer({ min: 1, max: 7 }),
  serviceSeconds: fc.integer({ min: 0, max: 300 }),
  readyIn: fc.integer({ min: -10, max: 40 }),
  dueIn: fc.option(fc.integer({ min: 0, max: 90 })),
})
const drawnVehicle = fc.record({
  at: fc.integer({ min: 1, max: 7 }),
  stops: fc.array(drawnStop, { maxLength: 5 }),
  committedStops: fc.integer({ min: 0, max: 2 }),
  shiftIn: fc.integer({ min: 10, max: 200 }),
  freeIn: fc.integer({ min: -5, max: 20 }),
  makingMinutes: fc.integer({ min: 1, max: 30 }),
  inService: fc.boolean(),
})
const drawnRules = fc.record({
  version: fc.constant(1 as const),
  commitHorizonMinutes: fc.constant(0),
  batchIntervalMs: fc.constant(0),
  improvementIterations: fc.constant(0),
  rankedCandidates: fc.constant(5),
  weights: fc.record({
    minutesToBuyer: fc.integer({ min: 0, max: 5 }),
    latenessMinutes: fc.integer({ min: 0, max: 5 }),
    deviationMinutes: fc.integer({ min: 0, max: 5 }),
    deviationKilometres: fc.integer({ min: 0, max: 5 }),
    waitingMinutes: fc.integer({ min: 0, max: 5 }),
    newVehicle: fc.constant(0),
    scrapRisk: fc.constant(0),
    driverFairness: fc.constant(0),
  }),
  maxDeviationMinutes: fc.integer({ min: 1, max: 40 }),
  maxDeviationMeters: fc.integer({ min: 500, max: 20_000 }),
  maxStopDelayMinutes: fc.integer({ min: 0, max: 20 }),
  maxWaitingMinutes: fc.integer({ min: 0, max: 30 }),
  maxLatenessMinutes: fc.option(fc.integer({ min: 0, max: 30 })),
})

test('insertion finds what trying every position by driving the whole route finds', () => {
  fc.assert(
    fc.property(
      points,
      fc.array(drawnVehicle, { maxLength: 4 }),
      drawnRules,
      fc.option(fc.integer({ min: 5, max: 60 })),
      (places, drawn, rules, dueIn) => {
        const travel = travelOnPlane(places)
        const vehicles = drawn.map((one, index): VehicleRoute => ({
          vehicleId: `v${index}`,
          inService: one.inService,
          at: one.at,
          committedStops: one.committedStops,
          shiftEndsAtMs: minutesFromNow(one.shiftIn),
          stops: one.stops.map((drawnOne, order) => ({
            stopId: `s${order}`,
            at: drawnOne.at,
            serviceSeconds: drawnOne.serviceSeconds,
            readyAtMs: minutesFromNow(drawnOne.readyIn),
            dueAtMs: drawnOne.dueIn === null ? null : minutesFromNow(drawnOne.dueIn),
          })),
          machines: [
            {
              machineId: `m${index}`,
              freeAtMs: minutesFromNow(one.freeIn),
              makingMinutes: one.makingMinutes,
              coolDownMinutes: 1,
            },
          ],
        }))
        const dueAtMs = dueIn === null ? null : minutesFromNow(dueIn)
        const request = { at: 0, serviceSeconds: 90, dueAtMs, nowMs }
        const { chosen, decision } = insertStop(request, vehicles, travel, rules)
        expect(chosen && [chosen.vehicleId, chosen.position]).toEqual(
          byHand(request, vehicles, travel, rules),
        )
        expect(decision.candidates.map(({ id }) => id).toSorted()).toEqual(
          vehicles.map(({ vehicleId }) => vehicleId),
        )
        expect(insertStop(request, vehicles, travel, rules).decision).toEqual(decision)
      },
    ),
    { numRuns: 2000 },
  )
})

/** The naive truth: drive each changed route from start to end and look at every stop. */
function byHand(
  request: DeliveryRequest,
  vehicles: VehicleRoute[],
  travel: Travel,
  rules: DispatchRules,
) {
  const tries = vehicles.flatMap((vehicle) => {
    if (!vehicle.inService) return []
    const [machine] = vehicle.machines
    if (!machine) return []
    const readyAtMs =
      Math.max(nowMs, machine.freeAtMs) + (machine.makingMinutes + machine.coolDownMinutes) * 60e3
    const before = drive(vehicle, vehicle.stops, travel)
    const first = Math.min(vehicle.committedStops, vehicle.stops.length)
    const positions = Array.from({ length: vehicle.stops.length - first + 1 }, (_, i) => first + i)
    return positions.flatMap((position) => {
      const added: RouteStop = { stopId: 'new', ...request, readyAtMs }
      const route = vehicle.stops.toSpliced(position, 0, added)
      const after = drive(vehicle, route, travel)
      const own = after.visits[position]
      if (!own) return []
      const lateMs = Math.max(0, own.startsAtMs - (request.dueAtMs ?? Infinity))
      const deviationMinutes = (after.seconds - before.seconds) / 60
      const deviationMeters = after.meters - before.meters
      const waitingMinutes = (own.startsAtMs - own.arrivesAtMs) / 60e3
      const othersKept = before.visits.every((visit, index) => {
        const now = after.visits[index < position ? index : index + 1]
        const limit = (visit.dueAtMs ?? Infinity) + rules.maxStopDelayMinutes * 60e3
        return now && now.arrivesAtMs <= Math.max(limit, visit.arrivesAtMs)
      })
      const shiftKept =
        after.endsAtMs <=
        (position === vehicle.stops.length
          ? vehicle.shiftEndsAtMs
          : Math.max(vehicle.shiftEndsAtMs, before.endsAtMs))
      const fits =
        othersKept &&
        shiftKept &&
        deviationMinutes <= rules.maxDeviationMinutes &&
        deviationMeters <= rules.maxDeviationMeters &&
        waitingMinutes <= rules.maxWaitingMinutes &&
        lateMs / 60e3 <= (rules.maxLatenessMinutes ?? Infinity)
      const score =
        ((own.startsAtMs - nowMs) / 60e3) * rules.weights.minutesToBuyer +
        (lateMs / 60e3) * rules.weights.latenessMinutes +
        deviationMinutes * rules.weights.deviationMinutes +
        (deviationMeters / 1000) * rules.weights.deviationKilometres +
        waitingMinutes * rules.weights.waitingMinutes
      return fits ? [{ vehicleId: vehicle.vehicleId, position, score }] : []
    })
  })
  const best = tries.toSorted(
    (a, b) =>
      a.score - b.score || a.vehicleId.localeCompare(b.vehicleId) || a.position - b.position,
  )[0]
  return best ? [best.vehicleId, best.position] : null
}

function drive(vehicle: VehicleRoute, stops: readonly RouteStop[], travel: Travel) {
  let [at, endsAtMs, seconds, meters] = [vehicle.at, nowMs, 0, 0]
  const visits = stops.map((one) => {
    seconds += travel.seconds(at, one.at)
    meters += travel.meters(at, one.at)
    const arrivesAtMs = endsAtMs + travel.seconds(at, one.at) * 1000
    const startsAtMs = Math.max(arrivesAtMs, one.readyAtMs)
    endsAtMs = startsAtMs + one.serviceSeconds * 1000
    at = one.at
    return { arrivesAtMs, startsAtMs, dueAtMs: one.dueAtMs }
  })
  return { visits, endsAtMs, seconds, meters }
}
