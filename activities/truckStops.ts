// Plans stops on the lists of trucks and writes them, all or none; takes stops off again.
import { DomainError } from '../domain/failure.ts'
import { planStops, type StopPlan } from '../domain/stopPlan.ts'
import { dispatchRulesInForce } from '../storage/rules.ts'
import type { Tx } from '../storage/storage.ts'
import type { OrdersDeps } from './deps.ts'
import type { PlannedFulfilment } from './fulfilments.ts'
import { gatherStops, type StopAsked, type StopScene } from './stopFacts.ts'
import { type Asking, writePlan } from './stopWriting.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'travel' | 'nowMs'>

/** So often the lists of trucks may change under a decision before Temporal tries again later. */
const tries = 5

export interface StopsDecided {
  plan: StopPlan
  scene: StopScene
}

/** Decides for all that are asked, from the facts of this moment, and writes it; null where somebody asks no more. */
export async function decideStopsOf(
  deps: Deps,
  region: string,
  asked: readonly StopAsked[],
  asking: Asking,
): Promise<StopsDecided | null> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const [scene, inForce] = await Promise.all([
      gatherStops(deps, region, asked),
      dispatchRulesInForce(deps.storage, region),
    ])
    const plan = planStops(scene.facts, inForce.rules)
    const written = await writePlan(deps, { region, asked, scene, inForce, plan }, asking)
    if (written === 'written') return { plan, scene }
    if (written === 'withdrawn') return null
  }
  throw new Error('the stop lists changed under every decision')
}

/** Puts one stop on a list at once: for a part that is made, or the truck that an operator names. */
export async function bookStop(
  deps: Deps,
  booking: PlannedFulfilment,
  wantedVehicleId: string,
): Promise<void> {
  const asked = [{ booking, wantedVehicleId }]
  const decided = await decideStopsOf(deps, booking.region, asked, nobodyWaits)
  const [stop] = decided?.plan.stops ?? []
  if (stop?.brought) return
  throw new DomainError(stop?.refusal?.code ?? 'no_vehicle_fits', stop?.refusal?.facts)
}

const nobodyWaits: Asking = {
  stillAsks: async () => await Promise.resolve(true),
  answer: async () => {},
  written: async () => {},
}

export async function unbookStop(
  { sql }: Pick<Tx, 'sql'>,
  fulfilmentId: string,
  { keptOn = '' } = {},
): Promise<void> {
  await sql(
    `update vehicle set stops_version = stops_version + 1, stops = coalesce(
         (select jsonb_agg(s order by at) from jsonb_array_elements(stops) with ordinality as t(s, at)
           where s->>'fulfilmentId' is distinct from $1), '[]')
     where stops @> jsonb_build_array(jsonb_build_object('fulfilmentId', $1::text)) and id <> $2`,
    [fulfilmentId, keptOn],
  )
}
