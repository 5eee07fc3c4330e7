// Tells a truck that a part is on board for its stop, and takes the stop off its list when it is not to be made.
import { DomainError } from '../domain/failure.ts'
import { appendEvent } from '../storage/events.ts'
import { vehicleById } from '../storage/fleet.ts'
import { addNotice } from '../storage/notices.ts'
import { advance, advanceLines } from '../storage/advance.ts'
import type { OrdersDeps } from './deps.ts'
import { bookingById } from './fulfilments.ts'
import { bookStop, unbookStop } from './truckStops.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'travel' | 'nowMs'>

export function truckActivities(deps: Deps) {
  const { storage } = deps
  return {
    /** Key: the fulfilment; `vehicleId` is an operator's choice of another truck that takes the part over. */
    async loadTruck(loading: {
      fulfilmentId: string
      vehicleId?: string
    }): Promise<{ vehicleId: string }> {
      const { fulfilmentId } = loading
      const before = await bookingById(storage, fulfilmentId)
      if (loading.vehicleId && loading.vehicleId !== before.vehicleId) {
        await bookStop(deps, before, loading.vehicleId)
      }
      const vehicleId = loading.vehicleId ?? before.vehicleId ?? ''
      const vehicle = await vehicleById(storage, vehicleId)
      if (!vehicle?.inService)
        throw new DomainError('vehicle_out_of_service', { vehicle: vehicleId })
      // A stop that was taken off, because it was not met, is put on again.
      if (!vehicle.stops.some((stop) => stop.fulfilmentId === fulfilmentId)) {
        await bookStop(deps, before, vehicleId)
      }
      await storage.transaction(async (tx) => {
        const { orderId } = before
        await advanceLines(tx, { fulfilmentId }, 'ready')
        await advanceLines(tx, { fulfilmentId }, 'in_transit')
        await advance(tx, 'fulfilment', fulfilmentId, 'made')
        if (!(await advance(tx, 'fulfilment', fulfilmentId, 'in_transit'))) return
        // The list says what is on board, so it is sent again.
        await tx.sql(`update vehicle set stops_version = stops_version + 1 where id = $1`, [
          vehicleId,
        ])
        await appendEvent(tx, {
          orderId,
          type: 'fulfilment.in_transit',
          data: { fulfilment_id: fulfilmentId, vehicle_id: vehicleId },
        })
        await addNotice(tx, { orderId, kind: 'on_its_way', data: { fulfilment_id: fulfilmentId } })
      })
      return { vehicleId }
    },

    async unloadTruck({ fulfilmentId }: { fulfilmentId: string }): Promise<void> {
      await unbookStop(storage, fulfilmentId)
    },
  }
}
