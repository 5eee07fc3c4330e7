// An order's life, from the buyer's authorization to everybody's money.
import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  executeChild,
  setHandler,
} from '@temporalio/workflow'
import { type FailureCode, failureCatalogue } from '../domain/failure.ts'
import type { DeliveryMethod } from '../domain/model/offer.ts'
import { attentionDesk, type Desk } from './attention.ts'
import { endOfStory, isCancelled } from './ending.ts'
import type { fulfilment } from './fulfilment.ts'
import { bookedLocally } from './generations.ts'
import {
  type CancelOrder,
  cancelOrderUpdate,
  chooseDeliveryUpdate,
  type OrderInput,
  waitsForOperatorSignal,
  workflowIds,
} from './messages.ts'
import { local, outside } from './policies.ts'
import { searchedBy } from './searchable.ts'
import { plannedStops, type PlannedStops } from './plannedStops.ts'
import { countOf, openStory, type Story } from './story.ts'
import { together } from './together.ts'

export interface OrderOutcome {
  orderId: string
  status: 'settled' | 'cancelled'
}

export interface PlannedFulfilment {
  fulfilmentId: string
  method: DeliveryMethod
  jobIds: string[]
  /** Where it is made; left out in histories of before it was told. */
  siteId?: string
  machineId?: string
  region?: string
  /** Which truck brings it and why, in plain words. */
  decided?: string
}

export async function order({ orderId, generation = 0 }: OrderInput): Promise<OrderOutcome> {
  const story = openStory('Order')
  const desk = attentionDesk(orderId, story)
  const life = new CancellationScope()
  const cancel = messages(orderId, story, life)
  const stops = plannedStops(story)

  try {
    await life.run(() => live(orderId, { story, desk, stops, generation }))
  } catch (error) {
    if (!isCancelled(error)) throw error
    await CancellationScope.nonCancellable(() => unwind(orderId, story, desk, cancel()))
    return { orderId, status: 'cancelled' }
  } finally {
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished))
  }
  endOfStory(story, 'settled', 'Delivered, paid, and everyone who was owed is paid')
  return { orderId, status: 'settled' }
}

interface Life {
  story: Story
  desk: Desk
  stops: PlannedStops
  generation: number
}

async function live(orderId: string, { story, desk, stops, generation }: Life): Promise<void> {
  const booking = generation >= bookedLocally ? local : outside
  await desk.step({
    name: 'authorization',
    doing: 'Checking that the buyer may have the items',
    next: 'license the instructions',
    run: () => local.authorizeBuyer({ orderId }),
  })
  await desk.step({
    name: 'licensing',
    doing: 'Reserving a use of each licence',
    next: 'hold the payment',
    run: () => local.reserveUses({ orderId }),
    undo: () => local.releaseUses({ orderId }),
  })
  await desk.step({
    name: 'payment',
    doing: 'Holding the money at the payment provider',
    next: 'book machines and deliveries',
    run: (patch) => outside.holdPayment({ orderId, ...patch }),
    undo: () => outside.releasePayment({ orderId }),
    patchable: ['kind', 'token'],
  })
  const { fulfilments } = await desk.step({
    name: 'planning',
    doing: 'Booking the machines and the deliveries',
    next: 'make and deliver',
    run: (patch) => stops.booked(() => booking.bookOffers({ orderId, ...patch })),
    undo: () => outside.releaseBookings({ orderId }),
    patchable: ['vehicleId'],
  })
  story.tell({
    name: 'fulfilment',
    doing: `Making and delivering, see ${fulfilments.map(({ fulfilmentId }) => workflowIds.fulfilment(fulfilmentId)).join(', ')}`,
    next: 'settle',
  })
  story.mark('making')
  await together(fulfilments.map((planned) => () => fulfil(orderId, planned, generation)))
  // The buyer has everything: from here on there is nothing to cancel.
  await CancellationScope.nonCancellable(() =>
    desk.step({
      name: 'settlement',
      doing: 'Taking the money and paying everyone who is owed',
      run: () => outside.settleOrder({ orderId }),
      cancellable: false,
    }),
  )
}

function fulfil(orderId: string, planned: PlannedFulfilment, generation: number): Promise<unknown> {
  const { siteId, machineId, region } = planned
  return executeChild<typeof fulfilment>('fulfilment', {
    workflowId: workflowIds.fulfilment(planned.fulfilmentId),
    args: [{ orderId, generation, ...planned }],
    staticSummary: `Make ${countOf(planned.jobIds)} and ${ways[planned.method]}`,
    typedSearchAttributes: searchedBy({ siteId, machineId, region }),
  })
}

const ways: Record<DeliveryMethod, string> = {
  truck: 'bring it by truck',
  pickup: 'hand it out at lockers',
  carrier: 'send it by a carrier',
}

async function unwind(
  orderId: string,
  story: Story,
  desk: Desk,
  cancel: CancelOrder | null,
): Promise<void> {
  story.tell({ name: 'cancelling', doing: 'Cancelled: giving back what was taken', next: '' })
  await desk.undoAll()
  // Without a message that says so an operator cancelled, at a desk or with the button of the UI. What they
  // noted there is not for the buyer, who reads the reason.
  const { by, reason } = cancel ?? { by: 'operator', reason: 'cancelled by an operator' }
  await local.closeCancelled({ orderId, by, reason })
  endOfStory(story, 'cancelled', 'Cancelled; everything that was taken was given back')
}

/** Sets the handlers of what an order may be asked; answers how to learn who cancelled it. */
function messages(
  orderId: string,
  story: Story,
  life: CancellationScope,
): () => CancelOrder | null {
  let cancel: CancelOrder | null = null
  const tooLate = new Set(['settlement', 'settled'])
  const beforePlanning = new Set(['started', 'authorization', 'licensing', 'payment'])

  setHandler(
    cancelOrderUpdate,
    async (request) => {
      await refused(() => local.checkCancel({ orderId, by: request.by }))
      if (tooLate.has(story.stage())) throw refusal('cancel_too_late')
      cancel ??= request
      life.cancel()
      return { accepted: true as const }
    },
    {
      description: 'Cancels the order: {by: buyer | storefront | operator, reason}.',
      validator: (request) => {
        if (!request?.by || !request.reason) throw refusal('invalid_request')
        if (tooLate.has(story.stage())) throw refusal('cancel_too_late')
      },
    },
  )
  setHandler(
    waitsForOperatorSignal,
    ({ workflowId, sentence }) => story.waitsElsewhere(workflowId, sentence),
    { description: 'A part of the order waits for an operator: {workflowId, sentence}.' },
  )
  setHandler(
    chooseDeliveryUpdate,
    async (choice) => {
      await refused(() => local.rebookLine({ orderId, ...choice }))
      return { accepted: true as const }
    },
    {
      description: 'Chooses another offer for a line before it is planned: {lineId, offerId}.',
      validator: (choice) => {
        if (!choice?.lineId || !choice.offerId) throw refusal('invalid_request')
        if (!beforePlanning.has(story.stage())) throw refusal('state_conflict')
      },
    },
  )
  return () => cancel
}

function refusal(code: FailureCode): ApplicationFailure {
  return ApplicationFailure.nonRetryable(failureCatalogue[code].sentence, code)
}

/** Whoever asked hears the code, not that an activity failed. */
async function refused<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (error) {
    throw error instanceof ActivityFailure && error.cause ? error.cause : error
  }
}
