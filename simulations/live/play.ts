// Plays the day before the platform: buyers order when they would, fetch, or lose patience; trucks
// break down when they do.
import { setTimeout as wait } from 'node:timers/promises'
import type { LostCode } from '../plant/orderBook.ts'
import { secondOf } from '../plant/layout.ts'
import type { LiveSite } from './fleet.ts'
import { type Bought, buy, type Ordered, type Shopping } from './liveBuyer.ts'
import type { LiveRecords, OrderSeen } from './liveRecords.ts'
import { Refused } from './shop.ts'

export interface Playing extends Shopping {
  records: LiveRecords
  fleet: readonly LiveSite[]
  signal: AbortSignal
  /** As soon as it is known whose jobs and stops they are. */
  onBought: (order: number, bought: Ordered) => void
  onProgress: (progress: Progress) => void
}

export interface Progress {
  second: number
  placed: number
  expected: number
  /** The buyer has it. */
  delivered: number
  onHold: number
  lost: number
  /** Minutes of the day by which the latest order came later to the platform than it was wanted. */
  behindMinutes: number
}

export interface PlayedOrder {
  order: number
  bought: Bought | null
  /** Seconds of the day from when it was wanted until the platform had it. */
  behindSeconds: number
  lostBecause: LostCode | null
  status: string
  holdReason: string | null
}

export interface Played {
  orders: PlayedOrder[]
  /** Whether it ran to its end. */
  ended: boolean
}

const lookEveryMs = 500
/** What is far away is looked at again, since no timer is set for longer. */
const longestTimerMs = 2 ** 31 - 1

export async function play(playing: Playing): Promise<Played> {
  const { stage, clock, signal, records } = playing
  const played = Array.from({ length: stage.orders.count }, (_, order): PlayedOrder => {
    const nothing = { bought: null, behindSeconds: 0, lostBecause: null, holdReason: null }
    return { order, status: 'awaited', ...nothing }
  })
  const fetching = new Set<number>()
  const codes = new Map<number, string>()
  const work = openWork(playing)
  for (const order of played) {
    work.at(stage.orders.second[order.order]!, async () => await placeOrder(order, playing))
    const second = stage.orders.second[order.order]! + stage.buyer(order.order).patienceSeconds
    work.at(second, async () => await losePatience(order, playing))
  }
  setScene(playing, work)
  while (!signal.aborted && clock.second() < stage.endSecond && !played.every(hasEnded(playing))) {
    await Promise.race([work.failed, wait(lookEveryMs, undefined, { signal }).catch(() => {})])
    if (signal.aborted) break
    const seen = new Map((await records.orders()).map((one) => [one.order, one]))
    for (const order of played) note(order, seen.get(order.order))
    for (const [order, code] of await records.accessCodes()) codes.set(order, code)
    for (const order of played.filter(({ status }) => status === 'ready_for_pickup')) {
      const code = codes.get(order.order)
      if (code === undefined || fetching.has(order.order)) continue
      fetching.add(order.order)
      const { comes, fetchSeconds } = stage.buyer(order.order)
      if (!comes) continue
      work.at(clock.second() + fetchSeconds, async () => await fetchIt(order, code, playing))
    }
    playing.onProgress(progressOf(played, playing))
  }
  await work.end()
  return { orders: played, ended: !signal.aborted }
}

interface Work {
  at: (second: number, task: () => Promise<void>) => void
  /** Rejects with what went wrong in a task. */
  failed: Promise<never>
  end: () => Promise<void>
}

function openWork({ clock, signal }: Playing): Work {
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  const { promise: failed, reject } = Promise.withResolvers<never>()
  failed.catch(() => {})
  const at: Work['at'] = (second, task) => {
    const ms = clock.msAt(second) - Date.now()
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        if (signal.aborted) return
        if (ms > longestTimerMs) return at(second, task)
        const done = task()
          .catch(reject)
          .finally(() => running.delete(done))
        running.add(done)
      },
      Math.min(longestTimerMs, Math.max(0, ms)),
    )
    timers.add(timer)
  }
  return {
    at,
    failed,
    async end() {
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}

async function placeOrder(played: PlayedOrder, playing: Playing): Promise<void> {
  const { stage, clock } = playing
  const bought = await buy(played.order, playing).catch(nothingFor)
  played.bought = bought
  played.behindSeconds = clock.second() - stage.orders.second[played.order]!
  if ('lostBecause' in bought) {
    played.lostBecause = bought.lostBecause
    played.status = 'lost'
  } else {
    played.status = 'placed'
    playing.onBought(played.order, bought)
  }
}

/** A place that nobody can drive to is one buyer's trouble; a key that may not order is the run's. */
function nothingFor(error: unknown): Bought {
  const ends =
    !(error instanceof Refused) || error.status >= 500 || [401, 403].includes(error.status)
  if (ends) throw error
  return { lostBecause: 'no_way_to_fulfil' }
}

/** What is at the door or in its compartment is waited for; what is on its way comes too late. */
async function losePatience(played: PlayedOrder, { shop }: Playing): Promise<void> {
  const { bought, status } = played
  if (!bought || !('orderId' in bought) || isWithBuyer(status) || status === 'ready_for_pickup')
    return
  try {
    await shop.post(`/v1/orders/${bought.orderId}/cancel`, { by: 'buyer', reason: 'patience' })
    played.lostBecause = 'gave_up_waiting'
  } catch (error) {
    if (!(error instanceof Refused) || error.status >= 500) throw error
  }
}

async function fetchIt(played: PlayedOrder, code: string, { shop }: Playing): Promise<void> {
  const { bought } = played
  if (!bought || !('orderId' in bought)) return
  const { fulfilments } = await shop.get<{ fulfilments: { site_id: string }[] }>(
    `/v1/orders/${bought.orderId}?expand[]=fulfilments`,
  )
  await shop.post(`/v1/test/lockers/${fulfilments[0]?.site_id}/enter_code`, { code })
}

/** Shifts, opening hours, and what goes wrong on the day. */
function setScene({ stage, fleet, names, clock, shop, records }: Playing, work: Work): void {
  const { scenario, layout } = stage.prepared
  const closed = async (machineIds: readonly string[], from: number, until: number) => {
    if (until > stage.startSecond && until > from && from < stage.endSecond) {
      await records.holdMachines(machineIds, clock.msAt(from), clock.msAt(until))
    }
  }
  const drive = async (id: string, fault: string) => {
    await shop.post(`/v1/test/vehicles/${id}/faults`, { fault })
  }
  for (const { machines, vehicle, opensAtSecond, closesAtSecond } of fleet) {
    const ids = machines.map(({ id }) => id)
    const soon = stage.startSecond
    work.at(soon, async () => await closed(ids, soon, opensAtSecond))
    work.at(soon, async () => await closed(ids, closesAtSecond, stage.endSecond + 86_400))
    if (vehicle && vehicle.fromSecond > soon) {
      work.at(soon, async () => await drive(vehicle.id, 'out_of_service'))
      work.at(vehicle.fromSecond, async () => await drive(vehicle.id, 'in_service'))
    }
    if (vehicle) work.at(vehicle.toSecond, async () => await records.endRound(vehicle.id))
  }
  for (const { kind, at, hour, minutes } of scenario.incidents) {
    const second = Math.max(stage.startSecond, secondOf(hour))
    const untilSecond = secondOf(hour) + Math.round(minutes * 60)
    if (untilSecond <= stage.startSecond) continue
    const vehicle = layout.vehicles.findIndex(({ id }) => id === at)
    const place = layout.vehicles[vehicle] ?? layout.sites.find(({ id }) => id === at)!
    if (kind === 'truck_breaks_down') {
      work.at(second, async () => await drive(names.vehicle(vehicle), 'out_of_service'))
      work.at(untilSecond, async () => await drive(names.vehicle(vehicle), 'in_service'))
      continue
    }
    work.at(
      second,
      async () => await closed(place.machines.map(names.machine), second, untilSecond),
    )
  }
}

function note(played: PlayedOrder, seen: OrderSeen | undefined): void {
  if (!seen) return
  played.status = seen.status
  played.holdReason = seen.holdReason
}

const isWithBuyer = (status: string) => status === 'delivered' || status === 'settled'
const over = new Set(['lost', 'settled', 'cancelled', 'refunded', 'unfulfillable', 'returned'])

/** Nobody waits for what nobody will fetch. */
function hasEnded({ stage }: Playing) {
  return ({ order, status }: PlayedOrder) =>
    over.has(status) || (status === 'ready_for_pickup' && !stage.buyer(order).comes)
}

function progressOf(played: readonly PlayedOrder[], { stage, clock }: Playing): Progress {
  const count = (holds: (one: PlayedOrder) => boolean) => played.filter(holds).length
  const placed = played.filter(({ bought }) => bought !== null)
  const latest = Math.max(0, ...placed.slice(-10).map(({ behindSeconds }) => behindSeconds))
  return {
    second: clock.second(),
    placed: placed.length,
    expected: stage.orders.count,
    delivered: count(({ status }) => isWithBuyer(status)),
    onHold: count(({ status }) => status === 'on_hold'),
    lost: count(({ status, lostBecause }) => lostBecause !== null || status === 'cancelled'),
    behindMinutes: latest / 60,
  }
}
