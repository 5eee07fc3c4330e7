// Driving between places by their index, as plain data: what a decision was decided from can be written down and read.
import type { Travel } from './dispatch/routeTimes.ts'

export interface LegTable {
  /** Of the map that told all of them. */
  dataVersion: string
  places: number
  /** Of each leg that is known: from, to, tenths of seconds, metres. Where nothing is said no road leads. */
  legs: number[]
}

export function travelOf({ dataVersion, places, legs }: LegTable): Travel {
  const known = new Map<number, number>()
  for (let at = 0; at + 3 < legs.length; at += 4) {
    known.set((legs[at] ?? 0) * places + (legs[at + 1] ?? 0), at)
  }
  const figure = (from: number, to: number, offset: 2 | 3): number => {
    if (from === to) return 0
    const at = known.get(from * places + to)
    return at === undefined ? Infinity : (legs[at + offset] ?? Infinity)
  }
  return {
    dataVersion,
    seconds: (from, to) => figure(from, to, 2) / 10,
    meters: (from, to) => figure(from, to, 3),
  }
}

/** The same roads, driven at a multiple of what the map says. */
export function legsAtSpeed(table: LegTable, speed: number): LegTable {
  if (speed === 1) return table
  const legs = table.legs.map((figure, at) => (at % 4 === 2 ? Math.round(figure / speed) : figure))
  return { ...table, legs }
}
