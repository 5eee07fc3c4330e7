// The rules of a scenario for a region that lives many times as fast: a minute of its day is a second or two there.
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import type { PlanningRules } from '../../domain/offerFacts.ts'
import type { MachineRules } from '../../domain/machines.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** What the schema of the rules allows. */
const mostWeight = 1_000_000

/** Limits shrink with the time, and what a minute weighs grows with it, so that scores stay what they were. */
export function dispatchAtSpeed(rules: DispatchRules, speed: number): DispatchRules {
  const { weights, maxLatenessMinutes } = rules
  const heavier = (weight: number, times = speed) => Math.min(mostWeight, weight * times)
  return {
    ...rules,
    weights: {
      ...weights,
      minutesToBuyer: heavier(weights.minutesToBuyer),
      latenessMinutes: heavier(weights.latenessMinutes),
      deviationMinutes: heavier(weights.deviationMinutes),
      waitingMinutes: heavier(weights.waitingMinutes),
      // Points a squared hour.
      driverFairness: heavier(weights.driverFairness, speed ** 2),
    },
    maxDeviationMinutes: rules.maxDeviationMinutes / speed,
    maxStopDelayMinutes: rules.maxStopDelayMinutes / speed,
    maxWaitingMinutes: rules.maxWaitingMinutes / speed,
    maxLatenessMinutes: maxLatenessMinutes === null ? null : maxLatenessMinutes / speed,
    commitHorizonMinutes: rules.commitHorizonMinutes / speed,
    batchIntervalMs: Math.round(rules.batchIntervalMs / speed),
  }
}

type Kept = Omit<PlanningRules, 'machines'> & { machines: Partial<Omit<MachineRules, 'prices'>> }

export function planningAtSpeed({ rules, buyers }: Scenario, speed: number): Kept {
  const { machines, promise } = rules
  const { weights } = machines
  return {
    travelSpeed: speed,
    handOverSeconds: buyers.handOverSeconds / speed,
    lockerTransferMinutes: promise.lockerTransferMinutes / speed,
    otherModels: promise.making,
    travelFactors: promise.travel,
    machines: {
      minRating: machines.minRating,
      changeoverMinutes: machines.changeoverMinutes / speed,
      weights: {
        ...weights,
        finishMinutes: weights.finishMinutes * speed,
        changeoverMinutes: weights.changeoverMinutes * speed,
        scrapMinutes: weights.scrapMinutes * speed,
        latenessMinutes: weights.latenessMinutes * speed,
      },
    },
  }
}
