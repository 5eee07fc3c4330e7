// One part: a machine is chosen, instructions for it are made, it is made and harvested; on failure again, elsewhere.
import {
  ApplicationFailure,
  condition,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { PreparedJob } from '../activities/preparing.ts'
import type { MadeReport } from '../domain/model/report.ts'
import { type Desk, failureOf, type Patch } from './attention.ts'
import { isCancelled } from './ending.ts'
import { machineFreedSignal, makeActivityId } from './messages.ts'
import { geometry, local, makingOptions, makingTries, outside, waits } from './policies.ts'
import { searchKeys } from './searchable.ts'
import type { Line } from './story.ts'

/** Where a part is told of and asks: beside others in its fulfilment, or alone. */
export interface Place {
  desk: Desk
  line: Line
}

export interface Parts {
  /** Makes one; when it is cancelled, the machine is stopped before this throws. */
  make(jobId: string, place: Place): Promise<MadeReport>
  /** Those that wait for a machine ask again which one it is. */
  askAgain(): void
}

/** `machineId` is the one that was booked, by which the workflow is found; another that makes a part is told anew. */
export function partsOf(machineId: string | undefined, activityId = makeActivityId): Parts {
  const underWay = new Set<string>()
  const freed = new Set<string>()
  let known = machineId
  const askAgain = () => {
    for (const jobId of underWay) freed.add(jobId)
  }
  setHandler(
    machineFreedSignal,
    (told) => {
      if (told) freed.add(told.jobId)
      else askAgain()
    },
    { description: 'The machine that a part waits for has become free: {jobId}, or all look.' },
  )

  function follow(chosen: string): void {
    if (known === undefined || known === chosen) return
    known = chosen
    upsertSearchAttributes([{ key: searchKeys.machineId, value: chosen }])
  }

  return {
    async make(jobId, { desk, line }) {
      const attempts = attemptsOf(jobId, { line, freed, follow, activityId })
      underWay.add(jobId)
      try {
        const made = await desk.step({
          name: 'making',
          doing: 'Choosing the machine',
          next: 'make the part',
          run: (patch) => attempts.make(patch),
          undo: () => outside.stopMaking({ jobId, cancel: true }),
          patchable: ['machineId', 'url'],
        })
        const doing = `Made on ${made.machineId} and taken off the plate`
        line.tell({ name: 'made', doing, next: '' })
        return made
      } catch (error) {
        if (isCancelled(error)) await desk.undoAll()
        throw error
      } finally {
        underWay.delete(jobId)
      }
    },
    askAgain,
  }
}

/** What another attempt may mend; everything else is an operator's. */
const remakeable = new Set(['making_failed', 'machine_refused', 'machine_lost'])

interface Surroundings {
  line: Line
  /** The parts whose machine may have become free. */
  freed: Set<string>
  follow: (machineId: string) => void
  activityId: typeof makeActivityId
}

/** Attempts are numbered over the whole life of the part, whatever an operator asks for in between. */
function attemptsOf(jobId: string, { line, freed, follow, activityId }: Surroundings) {
  let attempt = 0

  /** Chooses a machine and, when it is another part's turn there, waits for the word that it is free. */
  async function turn(patch: Patch): Promise<PreparedJob> {
    for (;;) {
      freed.delete(jobId)
      const plan = await local.prepareJob({ jobId, attempt, ...patch })
      follow(plan.machineId)
      if (plan.claimed) return plan
      const doing = `Waiting for its turn on ${plan.machineId}`
      line.tell({ name: 'queued', doing, next: 'make the part' })
      await condition(() => freed.has(jobId), waits.turn, { summary: doing })
    }
  }

  async function once(patch: Patch): Promise<MadeReport> {
    attempt += 1
    const { machineId, instructionsReady } = await turn(patch)
    if (!instructionsReady) {
      const doing = `Adapting the model and slicing it for ${machineId}`
      line.tell({ name: 'instructions', doing, next: 'make the part' })
      await geometry.makeInstructions({ jobId, ...patch })
    }
    const where = `on ${machineId}, attempt ${attempt}`
    line.tell({ name: 'making', doing: `Making ${where}`, next: 'take it off the plate' })
    return await outside.make.executeWithOptions(
      {
        ...makingOptions,
        activityId: activityId(jobId, attempt),
        summary: `Make the part ${where}`,
      },
      [{ jobId, attempt }],
    )
  }

  return {
    async make(patch: Patch): Promise<MadeReport> {
      for (let tries = 1; ; tries++) {
        try {
          return await once(patch)
        } catch (error) {
          if (isCancellation(error)) throw error
          const failure = failureOf(error)
          const lost = failure.code === 'unavailable' || failure.code === 'machine_lost'
          const stopped = lost ? await outside.stopMaking({ jobId, cancel: false }) : null
          if (stopped?.made) return stopped.made
          await local.recordFailedAttempt({ jobId, attempt, code: failure.code })
          if (!remakeable.has(failure.code)) throw error
          if (tries >= makingTries) throw exhausted(failure.code, failure.facts, attempt)
        }
      }
    },
  }
}

function exhausted(lastCode: string, facts: object, attempt: number): ApplicationFailure {
  const details = { ...facts, lastCode, attempts: attempt }
  return ApplicationFailure.nonRetryable('making failed', 'making_failed', details)
}
