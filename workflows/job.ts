// One part in a workflow of its own, as orders of a generation before `partsInside` have it made.
import type { MadeReport } from '../domain/model/report.ts'
import { attentionDesk } from './attention.ts'
import { endOfStory, isCancelled } from './ending.ts'
import { makeActivityIdInJob } from './messages.ts'
import { partsOf } from './parts.ts'
import { openStory } from './story.ts'

export interface JobInput {
  orderId: string
  jobId: string
  /** The machine that was booked, by which the job is found; another one that makes it is told anew. */
  machineId?: string
}

export async function job({ orderId, jobId, machineId }: JobInput): Promise<MadeReport> {
  const story = openStory('Job')
  const desk = attentionDesk(orderId, story)
  const parts = partsOf(machineId, (_, attempt) => makeActivityIdInJob(attempt))

  try {
    const made = await parts.make(jobId, { desk, line: story })
    story.mark('made')
    return made
  } catch (error) {
    if (isCancelled(error)) endOfStory(story, 'cancelled', 'Cancelled')
    throw error
  }
}
