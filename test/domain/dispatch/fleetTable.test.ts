// What is written of a vehicle that changed is what writing all of it anew would give.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import type { FleetVehicle, RouteStop } from '../../../domain/dispatch/facts.ts'
import { openTable, writeVehicle, type FleetTable } from '../../../domain/dispatch/fleetTable.ts'
import { boundRoute } from '../../../domain/dispatch/routeBounds.ts'
import { minutesFromNow, nowMs } from '../facts.ts'
import { drawnRules, drawnTravel } from './drawnFleets.ts'

const places = 9
const changes = fc.array(
  fc.record({
    row: fc.nat(2),
    what: fc.constantFrom(
      'leave',
      'leave',
      'put in',
      'put in',
      'take out',
      'load',
      'shift',
      'move',
    ),
    at: fc.nat(places - 1),
    minutes: fc.nat(40),
    isPromised: fc.boolean(),
    waits: fc.boolean(),
  }),
  { minLength: 30, maxLength: 80 },
)
type Change = typeof changes extends fc.Arbitrary<(infer One)[]> ? One : never

test('a vehicle that changes all day long has the times and bounds of one that is written anew', () => {
  fc.assert(
    fc.property(changes, drawnTravel, drawnRules, (drawn, travel, rules) => {
      const vehicles = [0, 1, 2].map(idle)
      const kept = openTable(travel, rules, vehicles.length, 2)
      for (const [row, vehicle] of vehicles.entries()) writeVehicle(kept, row, vehicle, nowMs)
      for (const [nth, change] of drawn.entries()) {
        vehicles[change.row] = changed(vehicles[change.row]!, change, nth)
        writeVehicle(kept, change.row, vehicles[change.row]!, nowMs)
        const anew = openTable(travel, rules, vehicles.length, 2)
        for (const [row, one] of vehicles.entries()) {
          writeVehicle(anew, row, one, nowMs)
          expect(wayOf(kept, row)).toEqual(wayOf(anew, row))
          // Bounds are worked out when they are asked for; what changes then must undo them.
          if (change.isPromised) expect(boundsOf(kept, row)).toEqual(boundsOf(anew, row))
        }
      }
    }),
    { numRuns: 60 },
  )
})

function wayOf(table: FleetTable, row: number) {
  const { place, arrivesMs, startsMs, departsMs, legSeconds, legMeters, legPrice } = table
  return {
    ways: [place, arrivesMs, startsMs, departsMs, legSeconds, legMeters, legPrice].map((column) =>
      figuresOf(table, row, column),
    ),
    drive: table.driveSeconds[row],
    longest: [table.longestLegSeconds[row], table.longestLegMeters[row]],
  }
}

function boundsOf(table: FleetTable, row: number) {
  boundRoute(table, row)
  const { latestByPromise, latestByShift, loadBefore, mostLoadFrom } = table
  return [latestByPromise, latestByShift, loadBefore, mostLoadFrom].map((column) =>
    figuresOf(table, row, column),
  )
}

function figuresOf({ begin, stops }: FleetTable, row: number, column: Float64Array | Int32Array) {
  return [...column.subarray(begin[row], begin[row]! + stops[row]!)]
}

function changed(vehicle: FleetVehicle, change: Change, nth: number): FleetVehicle {
  const { stops } = vehicle
  const position = stops.length === 0 ? 0 : change.at % stops.length
  const next = stops[0]
  const kinds: Record<Change['what'], Partial<FleetVehicle>> = {
    leave: next ? { at: next.at, freeAtMs: minutesFromNow(nth), stops: stops.slice(1) } : {},
    'put in': { stops: stops.toSpliced(position, 0, stopOf(change, nth, stops)) },
    'take out': { stops: stops.toSpliced(position, 1) },
    load: { loadLitres: change.minutes },
    shift: { shiftEndsAtMs: minutesFromNow(change.minutes) },
    move: { at: change.at, freeAtMs: minutesFromNow(nth) },
  }
  return { ...vehicle, ...kinds[change.what] }
}

function stopOf(
  { at, minutes, isPromised, waits }: Change,
  nth: number,
  stops: readonly RouteStop[],
) {
  const loads = stops[0]
  return {
    stopId: `stop ${nth}`,
    at,
    serviceSeconds: 60,
    readyAtMs: waits ? minutesFromNow(minutes) : 0,
    dueAtMs: isPromised ? minutesFromNow(minutes) : null,
    loadLitres: (minutes % 5) - 2,
    ...(waits && loads ? { readyAfter: { stopId: loads.stopId, minutes: 3 } } : {}),
  }
}

function idle(row: number): FleetVehicle {
  return {
    vehicleId: `vehicle ${row}`,
    inService: true,
    at: row,
    freeAtMs: nowMs,
    stops: [],
    committedStops: 0,
    shiftEndsAtMs: minutesFromNow(240),
    machines: [],
  }
}
