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

/** Something that goes on beside others, in a line of its own. */
export type Line = Pick<Story, 'tell'>

export interface Story {
  /** Moves on in the details; cheap, so every step may call it. */
  tell(stage: Stage): void
  /** Moves on in the list of workflows too: for stages that last. */
  mark(status: string): void
  /** Something that stays worth reading below whatever is happening: Markdown, the newest in place of the last. */
  note(text: string): void
  /** A line for one of the things that go on side by side. */
  line(id: string): Line
  ask(attention: AttentionView): void
  answered(attentionId: string): void
  /** Says, or with null no longer says, that a part of this waits for an operator in its own workflow. */
  waitsElsewhere(workflowId: string, sentence: string | null): void
  stage(): string
}

export function openStory(subject: string): Story {
  let stage: Stage = { name: 'started', doing: 'Starting', next: '' }
  let sinceMs = Date.now()
  let status: string | null = null
  let noted = ''
  const lines = new Map<string, Stage>()
  const attention: AttentionView[] = []
  const elsewhere = new Map<string, string>()

  const standingNow = () => ({ stage: stage.name, sinceMs, lines: stagesOf(lines), attention })
  setHandler(stageQuery, standingNow, {
    description: 'Where this stands: the stage, since when, and what waits for an operator.',
  })

  const render = () =>
    setCurrentDetails(inWords({ subject, stage, sinceMs, lines, attention, elsewhere, noted }))
  const standing = () => [
    { key: searchKeys.stage, value: stage.name },
    {
      key: searchKeys.orderStatus,
      value: attention.length + elsewhere.size > 0 ? 'on_hold' : status,
    },
  ]
  const markAttention = () => {
    const first = attention[0]
    upsertSearchAttributes([
      ...standing(),
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
    mark(to) {
      status = to
      upsertSearchAttributes(standing())
    },
    note(text) {
      noted = text
      render()
    },
    line: (id) => ({
      tell(to) {
        lines.set(id, to)
        render()
      },
    }),
    ask(view) {
      attention.push(view)
      markAttention()
    },
    answered(attentionId) {
      const at = attention.findIndex((view) => view.attentionId === attentionId)
      if (at >= 0) attention.splice(at, 1)
      markAttention()
    },
    waitsElsewhere(workflowId, sentence) {
      if (sentence === null) elsewhere.delete(workflowId)
      else elsewhere.set(workflowId, sentence)
      upsertSearchAttributes(standing())
      render()
    },
    stage: () => stage.name,
  }
}

function stagesOf(lines: ReadonlyMap<string, Stage>): Record<string, string> {
  return Object.fromEntries([...lines].map(([id, { name }]) => [id, name]))
}

interface Scene {
  subject: string
  stage: Stage
  sinceMs: number
  lines: ReadonlyMap<string, Stage>
  attention: AttentionView[]
  elsewhere: ReadonlyMap<string, string>
  noted: string
}

function inWords(scene: Scene): string {
  const { subject, stage, sinceMs, attention, elsewhere, noted } = scene
  const lines = [
    `**${subject}: ${stage.doing}** (stage \`${stage.name}\`, since ${inUtc(sinceMs)})`,
    ...(stage.next && attention.length === 0 ? ['', `Next: ${stage.next}`] : []),
    ...besideInWords(scene.lines),
    ...attention.flatMap(attentionInWords),
    ...elsewhereInWords(elsewhere),
    ...(noted === '' ? [] : ['', noted]),
  ]
  return lines.join('\n')
}

function besideInWords(lines: ReadonlyMap<string, Stage>): string[] {
  if (lines.size === 0) return []
  return ['', ...[...lines].map(([id, { name, doing }]) => `- \`${id}\`: ${doing} (\`${name}\`)`)]
}

function elsewhereInWords(elsewhere: ReadonlyMap<string, string>): string[] {
  if (elsewhere.size === 0) return []
  const waiting = [...elsewhere].map(
    ([workflowId, sentence]) => `- \`${workflowId}\`: ${sentence} Open it to answer.`,
  )
  return [
    '',
    '### On hold: a part of it needs attention',
    '',
    ...waiting,
    '',
    'Whatever does not wait for it goes on.',
  ]
}

/** The panel of the UI does not wrap lines of code, and cuts off what comes last: that may be missed. */
function attentionInWords(view: AttentionView): string[] {
  const facts = Object.entries(view.facts).map(([name, value]) => `- ${name}: ${value}`)
  const tried = view.tries === 1 ? 'tried once' : `tried ${view.tries} times`
  return [
    '',
    `### Needs attention: ${view.sentence}`,
    '',
    `Step \`${view.step}\`, code \`${view.code}\`, ${tried}, waiting since ${inUtc(view.sinceMs)}.`,
    '',
    ...facts,
    '',
    '**More Actions > Send an Update > `resolveAttention`** with one of these, and your name:',
    ...likeliestFirst.flatMap((action) =>
      view.actions.includes(action) ? inFull(view, action) : [],
    ),
    '',
    'A wrong answer is refused with the reason, and nothing changes.',
  ]
}

function inFull(view: AttentionView, action: ResolveAttention['action']): string[] {
  return ['', meanings[action], '```json', exampleAnswer(view, action), '```']
}

const likeliestFirst = ['retryWith', 'retry', 'skip', 'cancel'] as const

const meanings: Record<ResolveAttention['action'], string> = {
  retryWith: 'Try again with something changed (leave out what stays):',
  retry: 'Try again as it is:',
  skip: 'Go on without this step, which was done by hand:',
  cancel: 'Cancel the order and give everything back:',
}

function exampleAnswer({ attentionId, patchable }: AttentionView, action: string): string {
  const answer = JSON.stringify({ attentionId, action, operator: 'your name' })
  if (action !== 'retryWith') return answer
  const patch = Object.fromEntries(patchable.map((name) => [name, placeholder]))
  return `${answer.slice(0, -1)},\n "patch":${JSON.stringify(patch)}}`
}

export const countOf = ({ length }: readonly string[]) =>
  length === 1 ? 'one part' : `${length} parts`

function inUtc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
