// Decides how many days are enough, and asks for them: in order, so that threads change nothing.
import type { FigureName } from '../day.ts'
import type { Interval, Looks } from '../kernel/intervals.ts'

/** Either so many days, or days until each of these half-widths is reached. */
export type Stopping =
  | { replications: number }
  | { halfWidths: readonly HalfWidth[]; least: number; most: number }

export interface HalfWidth {
  figure: FigureName
  atMost: number
  /** Of the mean, instead of in the figure's own unit. */
  relative: boolean
}

/** Days that go on until an interval is narrow are looked at after each. */
export function looksOf(stopping: Stopping): Looks {
  return 'replications' in stopping ? 'once' : 'after_each'
}

export interface Progress {
  done: number
  /** So many days will be enough; an estimate while half-widths decide. */
  expected: number
}

export interface Replicated<T> {
  results: T[]
  /** False when the most days were run and a half-width is still wider. */
  reached: boolean
}

interface Replicate<T> {
  stopping: Stopping
  atOnce: number
  run: (replication: number) => Promise<T>
  intervals: (results: readonly T[]) => Record<FigureName, Interval | null>
  onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * Results are looked at in the order of their replications, never of their completion: how many there are is
 * decided by the scenario and the seed alone. What threads have begun beyond that is thrown away.
 */
export async function replicate<T>(options: Replicate<T>): Promise<Replicated<T>> {
  const { stopping, atOnce, run, onProgress } = options
  const most = 'replications' in stopping ? stopping.replications : stopping.most
  const results: T[] = []
  const begun: Promise<T>[] = []
  for (let next = 0; next < most; next += 1) {
    while (begun.length < Math.min(most, next + Math.max(1, atOnce))) {
      begun.push(started(run(begun.length)))
    }
    results.push(await begun[next]!)
    const expected = expectedDays(stopping, results, options.intervals)
    onProgress?.({ done: results.length, expected: Math.min(most, expected) })
    if (expected <= results.length) {
      await Promise.allSettled(begun)
      return { results, reached: true }
    }
  }
  return { results, reached: false }
}

/** A failure is met where its turn comes; until then nobody waits for it, which Node must not mind. */
function started<T>(day: Promise<T>): Promise<T> {
  day.catch(() => undefined)
  return day
}

/** As wide as the interval is now, it shrinks with the root of the number of days. */
function expectedDays<T>(
  stopping: Stopping,
  results: readonly T[],
  intervalsOf: Replicate<T>['intervals'],
): number {
  if ('replications' in stopping) return stopping.replications
  const { halfWidths, least } = stopping
  if (results.length < Math.max(2, least)) return Math.max(2, least)
  const intervals = intervalsOf(results)
  const needed = halfWidths.map(({ figure, atMost, relative }) => {
    const interval = intervals[figure]
    if (interval === null) return results.length + 1
    const allowed = relative ? atMost * Math.abs(interval.mean) : atMost
    if (interval.halfWidth <= allowed) return results.length
    const more = results.length * (interval.halfWidth / allowed) ** 2
    return Math.max(results.length + 1, Math.ceil(more))
  })
  return Math.max(...needed)
}
