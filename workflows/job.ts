// One part: a machine is chosen, instructions for it are made, it is made and harvested; on failure again, elsewhere.
import {
  ApplicationFailure,
  condition,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { MadeReport } from '../domain/model/report.ts'
import { attentionDesk, failureOf, type Patch } from './attention.ts'
import { endOfStory, isCancelled } from './ending.ts'
import { machineFreedSignal, makeActivityId } from './messages.ts'
import { geometry, local, makingOptions, makingTries, outside, waits } from './policies.ts'
import { searchKeys } from './searchable.ts'
import { openStory, type Story } from './story.ts'

export interface JobInput {
  orderId: string
  jobId: string
  /** The machine that was booked, by which the job is found; another one that makes it is told anew. */
  machineId?: string
}

export interface PreparedJob {
  machineId: string
  /** Whether the machine is this job's now; if not, another part is on it. */
  claimed: boolean
  instructionsReady: boolean
}

/** What another attempt may mend; everything else is an operator's. */
const remakeable = new Set(['making_failed', 'machine_refused', 'machine_lost'])

export async function job({ orderId, jobId, machineId }: JobInput): Promise<MadeReport> {
  const story = openStory('Job')
  const desk = attentionDesk(orderId, story)
  const attempts = attemptsOf(jobId, story, machineId)

  try {
    const made = await desk.step({
      name: 'making',
      doing: 'Choosing the machine',
      next: 'make the part',
      run: (patch) => attempts.make(patch),
      undo: () => outside.stopMaking({ jobId, cancel: true }),
      patchable: ['machineId', 'url'],
    })
    endOfStory(story, 'made', `Made on ${made.machineId} and taken off the plate`)
    return made
  } catch (error) {
    if (!isCancelled(error)) throw error
    await desk.undoAll()
    endOfStory(story, 'cancelled', 'Cancelled')
    throw error
  }
}

/** Attempts are numbered over the whole life of the job, whatever an operator asks for in between. */
function attemptsOf(jobId: string, story: Story, booked: string | undefined) {
  let known = booked
  let attempt = 0
  let freed = false
  setHandler(machineFreedSignal, () => void (freed = true), {
    description: 'The machine that this job waits for has become free.',
  })

  /** Chooses a machine and, when it is another job's turn there, waits for the word that it is free. */
  async function turn(patch: Patch): Promise<PreparedJob> {
    for (;;) {
      freed = false
      const plan = await local.prepareJob({ jobId, attempt, ...patch })
      if (known !== undefined && known !== plan.machineId) {
        known = plan.machineId
        upsertSearchAttributes([{ key: searchKeys.machineId, value: known }])
      }
      if (plan.claimed) return plan
      const doing = `Waiting for its turn on ${plan.machineId}`
      story.tell({ name: 'queued', doing, next: 'make the part' })
      await condition(() => freed, waits.turn, { summary: doing })
    }
  }

  async function once(patch: Patch): Promise<MadeReport> {
    attempt += 1
    const plan = await turn(patch)
    if (!plan.instructionsReady) {
      story.tell({
        name: 'instructions',
        doing: `Adapting the model and slicing it for ${plan.machineId}`,
        next: 'make the part',
      })
      await geometry.makeInstructions({ jobId, ...patch })
    }
    story.tell({
      name: 'making',
      doing: `Making on ${plan.machineId}, attempt ${attempt}`,
      next: 'take it off the plate',
    })
    const activityId = makeActivityId(attempt)
    return outside.make.executeWithOptions(
      {
        ...makingOptions,
        activityId,
        summary: `Make the part on ${plan.machineId}, attempt ${attempt}`,
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
