// Knows how long who arrives at a place stands in a queue before its visit begins, as a forecast has it.

/** Plans do not change it: who plans makes the forecast, and makes it anew when plans have changed. */
export interface Queues {
  /** When the first step begins. */
  from: number
  stepSeconds: number
  steps: number
  /** At `place * steps + step`: for who arrives when the step begins. */
  seconds: Float64Array
}

/**
 * When the turn comes of who arrives at `clock`. Within a step the queue grows shorter by the second, so
 * that nobody gains by coming later; before the first step nobody queues, after the last nobody joins.
 */
export function turnAt(queues: Queues, place: number, clock: number): number {
  const { from, stepSeconds, steps } = queues
  const step = Math.min(Math.floor((clock - from) / stepSeconds), steps - 1)
  if (step < 0) return clock
  const turn = from + step * stepSeconds + queues.seconds[place * steps + step]!
  return turn > clock ? turn : clock
}
