// Decides what a sweep simulates next: a pure function of what is asked and what is known, so that a sweep that was
// interrupted, or is spread over machines, does what an uninterrupted one does.
import { figureNames, type Figures } from '../day.ts'
import type { HashedScenario } from './experiment.ts'
import { figureFacts } from './figures.ts'
import type { ScenarioDocument } from './model.ts'
import { endsOf, type Point, pointsOf, type Space, type Value } from './space.ts'

/** All of a sweep; plain JSON. */
export interface TunePlan {
  scenario: HashedScenario
  space: Space
  seed: number
  level: number
  warmUpHours: number
  /** Of the program: days of another one are other days. */
  program: string
}

export interface TunePoint {
  point: Point
  scenario: HashedScenario
  /** The method chose it, or it is the scenario as it is. */
  isCandidate: boolean
  /** The ends of a tornado's bars that it is: everything as it is but for this one parameter. */
  endOf: { parameter: string; value: Value }[]
}

export interface TuneTask {
  /** Its place among the points. */
  at: number
  replication: number
}

export interface KnownDay extends TuneTask {
  figures: Figures
}

/** The scenario as it is comes first; nothing is there twice. Every one of them is checked before any runs. */
export function expandPlan(
  { scenario, space, seed }: Pick<TunePlan, 'scenario' | 'space' | 'seed'>,
  check: (document: unknown, name: string) => HashedScenario,
): TunePoint[] {
  const { document } = scenario
  const label = labelsOf(space)
  const points = new Map<string, TunePoint>()
  const pointAt = (point: Point) => {
    const changed = check(changedBy(document, point), nameOf(point, label))
    const known = points.get(changed.hash)
    if (known !== undefined) return known
    const added: TunePoint = { point, scenario: changed, isCandidate: false, endOf: [] }
    points.set(changed.hash, added)
    return added
  }
  points.set(scenario.hash, { point: {}, scenario, isCandidate: true, endOf: [] })
  for (const point of pointsOf(space, seed)) pointAt(point).isCandidate = true
  for (const [parameter, bounds] of Object.entries(space.parameters)) {
    for (const value of endsOf(bounds)) {
      pointAt({ [parameter]: value }).endOf.push({ parameter, value })
    }
  }
  return [...points.values()]
}

function nameOf(point: Point, label: (pointer: string) => string): string {
  const parts = Object.entries(point).map(([pointer, value]) => `${label(pointer)} ${value}`)
  return parts.length === 0 ? 'as it is' : parts.join(', ')
}

const partsOf = (pointer: string) => pointer.split('/').slice(1)
const lastParts = (pointer: string, length: number) => partsOf(pointer).slice(-length).join('/')

/** What a parameter is called: as much of the end of its pointer as tells it from the others. */
export function labelsOf({ parameters }: Pick<Space, 'parameters'>): (pointer: string) => string {
  const pointers = Object.keys(parameters)
  return (pointer) => {
    const whole = partsOf(pointer).length
    const isOwn = (length: number) =>
      pointers.every(
        (other) => other === pointer || lastParts(other, length) !== lastParts(pointer, length),
      )
    const lengths = Array.from({ length: whole }, (_, nth) => nth + 1)
    return lastParts(pointer, lengths.find(isOwn) ?? whole)
  }
}

/** What is summed up, in words: less is better. */
export function objectiveInWords({ objective: weights }: Pick<Space, 'objective'>): string {
  const terms = figureNames.flatMap((name) => {
    const weight = weights[name]
    if (weight === undefined) return []
    const { label, better } = figureFacts[name]
    return [
      {
        sign: better === 'more' ? '-' : '+',
        text: `${weight === 1 ? '' : `${weight} x `}${label}${inUnits[figureFacts[name].unit]}`,
      },
    ]
  })
  return terms
    .map(({ sign, text }, nth) => (nth === 0 && sign === '+' ? text : `${sign} ${text}`))
    .join(' ')
}

/** The figures as they are reckoned with, which is not always as they are shown. */
const inUnits = {
  orders: '',
  share: ' (0 to 1)',
  minutes: ' (min)',
  km: ' (km)',
  money: ' (cents)',
  grams: ' (g)',
} as const

/** Only fields that are there can be tuned: a slip in a pointer must not go unseen. */
export function changedBy(document: ScenarioDocument, point: Point): ScenarioDocument {
  const changed = structuredClone(document)
  for (const [pointer, value] of Object.entries(point)) setAt(changed, pointer, value)
  return changed
}

function setAt(document: object, pointer: string, value: Value): void {
  const names = pointer.split('/').slice(1).map(unescaped)
  let parent: unknown = document
  for (const name of names.slice(0, -1)) parent = fieldOf(parent, name)
  const last = names.at(-1)!
  if (fieldOf(parent, last) === undefined) throw new Error(`the scenario has no ${pointer} to tune`)
  Reflect.set(Object(parent), last, value)
}

function fieldOf(parent: unknown, name: string): unknown {
  const isThere = typeof parent === 'object' && parent !== null && Object.hasOwn(parent, name)
  return isThere ? Reflect.get(parent, name) : undefined
}

const unescaped = (name: string) => name.replaceAll('~1', '/').replaceAll('~0', '~')

export interface Round {
  /** From 1. */
  round: number
  rounds: number
  /** What is not yet known of this round; in the last round, when this is empty, the sweep is done. */
  tasks: TuneTask[]
  /** Points that are still in the race. */
  left: number[]
}

export function nextRound(
  { space }: Pick<TunePlan, 'space'>,
  points: readonly TunePoint[],
  known: readonly KnownDay[],
): Round {
  const isKnown = new Set(known.map(({ at, replication }) => key(at, replication)))
  const schedule = scheduleOf(space)
  let left = indexes(points, ({ isCandidate }) => isCandidate)
  const others = indexes(points, ({ endOf }) => endOf.length > 0)
  for (const [index, replications] of schedule.entries()) {
    const isLast = index === schedule.length - 1
    // What a tornado compares is compared over all days, and needed only at the end.
    const wanted = isLast ? [...new Set([0, ...left, ...others])] : left
    const tasks = tasksOf(wanted, replications).filter(
      ({ at, replication }) => !isKnown.has(key(at, replication)),
    )
    const round = { round: index + 1, rounds: schedule.length, tasks, left }
    if (isLast || tasks.length > 0) return round
    left = best(space, left, replications, known)
  }
  throw new Error('a sweep has one round or more')
}

const key = (at: number, replication: number) => `${at}:${replication}`

function indexes<T>(list: readonly T[], fits: (one: T) => boolean): number[] {
  return list.flatMap((one, at) => (fits(one) ? [at] : []))
}

/** Day by day before point by point: what is known after an interruption is spread over all points. */
function tasksOf(wanted: readonly number[], replications: number): TuneTask[] {
  return Array.from({ length: replications }, (_, replication) =>
    wanted.map((at) => ({ at, replication })),
  ).flat()
}

/** Replications by round: each round has as many times more as it has fewer points. */
function scheduleOf({ method, replications, halving }: Space): number[] {
  if (method !== 'halving') return [replications]
  const schedule: number[] = []
  let days = Math.min(halving.firstReplications, replications)
  while (days < replications) {
    schedule.push(Math.round(days))
    days /= halving.keepShare
  }
  return [...schedule, replications]
}

function best(
  space: Space,
  left: readonly number[],
  replications: number,
  known: readonly KnownDay[],
): number[] {
  const keep = Math.max(1, Math.ceil(left.length * space.halving.keepShare))
  const sums = new Map(left.map((at) => [at, 0]))
  for (const { at, replication, figures } of known) {
    const sum = sums.get(at)
    if (sum !== undefined && replication < replications)
      sums.set(at, sum + objective(space, figures))
  }
  const ranked = left.toSorted((one, other) => sums.get(one)! - sums.get(other)! || one - other)
  return ranked.slice(0, keep).toSorted((one, other) => one - other)
}

/** Less is better. A figure that a day does not have, as without orders, counts nothing. */
export function objective(space: Space, figures: Figures): number {
  return figureNames.reduce((sum, name) => {
    const value = figures[name]
    const sign = figureFacts[name].better === 'more' ? -1 : 1
    return Number.isFinite(value) ? sum + sign * (space.objective[name] ?? 0) * value : sum
  }, 0)
}
