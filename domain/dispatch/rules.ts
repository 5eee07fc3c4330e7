// The rules of dispatch where nobody has tuned any, and how rules of an older day are completed.
import type { DispatchRules, DispatchWeights } from '../model/dispatchRules.ts'

export const defaultDispatchRules: DispatchRules = {
  version: 1,
  weights: {
    minutesToBuyer: 1,
    latenessMinutes: 10,
    deviationMinutes: 2,
    deviationKilometres: 1,
    waitingMinutes: 1,
    newVehicle: 0,
    scrapRisk: 20,
    driverFairness: 0,
  },
  maxDeviationMinutes: 30,
  maxDeviationMeters: 20_000,
  maxStopDelayMinutes: 15,
  maxWaitingMinutes: 30,
  maxLatenessMinutes: null,
  commitHorizonMinutes: 2,
  batchIntervalMs: 400,
  improvementIterations: 500,
  rankedCandidates: 5,
}

/** Rules as somebody kept them: what a later version brought may be missing. */
export type KeptDispatchRules = Partial<Omit<DispatchRules, 'weights'>> & {
  weights?: Partial<DispatchWeights>
}

/** What is missing is what it was by default; what is there stays as it is. */
export function completeRules(kept: KeptDispatchRules): DispatchRules {
  return {
    ...defaultDispatchRules,
    ...kept,
    weights: { ...defaultDispatchRules.weights, ...kept.weights },
  }
}
