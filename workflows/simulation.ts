// A simulation that a planner asked for over the API: run by a worker of simulations, ended once.
import { CancellationScope, proxyActivities } from '@temporalio/workflow'
import type { ExperimentActivities } from '../activities/experimenting.ts'
import { endOfStory, isCancelled } from './ending.ts'
import { type SimulationInput, taskQueues } from './messages.ts'
import { openStory } from './story.ts'

const experimenting = proxyActivities<ExperimentActivities>({
  taskQueue: taskQueues.experiments,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '20 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 20 },
})

export async function simulation({ simulationId }: SimulationInput): Promise<{ state: string }> {
  const story = openStory('Simulation')
  const end = async (state: 'failed' | 'cancelled', failure: string) => {
    await CancellationScope.nonCancellable(() =>
      experimenting.closeSimulation({ simulationId, state, failure }),
    )
    endOfStory(story, state, failure)
    return { state }
  }

  story.tell({ name: 'running', doing: 'Simulating the days', next: 'write the report' })
  try {
    const { said } = await experimenting.runSimulation({ simulationId })
    endOfStory(story, 'completed', said)
    return { state: 'completed' }
  } catch (error) {
    if (isCancelled(error)) return await end('cancelled', 'Cancelled')
    const cause = error instanceof Error ? (error.cause ?? error) : error
    return await end('failed', cause instanceof Error ? cause.message : 'It failed')
  }
}
