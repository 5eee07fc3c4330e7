// What a day fails of it fails of everywhere, so that nobody tries it again; a lost thread is its worker's alone.
import { ApplicationFailure } from '@temporalio/common'
import { isNativeError } from 'node:util/types'
import type { Simulator } from '../simulations/experiments/model.ts'
import type { Threads } from '../simulations/experiments/threads.ts'

export function daysForGood({ atOnce, simulate, lost }: Threads): Simulator {
  let isLost = false
  void lost.then(() => (isLost = true))
  return {
    atOnce,
    simulate: (task, signal) =>
      simulate(task, signal).catch((error: unknown) => {
        if (isLost || signal?.aborted) throw error
        const said = isNativeError(error) ? error.message : String(error)
        throw ApplicationFailure.nonRetryable(said, 'day_failed')
      }),
  }
}
