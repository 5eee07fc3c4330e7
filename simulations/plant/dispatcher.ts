// Asks production's dispatcher which vehicle takes an order, and keeps its fleet in step with the plant.
import { planBatch } from '../../domain/dispatch/batch.ts'
import type { BatchPlan } from '../../domain/dispatch/batchFacts.ts'
import type { TravelTable } from '../../domain/dispatch/engine/problem.ts'
import type { DispatchRequest } from '../../domain/dispatch/facts.ts'
import { openFleet, type Fleet } from '../../domain/dispatch/fleet.ts'
import type { Travel } from '../../domain/dispatch/routeTimes.ts'
import type { Candidate } from '../../domain/model/order.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Prepared } from './prepare.ts'
import type { Streets } from './streets.ts'
import type { PlanVehicle } from './vehicles.ts'

/** Where dispatch would put an order; vehicle and machine are those of the layout. */
export interface Placing {
  vehicle: number
  /** -1 where nothing is made on board. */
  machine: number
  /** Before which stop, in the route as it was. */
  position: number
  /** -1 where nothing is fetched. */
  pickupPosition: number
  makeStartsAtMs: number
  arrivesAtMs: number
  deviationSeconds: number
  deviationMeters: number
  score: number
}

export interface Dispatcher {
  /** The vehicle's facts are other than they were. */
  set: (vehicle: number) => void
  place: (request: DispatchRequest & { nowMs: number }) => Placing | null
  /** Decides many together; what stands on routes and is among the requests may be moved. */
  plan: (requests: readonly DispatchRequest[], seed: number) => BatchPlan
  /** Every vehicle of the latest question, with its score or what is against it; where that is wanted. */
  candidates: () => readonly Candidate[]
}

/** Over the facts of all vehicles, which change as the day goes on. */
export function openDispatcher(
  { layout, streets, scenario, midnightMs }: Prepared,
  facts: readonly PlanVehicle[],
  kernel: Kernel,
  wantsCandidates: boolean,
): Dispatcher {
  const given = scenario.rules.dispatch
  const travel = travelOf(streets)
  // Who else was near is of interest where decisions are looked at; the choice is the same.
  const rules = wantsCandidates ? given : { ...given, rankedCandidates: 1 }
  const fleet: Fleet = openFleet({ vehicles: facts, travel, rules, nowMs: midnightMs })
  const vehicleNumbers = numbersOf(layout.vehicles)
  const machineNumbers = numbersOf(layout.machines)
  /** One for all batches: what is known of its places is kept by it. */
  let dense: Travel | null = null
  let candidates: readonly Candidate[] = []
  return {
    set: (vehicle) => fleet.put(facts[vehicle]!, midnightMs + kernel.now() * 1_000),
    place({ nowMs, ...request }) {
      const choice = fleet.insert(request, nowMs)
      if (wantsCandidates) candidates = choice.decision().candidates
      const { chosen } = choice
      return (
        chosen && {
          vehicle: vehicleNumbers.get(chosen.vehicleId)!,
          machine: machineNumbers.get(chosen.machineId ?? '') ?? -1,
          position: chosen.position,
          pickupPosition: chosen.pickup?.position ?? -1,
          makeStartsAtMs: chosen.makeStartsAtMs ?? nowMs,
          arrivesAtMs: chosen.arrivesAtMs,
          deviationSeconds: chosen.deviationSeconds,
          deviationMeters: chosen.deviationMeters,
          score: chosen.score,
        }
      )
    },
    plan(requests, seed) {
      const nowMs = midnightMs + kernel.now() * 1_000
      dense ??= { ...travel, table: tableOf(streets) }
      return planBatch({ nowMs, vehicles: facts, requests, travel: dense }, given, seed, fleet)
    },
    candidates: () => candidates,
  }
}

const travels = new WeakMap<Streets, Travel>()

/** One for all days on a map: what is known of its places is kept by it. */
function travelOf(streets: Streets): Travel {
  const known = travels.get(streets)
  if (known) return known
  const { legs, places, dataVersion, plane } = streets
  const travel = {
    dataVersion,
    seconds: (from: number, to: number) => legs[4 * (from * places + to) + 2]!,
    meters: (from: number, to: number) => legs[4 * (from * places + to) + 3]!,
    legsOf: (place: number) => legs.subarray(4 * place * places, 4 * (place + 1) * places),
    ...(plane ? { plane } : {}),
  }
  travels.set(streets, travel)
  return travel
}

const tables = new WeakMap<Streets, TravelTable>()

/** As the engine reads it; made once for a map. */
function tableOf(streets: Streets): TravelTable {
  const known = tables.get(streets)
  if (known) return known
  const { places, seconds, meters } = streets
  const table = { places, seconds: Float64Array.from(seconds), meters: Float64Array.from(meters) }
  tables.set(streets, table)
  return table
}

function numbersOf(named: readonly { id: string }[]): Map<string, number> {
  return new Map(named.map(({ id }, number) => [id, number]))
}
