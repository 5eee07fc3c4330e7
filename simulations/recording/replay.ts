// Decides a recorded day again: with its own rules to see that nothing differs, with others to see what would have.
import { isDeepStrictEqual } from 'node:util'
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import { type PlannedStop, planStops } from '../../domain/stopPlan.ts'
import { type Recording, type RecordedDecision, rulesKey } from './recording.ts'

export interface Replayed {
  decisions: number
  stops: number
  /** Decisions of which every figure is the same. */
  equal: number
  first: Difference | null
}

/** Where in a recording a decision is not what it was. */
export interface Difference {
  /** From 1. */
  decision: number
  decidedAtMs: number
  /** Null where the stops themselves are others. */
  requestId: string | null
  was: string
  is: string
}

/** Each decision is taken again from its own facts, with the rules that were in force. */
export function replay(
  recording: Recording,
  onDecision: (done: number) => void = () => {},
): Replayed {
  const found: Replayed = { decisions: recording.decisions.length, stops: 0, equal: 0, first: null }
  for (const [at, recorded] of recording.decisions.entries()) {
    const again = asKept(planStops(recorded.facts, rulesOf(recording, recorded)))
    found.stops += recorded.plan.stops.length
    if (isDeepStrictEqual(again, recorded.plan)) found.equal += 1
    else found.first ??= firstDifference(at, recorded, again.stops)
    onDecision(at + 1)
  }
  return found
}

function rulesOf({ rules }: Recording, { region, rulesVersion }: RecordedDecision): DispatchRules {
  const found = rules[rulesKey(region, rulesVersion)]
  if (!found) throw new Error(`the recording has no rules ${rulesKey(region, rulesVersion)}`)
  return found
}

/** As JSON keeps it: what is not said there is not there. */
function asKept<T>(value: T): T {
  const kept: T = JSON.parse(JSON.stringify(value))
  return kept
}

function firstDifference(
  at: number,
  { decidedAtMs, plan }: RecordedDecision,
  again: readonly PlannedStop[],
): Difference {
  const where = { decision: at + 1, decidedAtMs }
  const nth = plan.stops.findIndex((stop, index) => !isDeepStrictEqual(stop, again[index]))
  const [was, is] = [plan.stops[nth], again[nth]]
  if (!was || !is)
    return { ...where, requestId: null, was: countOf(plan.stops), is: countOf(again) }
  return { ...where, requestId: was.requestId, ...partedIn(was, is) }
}

const countOf = ({ length }: readonly PlannedStop[]) => `${length} stops`

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** The first field in which two decisions about one stop differ, and what stands there. */
function partedIn(was: unknown, is: unknown, path = ''): { was: string; is: string } {
  if (isObject(was) && isObject(is)) {
    const [one, other] = [new Map(Object.entries(was)), new Map(Object.entries(is))]
    for (const key of new Set([...one.keys(), ...other.keys()])) {
      if (isDeepStrictEqual(one.get(key), other.get(key))) continue
      return partedIn(one.get(key), other.get(key), `${path}/${key}`)
    }
  }
  return { was: `${path} ${JSON.stringify(was)}`, is: `${path} ${JSON.stringify(is)}` }
}

export interface Changed {
  requestId: string
  decidedAtMs: number
  was: Chosen | null
  is: Chosen | null
}

interface Chosen {
  vehicleId: string
  minutesToBuyer: number
  deviationMinutes: number
}

export interface WhatIf {
  stops: number
  changed: Changed[]
  /** Of the stops that are brought both times; null where there are none. */
  mean: Record<'was' | 'is', Omit<Chosen, 'vehicleId'> | null>
  unbrought: Record<'was' | 'is', number>
}

/**
 * What other rules would have decided, each time from the facts of that time: what follows from having decided
 * otherwise before is for a simulation to tell.
 */
export function whatIf(
  recording: Recording,
  rules: DispatchRules,
  onDecision: (done: number) => void = () => {},
): WhatIf {
  const pairs = recording.decisions.flatMap((recorded, at) => {
    const again = planStops(recorded.facts, rules)
    onDecision(at + 1)
    return recorded.plan.stops.map((stop): Changed => {
      const other = again.stops.find(({ requestId }) => requestId === stop.requestId)
      const { requestId } = stop
      const { decidedAtMs, facts } = recorded
      const chosen = (one: PlannedStop | undefined) => chosenIn(one, facts.nowMs)
      return { requestId, decidedAtMs, was: chosen(stop), is: chosen(other) }
    })
  })
  const both = pairs.filter(({ was, is }) => was && is)
  return {
    stops: pairs.length,
    changed: pairs.filter(({ was, is }) => !isDeepStrictEqual(was, is)),
    mean: {
      was: meanOf(both.flatMap(({ was }) => was ?? [])),
      is: meanOf(both.flatMap(({ is }) => is ?? [])),
    },
    unbrought: {
      was: pairs.filter(({ was }) => !was).length,
      is: pairs.filter(({ is }) => !is).length,
    },
  }
}

function chosenIn(stop: PlannedStop | undefined, nowMs: number): Chosen | null {
  if (!stop?.brought) return null
  const { vehicleId, handsOverAtMs, deviationMinutes } = stop.brought
  return { vehicleId, minutesToBuyer: (handsOverAtMs - nowMs) / 60e3, deviationMinutes }
}

function meanOf(chosen: readonly Chosen[]): Omit<Chosen, 'vehicleId'> | null {
  if (chosen.length === 0) return null
  const mean = (of: (one: Chosen) => number) =>
    chosen.reduce((sum, one) => sum + of(one), 0) / chosen.length
  return {
    minutesToBuyer: mean((one) => one.minutesToBuyer),
    deviationMinutes: mean((one) => one.deviationMinutes),
  }
}
