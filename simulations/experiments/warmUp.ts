// Decides how many of a day's first hours count in no figure: as many as were asked for, or by Welch's rule.
import type { Day, FigureName } from '../day.ts'
import { warmUpLength } from '../kernel/warmUp.ts'

export type WarmUpWish = { hours: number } | { welch: FigureName }

/** Days that Welch's curve is drawn from, and how it is read. */
export const welchDays = 10
const welch = { window: 2, tolerance: 0.1 }

export function welchHours(days: readonly Pick<Day, 'hourly'>[], figure: FigureName): number {
  const curves = days.map(({ hourly }) => hourly.map((figures) => figures[figure]))
  const hours = Math.min(...curves.map((curve) => curve.length))
  if (hours < 2 * welch.window + 2) {
    throw new RangeError(`a run of ${hours} hours is too short for Welch's rule`)
  }
  const settled = warmUpLength(curves.map(filled), { welch })
  if (settled === null) {
    throw new RangeError(
      `${figure} does not settle within the run, so that no warm-up can be read from it by Welch's rule: ` +
        'give its hours, or 0 for a day that begins empty as real days do',
    )
  }
  return settled
}

/** An hour without orders has no minutes to the buyer: it says what the hour before it said. */
function filled(curve: readonly number[]): number[] {
  const first = curve.find(Number.isFinite) ?? 0
  let last = first
  return curve.map((value) => (last = Number.isFinite(value) ? value : last))
}
