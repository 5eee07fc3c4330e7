// The helper around steps: a step that cannot go on parks, says why, and takes retry, retryWith, skip or cancel.
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow'
import { type FailureCode, type FailureFacts, failureCatalogue } from '../domain/failure.ts'
import {
  type AttentionView,
  type ResolveAttention,
  resolveAttentionSignal,
  resolveAttentionUpdate,
  waitsForOperatorSignal,
  workflowIds,
} from './messages.ts'
import { local, waits } from './policies.ts'
import { type Line, placeholder, type Story } from './story.ts'

export type Patch = Record<string, string | number | boolean>

export interface Step<T> {
  name: string
  /** What is happening, in plain words, and what comes after it. */
  doing: string
  next?: string
  run: (patch: Patch) => Promise<T>
  /** Gives back what this step took, all or part or nothing, when the order is cancelled. */
  undo?: () => Promise<unknown>
  /** The fields that an operator may change when trying again. */
  patchable?: readonly string[]
  /** Declared where the step may be left out: what it then answers. */
  skip?: () => T
  /** False for what has to be done before the end: it is done, here or by hand, and never given up. */
  cancellable?: false
}

export interface Desk {
  step<T>(step: Step<T>): Promise<T>
  /** Runs what the done steps left to undo, last first; an undo that fails asks for attention too. */
  undoAll(): Promise<void>
  /** For work beside other work: told in a line of its own, undone on its own, named where it asks. */
  beside(id: string, line: Line): Desk
}

/** Thrown when an operator answers a parked step with cancel. */
export const CANCELLED_BY_OPERATOR = 'cancelled_by_operator'

/** Without an order nothing is written to the database: what waits then is seen in the UI alone. */
export function attentionDesk(orderId: string | null, story: Story): Desk {
  const open = new Map<string, AttentionView>()
  const answers = new Map<string, ResolveAttention>()
  let asked = 0

  setHandler(
    resolveAttentionUpdate,
    (answer) => {
      answers.set(answer.attentionId, answer)
      return { accepted: true as const }
    },
    {
      description: 'Answers a parked step: {attentionId, action, patch?, operator, note?}.',
      validator: (answer) => {
        const refusal = refusalOf(answer, open, answers)
        if (refusal !== null) throw new Error(refusal)
      },
    },
  )
  setHandler(
    resolveAttentionSignal,
    (answer) => {
      const refusal = refusalOf(answer, open, answers)
      if (refusal === null) answers.set(answer.attentionId, answer)
      else log.warn('answer to a parked step ignored', { refusal })
    },
    { description: 'The same as the update resolveAttention, for when no worker is up.' },
  )

  return deskOf(story, null)

  /** One desk may be open beside another, for what goes on at the same time; all of them are answered alike. */
  function deskOf(line: Line, about: string | null): Desk {
    const undos: { name: string; undo: () => Promise<unknown> }[] = []
    const desk: Desk = {
      async step(step) {
        let patch: Patch = {}
        // Before the first try: a step that is cancelled half-way has something to give back too.
        if (step.undo) undos.push({ name: step.name, undo: step.undo })
        for (let tries = 1; ; tries++) {
          line.tell({ name: step.name, doing: step.doing, next: step.next ?? '' })
          try {
            return await step.run(patch)
          } catch (error) {
            if (isCancellation(error)) throw error
            const answer = await ask(step, named(failureOf(error), about), tries)
            if (answer.action === 'cancel') throw cancelledByOperator(answer)
            if (answer.action === 'skip' && step.skip) return step.skip()
            patch = answer.action === 'retryWith' ? { ...patch, ...answer.patch } : patch
          }
        }
      },
      undoAll: () =>
        CancellationScope.nonCancellable(async () => {
          for (let left = undos.pop(); left !== undefined; left = undos.pop()) {
            const { name, undo } = left
            await desk.step({
              name: `undo ${name}`,
              doing: `Taking back: ${name}`,
              run: undo,
              // For whoever took it back by hand.
              skip: () => undefined,
              cancellable: false,
            })
          }
        }),
      beside: (id, besideLine) => deskOf(besideLine, id),
    }
    return desk
  }

  async function ask<T>(step: Step<T>, failure: Failure, tries: number): Promise<ResolveAttention> {
    asked += 1
    const attentionId = `${step.name.replaceAll(' ', '-')}-${asked}`
    const view: AttentionView = {
      attentionId,
      step: step.name,
      ...failure,
      tries,
      actions: [
        'retry',
        ...(step.patchable ? (['retryWith'] as const) : []),
        ...(step.skip ? (['skip'] as const) : []),
        ...(step.cancellable === false ? [] : (['cancel'] as const)),
      ],
      patchable: [...(step.patchable ?? [])],
      sinceMs: Date.now(),
    }
    const { workflowId } = workflowInfo()
    const about = orderId === null ? null : { attentionId, workflowId, orderId }
    open.set(attentionId, view)
    story.ask(view)
    try {
      await tellOrder(orderId, failure.sentence)
      const { code, facts } = failure
      if (about) await local.openAttention({ ...about, step: step.name, code, facts })
      const summary = `Needs attention: ${failure.sentence}`
      while (!(await condition(() => answers.has(attentionId), waits.attention, { summary })));
    } finally {
      open.delete(attentionId)
      story.answered(attentionId)
      const answer = answers.get(attentionId)
      const { action, operator, note } = answer ?? { action: 'cancel', operator: '', note: '' }
      await CancellationScope.nonCancellable(async () => {
        if (about) await local.closeAttention({ ...about, action, operator, note: note ?? '' })
        // Another part may still wait.
        const [still] = open.values()
        await tellOrder(orderId, still?.sentence ?? null)
      })
    }
    return answers.get(attentionId)!
  }
}

/** Whoever looks at the order sees there where to answer; an order that has ended needs not to know. */
async function tellOrder(orderId: string | null, sentence: string | null): Promise<void> {
  const { workflowId, workflowType } = workflowInfo()
  if (orderId === null || workflowType === 'order') return
  const order = getExternalWorkflowHandle(workflowIds.order(orderId))
  await order.signal(waitsForOperatorSignal, { workflowId, sentence }).catch((error: unknown) => {
    if (isCancellation(error)) throw error
    log.warn('the order was not told', { orderId })
  })
}

interface Failure {
  code: string
  sentence: string
  facts: FailureFacts
}

/** Of which part it is, where there are several. */
function named(failure: Failure, about: string | null): Failure {
  return about === null ? failure : { ...failure, facts: { part: about, ...failure.facts } }
}

/** A failed step in the words of the catalogue; what is not in it is an exhausted budget of retries. */
export function failureOf(error: unknown): Failure {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && isFailureCode(cause.type)) {
    const { sentence } = failureCatalogue[cause.type]
    const [facts] = cause.details ?? []
    return { code: cause.type, sentence, facts: areFacts(facts) ? facts : {} }
  }
  if (!(error instanceof ActivityFailure)) throw error
  const { sentence } = failureCatalogue.unavailable
  const message = cause instanceof Error ? cause.message : ''
  const last = cause instanceof TimeoutFailure ? `timed out (${cause.timeoutType})` : message
  return { code: 'unavailable', sentence, facts: { activity: error.activityType, last } }
}

function areFacts(details: unknown): details is FailureFacts {
  return typeof details === 'object' && details !== null
}

function isFailureCode(text: string | null | undefined): text is FailureCode {
  return typeof text === 'string' && Object.hasOwn(failureCatalogue, text)
}

function refusalOf(
  answer: ResolveAttention,
  open: ReadonlyMap<string, AttentionView>,
  answers: ReadonlyMap<string, ResolveAttention>,
): string | null {
  const view = open.get(answer?.attentionId)
  if (!view)
    return `nothing with the attentionId ${answer?.attentionId} waits; open: ${[...open.keys()].join(', ') || 'none'}`
  if (answers.has(answer.attentionId)) return 'it was answered already'
  if (!view.actions.includes(answer.action))
    return `action must be one of ${view.actions.join(', ')}`
  if (typeof answer.operator !== 'string' || answer.operator === '')
    return 'operator is missing: say who you are'
  if (answer.action !== 'retryWith') return null
  const fields = Object.keys(answer.patch ?? {})
  if (fields.length === 0) return `patch is missing; it may change ${view.patchable.join(', ')}`
  const unknown = fields.filter((field) => !view.patchable.includes(field))
  if (unknown.length > 0)
    return `patch may change ${view.patchable.join(', ')}, not ${unknown.join(', ')}`
  const empty = fields.find((field) => answer.patch?.[field] === placeholder)
  return empty === undefined ? null : `patch has no value for ${empty}: fill it in or leave it out`
}

function cancelledByOperator(answer: ResolveAttention): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`cancelled by ${answer.operator}`, CANCELLED_BY_OPERATOR, {
    attentionId: answer.attentionId,
    note: answer.note ?? '',
  })
}
