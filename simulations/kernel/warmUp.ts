// Decides how much of the start of a run says more about its empty beginning than about the system.

export type WarmUp =
  /** So many values are left out. */
  | { fixed: number }
  /** Welch's: what comes before the smoothed mean over replications has settled is left out. */
  | { welch: WelchRules }

export interface WelchRules {
  /** Neighbours on each side that a value is smoothed with. */
  window: number
  /** Settled is within this share of the mean of the second half. */
  tolerance: number
}

/** How many values to leave out; null when the runs are too short to settle. */
export function warmUpLength(
  replications: readonly ArrayLike<number>[],
  warmUp: WarmUp,
): number | null {
  const length = Math.min(...replications.map((values) => values.length))
  if (!('fixed' in warmUp))
    return settledFrom(welchCurve(replications, warmUp.welch.window), warmUp.welch)
  return warmUp.fixed < length ? warmUp.fixed : null
}

/** The curve that a planner looks at: means over replications, smoothed; as long as it has neighbours. */
export function welchCurve(
  replications: readonly ArrayLike<number>[],
  window: number,
): readonly number[] {
  const length = Math.min(...replications.map((values) => values.length))
  if (!Number.isFinite(length) || !(window >= 0 && 2 * window < length)) {
    throw new RangeError(`runs of ${length} values cannot be smoothed over ${window} neighbours`)
  }
  const upTo = new Float64Array(length + 1)
  for (let at = 0; at < length; at += 1) {
    const sum = replications.reduce((total, values) => total + values[at]!, 0)
    upTo[at + 1] = upTo[at]! + sum / replications.length
  }
  // Near the start the window shrinks to the neighbours that there are, as Welch has it.
  return Array.from({ length: length - window }, (_, at) => {
    const reach = Math.min(at, window)
    return (upTo[at + reach + 1]! - upTo[at - reach]!) / (2 * reach + 1)
  })
}

function settledFrom(curve: readonly number[], { tolerance }: WelchRules): number | null {
  const half = Math.floor(curve.length / 2)
  const steady = curve.slice(half).reduce((sum, value) => sum + value, 0) / (curve.length - half)
  const away = curve.findLastIndex(
    (value) => !(Math.abs(value - steady) <= tolerance * Math.abs(steady)),
  )
  // What has settled only in the half that it was measured by has not been seen to settle.
  return away + 1 <= half ? away + 1 : null
}
