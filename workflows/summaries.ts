// What the UI shows beside each activity: one plain sentence for every verb, set in one place.
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow'
import type { ExperimentActivities } from '../activities/experimenting.ts'
import type { Activities, GeometryActivities } from '../activities/index.ts'

const summaries: Record<keyof (Activities & GeometryActivities & ExperimentActivities), string> = {
  authorizeBuyer: 'May this buyer have these items?',
  reserveUses: 'Reserve a use of each licence',
  releaseUses: 'Give the reserved licence uses back',
  holdPayment: 'Hold the money at the payment provider',
  releasePayment: 'Let go of the held money',
  bookOffers: 'Book the locker, ask the trucks for a stop',
  decideStops: 'Decide together which trucks bring what waits',
  releaseBookings: 'Free the machine, the stop or the locker',
  rebookLine: 'Book another way of delivery',
  checkCancel: 'Is it early enough to cancel?',
  closeCancelled: 'Write down that the order is cancelled',
  settleOrder: 'Take the money and pay everyone who is owed',
  openAttention: 'Ask an operator',
  closeAttention: 'Note what the operator decided',
  prepareJob: 'Choose the machine and look for its instructions',
  makeInstructions: 'Adapt the model and slice it for the machine',
  make: 'Make the part',
  stopMaking: 'Stop the machine',
  recordFailedAttempt: 'Note why the attempt failed',
  cancelFulfilment: 'Write down that the fulfilment is cancelled',
  loadTruck: "Put the stop on the truck's list",
  unloadTruck: "Take the stop off the truck's list",
  storeInLocker: 'Move the part into a locker compartment',
  clearLocker: 'Free the locker compartment',
  announceReady: 'Tell the buyer where the part waits',
  expirePickup: 'Note that the part was not collected',
  bookCarrier: 'Label the parcel and hand it to the carrier',
  askCarrier: 'Ask the carrier where the parcel is',
  recordCollected: 'Note that the carrier has it',
  cancelParcel: 'Take the parcel back from the carrier',
  recordDelivered: 'Note that the buyer has it',
  runSimulation: 'Simulate the days and write the report',
  closeSimulation: 'Write down why it ended',
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) => next(withSummary(input)),
      scheduleLocalActivity: (input, next) => next(withSummary(input)),
    },
  ],
})

function withSummary<I extends { activityType: string; options: { summary?: string } }>(
  input: I,
): I {
  const summary = (summaries as Record<string, string>)[input.activityType]
  if (summary === undefined || input.options.summary !== undefined) return input
  return { ...input, options: { ...input.options, summary } }
}
