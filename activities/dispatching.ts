// The dispatcher's one effect: decides together for all stops that wait in a region, and tells the orders.
import { setTimeout as pause } from 'node:timers/promises'
import { decisionInWords } from '../domain/decisionInWords.ts'
import type { StopPlan } from '../domain/stopPlan.ts'
import { dispatchDecisions } from '../storage/decisions.ts'
import { dispatchRulesInForce } from '../storage/rules.ts'
import {
  answerStops,
  areStillOpen,
  noteTold,
  openStops,
  type OpenStop,
  type StopAnswer,
  untoldOrders,
  type Untold,
} from '../storage/stopRequests.ts'
import type { OrdersDeps } from './deps.ts'
import { bookedOf, bookingsOf, type PlannedFulfilment } from './fulfilments.ts'
import { notePlanned } from './orderPlanned.ts'
import { decideStopsOf, type StopsDecided } from './truckStops.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'travel' | 'dispatchers' | 'nowMs'>

/** What the dispatcher shows and needs to know of one round. */
export interface StopsRound {
  /** The fulfilments that were answered, so that whoever asked for one of them is not waited for any more. */
  answered: string[]
  /** In plain words, the latest last. */
  said: string[]
}

/** So many decisions are shown; all are kept with their orders. */
const saidAtMost = 5

export function dispatchingActivities(deps: Deps) {
  const { storage } = deps
  return {
    /**
     * Gathers for the interval of the rules, decides, writes, and tells. Key: the requests in the table; whatever
     * was written or told before is not written again, and told again where it may not have been heard.
     */
    async decideStops({ region }: { region: string }): Promise<StopsRound> {
      const { rules } = await dispatchRulesInForce(storage, region)
      await pause(rules.batchIntervalMs)
      const answered = await decideOpen(region)
      const said = await tellOrders(region)
      return { answered, said: said.slice(-saidAtMost) }
    },
  }

  async function decideOpen(region: string): Promise<string[]> {
    const answered: string[] = []
    // What is withdrawn while it is decided takes the others with it: they are decided at once without it.
    for (;;) {
      const open = await openStops(storage, region)
      if (open.length === 0) return answered
      const asked = await askedFor(open)
      const wrote = await decideStopsOf(deps, region, asked, {
        stillAsks: async (tx) => await areStillOpen(tx, open),
        answer: async (tx, plan) => await answerStops(tx, answersTo(open, plan)),
        written: async (tx) => {
          for (const orderId of new Set(open.map((one) => one.orderId))) {
            await notePlanned(tx, orderId)
          }
        },
      })
      if (!wrote) continue
      answered.push(...open.map(({ fulfilmentId }) => fulfilmentId))
      await tellMoved(wrote)
    }
  }

  /** A job that does not hear it looks again by itself when its turn is long in coming. */
  async function tellMoved({ plan, scene }: StopsDecided): Promise<void> {
    await Promise.all(
      plan.stops.map(async ({ requestId: fulfilmentId, brought, decision }) => {
        const moved = scene.standing.find((one) => one.fulfilmentId === fulfilmentId)
        if (!moved || !brought) return
        const decided = decisionInWords(decision)
        await deps.dispatchers.tellMoved({ fulfilmentId, jobIds: moved.jobIds, decided })
      }),
    )
  }

  async function askedFor(open: readonly OpenStop[]) {
    const orderIds = [...new Set(open.map(({ orderId }) => orderId))]
    const bookings = await bookingsOf(storage, ...orderIds)
    return open.flatMap(({ fulfilmentId, wantedVehicleId }) => {
      const booking = bookings.find((one) => one.fulfilmentId === fulfilmentId)
      return booking ? [{ booking, wantedVehicleId }] : []
    })
  }

  /** Whoever was told and has not noted it is told once more; an order that has ended hears nothing. */
  async function tellOrders(region: string): Promise<string[]> {
    const untold = await untoldOrders(storage, region)
    if (untold.length === 0) return []
    const orderIds = untold.map(({ orderId }) => orderId)
    const [bookings, decisions] = await Promise.all([
      bookingsOf(storage, ...orderIds),
      dispatchDecisions(storage, orderIds),
    ])
    const words = new Map(decisions.map((one) => [one.subjectId, decisionInWords(one)]))
    await Promise.all(untold.map((order) => tell(order, bookings, words)))
    await noteTold(storage, untold)
    return [...words].map(([fulfilmentId, text]) => `\`${fulfilmentId}\`: ${text}`)
  }

  async function tell(
    { orderId, round, refusal }: Untold,
    bookings: readonly PlannedFulfilment[],
    words: ReadonlyMap<string, string>,
  ): Promise<void> {
    const own = bookings.filter((booking) => booking.orderId === orderId)
    const fulfilments = own.map((booking) => bookedOf(booking, words.get(booking.fulfilmentId)))
    await deps.dispatchers.tell({ orderId, round, fulfilments, refusal })
  }
}

/** A request that no plan speaks of has no place any more: its buyer was erased. */
function answersTo(open: readonly OpenStop[], { stops }: StopPlan): StopAnswer[] {
  return open.map(({ fulfilmentId }) => {
    const stop = stops.find(({ requestId }) => requestId === fulfilmentId)
    const refusal = stop
      ? stop.refusal
      : { code: 'no_vehicle_fits' as const, facts: { destination: 'erased' } }
    return { fulfilmentId, refusal }
  })
}
