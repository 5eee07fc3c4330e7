// The effects of an order for which everything goes well; tests put their own in the place of some.
import { CompleteAsyncError } from '@temporalio/activity'
import type { Activities, GeometryActivities } from '../../activities/index.ts'
import type { DeliveryMethod } from '../../domain/model/offer.ts'
import type { MadeReport } from '../../domain/model/report.ts'
import type { Scene } from './rig.ts'

export type Effects = Activities & GeometryActivities

export function happyEffects(scene: Scene, method: DeliveryMethod): Effects {
  return {
    authorizeBuyer: nothing,
    reserveUses: nothing,
    releaseUses: nothing,
    holdPayment: nothing,
    releasePayment: nothing,
    bookOffers: async () => {
      const { fulfilmentId, jobIds } = scene
      const where = { siteId: 'sit_1', machineId: 'mac_1', region: 'demo' }
      return { fulfilments: [{ fulfilmentId, method, jobIds, ...where }] }
    },
    decideStops: async () => ({ answered: [], said: [] }),
    releaseBookings: nothing,
    rebookLine: nothing,
    checkCancel: nothing,
    closeCancelled: nothing,
    settleOrder: nothing,
    openAttention: nothing,
    closeAttention: nothing,
    prepareJob: async ({ machineId = 'mac_1' }) => ({
      machineId,
      claimed: true,
      instructionsReady: false,
    }),
    makeInstructions: nothing,
    make: async ({ attempt }) => madeReport(attempt),
    stopMaking: async () => ({ made: null }),
    recordFailedAttempt: nothing,
    cancelFulfilment: nothing,
    loadTruck: async ({ vehicleId = 'veh_1' }) => {
      await scene.report('handed_over')
      return { vehicleId }
    },
    unloadTruck: nothing,
    storeInLocker: async () => await scene.report('stored'),
    clearLocker: nothing,
    announceReady: async () => await scene.report('emptied'),
    expirePickup: nothing,
    bookCarrier: async () => {
      await scene.report('collected')
      await scene.report('delivered')
      return { carrier: 'fabpost', number: 'FP1' }
    },
    askCarrier: async () => ({ kind: null, isOverdue: false }),
    recordCollected: nothing,
    cancelParcel: nothing,
    recordDelivered: nothing,
  }
}

export function madeReport(attempt: number): MadeReport {
  return {
    machineId: 'mac_1',
    attempt,
    printedSeconds: 60,
    grams: 5,
    finishedAtMs: 1,
    harvestedAtMs: 2,
  }
}

/** As on a real machine: started, and ended from outside. */
export const untilEndedOutside: Effects['make'] = async () => {
  throw new CompleteAsyncError()
}

async function nothing(): Promise<void> {}
