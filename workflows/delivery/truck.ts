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
