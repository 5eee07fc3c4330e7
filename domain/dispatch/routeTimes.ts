// Driving between places, as every decision about vehicles gets it.

import type { TravelTable } from './engine/problem.ts'

/** Driving between places by their index, all from one map; Infinity where no road leads. */
export interface Travel {
  dataVersion: string
  seconds(from: number, to: number): number
  meters(from: number, to: number): number
  /** Where the places are; with it a large fleet is searched from near to far. */
  plane?: Plane
  /** All of it, row by row; with it a batch need not ask leg by leg. */
  table?: TravelTable
  /**
   * All legs of one place; with it a request need not ask leg by leg. Four figures of each other
   * place: seconds and metres from there, seconds and metres back.
   */
  legsOf?: (place: number) => ArrayLike<number>
}

/**
 * Places by their index on a plane on which no road is shorter than the straight line, and none is driven faster. It
 * never changes a choice: it only spares looking at vehicles that cannot be chosen.
 */
export interface Plane {
  xMeters: ArrayLike<number>
  yMeters: ArrayLike<number>
  fastestMetersPerSecond: number
}

/** The same roads, driven at a multiple of what the map says. */
export function atSpeed(travel: Travel, speed: number): Travel {
  if (speed === 1) return travel
  return {
    dataVersion: travel.dataVersion,
    seconds: (from, to) => travel.seconds(from, to) / speed,
    meters: (from, to) => travel.meters(from, to),
  }
}
