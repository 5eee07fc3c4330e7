// Says how sure a mean is: Student's intervals over replications, over pairs and over batches.
import { studentQuantile } from './student.ts'
import { openTally } from './statistics.ts'

export interface Interval {
  mean: number
  halfWidth: number
  low: number
  high: number
  /** How many values it stands on. */
  count: number
  level: number
}

/**
 * How it was decided that there are enough values: beforehand, or by looking after each of them whether the interval
 * is narrow enough yet.
 */
export type Looks = 'once' | 'after_each'

/**
 * Whoever looks after each value stops where the deviation happens to be small: plain intervals then hold 93.6 times in
 * 100 instead of 95. Woodroofe (1977) moves such a boundary by a term of 1/n; this one brings back the level.
 */
const stretch: Record<Looks, (count: number) => number> = {
  once: () => 1,
  after_each: (count) => 1 + 1.5 / count,
}

/** Of the mean that independent values, such as one figure of each replication, are drawn around. */
export function confidenceInterval(
  values: Iterable<number>,
  level = 0.95,
  looks: Looks = 'once',
): Interval {
  if (!(level > 0 && level < 1)) throw new RangeError(`a level is between 0 and 1, not ${level}`)
  const tally = openTally()
  for (const value of values) tally.add(value)
  const [count, mean] = [tally.count(), tally.mean()]
  if (count < 2) throw new RangeError('an interval needs two values or more')
  const deviations = studentQuantile((1 + level) / 2, count - 1) * stretch[looks](count)
  const halfWidth = (deviations * tally.standardDeviation()) / Math.sqrt(count)
  return { mean, halfWidth, low: mean - halfWidth, high: mean + halfWidth, count, level }
}

export interface PairedDifference extends Interval {
  /** One is better than the other with this confidence. */
  excludesZero: boolean
}

/** Of second minus first, pair by pair: what two sets of rules did with the same draws. */
export function pairedDifference(
  first: readonly number[],
  second: readonly number[],
  level = 0.95,
  looks: Looks = 'once',
): PairedDifference {
  if (first.length !== second.length) {
    throw new RangeError(`pairs are of one length, not of ${first.length} and ${second.length}`)
  }
  const interval = confidenceInterval(
    first.map((value, at) => second[at]! - value),
    level,
    looks,
  )
  return { ...interval, excludesZero: interval.low > 0 || interval.high < 0 }
}

export interface BatchMeans extends Interval {
  means: readonly number[]
  /** Correlation of each batch with the next: well above 0, batches are too short to trust. */
  nextCorrelation: number
}

/** Of the mean of one long run, whose values lean on each other; what fills no batch is left out. */
export function batchMeans(
  values: ArrayLike<number>,
  { batches = 30, level = 0.95 }: { batches?: number; level?: number } = {},
): BatchMeans {
  const length = Math.floor(values.length / batches)
  if (length < 1) throw new RangeError(`${values.length} values do not fill ${batches} batches`)
  const means = Array.from({ length: batches }, (_, batch) => {
    let sum = 0
    for (let at = batch * length; at < (batch + 1) * length; at += 1) sum += values[at]!
    return sum / length
  })
  return { ...confidenceInterval(means, level), means, nextCorrelation: nextCorrelation(means) }
}

function nextCorrelation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const off = values.map((value) => value - mean)
  const squares = off.reduce((sum, value) => sum + value * value, 0)
  return off.slice(1).reduce((sum, value, at) => sum + value * off[at]!, 0) / squares
}
