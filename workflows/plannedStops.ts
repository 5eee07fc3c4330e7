// What an order waits for while dispatchers decide which trucks bring its parts; the answer comes as a signal.
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow'
import type { StopsPlanned } from '../activities/deps.ts'
import { failureCatalogue } from '../domain/failure.ts'
import { stopsPlannedSignal, workflowIds } from './messages.ts'
import type { PlannedFulfilment } from './order.ts'
import { waits } from './policies.ts'
import type { Story } from './story.ts'

interface Booked {
  fulfilments: PlannedFulfilment[]
  /** The round of asking that is to be answered; left out where no truck is asked. */
  waitsFor?: number
}

export interface PlannedStops {
  /** Books, and where trucks are asked waits for their answer; what was asked before is not asked twice. */
  booked(book: () => Promise<Booked>): Promise<{ fulfilments: PlannedFulfilment[] }>
}

export function plannedStops(story: Story): PlannedStops {
  let latest: StopsPlanned | null = null
  setHandler(
    stopsPlannedSignal,
    (answer) => {
      if (latest === null || answer.round >= latest.round) latest = answer
    },
    { description: 'A dispatcher has decided which trucks bring the parts, or why none does.' },
  )
  const answerTo = (round: number) => (latest !== null && latest.round >= round ? latest : null)

  return {
    async booked(book) {
      for (;;) {
        const { fulfilments, waitsFor } = await book()
        if (waitsFor === undefined) return { fulfilments }
        const byTruck = fulfilments.filter(({ method }) => method === 'truck')
        const asked = new Set(byTruck.map(({ region = '' }) => workflowIds.dispatcher(region)))
        const doing = `Waiting until ${[...asked].join(', ')} has chosen the truck`
        story.tell({ name: 'planning', doing, next: 'make and deliver' })
        const summary = 'For when the answer of the dispatcher is lost'
        await condition(() => answerTo(waitsFor) !== null, waits.stop, { summary })
        const answer = answerTo(waitsFor)
        if (answer) return accepted(answer)
      }
    },
  }
}

function accepted({ fulfilments, refusal }: StopsPlanned): { fulfilments: PlannedFulfilment[] } {
  if (refusal === null) return { fulfilments }
  const { code, facts } = refusal
  throw ApplicationFailure.nonRetryable(failureCatalogue[code].sentence, code, facts)
}
