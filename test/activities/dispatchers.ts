// Books as an order does, with dispatchers that decide at once and in the same process.
import { bookingActivities } from '../../activities/booking.ts'
import type { OrdersDeps, StopMoved, StopsPlanned } from '../../activities/deps.ts'
import { dispatchingActivities } from '../../activities/dispatching.ts'
import { defaultDispatchRules } from '../../domain/dispatch/rules.ts'
import { DomainError } from '../../domain/failure.ts'
import type { DispatchRules } from '../../domain/model/dispatchRules.ts'
import { addDispatchRules } from '../../storage/rules.ts'
import type { Storage } from '../../storage/storage.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'travel' | 'nowMs'>

/** Whoever decides does not gather: tests ask for what they want to have decided together. */
export async function setRules(
  storage: Storage,
  region: string,
  rules: Partial<DispatchRules> = {},
): Promise<void> {
  const change = { author: 'Test', reason: 'Test', restoredVersion: null, simulationId: null }
  const changed = { ...defaultDispatchRules, batchIntervalMs: 0, ...rules }
  await addDispatchRules(storage, { region, after: 0, rules: changed, ...change })
}

export function bookingForTest(deps: Deps) {
  const told: StopsPlanned[] = []
  const woken: string[] = []
  const moved: StopMoved[] = []
  const dispatchers: OrdersDeps['dispatchers'] = {
    wake: async (region) => void woken.push(await Promise.resolve(region)),
    tell: async (answer) => void told.push(await Promise.resolve(answer)),
    tellMoved: async (one) => void moved.push(await Promise.resolve(one)),
  }
  const all = { ...deps, dispatchers }
  const booking = bookingActivities(all)
  const dispatching = dispatchingActivities(all)
  return {
    ...booking,
    ...dispatching,
    told,
    woken,
    moved,
    /** Asks, and does not wait. */
    ask: async (order: { orderId: string; vehicleId?: string }) => await booking.bookOffers(order),
    /** Asks, has the stops decided, and answers as the order hears it. */
    async bookOffers(order: { orderId: string; vehicleId?: string }) {
      const booked = await booking.bookOffers(order)
      if (booked.waitsFor === undefined) return booked
      for (const region of new Set(booked.fulfilments.map((one) => one.region))) {
        await setRules(deps.storage, region)
        await dispatching.decideStops({ region })
      }
      const answer = told.findLast(({ orderId }) => orderId === order.orderId)
      if (!answer || answer.round < booked.waitsFor) throw new Error('the order was not answered')
      if (answer.refusal) throw new DomainError(answer.refusal.code, answer.refusal.facts)
      return { fulfilments: answer.fulfilments }
    },
  }
}
