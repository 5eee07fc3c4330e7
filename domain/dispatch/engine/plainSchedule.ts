// Schedules routes where nothing but ways, hard windows and loads count: the part of a schedule that
// such problems need, and after an insertion only what it changes.
import { endOf, startOf } from './problem.ts'
import type { Routes } from './routes.ts'

/** Departures and loads forward, latest starts backward, and the price. */
export function plainRefresh(routes: Routes, vehicle: number): void {
  const { problem, next, previous, depart, loadAfter, latestStart } = routes
  const { place, earliest, latest, service, load } = problem
  const { places, seconds, meters } = problem.travel
  const first = startOf(vehicle)
  const end = endOf(problem, vehicle)
  let at = first
  let time = earliest[first]!
  let onBoard = problem.startLoad[vehicle]!
  let drive = 0
  let way = 0
  depart[first] = time
  loadAfter[first] = onBoard
  while (at !== end) {
    const node = next[at]!
    const leg = place[at]! * places + place[node]!
    drive += seconds[leg]!
    way += meters[leg]!
    time += seconds[leg]!
    if (time < earliest[node]!) time = earliest[node]!
    time += service[node]!
    depart[node] = time
    onBoard += load[node]!
    loadAfter[node] = onBoard
    at = node
  }
  const { driveSecond, meter } = problem.weights
  const fixed = routes.stops[vehicle]! > 0 ? problem.fixedPrice[vehicle]! : 0
  routes.price[vehicle] = fixed + driveSecond * drive + meter * way
  let late = latest[end]!
  latestStart[end] = late
  for (let node = previous[end]!; node !== first; node = previous[node]!) {
    late -= seconds[place[node]! * places + place[at]!]! + service[node]!
    if (late > latest[node]!) late = latest[node]!
    latestStart[node] = late
    at = node
  }
}

/** The same after a request came in: from its pick-up forward and from its delivery back. */
export function plainInserted(
  routes: Routes,
  vehicle: number,
  pickup: number,
  added: number,
): void {
  const { problem, next, previous, depart, loadAfter, latestStart } = routes
  const { place, earliest, latest, service, load } = problem
  const { places, seconds } = problem.travel
  const first = startOf(vehicle)
  const end = endOf(problem, vehicle)
  const delivery = pickup + 1
  routes.price[vehicle]! += added
  let at = previous[pickup]!
  let time = depart[at]!
  let onBoard = loadAfter[at]!
  let isPast = false
  while (at !== end) {
    const node = next[at]!
    time += seconds[place[at]! * places + place[node]!]!
    if (time < earliest[node]!) time = earliest[node]!
    time += service[node]!
    // Behind the delivery loads are as they were, and from the first equal departure on all is.
    if (isPast && time === depart[node]) break
    isPast ||= node === delivery
    depart[node] = time
    onBoard += load[node]!
    loadAfter[node] = onBoard
    at = node
  }
  at = next[delivery]!
  let late = latestStart[at]!
  let isBefore = false
  for (let node = delivery; node !== first; node = previous[node]!) {
    late -= seconds[place[node]! * places + place[at]!]! + service[node]!
    if (late > latest[node]!) late = latest[node]!
    if (isBefore && late === latestStart[node]) break
    isBefore ||= node === pickup
    latestStart[node] = late
    at = node
  }
}
