// A kept fleet finds what trying every place by hand finds, near or far, today as after a day of changes.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import type {
  DispatchRequest,
  FleetVehicle,
  MadeOnBoard,
  RouteStop,
} from '../../../domain/dispatch/facts.ts'
import { openFleet, type FleetFacts } from '../../../domain/dispatch/fleet.ts'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import type { Travel } from '../../../domain/dispatch/routeTimes.ts'
import type { DispatchRules } from '../../../domain/model/dispatchRules.ts'
import { minutesFromNow, nowMs, travelOnPlane } from '../facts.ts'
import { drawnRequest, drawnRules, drawnTravel, drawnVehicles, drive } from './drawnFleets.ts'

const aboutEqual = 1e-6
/** More than the last digits of a time, since the same times are added up in another order. */
const aboutMs = 0.01

test('of all four kinds the best place is the one that driving every changed route finds', () => {
  fc.assert(
    fc.property(
      drawnVehicles,
      drawnRequest('asked'),
      drawnTravel,
      drawnRules,
      (vehicles, request, travel, rules) => {
        const { plane: _, ...withoutPlane } = travel
        const { chosen } = openFleet({ vehicles, travel: withoutPlane, rules, nowMs }).judge(
          request,
          nowMs,
        )
        // On the edge of a limit the last digit decides: with a little more room, and with less.
        const least = byHand(request, vehicles, travel, rules, aboutMs)
        const most = byHand(request, vehicles, travel, rules, -aboutMs)
        expect(chosen?.score ?? Infinity).toBeGreaterThanOrEqual(least - aboutEqual)
        if (most < Infinity) expect(chosen?.score).toBeLessThan(most + aboutEqual)
      },
    ),
    { numRuns: 700 },
  )
})

test('looking from near to far, and only at what can win, never changes the choice', () => {
  fc.assert(
    fc.property(
      drawnVehicles,
      drawnRequest('asked'),
      drawnTravel,
      drawnRules,
      (vehicles, request, travel, rules) => {
        const { plane: _, ...withoutPlane } = travel
        const all = openFleet({ vehicles, travel: withoutPlane, rules, nowMs }).judge(
          request,
          nowMs,
        )
        const near = openFleet({ vehicles, travel, rules, nowMs })
        const choice = near.insert(request, nowMs)
        expect(choice.chosen).toEqual(all.chosen)
        expect(choice.ranked()).toEqual(all.ranked().slice(0, rules.rankedCandidates))
        expect(
          choice
            .decision()
            .candidates.map(({ id }) => id)
            .toSorted(),
        ).toEqual(vehicles.map(({ vehicleId }) => vehicleId))
        expect(near.judge(request, nowMs).ranked()).toEqual(all.ranked())
      },
    ),
    { numRuns: 700 },
  )
})

test('a fleet that was changed stop by stop decides as one that is opened anew', () => {
  const changes = fc.array(
    fc.record({
      what: fc.constantFrom('take', 'leave', 'move', 'drop'),
      nth: fc.nat(3),
      at: fc.nat(8),
    }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(
      drawnVehicles,
      fc.tuple(...['a', 'b', 'c', 'd'].map(drawnRequest)),
      drawnRequest('asked'),
      fc.tuple(drawnTravel, drawnRules),
      changes,
      (vehicles, requests, asked, [travel, rules], drawn) => {
        const kept = openFleet({ vehicles, travel, rules, nowMs })
        for (const { what, nth, at } of drawn) {
          const { vehicleId } = vehicles[nth % vehicles.length]!
          const request = requests[nth]!
          const { chosen } = kept.insert(request, nowMs)
          const hasStops = kept.vehicle(vehicleId)!.stops.length > 0
          if (what === 'take' && chosen) kept.take(request, chosen)
          if (what === 'leave' && hasStops) kept.leave(vehicleId, minutesFromNow(at))
          if (what === 'move') kept.move(vehicleId, at, minutesFromNow(at))
          if (what === 'drop') kept.drop(vehicleId, request.requestId)
        }
        const facts = { travel, rules, nowMs }
        const anew = openFleet({ ...facts, vehicles: kept.ids().map((id) => kept.vehicle(id)!) })
        expect(kept.judge(asked, nowMs).decision()).toEqual(anew.judge(asked, nowMs).decision())
        expect(kept.insert(asked, nowMs).chosen).toEqual(anew.insert(asked, nowMs).chosen)
      },
    ),
    { numRuns: 250 },
  )
})

const line = travelOnPlane([0, 1, 2, 3, 4].map((x) => ({ x: x * 3_000, y: 0 })))
const stop = (stopId: string, at: number, changes: Partial<RouteStop> = {}): RouteStop => ({
  stopId,
  at,
  serviceSeconds: 60,
  readyAtMs: 0,
  dueAtMs: null,
  ...changes,
})
const truck = (changes: Partial<FleetVehicle> = {}): FleetVehicle => ({
  vehicleId: 'truck',
  inService: true,
  at: 0,
  stops: [stop('depot', 1, { loadsMaterials: ['PETG'] }), stop('last', 4)],
  committedStops: 0,
  shiftEndsAtMs: minutesFromNow(480),
  machines: [{ machineId: 'printer', freeAtMs: nowMs, materials: ['PLA'] }],
  ...changes,
})
const handle: MadeOnBoard = {
  kind: 'made_on_board',
  requestId: 'handle',
  at: 2,
  serviceSeconds: 60,
  dueAtMs: null,
  making: { printer: { makingMinutes: 6, coolDownMinutes: 1 } },
  material: 'PETG',
  loadingMinutes: 2,
}
const rules = { ...defaultDispatchRules, maxWaitingMinutes: 60 }
const fleetOf = (vehicle: FleetVehicle, changes: Partial<FleetFacts> = {}) =>
  openFleet({ vehicles: [vehicle], travel: line, rules, nowMs, ...changes })

test('what needs a material that a stop loads is made, and brought, after that stop', () => {
  const { chosen } = fleetOf(truck()).judge(handle, nowMs)
  // Six minutes of driving less one, a minute at the depot, two of loading, seven of making.
  expect(chosen).toMatchObject({ position: 1, readyAtMs: minutesFromNow(6 + 9) })
  expect(chosen?.readyAfter).toEqual({ stopId: 'depot', minutes: 9 })
})

test('whoever comes in before the loading stop is told of what waits for it', () => {
  const fleet = fleetOf(truck())
  const { chosen } = fleet.judge(handle, nowMs)
  fleet.take(handle, chosen!)
  const early = { ...handle, requestId: 'early', at: 0, material: 'PLA' }
  const promised = { ...rules, maxStopDelayMinutes: 0 }
  const strict = fleetOf(fleet.vehicle('truck')!, { rules: promised })
  const anyway = fleet.judge(early, nowMs).decision().candidates[0]
  expect(anyway?.reason).toBeNull()
  const position = strict.judge(early, nowMs).chosen?.position ?? -1
  expect(position).toBeGreaterThan(0)
  fleet.leave('truck', minutesFromNow(20))
  expect(fleet.vehicle('truck')?.stops[0]).toMatchObject({ readyAtMs: minutesFromNow(29) })
  expect(fleet.vehicle('truck')?.machines[0]?.materials).toEqual(['PLA', 'PETG'])
})

const parcel: DispatchRequest = {
  kind: 'fetched',
  requestId: 'parcel',
  at: 3,
  serviceSeconds: 60,
  dueAtMs: null,
  litres: 8,
  pickup: { at: 2, serviceSeconds: 30, readyAtMs: minutesFromNow(5) },
}
const { material: _, ...plain } = handle

describe('a vehicle is told why not', () => {
  test.each<[string, Partial<FleetVehicle>, DispatchRequest]>([
    ['out_of_service', { inService: false }, parcel],
    ['not_this_vehicle', {}, { ...parcel, vehicleIds: ['another'] }],
    ['no_machine_on_board_fits', { machines: [] }, handle],
    ['material_not_on_board', { stops: [] }, handle],
    ['no_room_on_board', { capacityLitres: 5 }, parcel],
    ['closed_then', {}, { ...plain, closesAtMs: minutesFromNow(4) }],
    [
      'not_in_stock_on_board',
      { stock: ['soap'] },
      { ...plain, kind: 'stocked_on_board', itemId: 'bag' },
    ],
  ])('%s', (code, changes, request) => {
    const choice = fleetOf(truck(changes)).judge(request, nowMs)
    expect(choice.chosen).toBeNull()
    expect(choice.decision().candidates).toMatchObject([{ id: 'truck', score: null, reason: code }])
  })
})

test('a vehicle beyond every limit is told to be too far without a look', () => {
  const travel = {
    ...line,
    plane: {
      xMeters: [0, 3e3, 6e3, 9e3, 12e3],
      yMeters: [0, 0, 0, 0, 0],
      fastestMetersPerSecond: 10,
    },
  }
  const near = { ...rules, maxDeviationMeters: 1_000 }
  const choice = fleetOf(truck({ stops: [] }), { travel, rules: near }).insert(plain, nowMs)
  expect(choice.chosen).toBeNull()
  expect(choice.decision().candidates[0]?.reason).toBe('too_far_away')
})

test('a vehicle that passes by is not far, however far apart its stops are', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10_000, y: 0 },
    { x: 5_000, y: 1_000 },
    { x: 5_000, y: 1_400 },
  ]
  const plane = {
    xMeters: points.map(({ x }) => x),
    yMeters: points.map(({ y }) => y),
    fastestMetersPerSecond: 10,
  }
  const free = { minutesToBuyer: 0, deviationMinutes: 0, waitingMinutes: 0 }
  const weights = { ...rules.weights, ...free }
  const vehicles = [
    truck({ vehicleId: 'idle', at: 3, stops: [] }),
    truck({ vehicleId: 'passing', stops: [stop('far', 1)] }),
  ]
  const travel = { ...travelOnPlane(points), plane }
  const asOne = { ...rules, weights, rankedCandidates: 1 }
  const fleet = openFleet({ vehicles, travel, rules: asOne, nowMs })
  expect(fleet.insert(plain, nowMs).chosen?.vehicleId).toBe('passing')
})

test('a decision is explained before the fleet changes, or not at all', () => {
  const fleet = fleetOf(truck())
  const choice = fleet.judge(handle, nowMs)
  fleet.take(handle, choice.chosen!)
  expect(() => choice.decision()).toThrow('the fleet has changed')
})

/** The least score of all places, each by driving the whole route with it; Infinity where none is allowed. */
function byHand(
  request: DispatchRequest,
  vehicles: readonly FleetVehicle[],
  travel: Travel,
  limits: DispatchRules,
  slackMs: number,
): number {
  const scores = vehicles.flatMap((vehicle) => {
    if (!vehicle.inService) return []
    if (request.kind === 'stocked_on_board' && !vehicle.stock?.includes(request.itemId)) return []
    const makers = request.kind === 'made_on_board' ? vehicle.machines : [null]
    const first = Math.min(vehicle.committedStops, vehicle.stops.length)
    return makers.flatMap((machine) => {
      const own = request.kind === 'made_on_board' && machine ? request.making[machine.kind!] : null
      if (machine && !own) return []
      const readyAtMs = own
        ? Math.max(nowMs, machine!.freeAtMs) + (own.makingMinutes + own.coolDownMinutes) * 60e3
        : request.kind === 'handed_over'
          ? request.readyAtMs!
          : 0
      return placesFor(request, vehicle, first, readyAtMs).flatMap((stops) => {
        const scrap = own?.scrapShare ?? 0
        return scoreByHand({ request, vehicle, stops, travel, limits, scrap, slackMs }) ?? []
      })
    })
  })
  return Math.min(...scores)
}

function placesFor(
  request: DispatchRequest,
  { stops }: FleetVehicle,
  first: number,
  readyAtMs: number,
): RouteStop[][] {
  const litres = 'litres' in request ? (request.litres ?? 0) : 0
  const { at, serviceSeconds, closesAtMs } = request
  const loadLitres = request.kind === 'handed_over' ? litres : -litres
  const drop = stop('new', at, { serviceSeconds, closesAtMs: closesAtMs!, readyAtMs, loadLitres })
  const from = Array.from({ length: stops.length - first + 1 }, (_one, nth) => first + nth)
  if (request.kind !== 'fetched') return from.map((index) => stops.toSpliced(index, 0, drop))
  const pickup = stop('pickup', request.pickup.at, { ...request.pickup, loadLitres: litres })
  return from.flatMap((index) =>
    from
      .filter((later) => later >= index)
      .map((later) => stops.toSpliced(later, 0, drop).toSpliced(index, 0, pickup)),
  )
}

interface Tried {
  request: DispatchRequest
  vehicle: FleetVehicle
  stops: RouteStop[]
  travel: Travel
  limits: DispatchRules
  scrap: number
  slackMs: number
}

function scoreByHand(tried: Tried): number | null {
  const { slackMs, request, vehicle, stops, travel, limits, scrap } = tried
  const before = drive(vehicle, vehicle.stops, travel)
  const after = drive(vehicle, stops, travel)
  const own = ['pickup', 'new'].map((id) => stops.findIndex(({ stopId }) => stopId === id))
  const index = own[1]!
  const waits = own
    .filter((nth) => nth >= 0)
    .map((nth) => (after.startsMs[nth]! - after.arrivesMs[nth]!) / 60e3)
  const minutes = (after.seconds - before.seconds) / 60
  const meters = after.meters - before.meters
  const lateMinutes = Math.max(0, after.startsMs[index]! - (request.dueAtMs ?? Infinity)) / 60e3
  const keptAll = vehicle.stops.every((one, nth) => {
    const now = stops.indexOf(one)
    const told = one.dueAtMs === null ? Infinity : one.dueAtMs + limits.maxStopDelayMinutes * 60e3
    const closes = Math.max(one.closesAtMs ?? Infinity, before.startsMs[nth]!)
    return (
      after.arrivesMs[now]! <= Math.max(told, before.arrivesMs[nth]!) + slackMs &&
      after.startsMs[now]! <= closes + slackMs
    )
  })
  const isLast = index === stops.length - 1
  const shiftMs = isLast ? vehicle.shiftEndsAtMs : Math.max(vehicle.shiftEndsAtMs, before.endsMs)
  const fits =
    keptAll &&
    after.endsMs <= shiftMs + slackMs &&
    hasRoom(vehicle, stops, own) &&
    minutes <= limits.maxDeviationMinutes + slackMs &&
    meters <= limits.maxDeviationMeters + slackMs &&
    waits.every((wait) => wait <= limits.maxWaitingMinutes + slackMs) &&
    lateMinutes <= (limits.maxLatenessMinutes ?? Infinity) + slackMs &&
    after.startsMs[index]! <= request.closesAtMs! + slackMs
  if (!fits) return null
  const { weights } = limits
  const hours = ((vehicle.drivenSeconds ?? 0) + before.seconds) / 3600
  return (
    ((after.startsMs[index]! - nowMs) / 60e3) * weights.minutesToBuyer +
    lateMinutes * weights.latenessMinutes +
    minutes * weights.deviationMinutes +
    (meters / 1000) * weights.deviationKilometres +
    waits.reduce((sum, wait) => sum + wait, 0) * weights.waitingMinutes +
    (vehicle.stops.length === 0 ? weights.newVehicle : 0) +
    scrap * weights.scrapRisk +
    ((hours + minutes / 60) ** 2 - hours ** 2) * weights.driverFairness
  )
}

/** Room for what comes on board, while it is on board; what was too full before is not asked. */
function hasRoom(
  { capacityLitres = Infinity, loadLitres = 0 }: FleetVehicle,
  stops: RouteStop[],
  own: number[],
): boolean {
  const [pickup = -1, drop = -1] = own
  const comesOnBoard = Math.max(
    pickup >= 0 ? stops[pickup]!.loadLitres! : 0,
    stops[drop]!.loadLitres!,
  )
  let litres = loadLitres
  return stops.every((one, index) => {
    litres += one.loadLitres ?? 0
    const isOnBoard = pickup >= 0 ? index >= pickup && index < drop : index >= drop
    return (
      !isOnBoard ||
      comesOnBoard < 0 ||
      (pickup < 0 && comesOnBoard === 0) ||
      litres <= capacityLitres
    )
  })
}
