// Holds what every truck will do next, and finds the cheapest place for an order by trying each one.
import type { DayScenario, Point } from './scenario.ts'

export interface Plans {
  /** Tries every position of every truck, puts the order into the cheapest; returns the truck. */
  insert(order: number): number
  /** When the order's print was to start and to end, once it is inserted. */
  printStart(order: number): number
  printEnd(order: number): number
  /** What the truck drives to or serves: an order, or `fixedStop`. */
  head(truck: number): number
  /** The head is done with: a fixed stop goes to the end. Returns the seconds to the new head. */
  advance(truck: number): number
  /** Positions tried so far. */
  evaluations(): number
}

export const fixedStop = -1
export const secondsPerUnit = 9
export const stopSeconds = 60
export const deliverySeconds = 90
export const promisedSeconds = 1_800

/** Four integers side by side: the node's x and y, when the truck leaves it, when it meets the next. */
const leaves = 2
const meets = 3
const width = 4

export function openPlans({ trucks, orders }: DayScenario): Plans {
  const mostStops = Math.max(...trucks.map(({ stops }) => stops.length))
  // Each truck has so many nodes of its own, of which its plan is a stretch that moves upwards.
  let room = 64 * Math.ceil((mostStops + 1) / 32)
  let nodes = new Int32Array(trucks.length * room * width)
  let orderAt = new Int32Array(trucks.length * room).fill(fixedStop)
  const firsts = Int32Array.from(trucks, (_, truck) => truck * room)
  const lengths = new Int32Array(trucks.length)
  const printerFree = new Int32Array(trucks.length)
  // Coordinates are kept in seconds of driving, so that a distance is its driving time.
  const orderX = Int32Array.from(orders, ({ x }) => x * secondsPerUnit)
  const orderY = Int32Array.from(orders, ({ y }) => y * secondsPerUnit)
  const came = Int32Array.from(orders, ({ cameSeconds }) => cameSeconds)
  const printSeconds = Int32Array.from(orders, (order) => order.printSeconds)
  const printEnd = new Int32Array(orders.length)
  let evaluations = 0
  let bestTruck = 0
  let bestNode = 0

  trucks.forEach(({ stops, startSeconds }, truck) => {
    nodes[firsts[truck]! * width + leaves] = startSeconds + stopSeconds
    stops.forEach((stop) => append(truck, scaled(stop)))
  })

  return {
    insert(order) {
      scan(order)
      const start = Math.max(printerFree[bestTruck]!, came[order]! + 1)
      printEnd[order] = start + printSeconds[order]!
      printerFree[bestTruck] = printEnd[order]!
      place(bestTruck, bestNode - firsts[bestTruck]! + 1, order)
      return bestTruck
    },
    printStart: (order) => printEnd[order]! - printSeconds[order]!,
    printEnd: (order) => printEnd[order]!,
    head: (truck) => orderAt[firsts[truck]!]!,
    advance,
    evaluations: () => evaluations,
  }

  /**
   * A position costs the detour, the wait for the print, and twice the lateness. Detour and wait add
   * up to the time of handing over and the drive onward, less the arrival at the next node as it was.
   * Every position is computed; `| 0` keeps it in 32-bit integers, and `& (x >> 31)` is min(x, 0)
   * without a branch that the processor would guess wrong.
   */
  function scan(order: number): void {
    const here = nodes
    const [atX, atY] = [orderX[order]!, orderY[order]!]
    const [earliest, making] = [came[order]! + 1, printSeconds[order]!]
    const promised = came[order]! + promisedSeconds
    let best = 0x7fffffff
    let tried = 0
    for (let truck = 0; truck < lengths.length; truck += 1) {
      const ready = (Math.max(printerFree[truck]!, earliest) + making) | 0
      const positions = (lengths[truck]! - 1) | 0
      let at = (firsts[truck]! * width) | 0
      const end = (at + positions * width) | 0
      let toOrder = (Math.abs((here[at]! - atX) | 0) + Math.abs((here[at + 1]! - atY) | 0)) | 0
      tried = (tried + positions) | 0
      for (; at < end; at = (at + width) | 0) {
        const offX = Math.abs((here[at + 4]! - atX) | 0)
        const onward = (offX + Math.abs((here[at + 5]! - atY) | 0)) | 0
        const early = (here[at + leaves]! + toOrder - ready) | 0
        const handOver = (ready + early - (early & (early >> 31))) | 0
        const late = (handOver - promised) | 0
        const lateness = (late - (late & (late >> 31))) | 0
        const cost = (handOver + onward - here[at + meets]! + 2 * lateness) | 0
        if (cost < best) {
          best = cost
          bestTruck = truck
          bestNode = at >> 2
        }
        toOrder = onward
      }
    }
    evaluations += tried
  }

  function place(truck: number, position: number, order: number): void {
    const end = openEnd(truck)
    const node = firsts[truck]! + position
    nodes.copyWithin((node + 1) * width, node * width, end * width)
    orderAt.copyWithin(node + 1, node, end)
    write(node, { x: orderX[order]!, y: orderY[order]! }, order)
    lengths[truck]! += 1
    settle(truck, node)
  }

  function advance(truck: number): number {
    const head = firsts[truck]!
    const at = head * width
    const seconds = nodes[at + meets]! - nodes[at + leaves]!
    firsts[truck] = head + 1
    lengths[truck]! -= 1
    if (orderAt[head] === fixedStop) append(truck, { x: nodes[at]!, y: nodes[at + 1]! })
    return seconds
  }

  function append(truck: number, stop: Point): void {
    const node = openEnd(truck)
    write(node, stop, fixedStop)
    lengths[truck]! += 1
    if (lengths[truck]! > 1) settle(truck, node)
  }

  function write(node: number, { x, y }: Point, order: number): void {
    nodes[node * width] = x
    nodes[node * width + 1] = y
    orderAt[node] = order
  }

  /** Brings the times up to date from a node, that is not the head, to the end. */
  function settle(truck: number, from: number): void {
    const end = firsts[truck]! + lengths[truck]!
    for (let node = from; node < end; node += 1) {
      const at = node * width
      const before = at - width
      const across = Math.abs(nodes[at]! - nodes[before]!)
      const up = Math.abs(nodes[at + 1]! - nodes[before + 1]!)
      const arrival = nodes[before + leaves]! + across + up
      nodes[before + meets] = arrival
      const order = orderAt[node]!
      nodes[at + leaves] =
        order === fixedStop
          ? arrival + stopSeconds
          : Math.max(arrival, printEnd[order]!) + deliverySeconds
    }
  }

  /** The node after the plan's last, for which there is room. */
  function openEnd(truck: number): number {
    if (lengths[truck] === room) widen()
    const [first, length] = [firsts[truck]!, lengths[truck]!]
    if (first + length < (truck + 1) * room) return first + length
    nodes.copyWithin(truck * room * width, first * width, (first + length) * width)
    orderAt.copyWithin(truck * room, first, first + length)
    firsts[truck] = truck * room
    return truck * room + length
  }

  function widen(): void {
    const wideNodes = new Int32Array(nodes.length * 2)
    const wideOrders = new Int32Array(orderAt.length * 2)
    for (let truck = 0; truck < lengths.length; truck += 1) {
      const [first, end] = [firsts[truck]!, firsts[truck]! + lengths[truck]!]
      wideNodes.set(nodes.subarray(first * width, end * width), truck * 2 * room * width)
      wideOrders.set(orderAt.subarray(first, end), truck * 2 * room)
      firsts[truck] = truck * 2 * room
    }
    nodes = wideNodes
    orderAt = wideOrders
    room *= 2
  }
}

function scaled({ x, y }: Point): Point {
  return { x: x * secondsPerUnit, y: y * secondsPerUnit }
}
