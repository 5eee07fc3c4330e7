// Shapes uniform draws into what planners know by name; all but gamma take a fixed number of draws.
import { normalQuantile } from './normal.ts'
import type { Stream } from './streams.ts'

export function uniform(stream: Stream, low: number, high: number): number {
  return low + (high - low) * stream.uniform()
}

/** 0 to count - 1, each as likely. */
export function integerBelow(stream: Stream, count: number): number {
  return Math.floor(stream.uniform() * count)
}

export function exponential(stream: Stream, mean: number): number {
  return -mean * Math.log(1 - stream.uniform())
}

/**
 * By inversion: one draw, and a higher draw is a higher value. So two runs that share draws stay as
 * much alike as their rules allow.
 */
export function normal(stream: Stream, mean: number, standardDeviation: number): number {
  return mean + standardDeviation * normalQuantile(Math.max(stream.uniform(), 2 ** -54))
}

/** Mean and standard deviation of the value itself, as a planner measures them, not of its log. */
export function lognormal(stream: Stream, mean: number, standardDeviation: number): number {
  const relative = standardDeviation / mean
  const logVariance = Math.log1p(relative * relative)
  return Math.exp(normal(stream, Math.log(mean) - logVariance / 2, Math.sqrt(logVariance)))
}

/** Standard deviation is mean / sqrt(shape). By rejection (Marsaglia and Tsang, 2000). */
export function gamma(stream: Stream, shape: number, mean: number): number {
  if (!(shape > 0)) throw new RangeError(`the shape of a gamma distribution is above 0: ${shape}`)
  if (shape >= 1) return (standardGamma(stream, shape) * mean) / shape
  const power = Math.exp(Math.log(1 - stream.uniform()) / shape)
  return (standardGamma(stream, shape + 1) * power * mean) / shape
}

function standardGamma(stream: Stream, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(stream, 0, 1)
    const root = 1 + c * x
    const v = root * root * root
    const chance = Math.log(1 - stream.uniform())
    if (v > 0 && chance < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** The sum of so many exponential phases; one draw each. */
export function erlang(stream: Stream, phases: number, mean: number): number {
  let sum = 0
  for (let phase = 0; phase < phases; phase += 1) sum += exponential(stream, mean / phases)
  return sum
}

export function triangular(stream: Stream, low: number, mode: number, high: number): number {
  const draw = stream.uniform()
  const width = high - low
  const left = mode - low
  return draw * width < left
    ? low + Math.sqrt(draw * width * left)
    : high - Math.sqrt((1 - draw) * width * (high - mode))
}

/** From what was seen, as often as it was seen. */
export function empirical(
  values: readonly number[],
  weights: readonly number[] = values.map(() => 1),
): (stream: Stream) => number {
  const isWeighted = weights.length === values.length && weights.every((weight) => weight >= 0)
  const order = values.map((_, at) => at).toSorted((one, other) => values[one]! - values[other]!)
  const sorted = Float64Array.from(order, (at) => values[at]!)
  let sum = 0
  const upTo = Float64Array.from(order, (at) => (sum += weights[at]!))
  if (!isWeighted || !(sum > 0 && sum < Infinity)) {
    throw new RangeError('each value has a weight of 0 or more, and one at least is above 0')
  }
  return (stream) => {
    const draw = stream.uniform() * sum
    let [low, high] = [0, sorted.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle]! > draw) high = middle
      else low = middle + 1
    }
    return sorted[low]!
  }
}

/** e^-mean is far from 0 as a double up to here; what is more is drawn in pieces. */
const poissonPiece = 500

/** By inversion, one draw for each 500 of the mean. */
export function poisson(stream: Stream, mean: number): number {
  if (!(mean >= 0 && mean < Infinity)) throw new RangeError(`a mean count is 0 or more: ${mean}`)
  let count = 0
  for (let rest = mean; rest > 0; rest -= poissonPiece) {
    count += poissonBelow(stream.uniform(), Math.min(rest, poissonPiece))
  }
  return count
}

function poissonBelow(draw: number, mean: number): number {
  let count = 0
  let chance = Math.exp(-mean)
  let upTo = chance
  // Rounding may keep the sum just under the highest draws: the end is where chances fall to nothing.
  while (draw >= upTo && (count < mean || chance > 2 ** -60)) {
    count += 1
    chance *= mean / count
    upTo += chance
  }
  return count
}
