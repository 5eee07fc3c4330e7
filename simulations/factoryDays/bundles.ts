// Puts loads that travel together into bundles: what the engine moves as one request.
import type { OpenLoad } from './dispatching.ts'
import type { FactoryRules } from './rules.ts'

export interface Bundle {
  pickup: number
  delivery: number
  /** In the order in which they are loaded. */
  loads: OpenLoad[]
  quarters: number
}

/** A single load may be more than `bundleQuarters`. */
type BundleLimits = Pick<FactoryRules, 'bundleQuarters' | 'bundleDueWithinSeconds'>

export function bundleOf(load: OpenLoad): Bundle {
  return {
    pickup: load.pickup,
    delivery: load.delivery,
    loads: [load],
    quarters: load.quarters,
  }
}

/** Adds the load where the limits allow it; whether they did. */
export function addTo(bundle: Bundle, load: OpenLoad, limits: BundleLimits): boolean {
  const { pickup, delivery, loads, quarters } = bundle
  if (load.pickup !== pickup || load.delivery !== delivery) return false
  if (quarters + load.quarters > limits.bundleQuarters) return false
  if (
    loads.some(
      ({ dueSeconds }) => apart(dueSeconds, load.dueSeconds) > limits.bundleDueWithinSeconds,
    )
  ) {
    return false
  }
  loads.push(load)
  bundle.quarters += load.quarters
  return true
}

/** Loads that no vehicle has yet, the first promised first. */
export function bundlesOf(loads: readonly OpenLoad[], limits: BundleLimits): Bundle[] {
  const bundles: Bundle[] = []
  for (const load of loads.toSorted((one, other) => one.dueSeconds - other.dueSeconds)) {
    if (!bundles.some((bundle) => addTo(bundle, load, limits))) bundles.push(bundleOf(load))
  }
  return bundles
}

/** One time for all of them: with it their lateness is right once all are late. */
export function dueOf({ loads }: Bundle): number {
  return loads.reduce((sum, { dueSeconds }) => sum + dueSeconds, 0) / loads.length
}

export function firstDueOf({ loads }: Bundle): number {
  return Math.min(...loads.map(({ dueSeconds }) => dueSeconds))
}

function apart(one: number, other: number): number {
  return Math.abs(one - other)
}
