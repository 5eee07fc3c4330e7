// How late each stop of a vehicle may be reached and what is on board, worked out when somebody looks at it.
import type { FleetTable } from './fleetTable.ts'

/** To be asked for before the columns that it fills are read: of most vehicles nobody needs them before they change. */
export function boundRoute(table: FleetTable, row: number): void {
  if (table.isBound[row] === 1) return
  table.isBound[row] = 1
  boundArrivals(table, row)
  weighLoads(table, row)
}

/** A microsecond: so much may a time be off that is added up in another order. */
const rounding = 0.001

/**
 * The latest arrival at each stop that keeps every promise from there on, and the shift. A promise that is broken
 * already does not forbid a stop: it only must not get worse.
 */
function boundArrivals(table: FleetTable, row: number): void {
  const { serviceMs, legSeconds, startsMs, latestByPromise, latestByShift, afterStop } = table
  const { leaveByPromise, leaveByShift } = table
  const stops = table.vehicles[row]?.stops ?? []
  const first = table.begin[row]!
  const delayMs = table.rules.maxStopDelayMinutes * 60e3
  leaveByPromise.fill(Infinity, first, first + stops.length)
  leaveByShift.fill(Infinity, first, first + stops.length)
  const endsMs = stops.length === 0 ? 0 : table.departsMs[first + stops.length - 1]!
  let promiseMs = Infinity
  let shiftMs = Math.max(table.shiftEndsMs[row]!, endsMs)
  for (let index = stops.length - 1; index >= 0; index -= 1) {
    const stop = stops[index]!
    const at = first + index
    const onwardMs = serviceMs[at]! + (index + 1 < stops.length ? legSeconds[at + 1]! * 1000 : 0)
    const byHours =
      stop.closesAtMs === undefined ? Infinity : Math.max(stop.closesAtMs, startsMs[at]!)
    const told = stop.dueAtMs === null ? Infinity : stop.dueAtMs + delayMs
    const byLeaving = leaveByPromise[at]! - serviceMs[at]!
    const startByPromise = Math.min(promiseMs - onwardMs, byHours, byLeaving)
    promiseMs = Math.min(startByPromise, Math.max(told, table.arrivesMs[at]!))
    shiftMs = Math.min(shiftMs - onwardMs, leaveByShift[at]! - serviceMs[at]!)
    latestByPromise[at] = promiseMs + rounding
    latestByShift[at] = shiftMs + rounding
    const loading = afterStop[at]!
    if (loading < 0) continue
    const handOver = Math.min(startByPromise, Math.max(told, startsMs[at]!))
    const afterMs = table.afterMs[at]!
    const leaving = first + loading
    leaveByPromise[leaving] = Math.min(leaveByPromise[leaving]!, handOver - afterMs)
    leaveByShift[leaving] = Math.min(leaveByShift[leaving]!, shiftMs - afterMs)
  }
}

/** What is on board before each stop, and the most from there on. */
function weighLoads(table: FleetTable, row: number): void {
  const { loadBefore, mostLoadFrom } = table
  const vehicle = table.vehicles[row]
  const stops = vehicle?.stops ?? []
  const first = table.begin[row]!
  let litres = vehicle?.loadLitres ?? 0
  loadBefore[first] = litres
  for (let index = 0; index < stops.length; index += 1) {
    litres += stops[index]!.loadLitres ?? 0
    loadBefore[first + index + 1] = litres
  }
  let most = -Infinity
  for (let at = first + stops.length; at >= first; at -= 1) {
    most = Math.max(most, loadBefore[at]!)
    mostLoadFrom[at] = most
  }
}
