// The rules that days between factories are dispatched by: what planners may tune, as data.

export interface FactoryRules {
  /** Ruins and repairs of the plan at each decision, in all its rounds. */
  iterations: number
  /** Each begins with a forecast of the queues that the plan of the round before would meet. */
  rounds: number
  /** A plan that costs so much more, in the score, is taken with probability 1/e at first and at last. */
  startTemperature: number
  endTemperature: number
  /** What a second until an order arrives counts, beside a second of its lateness: leaves slack for what comes. */
  timeShare: number
  /** A vehicle that is empty stays parked while its plan would bear this delay. */
  parkedWhileSlackSeconds: number
  /** Loads between the same factories are planned as one up to so much, in quarters of a pallet. */
  bundleQuarters: number
  /** And while their promises are no further apart. */
  bundleDueWithinSeconds: number
  /** Queues at docks are forecast in steps of this, so many hours ahead. */
  queueStepSeconds: number
  queueHours: number
  /**
   * What a visit costs, in the score, for a second of it where visitors queue for an hour on average;
   * twice the queue costs four times as much: it is longer, and more stand in it.
   */
  visitPricePerSecond: number
  /** That average is taken over so many hours ahead. */
  visitPriceHours: number
  seed: number
}

export const defaultFactoryRules: FactoryRules = {
  iterations: 500,
  rounds: 5,
  startTemperature: 10,
  endTemperature: 0.1,
  timeShare: 0.001,
  parkedWhileSlackSeconds: 5_400,
  bundleQuarters: 12,
  bundleDueWithinSeconds: 1_800,
  queueStepSeconds: 300,
  queueHours: 12,
  visitPricePerSecond: 24,
  visitPriceHours: 4,
  seed: 1,
}
