// Sums up days: each figure with its interval, over the days that have it.
import assert from 'node:assert/strict'
import { type Day, type FigureName, type Figures, figureNames } from '../day.ts'
import {
  confidenceInterval,
  type Interval,
  type Looks,
  pairedDifference,
} from '../kernel/intervals.ts'

/** Null where fewer than two days have the figure: a day without orders has no time to the buyer. */
export type Intervals = Record<FigureName, Interval | null>

export interface Difference extends Interval {
  excludesZero: boolean
}
export type Differences = Record<FigureName, Difference | null>

type WithFigures = Pick<Day, 'figures'>

export function summarize(
  days: readonly WithFigures[],
  level = 0.95,
  looks: Looks = 'once',
): Intervals {
  return byFigure((name) => {
    const values = days.map(({ figures }) => figures[name]).filter(Number.isFinite)
    return values.length < 2 ? null : confidenceInterval(values, level, looks)
  })
}

/** Second minus first, day by day; the days of a pair had the same draws. */
export function differences(
  first: readonly WithFigures[],
  second: readonly WithFigures[],
  level = 0.95,
  looks: Looks = 'once',
): Differences {
  return byFigure((name) => {
    const pairs = first
      .map(({ figures }, at) => [figures[name], second[at]?.figures[name] ?? Number.NaN] as const)
      .filter((pair) => pair.every(Number.isFinite))
    if (pairs.length < 2) return null
    return pairedDifference(
      pairs.map(([one]) => one),
      pairs.map(([, other]) => other),
      level,
      looks,
    )
  })
}

/** Like Object.fromEntries, but the type knows that no figure is missing. */
export function byFigure<T>(of: (name: FigureName) => T): Record<FigureName, T> {
  const figures: Partial<Record<FigureName, T>> = {}
  for (const name of figureNames) figures[name] = of(name)
  assert(hasAll(figures))
  return figures
}

function hasAll<T>(figures: Partial<Record<FigureName, T>>): figures is Record<FigureName, T> {
  return figureNames.every((name) => name in figures)
}

/** NaN does not survive JSON; null comes back as the NaN that it was. */
export function revived(figures: Readonly<Record<FigureName, number | null>>): Figures {
  return byFigure((name) => figures[name] ?? Number.NaN)
}
