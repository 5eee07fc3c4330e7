// Delivery by a carrier: the part is packed at the warehouse, collected, and followed until the buyer has it.
import { ApplicationFailure } from '@temporalio/workflow'
import type { FailureCode } from '../../domain/failure.ts'
import { type ParcelEventKind, parcelEventKinds } from '../../domain/parcels.ts'
import type { Delivery } from '../fulfilment.ts'
import { local, outside, waits } from '../policies.ts'

export async function sendByCarrier(delivery: Delivery): Promise<void> {
  const { fulfilmentId, story, desk, reports } = delivery
  await desk.step({
    name: 'shipping',
    doing: 'Made; packing it and asking the carrier for a label',
    next: 'the carrier collects it',
    run: async (patch) => {
      // Delivered while an operator was asked: nothing is left to do.
      if (reports.has('delivered')) return
      // What became of an earlier parcel is not about this one.
      reports.forget(['returned', 'lost'])
      const { carrier, number } = await outside.bookCarrier({ fulfilmentId, ...patch })
      const parcel = `parcel ${number} of ${carrier}`
      story.tell({
        name: 'packed',
        doing: `Labelled as ${parcel}`,
        next: 'the carrier collects it',
      })
      await followToTheDoor(delivery, parcel)
    },
    undo: () => outside.cancelParcel({ fulfilmentId }),
    patchable: ['service'],
  })
  await local.recordCollected({ fulfilmentId })
  await local.recordDelivered({ fulfilmentId })
}

async function followToTheDoor(delivery: Delivery, parcel: string): Promise<void> {
  const { fulfilmentId, story, reports } = delivery
  let isOnItsWay = false
  for (;;) {
    const waiting = `Waiting for word of ${parcel}`
    const report = await reports.next(parcelEventKinds, waits.carrier, waiting)
    const kind = parcelEventKinds.find((one) => one === report?.kind) ?? (await ask(parcel))
    if (kind === null) continue
    if (kind === 'delivered') return
    if (kind === 'lost' || kind === 'returned') throw failed(`parcel_${kind}`, parcel)
    if (!isOnItsWay) {
      isOnItsWay = true
      await local.recordCollected({ fulfilmentId })
      story.mark('in_transit')
    }
    story.tell({ name: 'in transit', doing: words[kind](parcel), next: 'delivered at the door' })
  }

  /** A carrier that is silent for long is asked what became of the parcel; null when it knows nothing new. */
  async function ask(about: string): Promise<ParcelEventKind | null> {
    const { kind, isOverdue } = await outside.askCarrier({ fulfilmentId })
    if (isOverdue && !ends.has(kind)) throw failed('parcel_overdue', about)
    return kind
  }
}

const ends: ReadonlySet<ParcelEventKind | null> = new Set(['delivered', 'returned', 'lost'])

const words = {
  collected: (parcel: string) => `Collected: ${parcel}`,
  in_transit: (parcel: string) => `Between the carrier's depots: ${parcel}`,
  out_for_delivery: (parcel: string) => `Out for delivery: ${parcel}`,
}

function failed(code: FailureCode, parcel: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(code, code, { parcel })
}
