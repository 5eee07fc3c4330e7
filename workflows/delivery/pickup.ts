// Pick-up at lockers: the part goes from the machine into a compartment, the buyer gets a code and takes it out.
import { ApplicationFailure } from '@temporalio/workflow'
import type { Delivery } from '../fulfilment.ts'
import { local, outside, waits } from '../policies.ts'

export async function handOutAtLocker(delivery: Delivery): Promise<void> {
  const { fulfilmentId, story, desk, reports } = delivery
  await desk.step({
    name: 'storing',
    doing: 'Moving the part from the machine into a compartment',
    next: 'tell the buyer the code',
    run: async (patch) => {
      await outside.storeInLocker({ fulfilmentId, ...patch })
      const stored = await reports.next(
        ['stored'],
        waits.stored,
        'Waiting for the locker to say that it is stored',
      )
      if (!stored) throw failed('no_compartment_free', fulfilmentId)
      await local.announceReady({ fulfilmentId })
    },
    undo: () => outside.clearLocker({ fulfilmentId }),
    patchable: ['compartmentId'],
  })
  story.mark('ready_for_pickup')
  await desk.step({
    name: 'collection',
    doing: 'In the locker; the buyer has the code',
    next: 'settle when it is taken out',
    run: async () => {
      const emptied = await reports.next(
        ['emptied'],
        waits.collection,
        'Waiting for the buyer to collect',
      )
      if (emptied) return
      await local.expirePickup({ fulfilmentId })
      throw failed('not_collected', fulfilmentId)
    },
  })
  await local.recordDelivered({ fulfilmentId })
}

function failed(code: 'no_compartment_free' | 'not_collected', fulfilmentId: string) {
  return ApplicationFailure.nonRetryable(code, code, { fulfilmentId })
}
