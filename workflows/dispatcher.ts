// A region's dispatcher: sleeps until somebody asks for a stop, has what waits decided together, and sleeps again.
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { attentionDesk, type Desk } from './attention.ts'
import { type DispatcherInput, stopsAskedSignal } from './messages.ts'
import { dispatching } from './policies.ts'
import { openStory, type Story } from './story.ts'

/**
 * What is asked lies in a table; the names here say no more than that somebody may still wait. An entity: it has no
 * end, and while nobody asks it costs nothing, not even a timer.
 */
export async function dispatcher({ region, waiting: left }: DispatcherInput): Promise<void> {
  const waiting = new Set(left)
  setHandler(
    stopsAskedSignal,
    ({ fulfilmentIds }) => {
      for (const id of fulfilmentIds) waiting.add(id)
    },
    { description: 'Stops are asked for: {fulfilmentIds}. The table stop_request has them.' },
  )
  const story = openStory('Dispatcher')
  const desk = attentionDesk(null, story)

  while (!workflowInfo().continueAsNewSuggested) {
    await condition(() => waiting.size > 0)
    await decide(region, waiting, { story, desk })
  }
  await condition(allHandlersFinished)
  await continueAsNew<typeof dispatcher>({ region, waiting: [...waiting] })
}

async function decide(
  region: string,
  waiting: Set<string>,
  { story, desk }: { story: Story; desk: Desk },
): Promise<void> {
  // Whoever asked before is in the table for certain, and is answered by what comes now.
  const asked = [...waiting]
  const { answered, said } = await desk.step({
    name: 'deciding',
    doing: `Deciding which trucks of ${region} bring ${asked.length} stop(s)`,
    next: 'wait until somebody asks',
    run: () => dispatching.decideStops({ region }),
    cancellable: false,
  })
  for (const id of [...asked, ...answered]) waiting.delete(id)
  if (said.length > 0) story.note(['### Decided last', ...said].join('\n\n'))
  story.tell({ name: 'idle', doing: `Nobody in ${region} waits for a truck`, next: '' })
}
