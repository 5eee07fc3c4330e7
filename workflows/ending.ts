// How a workflow ends: told for the last time, and cancelled in each of the ways that a cancel can arrive.
import { ApplicationFailure, isCancellation, TemporalFailure } from '@temporalio/workflow'
import { CANCELLED_BY_OPERATOR } from './attention.ts'
import type { Story } from './story.ts'

export function endOfStory(story: Story, status: string, sentence: string): void {
  story.tell({ name: status, doing: sentence, next: '' })
  story.mark(status)
}

/** Cancelled by an update, from the UI, through the parent, or at an operator's desk here or in a child. */
export function isCancelled(error: unknown): boolean {
  if (isCancellation(error)) return true
  if (error instanceof ApplicationFailure) return error.type === CANCELLED_BY_OPERATOR
  return error instanceof TemporalFailure && error.cause !== undefined && isCancelled(error.cause)
}
