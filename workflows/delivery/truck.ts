// Delivery by truck: the part is made on board while the truck drives; at the buyer's stop it is handed over.
import { ApplicationFailure } from '@temporalio/workflow'
import type { FailureCode } from '../../domain/failure.ts'
import type { Delivery } from '../fulfilment.ts'
import { local, outside, waits } from '../policies.ts'

export async function bringByTruck({
  fulfilmentId,
  story,
  desk,
  reports,
}: Delivery): Promise<void> {
  await desk.step({
    name: 'delivery',
    doing: 'Made; the truck is told that the part is ready for its stop',
    next: 'hand over at the door',
    run: async (patch) => {
      // Handed over while an operator was asked: nothing is left to do.
      if (reports.has('handed_over')) return
      // What an earlier try ended with, or another truck said, is not about this one.
      reports.forget(['not_met', 'out_of_service'])
      const { vehicleId } = await outside.loadTruck({ fulfilmentId, ...patch })
      story.tell({
        name: 'in transit',
        doing: `On truck ${vehicleId}`,
        next: 'hand over at the door',
      })
      const report = await reports.next(
        ['handed_over', 'not_met', 'out_of_service'],
        waits.handOver,
        `Waiting for truck ${vehicleId} to hand over`,
      )
      const why = notHandedOver(report?.kind ?? null)
      if (why !== null) throw ApplicationFailure.nonRetryable(why, why, { vehicleId })
    },
    undo: () => outside.unloadTruck({ fulfilmentId }),
    patchable: ['vehicleId'],
  })
  await local.recordDelivered({ fulfilmentId })
}

function notHandedOver(kind: string | null): FailureCode | null {
  if (kind === 'handed_over') return null
  return kind === 'not_met' ? 'not_collected' : 'vehicle_out_of_service'
}
