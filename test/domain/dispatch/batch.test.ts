// A batch keeps what stands, books nothing twice, and is never worse than deciding one by one.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { planBatch } from '../../../domain/dispatch/batch.ts'
import type { BatchFacts, BatchPlan } from '../../../domain/dispatch/batchFacts.ts'
import type {
  FleetVehicle,
  HandedOver,
  MadeOnBoard,
  RouteStop,
} from '../../../domain/dispatch/facts.ts'
import { openFleet } from '../../../domain/dispatch/fleet.ts'
import { isCheaper } from '../../../domain/dispatch/planPrice.ts'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import type { DispatchRules } from '../../../domain/model/dispatchRules.ts'
import { minutesFromNow, nowMs, travelOnPlane } from '../facts.ts'
import { drawnRequest, drawnRules, drawnTravel, drawnVehicles, drive } from './drawnFleets.ts'

const aboutEqual = 1e-6
const aboutMs = 1
const ids = ['a', 'b', 'c', 'd', 'e']

const drawnBatch = fc
  .tuple(
    drawnVehicles,
    fc.tuple(...ids.map(drawnRequest)),
    drawnTravel,
    drawnRules,
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([vehicles, requests, travel, rules, standing]) =>
    batchOf({ nowMs, vehicles, requests, travel }, rules, standing),
  )

/** A fleet so large that it is not planned as a whole. */
const drawnLargeBatch = fc
  .tuple(
    fc.array(drawnVehicles, { minLength: 50, maxLength: 50 }),
    fc.array(drawnRequest(''), { minLength: 24, maxLength: 24 }),
    drawnTravel,
    drawnRules,
    fc.constantFrom(0, 30),
  )
  .map(([drawn, asked, travel, rules, iterations]) => {
    const vehicles = drawn
      .flat()
      .map((one, nth) => Object.assign({}, one, { vehicleId: `v${nth}` }))
    const requests = asked.map((one, nth) => Object.assign({}, one, { requestId: `r${nth}` }))
    return batchOf({ nowMs, vehicles, requests, travel }, rules, 22, iterations)
  })

/** The first requests stand on routes already, as deciding one by one has put them there. */
function batchOf(
  facts: BatchFacts,
  drawn: DispatchRules,
  standing: number,
  improvementIterations = 30,
): [BatchFacts, DispatchRules] {
  const { vehicles, requests } = facts
  const rules = { ...drawn, improvementIterations }
  const fleet = openFleet({ ...facts, rules })
  for (const request of requests.slice(0, standing)) {
    const { chosen } = fleet.insert(request, nowMs)
    if (chosen) fleet.take(request, chosen)
  }
  const now = vehicles.map(({ vehicleId }) => fleet.vehicle(vehicleId)!)
  return [{ ...facts, vehicles: now }, rules]
}

test('every plan can be driven as it says, and keeps what stood before it', () => {
  fc.assert(
    fc.property(drawnBatch, fc.nat(9), ([facts, rules], seed) => {
      expect(breaches(facts, planBatch(facts, rules, seed), rules)).toEqual([])
    }),
    { numRuns: 150 },
  )
})

test('deciding together is never dearer than one by one, and equal facts give equal plans', () => {
  fc.assert(
    fc.property(drawnBatch, fc.nat(9), ([facts, rules], seed) => {
      const plan = planBatch(facts, rules, seed)
      const { price, oneByOnePrice } = plan
      expect(price.unserved).toBeLessThanOrEqual(oneByOnePrice.unserved)
      if (price.unserved === oneByOnePrice.unserved) {
        expect(price.score).toBeLessThanOrEqual(oneByOnePrice.score)
      }
      const stood = priceByHand(facts, facts.vehicles, rules)
      const priced = priceByHand(facts, plan.vehicles, rules) - stood
      expect(Math.abs(priced - price.score)).toBeLessThan(
        aboutEqual * (1 + stood + Math.abs(priced)),
      )
      expect(JSON.stringify(planBatch(facts, rules, seed))).toBe(JSON.stringify(plan))
    }),
    { numRuns: 80 },
  )
})

test('of a large fleet what is far away stays as it is, and the rest keeps the same laws', () => {
  let left = 0
  fc.assert(
    fc.property(drawnLargeBatch, fc.nat(9), ([facts, rules], seed) => {
      const plan = planBatch(facts, rules, seed)
      expect(breaches(facts, plan, rules)).toEqual([])
      expect(isCheaper(plan.oneByOnePrice, plan.price)).toBe(false)
      const told = new Set(plan.requests.map(({ requestId }) => requestId))
      const stood = new Set(
        facts.vehicles.flatMap(({ stops }) => stops.map((one) => one.requestId)),
      )
      for (const { requestId } of facts.requests) {
        if (!stood.has(requestId)) expect(told).toContain(requestId)
      }
      left += facts.requests.length - told.size
    }),
    { numRuns: 8 },
  )
  expect(left).toBeGreaterThan(0)
})

test('a fleet that is kept decides as one that is opened anew, and is as it was afterwards', () => {
  fc.assert(
    fc.property(fc.oneof(drawnBatch, drawnLargeBatch), fc.nat(9), ([facts, rules], seed) => {
      const kept = openFleet({ ...facts, rules: { ...rules, rankedCandidates: 1 } })
      const anew = JSON.stringify(planBatch(facts, rules, seed).vehicles)
      for (let turn = 0; turn < 2; turn += 1) {
        const plan = planBatch(facts, rules, seed, kept)
        expect(JSON.stringify(plan.vehicles)).toBe(anew)
        for (const vehicle of facts.vehicles) {
          expect(kept.vehicle(vehicle.vehicleId)).toBe(vehicle)
        }
      }
    }),
    { numRuns: 10 },
  )
})

const line = travelOnPlane([0, 1, 2, 3, 4].map((x) => ({ x: x * 3_000, y: 0 })))
const van = (vehicleId: string, at: number, changes: Partial<FleetVehicle> = {}): FleetVehicle => ({
  vehicleId,
  inService: true,
  at,
  stops: [],
  committedStops: 0,
  shiftEndsAtMs: minutesFromNow(480),
  machines: [{ machineId: `on ${vehicleId}`, kind: 'printer', freeAtMs: nowMs }],
  ...changes,
})
const made = (requestId: string, at: number): MadeOnBoard => ({
  kind: 'made_on_board',
  requestId,
  at,
  serviceSeconds: 60,
  dueAtMs: minutesFromNow(30),
  making: { printer: { makingMinutes: 2, coolDownMinutes: 0 } },
})

test('the first order leaves the van in the middle to the second, which nobody else is near', () => {
  // Alone, the first would take it: both vans are equally far, and the lower id wins.
  const vehicles = [van('middle', 2), van('west', 0)]
  const requests = [made('near both', 1), made('in the east', 4)]
  const plan = planBatch({ nowMs, vehicles, requests, travel: line }, defaultDispatchRules, 1)
  expect(plan.requests.map(({ vehicleId }) => vehicleId)).toEqual(['west', 'middle'])
  expect(plan.foundBy).toBe('together')
  expect(plan.price.score).toBeLessThan(plan.oneByOnePrice.score)
})

test('what is not begun moves to a better vehicle, and what the driver sets off for stays', () => {
  const request = { ...made('cup', 4), dueAtMs: null }
  const stop: RouteStop = {
    stopId: 'stop-cup',
    requestId: 'cup',
    at: 4,
    serviceSeconds: 60,
    readyAtMs: minutesFromNow(32),
    dueAtMs: minutesFromNow(60),
    madeBy: { machineId: 'on far', startsAtMs: minutesFromNow(30) },
  }
  const machines = [{ machineId: 'on far', kind: 'printer', freeAtMs: minutesFromNow(32) }]
  const far = van('far', 0, { stops: [stop], machines })
  const facts = { nowMs, requests: [request], travel: line }
  const moved = planBatch({ ...facts, vehicles: [far, van('near', 4)] }, defaultDispatchRules, 1)
  expect(moved.requests).toMatchObject([
    { vehicleId: 'near', cameFrom: 'far', machineId: 'on near' },
  ])
  expect(moved.vehicles[0]).toMatchObject({
    stops: [],
    machines: [{ freeAtMs: minutesFromNow(30) }],
  })
  const underWay = { ...far, committedStops: 1 }
  const kept = planBatch(
    { ...facts, vehicles: [underWay, van('near', 4)] },
    defaultDispatchRules,
    1,
  )
  expect(kept.vehicles[0]).toBe(underWay)
})

test('a locker takes no more parcels than it has compartments', () => {
  const parcels = ['one', 'two', 'three'].map((requestId): HandedOver => ({
    kind: 'handed_over',
    direction: 'to_locker',
    lockerId: 'bank',
    requestId,
    at: 3,
    serviceSeconds: 30,
    dueAtMs: null,
    vehicleIds: ['van'],
  }))
  const lockers = [{ lockerId: 'bank', freeCompartments: 2 }]
  const facts = { nowMs, vehicles: [van('van', 0)], requests: parcels, travel: line, lockers }
  const { requests } = planBatch(facts, defaultDispatchRules, 1)
  expect(requests.map(({ vehicleId }) => vehicleId)).toEqual(['van', 'van', null])
  expect(requests[2]?.decision).toMatchObject({
    chosen: null,
    candidates: [{ id: 'van', reason: 'no_compartment_free' }],
  })
})

test('each request is told why it is where it is', () => {
  const vehicles = [van('east', 4), van('idle', 0, { inService: false }), van('west', 0)]
  const requests = [made('cup', 3)]
  const { requests: told } = planBatch(
    { nowMs, vehicles, requests, travel: line },
    defaultDispatchRules,
    1,
  )
  const [first] = told
  expect(first?.decision.chosen).toBe('east')
  expect(first?.decision.candidates).toMatchObject([
    { id: 'east', reason: null, details: { machineId: 'on east', position: 0 } },
    { id: 'west', reason: null },
    { id: 'idle', reason: 'out_of_service', score: null },
  ])
  expect(first?.decision.candidates[0]?.terms['minutesToBuyer']).toBe(
    (first!.handsOverAtMs! - nowMs) / 60e3,
  )
})

/** Whatever an inspector with a watch and a list would find wrong with a plan. */
function breaches(facts: BatchFacts, plan: BatchPlan, rules: DispatchRules): string[] {
  const wrong: string[] = []
  const before = new Map(facts.vehicles.map((vehicle) => [vehicle.vehicleId, vehicle]))
  const seen = new Map<string, string>()
  for (const vehicle of plan.vehicles) {
    const stood = before.get(vehicle.vehicleId)!
    const was = drive(stood, stood.stops, facts.travel)
    const is = drive(vehicle, vehicle.stops, facts.travel)
    const say = (what: string) => wrong.push(`${vehicle.vehicleId}: ${what}`)
    const fixed = stood.inService ? stood.committedStops : stood.stops.length
    for (const [index, stop] of stood.stops.slice(0, fixed).entries()) {
      if (vehicle.stops[index]?.stopId !== stop.stopId) say(`${stop.stopId} was committed`)
    }
    if (is.endsMs > Math.max(stood.shiftEndsAtMs, was.endsMs) + aboutMs) say('ends too late')
    const room = Math.max(vehicle.capacityLitres ?? Infinity, was.mostLitres)
    if (is.mostLitres > room) say('is too full')
    for (const [index, stop] of vehicle.stops.entries()) {
      const name =
        stop.requestId === undefined ? `${vehicle.vehicleId} ${stop.stopId}` : stop.stopId
      if (seen.has(name)) say(`${name} twice`)
      seen.set(name, vehicle.vehicleId)
      inspectStop(stop, index, is, say)
    }
    wrong.push(...overlaps(vehicle))
  }
  wrong.push(...lostPromises(facts, plan, rules), ...unpaired(facts, plan, seen))
  return wrong
}

function inspectStop(
  stop: RouteStop,
  index: number,
  is: ReturnType<typeof drive>,
  say: (what: string) => void,
): void {
  if (is.startsMs[index]! < stop.readyAtMs) say(`${stop.stopId} before it is ready`)
  if (stop.madeBy && stop.madeBy.startsAtMs < nowMs - 20 * 60e3) say('is made in the past')
}

/** No machine makes two parts at once. */
function overlaps({ vehicleId, stops }: FleetVehicle): string[] {
  const jobs = stops
    .filter(({ madeBy }) => madeBy)
    .toSorted((a, b) => a.madeBy!.startsAtMs - b.madeBy!.startsAtMs)
  return jobs.flatMap((job, index) => {
    const next = jobs
      .slice(index + 1)
      .find(({ madeBy }) => madeBy!.machineId === job.madeBy!.machineId)
    const isOver = !next || next.madeBy!.startsAtMs >= job.readyAtMs - aboutEqual
    return isOver ? [] : [`${vehicleId}: ${job.madeBy!.machineId} makes two at once`]
  })
}

/** Whoever was told a time is met by then, or no later than before. */
function lostPromises(facts: BatchFacts, plan: BatchPlan, rules: DispatchRules): string[] {
  const arrivals = (vehicles: readonly FleetVehicle[]) =>
    new Map(
      vehicles.flatMap((vehicle) => {
        const { arrivesMs } = drive(vehicle, vehicle.stops, facts.travel)
        return vehicle.stops.map(
          (stop, index) => [nameOf(vehicle, stop), arrivesMs[index]!] as const,
        )
      }),
    )
  const after = arrivals(plan.vehicles)
  const before = arrivals(facts.vehicles)
  return facts.vehicles.flatMap((vehicle) =>
    vehicle.stops.flatMap((stop) => {
      const name = nameOf(vehicle, stop)
      if (!after.has(name)) return [`${name} is lost`]
      const told =
        stop.dueAtMs === null ? Infinity : stop.dueAtMs + rules.maxStopDelayMinutes * 60e3
      const isKept = after.get(name)! <= Math.max(told, before.get(name)!) + aboutMs
      return isKept ? [] : [`${name} is met too late`]
    }),
  )
}

function nameOf({ vehicleId }: FleetVehicle, { requestId, stopId }: RouteStop): string {
  return requestId === undefined ? `${vehicleId} ${stopId}` : stopId
}

/** What is fetched is brought by the same vehicle, later; who has no unit brings none. */
function unpaired(facts: BatchFacts, plan: BatchPlan, seen: ReadonlyMap<string, string>): string[] {
  return plan.vehicles.flatMap((vehicle) => {
    const units =
      facts.vehicles.find(({ vehicleId }) => vehicleId === vehicle.vehicleId)?.stock ?? []
    const bags = facts.requests.filter(
      ({ kind, requestId }) =>
        kind === 'stocked_on_board' && seen.get(`stop-${requestId}`) === vehicle.vehicleId,
    )
    const stood = facts.vehicles.find(({ vehicleId }) => vehicleId === vehicle.vehicleId)!.stops
    const open = bags.filter(({ requestId }) => !stood.some((stop) => stop.requestId === requestId))
    const orphans = vehicle.stops.filter((stop, index) => {
      if (!stop.stopId.startsWith('pickup-')) return false
      return !vehicle.stops.some((one, at) => at > index && one.requestId === stop.requestId)
    })
    return [
      ...orphans.map(({ stopId }) => `${stopId} is brought nowhere`),
      ...(open.length > units.length ? [`${vehicle.vehicleId} has not so many units`] : []),
    ]
  })
}

/** The sum of all terms of all routes. */
function priceByHand(
  { requests, travel, vehicles: before }: BatchFacts,
  vehicles: readonly FleetVehicle[],
  { weights }: DispatchRules,
): number {
  const told = new Map(
    before.flatMap((vehicle) =>
      vehicle.stops.map((stop) => [nameOf(vehicle, stop), stop.dueAtMs ?? Infinity] as const),
    ),
  )
  return vehicles.reduce((sum, vehicle, row) => {
    const driven = drive(vehicle, vehicle.stops, travel)
    const hours = (vehicle.drivenSeconds ?? 0) / 3600
    const isNew = vehicle.stops.length > 0 && before[row]!.stops.length === 0
    const stops = vehicle.stops.map((stop, index) => {
      const request = requests.find(({ requestId }) => requestId === stop.requestId)
      const isDrop = request !== undefined && !stop.stopId.startsWith('pickup-')
      const asked = isDrop ? (request.dueAtMs ?? Infinity) : Infinity
      const dueMs = told.get(nameOf(vehicle, stop)) ?? asked
      const startsMs = driven.startsMs[index]!
      const kind = vehicle.machines.find(
        ({ machineId }) => machineId === stop.madeBy?.machineId,
      )?.kind
      const making = request?.kind === 'made_on_board' ? request.making : {}
      return (
        ((startsMs - driven.arrivesMs[index]!) / 60e3) * weights.waitingMinutes +
        (Math.max(0, startsMs - dueMs) / 60e3) * weights.latenessMinutes +
        (isDrop ? ((startsMs - nowMs) / 60e3) * weights.minutesToBuyer : 0) +
        (making[kind ?? '']?.scrapShare ?? 0) * weights.scrapRisk
      )
    })
    return (
      sum +
      stops.reduce((all, price) => all + price, 0) +
      (driven.seconds / 60) * weights.deviationMinutes +
      (driven.meters / 1000) * weights.deviationKilometres +
      (isNew ? weights.newVehicle : 0) +
      ((hours + driven.seconds / 3600) ** 2 - hours ** 2) * weights.driverFairness
    )
  }, 0)
}
