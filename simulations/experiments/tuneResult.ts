// What a sweep has found: each combination against the scenario as it is, the front that nothing beats, and what each
// parameter moves by itself.
import { type FigureName, type Figures, figureNames } from '../day.ts'
import { confidenceInterval, type Interval } from '../kernel/intervals.ts'
import type { HashedScenario } from './experiment.ts'
import { figureFacts } from './figures.ts'
import type { Point, Value } from './space.ts'
import { type Differences, differences, type Intervals, summarize } from './summary.ts'
import { type KnownDay, nextRound, objective, type TunePlan, type TunePoint } from './tunePlan.ts'

export interface TuneResult {
  kind: 'tune'
  scenario: HashedScenario
  plan: Omit<TunePlan, 'scenario'>
  points: TunedPoint[]
  /** Places among the points; the first is the scenario as it is. */
  front: number[]
  best: number
  tornado: Bar[]
}

export interface TunedPoint {
  name: string
  point: Point
  hash: string
  /** It was dropped before the last round. */
  isDropped: boolean
  days: number
  intervals: Intervals
  /** Against the scenario as it is, on the same days. */
  differences: Differences
  objective: Interval | null
}

/** What moves when one parameter goes to its ends and all others stay. */
export interface Bar {
  parameter: string
  ends: { value: Value; differences: Differences }[]
}

export function tuneResult(
  plan: TunePlan,
  points: readonly TunePoint[],
  known: readonly KnownDay[],
): TuneResult {
  const { scenario, ...rest } = plan
  const daysOf = groupedDays(points.length, known)
  const { left } = nextRound(plan, points, known)
  // The ends of the tornado have all days too, and may be what nothing beats.
  const kept = points.flatMap(({ endOf }, at) =>
    at === 0 || endOf.length > 0 || left.includes(at) ? [at] : [],
  )
  const tuned = points.map((point, at): TunedPoint => {
    const days = daysOf[at]!
    const objectives = days.map(({ figures }) => objective(plan.space, figures))
    return {
      name: point.scenario.name,
      point: point.point,
      hash: point.scenario.hash,
      isDropped: !kept.includes(at),
      days: days.length,
      intervals: summarize(days, plan.level),
      differences: differences(daysOf[0]!, days, plan.level),
      objective: objectives.length < 2 ? null : confidenceInterval(objectives, plan.level),
    }
  })
  tuned[0] = { ...tuned[0]!, name: 'as it is' }
  return {
    kind: 'tune',
    scenario,
    plan: rest,
    points: tuned,
    front: paretoFront(kept.map((at) => [at, meansOf(tuned[at]!, plan.space.front)])),
    best: bestOf(tuned, kept),
    tornado: tornadoOf(plan, points, tuned),
  }
}

function groupedDays(count: number, known: readonly KnownDay[]): { figures: Figures }[][] {
  const ordered = known.toSorted((one, other) => one.replication - other.replication)
  const groups = Array.from({ length: count }, (): KnownDay[] => [])
  for (const day of ordered) groups[day.at]?.push(day)
  return groups
}

/** Turned so that less is better. */
function meansOf({ intervals }: TunedPoint, front: readonly FigureName[]): number[] {
  return front.map((name) => {
    const mean = intervals[name]?.mean ?? Number.POSITIVE_INFINITY
    return figureFacts[name].better === 'more' ? -mean : mean
  })
}

/** Those that no other is at least as good as in everything, and better than in something. */
export function paretoFront(points: readonly (readonly [number, readonly number[]])[]): number[] {
  return points
    .filter(([, means]) => !points.some(([, others]) => beats(others, means)))
    .map(([at]) => at)
}

function beats(one: readonly number[], other: readonly number[]): boolean {
  return (
    one.every((value, at) => value <= other[at]!) && one.some((value, at) => value < other[at]!)
  )
}

function bestOf(points: readonly TunedPoint[], kept: readonly number[]): number {
  const mean = (at: number) => points[at]?.objective?.mean ?? Number.POSITIVE_INFINITY
  return kept.toSorted((one, other) => mean(one) - mean(other) || one - other)[0] ?? 0
}

/** The widest bar of the first figure of the front is on top. */
function tornadoOf(
  { space }: TunePlan,
  points: readonly TunePoint[],
  tuned: readonly TunedPoint[],
): Bar[] {
  const bars = Object.keys(space.parameters).map((parameter): Bar => {
    const ends = points.flatMap(({ endOf }, at) =>
      endOf
        .filter((end) => end.parameter === parameter)
        .map(({ value }) => ({ value, differences: tuned[at]!.differences })),
    )
    return { parameter, ends }
  })
  const [figure = figureNames[0]] = space.front
  const width = ({ ends }: Bar) =>
    Math.max(...ends.map((end) => Math.abs(end.differences[figure]?.mean ?? 0)))
  return bars.toSorted((one, other) => width(other) - width(one))
}
