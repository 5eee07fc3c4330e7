// Fleets and requests as chance draws them, and routes driven the slow and plain way to hold the fast one against.
import * as fc from 'fast-check'
import type { DispatchRequest, FleetVehicle, RouteStop } from '../../../domain/dispatch/facts.ts'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import type { Travel } from '../../../domain/dispatch/routeTimes.ts'
import type { DispatchRules } from '../../../domain/model/dispatchRules.ts'
import { minutesFromNow, nowMs } from '../facts.ts'

const places = 9
const at = fc.integer({ min: 0, max: places - 1 })
const whole = (min: number, max: number) => fc.integer({ min, max })

/** Roads a fifth longer than the straight line, at nine metres a second. */
export const drawnTravel: fc.Arbitrary<Travel> = fc
  .array(fc.record({ x: whole(0, 9_000), y: whole(0, 9_000) }), {
    minLength: places,
    maxLength: places,
  })
  .map((points) => {
    const meters = (from: number, to: number) =>
      Math.hypot(points[from]!.x - points[to]!.x, points[from]!.y - points[to]!.y) * 1.2
    return {
      dataVersion: 'drawn',
      meters,
      seconds: (from: number, to: number) => meters(from, to) / 9,
      plane: {
        xMeters: points.map(({ x }) => x),
        yMeters: points.map(({ y }) => y),
        fastestMetersPerSecond: 9,
      },
    }
  })

const drawnStop = fc.record({
  at,
  serviceSeconds: whole(0, 300),
  readyIn: whole(-10, 40),
  dueIn: fc.option(whole(0, 90)),
  closesIn: fc.option(whole(20, 200)),
  loadLitres: whole(-5, 5),
  isFed: whole(0, 3).map((drawn) => drawn === 0),
})

export const drawnVehicles = fc
  .array(
    fc.record({
      at,
      stops: fc.array(drawnStop, { maxLength: 5 }),
      committedStops: whole(0, 2),
      shiftIn: whole(30, 300),
      capacityLitres: fc.option(whole(10, 40)),
      drivenSeconds: whole(0, 20_000),
      inService: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn > 0),
      freeIn: whole(-5, 20),
      kinds: fc.array(fc.constantFrom('quick', 'slow'), { maxLength: 2 }),
      hasUnit: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((drawn) =>
    drawn.map((one, index): FleetVehicle => ({
      vehicleId: `v${index}`,
      inService: one.inService,
      at: one.at,
      stops: one.stops.map((stop, order) => ({
        stopId: `own ${order}`,
        at: stop.at,
        serviceSeconds: stop.serviceSeconds,
        readyAtMs: minutesFromNow(stop.readyIn),
        dueAtMs: stop.dueIn === null || stop.isFed ? null : minutesFromNow(stop.dueIn),
        loadLitres: stop.loadLitres,
        ...(stop.isFed && order > 0
          ? { readyAfter: { stopId: `own ${order - 1}`, minutes: 15 } }
          : {}),
        ...(stop.closesIn === null ? {} : { closesAtMs: minutesFromNow(stop.closesIn) }),
      })),
      committedStops: one.committedStops,
      shiftEndsAtMs: minutesFromNow(one.shiftIn),
      loadLitres: 5,
      ...(one.capacityLitres === null ? {} : { capacityLitres: one.capacityLitres }),
      drivenSeconds: one.drivenSeconds,
      machines: one.kinds.map((kind, nth) => ({
        machineId: `m${index}${nth}`,
        kind,
        freeAtMs: minutesFromNow(one.freeIn + nth),
      })),
      stock: one.hasUnit ? ['bag'] : [],
    })),
  )

/** `id` keeps those of one fleet apart. */
export function drawnRequest(id: string): fc.Arbitrary<DispatchRequest> {
  const common = {
    requestId: fc.constant(id),
    at,
    serviceSeconds: whole(0, 200),
    dueAtMs: fc.option(whole(10, 90).map(minutesFromNow)),
    closesAtMs: whole(30, 400).map(minutesFromNow),
  }
  const made = fc.record({
    kind: fc.constant('made_on_board' as const),
    ...common,
    making: fc.record({
      quick: fc.record({
        makingMinutes: whole(1, 20),
        coolDownMinutes: whole(0, 3),
        scrapShare: fc.constantFrom(0, 0.3),
      }),
      slow: fc.record({ makingMinutes: whole(10, 40), coolDownMinutes: fc.constant(1) }),
    }),
  })
  const fetched = fc.record({
    kind: fc.constant('fetched' as const),
    ...common,
    litres: whole(0, 12),
    pickup: fc.record({
      at,
      serviceSeconds: whole(0, 100),
      readyAtMs: whole(-10, 60).map(minutesFromNow),
    }),
  })
  const stocked = fc.record({
    kind: fc.constant('stocked_on_board' as const),
    ...common,
    itemId: fc.constant('bag'),
    litres: whole(0, 2),
  })
  const handed = fc.record({
    kind: fc.constant('handed_over' as const),
    ...common,
    direction: fc.constant('to_vehicle' as const),
    lockerId: fc.constant('bank'),
    readyAtMs: whole(0, 30).map(minutesFromNow),
    litres: whole(0, 12),
  })
  return fc.oneof(made, fetched, stocked, handed)
}

const weight = whole(0, 5)
export const drawnRules: fc.Arbitrary<DispatchRules> = fc
  .record({
    weights: fc.record({
      minutesToBuyer: weight,
      latenessMinutes: weight,
      deviationMinutes: weight,
      deviationKilometres: weight,
      waitingMinutes: weight,
      newVehicle: weight,
      scrapRisk: whole(0, 40),
      driverFairness: fc.constantFrom(0, 0, 3),
    }),
    maxDeviationMinutes: whole(5, 60),
    maxDeviationMeters: whole(2_000, 30_000),
    maxStopDelayMinutes: whole(0, 20),
    maxWaitingMinutes: whole(0, 40),
    maxLatenessMinutes: fc.option(whole(0, 60)),
  })
  .map((drawn) => Object.assign({}, defaultDispatchRules, drawn, { rankedCandidates: 2 }))

export interface Driven {
  arrivesMs: number[]
  startsMs: number[]
  departsMs: number[]
  endsMs: number
  seconds: number
  meters: number
  mostLitres: number
}

/** Stop by stop from where the vehicle is, as a driver would tell it. */
export function drive(
  { at: from, freeAtMs = nowMs, loadLitres = 0 }: FleetVehicle,
  stops: readonly RouteStop[],
  travel: Travel,
): Driven {
  const driven: Driven = {
    arrivesMs: [],
    startsMs: [],
    departsMs: [],
    endsMs: freeAtMs,
    seconds: 0,
    meters: 0,
    mostLitres: loadLitres,
  }
  let here = from
  let litres = loadLitres
  for (const stop of stops) {
    driven.seconds += travel.seconds(here, stop.at)
    driven.meters += travel.meters(here, stop.at)
    const arrivesMs = driven.endsMs + travel.seconds(here, stop.at) * 1000
    const loaded = stops.findIndex(({ stopId }) => stopId === stop.readyAfter?.stopId)
    const fedMs =
      loaded < 0 ? -Infinity : driven.departsMs[loaded]! + stop.readyAfter!.minutes * 60e3
    const startsMs = Math.max(arrivesMs, stop.readyAtMs, stop.opensAtMs ?? -Infinity, fedMs)
    driven.endsMs = startsMs + stop.serviceSeconds * 1000
    driven.arrivesMs.push(arrivesMs)
    driven.startsMs.push(startsMs)
    driven.departsMs.push(driven.endsMs)
    litres += stop.loadLitres ?? 0
    driven.mostLitres = Math.max(driven.mostLitres, litres)
    here = stop.at
  }
  return driven
}
