// The reference day on the kernel: trucks with a printer each drive their tours, print and deliver.
import { openKernel } from '../kernel/kernel.ts'
import {
  deliverySeconds,
  fixedStop,
  openPlans,
  promisedSeconds,
  secondsPerUnit,
  stopSeconds,
} from './plans.ts'
import type { DayScenario } from './scenario.ts'

export interface DayFigures {
  events: number
  evaluations: number
  deliveries: number
  meanLatenessSeconds: number
  lateShare: number
  meanOrderToDoorSeconds: number
  truckWaitSeconds: number
  km: number
  fixedStops: number
  /** Of which truck took each order and when it was delivered: equal when every decision was. */
  checksum: number
}

const daySeconds = 86_400
const none = -1

/** Builds the model; what it returns runs the day, once. */
export function prepareDay(day: DayScenario): () => DayFigures {
  const { trucks, orders } = day
  const kernel = openKernel({ capacity: 2 * trucks.length + orders.length })
  const plans = openPlans(day)
  const truckOf = new Int32Array(orders.length).fill(none)
  const deliveredAt = new Int32Array(orders.length).fill(none)
  /** For which order a truck stands at the door, and since when. */
  const standsFor = new Int32Array(trucks.length).fill(none)
  const stoodSince = new Int32Array(trucks.length)
  const driving = new Int32Array(trucks.length)
  let drivenSeconds = 0
  let truckWaitSeconds = 0
  let fixedStops = 0

  const come = kernel.handler((order) => {
    truckOf[order] = plans.insert(order)
    kernel.schedule(plans.printStart(order), 0, startPrint, order)
    if (order + 1 < orders.length) scheduleOrder(order + 1)
  })
  const startPrint = kernel.handler((order) => {
    kernel.schedule(plans.printEnd(order), 0, endPrint, order)
  })
  const endPrint = kernel.handler((order) => {
    const truck = truckOf[order]!
    if (standsFor[truck] !== order) return
    standsFor[truck] = none
    truckWaitSeconds += kernel.now() - stoodSince[truck]!
    handOver(order, truck)
  })
  const arrive = kernel.handler((truck) => {
    drivenSeconds += driving[truck]!
    const order = plans.head(truck)
    if (order === fixedStop) kernel.schedule(kernel.now() + stopSeconds, 0, leave, truck)
    else if (plans.printEnd(order) <= kernel.now()) handOver(order, truck)
    else {
      standsFor[truck] = order
      stoodSince[truck] = kernel.now()
    }
  })
  const leave = kernel.handler((truck) => {
    if (plans.head(truck) === fixedStop) fixedStops += 1
    driving[truck] = plans.advance(truck)
    kernel.schedule(kernel.now() + driving[truck], 0, arrive, truck)
  })
  const handOver = (order: number, truck: number) => {
    deliveredAt[order] = kernel.now()
    kernel.schedule(kernel.now() + deliverySeconds, 0, leave, truck)
  }
  const scheduleOrder = (order: number) =>
    kernel.schedule(orders[order]!.cameSeconds + 0.5, 0, come, order)

  trucks.forEach(({ startSeconds }, truck) => kernel.schedule(startSeconds, 0, arrive, truck))
  if (orders.length > 0) scheduleOrder(0)
  return () => {
    const events = kernel.run(daySeconds)
    const evaluations = plans.evaluations()
    const km = drivenSeconds / secondsPerUnit / 10
    const driven = { events, evaluations, truckWaitSeconds, km, fixedStops }
    return { ...driven, ...service(day, truckOf, deliveredAt) }
  }
}

function service({ orders }: DayScenario, truckOf: Int32Array, deliveredAt: Int32Array) {
  let [deliveries, late, lateSeconds, doorSeconds, checksum] = [0, 0, 0, 0, 0]
  orders.forEach(({ cameSeconds }, order) => {
    const at = deliveredAt[order]!
    const isDelivered = at !== none
    checksum = (31 * checksum + truckOf[order]! + 1) % 4_294_967_291
    checksum = (31 * checksum + (isDelivered ? at : 0)) % 4_294_967_291
    if (!isDelivered) return
    deliveries += 1
    doorSeconds += at - (cameSeconds + 0.5)
    lateSeconds += Math.max(0, at - cameSeconds - promisedSeconds)
    if (at > cameSeconds + promisedSeconds) late += 1
  })
  return {
    deliveries,
    meanLatenessSeconds: lateSeconds / deliveries,
    lateShare: late / deliveries,
    meanOrderToDoorSeconds: doorSeconds / deliveries,
    checksum,
  }
}
