// Simulations that were asked for over the API as effects: days in threads, a row that tells how far it is, a report.
import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { Artifacts } from '../services/artifacts/artifacts.ts'
import {
  endSimulation,
  noteProgress,
  type SimulationArtifact,
  simulationById,
  type StoredSimulation,
} from '../storage/simulations.ts'
import type { Storage } from '../storage/storage.ts'

export interface Experiment {
  /** What it found, as figures. */
  result: Record<string, unknown>
  /** The same in a sentence. */
  said: string
  files: { name: string; mediaType: string; content: string }[]
}

export interface ExperimentDeps {
  storage: Storage
  artifacts: Artifacts
  run: (
    asked: Pick<StoredSimulation, 'kind' | 'scenarios' | 'design'>,
    progress: { signal: AbortSignal; at: (done: number, expected: number) => void },
  ) => Promise<Experiment>
}

const beatMs = 2_000

export function experimentActivities({ storage, artifacts, run }: ExperimentDeps) {
  return {
    /** Key: the simulation. Equal scenarios and seeds give equal days: a retry begins anew and finds the same. */
    async runSimulation({ simulationId }: { simulationId: string }): Promise<{ said: string }> {
      const asked = await simulationById(storage, simulationId)
      if (!asked) throw ApplicationFailure.nonRetryable(`there is no simulation ${simulationId}`)
      const { cancellationSignal: signal, heartbeat } = Context.current()
      let far = { done: 0, expected: asked.expected }
      await noteProgress(storage, simulationId, far)
      // One after the other, so that an earlier one that takes its time is never the last word.
      let noted = Promise.resolve()
      const beat = setInterval(() => {
        heartbeat()
        noted = noted.then(() => noteProgress(storage, simulationId, far)).catch(() => {})
      }, beatMs)
      try {
        const at = (done: number, expected: number) => (far = { done, expected })
        const found = await run(asked, { signal, at })
        signal.throwIfAborted()
        const kept = await Promise.all(found.files.map(keep))
        const { result, said } = found
        clearInterval(beat)
        await noted
        await noteProgress(storage, simulationId, { ...far, done: far.expected })
        await endSimulation(storage, simulationId, { state: 'completed', result, artifacts: kept })
        return { said }
      } finally {
        clearInterval(beat)
      }
    },

    /** What has ended stays as it ended. */
    async closeSimulation(closing: {
      simulationId: string
      state: 'failed' | 'cancelled'
      failure: string
    }): Promise<void> {
      const { simulationId, state, failure } = closing
      await endSimulation(storage, simulationId, { state, failure })
    },
  }

  async function keep(file: Experiment['files'][number]): Promise<SimulationArtifact> {
    const { name, mediaType, content } = file
    return { name, mediaType, ...(await artifacts.put(Buffer.from(content))) }
  }
}

export type ExperimentActivities = ReturnType<typeof experimentActivities>
