// One delivery of an order: its parts are made, then brought to the buyer by the chosen method.
import { CancellationScope, executeChild, setHandler } from '@temporalio/workflow'
import type { DeliveryMethod } from '../domain/model/offer.ts'
import { attentionDesk, type Desk } from './attention.ts'
import { sendByCarrier } from './delivery/carrier.ts'
import { bringByTruck } from './delivery/truck.ts'
import { handOutAtLocker } from './delivery/pickup.ts'
import { type DeliveryReports, deliveryReports } from './delivery/reports.ts'
import { endOfStory, isCancelled } from './ending.ts'
import { partsInside } from './generations.ts'
import type { job } from './job.ts'
import { stopMovedSignal, workflowIds } from './messages.ts'
import { partsOf } from './parts.ts'
import { local } from './policies.ts'
import type { PlannedFulfilment } from './order.ts'
import { searchedBy } from './searchable.ts'
import { countOf, openStory, type Story } from './story.ts'
import { together } from './together.ts'

export interface FulfilmentInput extends PlannedFulfilment {
  orderId: string
  /** Of its order. */
  generation?: number
}

/** What a method of delivery works with. */
export interface Delivery {
  fulfilmentId: string
  story: Story
  desk: Desk
  reports: DeliveryReports
}

const deliver: Record<DeliveryMethod, (delivery: Delivery) => Promise<void>> = {
  truck: bringByTruck,
  pickup: handOutAtLocker,
  carrier: sendByCarrier,
}

export async function fulfilment(input: FulfilmentInput): Promise<{ deliveredAtMs: number }> {
  const { orderId, fulfilmentId, method, jobIds, generation = 0 } = input
  const story = openStory('Fulfilment')
  const desk = attentionDesk(orderId, story)
  const reports = deliveryReports()
  const parts = partsOf(input.machineId)
  const explain = (decided: string) => story.note(`### Which truck, and why\n\n${decided}`)
  if (input.decided !== undefined) explain(input.decided)
  setHandler(
    stopMovedSignal,
    ({ decided }) => {
      explain(decided)
      parts.askAgain()
    },
    { description: 'Another truck brings it, and why: {decided}.' },
  )

  try {
    story.tell({
      name: 'making',
      doing: `Making ${countOf(jobIds)}`,
      next: `deliver by ${method}`,
    })
    const inside = (jobId: string) => {
      const line = story.line(jobId)
      return parts.make(jobId, { line, desk: desk.beside(jobId, line) })
    }
    const make = generation >= partsInside ? inside : (jobId: string) => makeInChild(input, jobId)
    await together<unknown>(jobIds.map((jobId) => () => make(jobId)))
    await deliver[method]({ fulfilmentId, story, desk, reports })
  } catch (error) {
    if (!isCancelled(error)) throw error
    await CancellationScope.nonCancellable(async () => {
      await desk.undoAll()
      await local.cancelFulfilment({ fulfilmentId })
      endOfStory(story, 'cancelled', 'Cancelled')
    })
    throw error
  }
  endOfStory(story, 'delivered', 'The buyer has it')
  return { deliveredAtMs: Date.now() }
}

function makeInChild(planned: FulfilmentInput, jobId: string): Promise<unknown> {
  const { orderId, siteId, machineId, region } = planned
  return executeChild<typeof job>('job', {
    workflowId: workflowIds.job(jobId),
    args: [{ orderId, jobId, ...(machineId === undefined ? {} : { machineId }) }],
    staticSummary: 'Make one part',
    typedSearchAttributes: searchedBy({ siteId, machineId, region }),
  })
}
