// A place in a route as others read it: stops, machine and times, and the candidate of a decision that tells it.
import { reason, ruledOut, type Details, type Reason } from '../decision.ts'
import type { DispatchWeights } from '../model/dispatchRules.ts'
import type { Candidate } from '../model/order.ts'
import type { AfterStop } from './facts.ts'
import { unfairness, type Scene } from './scene.ts'
import {
  ARRIVES,
  codeOf,
  HANDS_OVER,
  LEAVES,
  METERS,
  PICKUP_ARRIVES,
  PICKUP_LEAVES,
  PICKUP_STARTS,
  PICKUP_WAIT,
  reasonCodes,
  SECONDS,
  type Verdict,
} from './verdict.ts'

/**
 * One request put into one route. Position 0 is before the first stop; `beforeStopId` is null at the end. Positions are
 * those of the route as it was, and where both come before the same stop the pick-up is first.
 */
export interface Placement {
  vehicleId: string
  /** Null where nothing is made on board. */
  machineId: string | null
  position: number
  beforeStopId: string | null
  /** Null where nothing is fetched first. */
  pickup: PickupPlacement | null
  /** Null where nothing is made on board. */
  makeStartsAtMs: number | null
  /** Made and cooled down; 0 where nothing has to be waited for. */
  readyAtMs: number
  /** Null where it is made of what is on board. */
  readyAfter: AfterStop | null
  arrivesAtMs: number
  /** When the buyer has it: on arrival, or when it is ready if that is later. */
  handsOverAtMs: number
  leavesAtMs: number
  deviationMeters: number
  deviationSeconds: number
  score: number
}

export interface PickupPlacement {
  position: number
  beforeStopId: string | null
  arrivesAtMs: number
  startsAtMs: number
  leavesAtMs: number
}

export function placementOf({ table, ask }: Scene, verdict: Verdict): Placement {
  const { position, pickupPosition, made, figures, score } = verdict
  const vehicle = table.vehicles[verdict.row]!
  const stopAt = (index: number) => vehicle.stops[index]?.stopId ?? null
  const isMade = made.machine >= 0
  const loading = made.afterStop < 0 ? null : stopAt(made.afterStop)
  return {
    vehicleId: vehicle.vehicleId,
    machineId: isMade ? vehicle.machines[made.machine]!.machineId : null,
    position,
    beforeStopId: stopAt(position),
    pickup: ask.pickup && {
      position: pickupPosition,
      beforeStopId: stopAt(pickupPosition),
      arrivesAtMs: figures[PICKUP_ARRIVES]!,
      startsAtMs: figures[PICKUP_STARTS]!,
      leavesAtMs: figures[PICKUP_LEAVES]!,
    },
    makeStartsAtMs: isMade ? made.startsMs : null,
    readyAtMs: isMade ? made.readyMs : readyWithout(ask.drop.earliestMs),
    readyAfter: loading === null ? null : { stopId: loading, minutes: made.afterMs / 60e3 },
    arrivesAtMs: figures[ARRIVES]!,
    handsOverAtMs: figures[HANDS_OVER]!,
    leavesAtMs: figures[LEAVES]!,
    deviationMeters: figures[METERS]!,
    deviationSeconds: figures[SECONDS]!,
    score,
  }
}

const readyWithout = (earliestMs: number) => (earliestMs > 0 ? earliestMs : 0)

/** A vehicle that fits, or what is against it, with everything that was compared. */
export function candidateOf(scene: Scene, verdict: Verdict): Candidate {
  const { vehicleId } = scene.table.vehicles[verdict.row]!
  if (verdict.position < 0) return ruledOut(vehicleId, reasonOf(scene, verdict))
  const facts = factsOf(scene, verdict)
  const terms = termsOf(scene, verdict)
  if (verdict.code === codeOf.fits) {
    return { id: vehicleId, score: verdict.score, terms, reason: null, details: facts }
  }
  const why = reasonOf(scene, verdict)
  const told = verdict.code === codeOf.unreachable ? {} : terms
  return ruledOut(vehicleId, { code: why.code, details: { ...facts, ...why.details } }, told)
}

function termsOf({ table, ask }: Scene, verdict: Verdict): Record<keyof DispatchWeights, number> {
  const { figures, made, row } = verdict
  const handsOverMs = figures[HANDS_OVER]!
  const waitedMs = handsOverMs - figures[ARRIVES]! + (ask.pickup ? figures[PICKUP_WAIT]! : 0)
  return {
    minutesToBuyer: (handsOverMs - ask.nowMs) / 60e3,
    latenessMinutes: Math.max(0, handsOverMs - ask.dueMs) / 60e3,
    deviationMinutes: figures[SECONDS]! / 60,
    deviationKilometres: figures[METERS]! / 1000,
    waitingMinutes: waitedMs / 60e3,
    newVehicle: table.stops[row] === 0 ? 1 : 0,
    scrapRisk: made.scrapShare,
    driverFairness: unfairness(table, row, figures[SECONDS]!),
  }
}

/**
 * What a person compares: how far, how soon, how long. Infinite figures are left out; JSON has no word for them.
 */
function factsOf({ table, ask }: Scene, verdict: Verdict): Details {
  const { made, position, pickupPosition, row } = verdict
  const vehicle = table.vehicles[row]!
  const machine = vehicle.machines[made.machine]
  const before = (index: number) => vehicle.stops[index]?.stopId ?? 'at the end'
  const facts: Details = {
    metersAway: table.travel.meters(vehicle.at, ask.drop.at),
    position,
    beforeStopId: before(position),
  }
  if (machine) {
    const own = ask.making?.[machine.kind ?? machine.machineId]
    facts['machineId'] = machine.machineId
    facts['freeInMinutes'] =
      Math.max(0, machine.freeAtMs - ask.nowMs, (own?.notBeforeMs ?? 0) - ask.nowMs) / 60e3
    facts['makingMinutes'] = own?.makingMinutes ?? 0
    facts['readyInMinutes'] = (made.readyMs - ask.nowMs) / 60e3
    if (made.afterStop >= 0) facts['materialFromStopId'] = before(made.afterStop)
  }
  if (ask.pickup) {
    facts['pickupPosition'] = pickupPosition
    facts['pickupBeforeStopId'] = before(pickupPosition)
  }
  return Object.fromEntries(
    Object.entries(facts).filter(
      ([, value]) => typeof value !== 'number' || Number.isFinite(value),
    ),
  )
}

/** The code with the limit that it is about. */
export function reasonOf({ table }: Scene, { code, row, score }: Verdict): Reason {
  const { rules } = table
  const name = reasonCodes[code] ?? 'unreachable'
  const limits: Record<string, Details> = {
    deviation_too_long: { maxMinutes: rules.maxDeviationMinutes },
    deviation_too_far: { maxMeters: rules.maxDeviationMeters },
    waits_too_long: { maxMinutes: rules.maxWaitingMinutes },
    too_late: { maxMinutes: rules.maxLatenessMinutes ?? Infinity },
    no_room_on_board: { maxLitres: table.capacity[row] ?? Infinity },
    would_delay_other_stops: { maxMinutes: rules.maxStopDelayMinutes },
    after_shift_end: { shiftEndsAtMs: table.shiftEndsMs[row] ?? Infinity },
    too_far_away: { maxMeters: rules.maxDeviationMeters, maxMinutes: rules.maxDeviationMinutes },
    outranked: Number.isFinite(score) ? { scoreAtLeast: score } : {},
  }
  return reason(name, limits[name] ?? {})
}
