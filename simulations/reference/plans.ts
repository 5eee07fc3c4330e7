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
  readonly evaluations: number
}

export const fixedStop = -1
export const secondsPerUnit = 9
export const stopSeconds = 60
export const deliverySeconds = 90
export const promisedSeconds = 1_800

/** Four integers side by side: where the node is, when the truck leaves it, the drive to the next. */
const [leaves, leg, width] = [2, 3, 4]

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
    stops.forEach((stop) => append(truck, scaled(stop), fixedStop))
    nodes[firsts[truck]! * width + leaves] = startSeconds + stopSeconds
    settle(truck, firsts[truck]! + 1)
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
    get evaluations() {
      return evaluations
    },
  }

  /** The cost of a position is the detour, the wait for the print, and twice the lateness. */
  function scan(order: number): void {
    const here = nodes
    const [atX, atY] = [orderX[order]!, orderY[order]!]
    const [earliest, making] = [came[order]! + 1, printSeconds[order]!]
    const promised = came[order]! + promisedSeconds
    let best = 0x7fffffff
    for (let truck = 0; truck < lengths.length; truck += 1) {
      const free = printerFree[truck]!
      const ready = (free > earliest ? free : earliest) + making
      const end = (firsts[truck]! + lengths[truck]! - 1) * width
      let at = firsts[truck]! * width
      let toOrder = Math.abs(here[at]! - atX) + Math.abs(here[at + 1]! - atY)
      evaluations += lengths[truck]! - 1
      for (; at < end; at += width) {
        const onward = Math.abs(here[at + width]! - atX) + Math.abs(here[at + width + 1]! - atY)
        const arrival = here[at + leaves]! + toOrder
        const handOver = arrival > ready ? arrival : ready
        const late = handOver > promised ? handOver - promised : 0
        const cost = toOrder + onward - here[at + leg]! + (handOver - arrival) + 2 * late
        if (cost < best) {
          best = cost
          bestTruck = truck
          bestNode = at / width
        }
        toOrder = onward
      }
    }
  }

  function place(truck: number, position: number, order: number): void {
    const end = openEnd(truck)
    const node = firsts[truck]! + position
    nodes.copyWithin((node + 1) * width, node * width, end * width)
    orderAt.copyWithin(node + 1, node, end)
    write(node, { x: orderX[order]!, y: orderY[order]! }, order)
    lengths[truck]! += 1
    measure(node - 1)
    measure(node)
    settle(truck, node)
  }

  function advance(truck: number): number {
    const head = firsts[truck]!
    const seconds = nodes[head * width + leg]!
    const isFixed = orderAt[head] === fixedStop
    const place = { x: nodes[head * width]!, y: nodes[head * width + 1]! }
    firsts[truck] = head + 1
    lengths[truck]! -= 1
    if (isFixed) {
      append(truck, place, fixedStop)
      settle(truck, firsts[truck]! + lengths[truck]! - 1)
    }
    return seconds
  }

  function append(truck: number, place: Point, order: number): void {
    const node = openEnd(truck)
    write(node, place, order)
    lengths[truck]! += 1
    if (lengths[truck]! > 1) measure(node - 1)
  }

  function write(node: number, { x, y }: Point, order: number): void {
    nodes[node * width] = x
    nodes[node * width + 1] = y
    orderAt[node] = order
  }

  function measure(node: number): void {
    const at = node * width
    nodes[at + leg] =
      Math.abs(nodes[at + width]! - nodes[at]!) + Math.abs(nodes[at + width + 1]! - nodes[at + 1]!)
  }

  /** Brings the times up to date from a node to the end. */
  function settle(truck: number, from: number): void {
    const end = firsts[truck]! + lengths[truck]!
    for (let node = from; node < end; node += 1) {
      const before = (node - 1) * width
      const arrival = nodes[before + leaves]! + nodes[before + leg]!
      const order = orderAt[node]!
      nodes[node * width + leaves] =
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
