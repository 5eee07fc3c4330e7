// A made-up day of dispatch decisions, recorded as production records them.
import type { FleetVehicle, MadeOnBoard } from '../../../domain/dispatch/facts.ts'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import type { LegTable } from '../../../domain/legTable.ts'
import { planStops, type StopFacts } from '../../../domain/stopPlan.ts'
import { openStreams } from '../../../simulations/kernel/streams.ts'
import { type Recording, recordingVersion } from '../../../simulations/recording/recording.ts'

const startsAtMs = Date.UTC(2026, 10, 21, 8)
const minute = 60_000
const trucks = 5
const stopsEach = 4

export function recordedDay(decisions = 12, prefix = ''): Recording {
  return {
    format: 'fabroute-recording',
    version: recordingVersion,
    day: '2026-11-21',
    region: null,
    rules: { 'demo/0': defaultDispatchRules },
    orders: [],
    decisions: Array.from({ length: decisions }, (_, nth) => {
      const facts = factsOf(nth, prefix)
      const plan = planStops(facts, defaultDispatchRules)
      return { region: 'demo', decidedAtMs: facts.nowMs, rulesVersion: 0, facts, plan }
    }),
    outcomes: [],
  }
}

/** Trucks on rounds through a square of ten kilometres; each time one to three orders come. */
function factsOf(nth: number, prefix: string): StopFacts {
  const nowMs = startsAtMs + nth * 20 * minute
  const draw = openStreams(7).purpose('recorded day').of(nth)
  const places: { x: number; y: number }[] = []
  const somewhere = () => places.push({ x: draw.uniform() * 10, y: draw.uniform() * 10 }) - 1
  const requests = Array.from({ length: 1 + (nth % 3) }, (_, one): MadeOnBoard => {
    const making = Object.fromEntries(
      Array.from({ length: trucks }, (__, truck) => [
        `mac_${truck}`,
        { makingMinutes: 8 + 3 * truck, coolDownMinutes: 2 },
      ]),
    )
    const requestId = `${prefix}r${nth}${one}`
    const asked = { at: somewhere(), serviceSeconds: 90, dueAtMs: nowMs + 60 * minute }
    return { kind: 'made_on_board', requestId, ...asked, making }
  })
  const vehicles = Array.from({ length: trucks }, (_, truck): FleetVehicle => {
    const stops = Array.from({ length: stopsEach }, (__, stop) => ({
      stopId: `stop-${truck}${stop}`,
      at: somewhere(),
      serviceSeconds: 60,
      readyAtMs: 0,
      dueAtMs: null,
    }))
    return {
      vehicleId: `veh_${truck}`,
      inService: truck !== nth % trucks,
      at: somewhere(),
      stops,
      committedStops: 1,
      shiftEndsAtMs: nowMs + 8 * 60 * minute,
      machines: [{ machineId: `mac_${truck}`, freeAtMs: nowMs + truck * 5 * minute }],
    }
  })
  return { nowMs, seed: nth, vehicles, requests, named: [], legs: straightLegs(places) }
}

/** Thirty kilometres an hour, as the crow flies. */
function straightLegs(places: readonly { x: number; y: number }[]): LegTable {
  const legs = places.flatMap((from, start) =>
    places.flatMap((to, end) => {
      const meters = Math.round(Math.hypot(from.x - to.x, from.y - to.y) * 1000)
      return start === end ? [] : [start, end, Math.round((meters / 8.33) * 10), meters]
    }),
  )
  return { dataVersion: 'crow', places: places.length, legs }
}
