// The sweeps that tests run, on the queue: how fast the service is, and how many go to the dear desk.
import type { HashedScenario } from '../../../simulations/experiments/experiment.ts'
import { readSpace } from '../../../simulations/experiments/space.ts'
import type { TunePlan } from '../../../simulations/experiments/tunePlan.ts'
import { queueScenario } from './queueModel.ts'

export const checkQueue = (document: unknown, name: string): HashedScenario => ({
  ...queueScenario(Object(document)),
  name,
})

export function queueSweep(changes: object = {}, program = 'test'): TunePlan {
  const space = readSpace({
    method: 'halving',
    points: 9,
    replications: 8,
    halving: { firstReplications: 2, keepShare: 0.5 },
    parameters: {
      '/serviceMinutes': { from: 0.5, to: 0.9 },
      '/leftShare': { from: 0.1, to: 0.9 },
    },
    objective: { minutesToBuyerP50: 1, costCentsPerOrder: 0.01 },
    front: ['minutesToBuyerP50', 'costCentsPerOrder'],
    ...changes,
  })
  const scenario = { ...queueScenario({ customers: 80 }), name: 'queue' }
  return { scenario, space, seed: 4, level: 0.95, warmUpHours: 0, program }
}
