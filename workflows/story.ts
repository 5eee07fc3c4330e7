// What an operator reads in the UI: the present stage in plain words, since when, what it waits for
// and what comes next.
import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import { type AttentionView, type ResolveAttention, stageQuery } from './messages.ts'
import { searchKeys } from './searchable.ts'

/** Stands in the messages to copy where an operator fills something in. */
export const placeholder = '...'

export interface Stage {
  name: string
  /** What is happening, as a sentence. */
  doing: string
  next: string
}

export interface Story {
  /** Moves on in the details; cheap, so every step may call it. */
  tell(stage: Stage): void
  /** Moves on in the list of workflows too: for stages that last. */
  mark(status: string): void
  ask(attention: AttentionView): void
  answered(attentionId: string): void
  stage(): string
}

export function openStory(subject: string): Story {
  let stage: Stage = { name: 'started', doing: 'Starting', next: '' }
  let sinceMs = Date.now()
  const attention: AttentionView[] = []

  setHandler(stageQuery, () => ({ stage: stage.name, sinceMs, attention }), {
    description: 'Where this stands: the stage, since when, and what waits for an operator.',
  })

  const render = () => setCurrentDetails(inWords(subject, stage, sinceMs, attention))
  const markAttention = () => {
    const first = attention[0]
    upsertSearchAttributes([
      { key: searchKeys.needsAttention, value: first !== undefined },
      { key: searchKeys.attentionReason, value: first?.code ?? null },
    ])
    render()
  }

  return {
    tell(to) {
      stage = to
      sinceMs = Date.now()
      render()
    },
    mark(status) {
      upsertSearchAttributes([
        { key: searchKeys.stage, value: stage.name },
        { key: searchKeys.orderStatus, value: status },
      ])
    },
    ask(view) {
      attention.push(view)
      markAttention()
    },
    answered(attentionId) {
      const at = attention.findIndex((view) => view.attentionId === attentionId)
      if (at >= 0) attention.splice(at, 1)
      markAttention()
    },
    stage: () => stage.name,
  }
}

function inWords(
  subject: string,
  stage: Stage,
  sinceMs: number,
  attention: AttentionView[],
): string {
  const lines = [
    `**${subject}: ${stage.doing}** (stage \`${stage.name}\`, since ${inUtc(sinceMs)})`,
    ...(stage.next ? ['', `Next: ${stage.next}`] : []),
    ...attention.flatMap(attentionInWords),
  ]
  return lines.join('\n')
}

function attentionInWords(view: AttentionView): string[] {
  const facts = Object.entries(view.facts).map(([name, value]) => `- ${name}: ${value}`)
  const tried = view.tries === 1 ? 'tried once' : `tried ${view.tries} times`
  return [
    '',
    `### Needs attention: ${view.sentence}`,
    '',
    `It waits in step \`${view.step}\` since ${inUtc(view.sinceMs)}, ${tried}; code \`${view.code}\`.`,
    '',
    ...facts,
    '',
    'To answer: **More Actions > Send an Update > `resolveAttention`**, with one of these and your name.',
    ...likeliestFirst.flatMap((action) =>
      view.actions.includes(action) ? answered(view, action) : [],
    ),
  ]
}

function answered(view: AttentionView, action: ResolveAttention['action']): string[] {
  const example = JSON.stringify(exampleAnswer(view, action))
  return ['', `- ${meanings[action]}:`, '```json', example, '```']
}

const likeliestFirst = ['retryWith', 'retry', 'skip', 'cancel'] as const

const meanings: Record<ResolveAttention['action'], string> = {
  retryWith: 'try again with something changed: fill in what you change and leave out the rest',
  retry: 'try again as it is, when the cause is mended',
  skip: 'go on without this step, when you have done it by hand',
  cancel: 'cancel the order: what was taken is given back and the buyer is told',
}

function exampleAnswer(view: AttentionView, action: ResolveAttention['action']) {
  const fields = view.patchable.map((name) => [name, placeholder] as const)
  return {
    attentionId: view.attentionId,
    action,
    ...(action === 'retryWith' ? { patch: Object.fromEntries(fields) } : {}),
    operator: 'your name',
    note: 'why',
  }
}

function inUtc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
