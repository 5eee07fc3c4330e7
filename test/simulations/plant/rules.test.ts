// Every rule of dispatch that planners are told of moves something: for each there is a day that it changes.
import { describe, expect, test } from '@jest/globals'
import { DispatchRules, DispatchWeights } from '../../../domain/model/dispatchRules.ts'
import type { Cell, Day } from '../../../simulations/day.ts'
import { simulateDay } from '../../../simulations/plant/day.ts'
import { prepare } from '../../../simulations/plant/prepare.ts'
import { town } from './town.ts'

type Rules = Record<string, unknown>

/** Buyers who wait half an hour, and many of them. */
const hurried = {
  buyers: { patienceMinutes: { mean: 30, deviation: 15 } },
  orders: { generator: { perDay: 600 } },
}
const together = { batchIntervalMs: 120_000, improvementIterations: 20 }

/** Usual days are compared with many. */
const known = new Map<string, Day>()

function dayUnder(dispatch: Rules, changes: object = {}): Day {
  const key = JSON.stringify([dispatch, changes])
  const day = known.get(key) ?? simulated(dispatch, changes)
  known.set(key, day)
  return day
}

function simulated(dispatch: Rules, changes: object): Day {
  const prepared = prepare({ ...town, ...changes, rules: { dispatch } })
  return simulateDay(prepared, { seed: 1, replication: 0, warmUpHours: 0, tables: false })
}

function movedFigures(one: Day, other: Day): string[] {
  const { figures } = other
  return Object.entries(one.figures).flatMap(([name, value]) => {
    return Object.is(value, new Map(Object.entries(figures)).get(name)) ? [] : [name]
  })
}

/** What it is set to, and where it is seen; in a town with time on its hands unless another is named. */
const weights: Record<keyof typeof DispatchWeights.properties, [value: number, where?: object]> = {
  minutesToBuyer: [0],
  latenessMinutes: [0, hurried],
  deviationMinutes: [0],
  deviationKilometres: [0],
  waitingMinutes: [0],
  newVehicle: [500],
  scrapRisk: [500],
  driverFairness: [500],
}

describe('each weight changes what is decided, one by one and in batches', () => {
  test.each(Object.entries(weights))('%s', (name, [value, where]) => {
    for (const how of [{}, together]) {
      const [usual, other] = [
        dayUnder(how, where),
        dayUnder({ ...how, weights: { [name]: value } }, where),
      ]
      expect(other.decisions).not.toEqual(usual.decisions)
      expect(movedFigures(usual, other).length).toBeGreaterThan(3)
    }
  })
})

const limits: Record<string, [rules: Rules, where?: object, how?: Rules]> = {
  maxDeviationMinutes: [{ maxDeviationMinutes: 2 }],
  maxDeviationMeters: [{ maxDeviationMeters: 500 }],
  maxStopDelayMinutes: [{ maxStopDelayMinutes: 0 }],
  maxWaitingMinutes: [{ maxWaitingMinutes: 0 }],
  maxLatenessMinutes: [{ maxLatenessMinutes: 0 }, {}, together],
  commitHorizonMinutes: [{ commitHorizonMinutes: 60 }, {}, together],
  batchIntervalMs: [{ batchIntervalMs: 60_000 }, {}, { improvementIterations: 20 }],
  improvementIterations: [{ improvementIterations: 0 }, {}, together],
}

describe('each limit, and how batches are decided, too', () => {
  test.each(Object.entries(limits))('%s', (_name, [rules, where, how]) => {
    const [usual, other] = [dayUnder({ ...how }, where), dayUnder({ ...how, ...rules }, where)]
    expect(other.traceHash).not.toBe(usual.traceHash)
    expect(movedFigures(usual, other).length).toBeGreaterThan(3)
  })
})

test('how many candidates are told decides nothing', () => {
  const [few, many] = [1, 50].map((rankedCandidates) => dayUnder({ rankedCandidates }))
  expect(many!.traceHash).toBe(few!.traceHash)
})

test('there is no rule that is not tried here', () => {
  const told = ['version', 'weights', 'rankedCandidates']
  const tried = [...Object.keys(limits), ...told].toSorted()
  expect(Object.keys(DispatchRules.properties).toSorted()).toEqual(tried)
  expect(Object.keys(DispatchWeights.properties)).toEqual(Object.keys(weights))
})

test('where it is weighed, drivers drive about equally long, the hours behind them counted', () => {
  const [usual, fair] = [0, 50].map(spreadOfDriving)
  expect(fair!).toBeLessThan(0.7 * usual!)
})

/** Standard deviation of the hours at the wheel among trucks without rounds, mean of some days. */
function spreadOfDriving(driverFairness: number): number {
  const idle = { ...town.trucks[0]!, count: 5, round: { stops: 0 } }
  const prepared = prepare({
    ...town,
    trucks: [idle],
    couriers: [],
    hours: { fromHour: 8, toHour: 14, drainMinutes: 60 },
    orders: { generator: { perDay: 200 } },
    rules: { dispatch: { weights: { driverFairness } } },
  })
  const spreads = [0, 1, 2, 3, 4, 5].map((replication) => {
    const request = { seed: 1, replication, warmUpHours: 0, tables: true }
    const { rows } = simulateDay(prepared, request).tables!.legs
    const hours = prepared.layout.vehicles.map(({ id }) => {
      const own = rows.filter(({ vehicle }) => vehicle === id)
      return own.reduce((sum, leg) => sum + secondsOf(leg) / 3_600, 0)
    })
    const mean = hours.reduce((sum, one) => sum + one, 0) / hours.length
    return Math.sqrt(hours.reduce((sum, one) => sum + (one - mean) ** 2, 0) / hours.length)
  })
  return spreads.reduce((sum, one) => sum + one, 0) / spreads.length
}

function secondsOf({ leaveSecond, arriveSecond }: Record<string, Cell>): number {
  return Number(arriveSecond) - Number(leaveSecond)
}
