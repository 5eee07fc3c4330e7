// The queue as a model that never ends a second day of any scenario, and says so: who is killed then is killed at work.
import { writeFileSync } from 'node:fs'
import type { Model } from '../../../simulations/experiments/model.ts'
import { model as queue, type Queue } from './queueModel.ts'

const { STUCK_FILE: path = '' } = process.env

export const model: Model<Queue> = {
  ...queue,
  simulateDay(prepared, request) {
    const isStuck = request.replication === 1
    if (isStuck) writeFileSync(path, '')
    const fault = isStuck ? 'hang' : null
    return queue.simulateDay({ ...prepared, fault, faultyReplication: 1 }, request)
  },
}
