// When a vehicle reaches and leaves each of its stops, and how late it may reach each without
// breaking a later promise.

/** Driving between places by their index, all from one map; Infinity where no road leads. */
export interface Travel {
  dataVersion: string
  seconds(from: number, to: number): number
  meters(from: number, to: number): number
}

export interface TimedStop {
  at: number
  serviceSeconds: number
  readyAtMs: number
  dueAtMs: number | null
}

export interface TimedRoute {
  at: number
  stops: readonly TimedStop[]
  shiftEndsAtMs: number
}

export interface RouteTimes {
  arrivesAtMs: number[]
  departsAtMs: number[]
}

/**
 * Drives the route from where the vehicle is now: at each stop it waits for what is not made yet,
 * and then serves.
 */
export function timeline(route: TimedRoute, travel: Travel, nowMs: number): RouteTimes {
  const times: RouteTimes = { arrivesAtMs: [], departsAtMs: [] }
  let at = route.at
  let leavesAtMs = nowMs
  for (const stop of route.stops) {
    const arrivesAtMs = leavesAtMs + travel.seconds(at, stop.at) * 1000
    leavesAtMs = Math.max(arrivesAtMs, stop.readyAtMs) + stop.serviceSeconds * 1000
    at = stop.at
    times.arrivesAtMs.push(arrivesAtMs)
    times.departsAtMs.push(leavesAtMs)
  }
  return times
}

/**
 * The latest arrival at each stop that keeps every promise from there on, and the shift. A promise
 * that is broken
 * already does not forbid a stop: it only must not get worse.
 */
export function latestArrivals(
  route: TimedRoute,
  times: RouteTimes,
  travel: Travel,
  maxStopDelayMinutes: number,
): { byPromise: number[]; byShift: number[] } {
  const { stops } = route
  const byPromise: number[] = []
  const byShift: number[] = []
  let promiseMs = Infinity
  let shiftMs = Math.max(route.shiftEndsAtMs, times.departsAtMs.at(-1) ?? 0)
  for (let index = stops.length - 1; index >= 0; index--) {
    const stop = stops[index]
    if (!stop) continue
    const next = stops[index + 1]
    const onwardMs =
      stop.serviceSeconds * 1000 + (next ? travel.seconds(stop.at, next.at) * 1000 : 0)
    const ownMs =
      stop.dueAtMs === null
        ? Infinity
        : Math.max(stop.dueAtMs + maxStopDelayMinutes * 60e3, times.arrivesAtMs[index] ?? 0)
    promiseMs = Math.min(ownMs, promiseMs - onwardMs)
    shiftMs -= onwardMs
    byPromise[index] = promiseMs
    byShift[index] = shiftMs
  }
  return { byPromise, byShift }
}
