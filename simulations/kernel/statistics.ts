// Sums up what a run shows: values seen one by one, and levels that hold for a while.

/** Values seen one by one, such as waiting times. Functions only, as in Kernel, for their speed. */
export interface Tally {
  count(): number
  mean(): number
  /** Of the sample; NaN for fewer than two values. */
  variance(): number
  standardDeviation(): number
  least(): number
  greatest(): number
  add(value: number): void
  /** Forgets all, as at the end of a warm-up. */
  restart(): void
}

/** By Welford's update, which loses no digits to a large mean. */
export function openTally(): Tally {
  // count, mean, squares about the mean, least, greatest: no closure's variable, which would box.
  const state = Float64Array.of(0, 0, 0, Infinity, -Infinity)
  const variance = () => (state[0]! < 2 ? Number.NaN : state[2]! / (state[0]! - 1))
  return {
    count: () => state[0]!,
    mean: () => (state[0] === 0 ? Number.NaN : state[1]!),
    variance,
    standardDeviation: () => Math.sqrt(variance()),
    least: () => state[3]!,
    greatest: () => state[4]!,
    add(value) {
      const count = state[0]! + 1
      const off = value - state[1]!
      const mean = state[1]! + off / count
      state[0] = count
      state[1] = mean
      state[2]! += off * (value - mean)
      if (value < state[3]!) state[3] = value
      if (value > state[4]!) state[4] = value
    },
    restart: () => state.set([0, 0, 0, Infinity, -Infinity]),
  }
}

/** A level that holds until it changes, such as the length of a queue. */
export interface Level {
  value(): number
  greatest(): number
  set(atSeconds: number, value: number): void
  change(atSeconds: number, by: number): void
  /** Over the time from the start, or the last restart; NaN while that is none. */
  mean(untilSeconds: number): number
  /** Forgets what was and keeps the level, as at the end of a warm-up. */
  restart(atSeconds: number): void
}

export function openLevel(startSeconds = 0, startValue = 0): Level {
  // from, since, value, area, greatest
  const state = Float64Array.of(startSeconds, startSeconds, startValue, 0, startValue)
  const areaUntil = (atSeconds: number) => {
    if (!(atSeconds >= state[1]!)) {
      throw new RangeError(`a level known at ${state[1]} s is not asked about ${atSeconds} s`)
    }
    return state[3]! + state[2]! * (atSeconds - state[1]!)
  }
  const set = (atSeconds: number, value: number) => {
    state[3] = areaUntil(atSeconds)
    state[1] = atSeconds
    state[2] = value
    if (value > state[4]!) state[4] = value
  }
  return {
    value: () => state[2]!,
    greatest: () => state[4]!,
    set,
    change: (atSeconds, by) => set(atSeconds, state[2]! + by),
    mean: (untilSeconds) => areaUntil(untilSeconds) / (untilSeconds - state[0]!),
    restart: (atSeconds) => {
      areaUntil(atSeconds)
      state.set([atSeconds, atSeconds, state[2]!, 0, state[2]!])
    },
  }
}
