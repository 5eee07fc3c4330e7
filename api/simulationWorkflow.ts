// The API's side of a simulation that runs: starts its workflow and cancels it, within a deadline.
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { simulationStart, workflowIds } from '../workflows/messages.ts'
import { refuse } from './problem.ts'

export interface SimulationWorkflow {
  /** Harmless when it runs already. */
  start: (simulation: { id: string; kind: string }) => Promise<void>
  /** What has ended stays as it ended. */
  cancel: (id: string) => Promise<void>
  close: () => Promise<void>
}

export function openSimulationWorkflow(at: {
  address: string
  namespace: string
  deadlineMs: number
}): SimulationWorkflow {
  const connection = Connection.lazy({ address: at.address, interceptors: [] })
  const client = new Client({ connection, namespace: at.namespace })
  const within = async (milliseconds: number, call: () => Promise<unknown>) =>
    void (await client.withDeadline(Date.now() + milliseconds, call))

  return {
    async start(simulation) {
      try {
        await within(at.deadlineMs, () =>
          client.workflow.start('simulation', simulationStart(simulation)),
        )
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      }
    },
    async cancel(id) {
      const handle = client.workflow.getHandle(workflowIds.simulation(id))
      try {
        await within(at.deadlineMs, () => handle.cancel())
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) {
          throw refuse('state_conflict', { detail: 'The simulation does not run.' })
        }
        throw refuse('unavailable', { detail: 'The running simulation does not answer just now.' })
      }
    },
    close: async () => await connection.close(),
  }
}
