// Bounds what it costs to arrive later at a stop and at all that follow it in the route, so that most
// insertions need no walk to the end.
import type { Routes } from './routes.ts'

/** By node, for so many seconds of arriving later than planned; the route's order stays. */
export interface TailPrices {
  /** Each second costs at least this much. */
  readonly slope: Float64Array
  /** For so many seconds it costs just that, and breaks no hard time. */
  readonly straight: Float64Array
  /** After so many seconds the first stop that is still in time gets late, which costs `latePrice`. */
  readonly room: Float64Array
  readonly latePrice: Float64Array
}

export function tailPrices(nodes: number): TailPrices {
  return {
    slope: new Float64Array(nodes),
    straight: new Float64Array(nodes),
    room: new Float64Array(nodes),
    latePrice: new Float64Array(nodes),
  }
}

export function levelAtEnd({ problem, tail, start }: Routes, end: number): void {
  tail.slope[end] = 0
  tail.straight[end] = problem.latest[end]! - start[end]!
  tail.room[end] = Infinity
  tail.latePrice[end] = 0
}

/** From what is known of the next node; waiting swallows lateness while it lasts. */
export function incline(routes: Routes, node: number, after: number): void {
  const { problem, start, arrive, wait, latestStart } = routes
  const { slope, straight, room, latePrice } = routes.tail
  const { due, startPrice, visitSeconds, queues, weights } = problem
  const price = problem.latePrice[node]!
  const hasVisits = visitSeconds > 0
  const counted = hasVisits ? arrive[node]! : start[node]!
  const isLate = counted >= due[node]!
  const own = price > 0 && !isLate ? due[node]! - counted : Infinity
  const hard = latestStart[node]! - start[node]!
  const waits = wait[node]!
  const ownSlope = isLate ? price : 0
  const onwards = startPrice[node]! + slope[after]!
  // What a visit's lateness counts from is its arrival, before any waiting.
  const ownRoom = hasVisits ? own : waits + own
  const isOwnFirst = ownRoom < waits + room[after]!
  room[node] = isOwnFirst ? ownRoom : waits + room[after]!
  latePrice[node] = isOwnFirst ? price : latePrice[after]!
  if (waits > 0) {
    slope[node] = hasVisits ? ownSlope : 0
    const isFlat = ownSlope + onwards === 0
    straight[node] = waits + (isFlat ? Math.min(own, hard, straight[after]!) : 0)
  } else {
    slope[node] = ownSlope + onwards
    straight[node] = Math.min(own, hard, straight[after]!)
  }
  // Queues and docks are not straight, nor is waiting that has a price.
  const isCrooked = waits > 0 && (hasVisits || weights.waitSecond > 0)
  if (queues !== null || isCrooked) straight[node] = 0
}
