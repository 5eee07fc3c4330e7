// Measures dispatch: one order over a fleet of full routes, a batch, and how the time grows with stops and vehicles.
import { planBatch } from '../domain/dispatch/batch.ts'
import { travelTable, type TravelTable } from '../domain/dispatch/engine/problem.ts'
import type { DispatchRequest, FleetVehicle } from '../domain/dispatch/facts.ts'
import { openFleet } from '../domain/dispatch/fleet.ts'
import { defaultDispatchRules } from '../domain/dispatch/rules.ts'
import type { Travel } from '../domain/dispatch/routeTimes.ts'
import type { DispatchRules } from '../domain/model/dispatchRules.ts'
import { rounded } from './figures.ts'
import { benchOptions } from './options.ts'

const about = `One order over 1,000 vehicles of 40 stops: the best five ranked, as production and the simulator ask, where the others
are known to be behind or too far; and with every vehicle judged to the end. Then a batch of
300 open orders over 300 vehicles; and the time of one order against the stops, the vehicles in
one city, and the vehicles of a fleet that is spread over a country. Each
order is asked in several rounds, of which the quietest counts.`

const { seconds } = benchOptions(about, { seconds: 20, concurrency: 1 })
const nowMs = Date.UTC(2026, 0, 5, 9)
const rules = defaultDispatchRules
/** A planner who minds the way alone: every position of every route has to be looked at. */
const wayOnly: DispatchRules = {
  ...rules,
  weights: { ...rules.weights, minutesToBuyer: 0, latenessMinutes: 0, waitingMinutes: 0 },
}
/** Of fewer none may have been quiet: what a core cannot keep of 80,000 stops, its neighbours push out. */
const fewestRounds = 8
const draw = drawsOf(7)
const city = cityOf(20_000, 1_600)

const one = {
  'the best five ranked': measureOne('insert', 1_000, 40, rules, 0.1),
  'every vehicle judged to the end': measureOne('judge', 1_000, 40, rules, 0.2),
  'the same where the way alone counts': measureOne('judge', 1_000, 40, wayOnly, 0.2),
}
console.log('one order over 1,000 vehicles of 40 stops')
console.table(one)
const batch = {
  'without improvement': measureBatch(0),
  '500 iterations': measureBatch(500),
}
console.log('300 open orders over 300 vehicles of 8 stops')
console.table(batch)
console.log('microseconds of one order: it grows with the stops and the vehicles, and no faster')
console.table(curveOf())
const { p50Ms, p99Ms } = one['the best five ranked']
console.log(JSON.stringify({ p50Ms, p99Ms, batchMs: batch['without improvement'].ms }))

/** A spread-out fleet has as many vehicles to the square kilometre whatever its size. */
function curveOf() {
  const rows: Record<string, Record<string, number>> = {}
  for (const stops of [10, 20, 40, 80]) {
    rows[`1,000 vehicles of ${stops} stops, one city`] = inMicroseconds(1_000, stops, city)
  }
  for (const vehicles of [250, 500, 2_000, 4_000]) {
    rows[`${vehicles} vehicles of 40 stops, one city`] = inMicroseconds(vehicles, 40, city)
  }
  for (const vehicles of [250, 1_000, 4_000, 16_000]) {
    const country = cityOf(Math.sqrt(vehicles / 250) * 40_000, vehicles * 6, 'open land')
    rows[`${vehicles} vehicles of 10 stops, spread out`] = inMicroseconds(vehicles, 10, country)
  }
  return rows
}

interface City {
  travel: Travel
  places: number
  /** A place within a walk of another. */
  near: (place: number) => number
}

function inMicroseconds(vehicles: number, stops: number, where: City) {
  const everyMs = meanMs('judge', vehicles, stops, where)
  const bestMs = meanMs('insert', vehicles, stops, where)
  return {
    'every vehicle judged': rounded(everyMs * 1e3, 0),
    'best five': rounded(bestMs * 1e3, 0),
  }
}

function meanMs(how: 'insert' | 'judge', vehicles: number, stops: number, where: City): number {
  const times = timesOf(how, { vehicles, stops, where, rules: wayOnly, share: 0.01, orders: 20 })
  return quantile(times, 0.5)
}

function measureOne(
  how: 'insert' | 'judge',
  vehicles: number,
  stops: number,
  under: DispatchRules,
  share: number,
) {
  const times = timesOf(how, { vehicles, stops, where: city, rules: under, share, orders: 200 })
  return {
    p50Ms: rounded(quantile(times, 0.5), 3),
    p99Ms: rounded(quantile(times, 0.99), 3),
  }
}

interface Measure {
  vehicles: number
  stops: number
  where: City
  rules: DispatchRules
  /** Of the time of the whole bench. */
  share: number
  orders: number
}

/** Each order is asked again round by round, and its quietest round counts: others were disturbed. */
function timesOf(how: 'insert' | 'judge', measure: Measure): number[] {
  const { where, orders } = measure
  const vehicles = fleetOf(measure.vehicles, measure.stops, where)
  const { travel } = where
  const fleet = openFleet({ vehicles, travel, rules: measure.rules, nowMs })
  const requests = Array.from({ length: orders }, (_, nth) => requestOf(nth, where))
  const times = requests.map(() => Infinity)
  const endsMs = performance.now() + measure.share * seconds * 1e3
  for (let round = 0; round < fewestRounds || performance.now() < endsMs; round += 1) {
    for (const [nth, request] of requests.entries()) {
      const begunMs = performance.now()
      fleet[how](request, nowMs)
      times[nth] = Math.min(times[nth]!, performance.now() - begunMs)
    }
  }
  return times
}

function measureBatch(improvementIterations: number) {
  const vehicles = fleetOf(300, 8, city)
  const requests = Array.from({ length: 300 }, (_, nth) => requestOf(nth, city))
  const facts = { nowMs, vehicles, requests, travel: city.travel }
  const times: number[] = []
  const cpuTimes: number[] = []
  let saved = 0
  const endsMs = performance.now() + 0.15 * seconds * 1e3
  while (times.length < 7 || performance.now() < endsMs) {
    const begunMs = performance.now()
    const cpu = process.threadCpuUsage()
    const plan = planBatch(facts, { ...rules, improvementIterations }, 1)
    const { user, system } = process.threadCpuUsage(cpu)
    times.push(performance.now() - begunMs)
    cpuTimes.push((user + system) / 1e3)
    saved = 1 - plan.price.score / plan.oneByOnePrice.score
  }
  return {
    ms: rounded(quantile(times, 0.25)),
    cpuMs: rounded(quantile(cpuTimes, 0.25)),
    'percent below one by one': rounded(100 * saved, 2),
  }
}

function quantile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0
}

/** Rounds as drivers have them: each stop is near the one before. */
function fleetOf(many: number, stops: number, { places, near }: City): FleetVehicle[] {
  return Array.from({ length: many }, (_, index) => {
    const home = Math.floor(draw() * places)
    let at = home
    return {
      vehicleId: `vehicle ${index}`,
      inService: true,
      at: home,
      committedStops: 1,
      shiftEndsAtMs: nowMs + 24 * 3600e3,
      stops: Array.from({ length: stops }, (_one, nth) => {
        at = near(at)
        return { stopId: `stop ${nth}`, at, serviceSeconds: 120, readyAtMs: 0, dueAtMs: null }
      }),
      machines: [
        { machineId: `printer ${index}`, kind: 'printer', freeAtMs: nowMs + draw() * 9e5 },
      ],
    }
  })
}

function requestOf(nth: number, { places }: City): DispatchRequest {
  return {
    kind: 'made_on_board',
    requestId: `order ${nth}`,
    at: Math.floor(draw() * places),
    serviceSeconds: 90,
    dueAtMs: nowMs + 3600e3,
    making: { printer: { makingMinutes: 12, coolDownMinutes: 1, scrapShare: 0.02 } },
  }
}

/** Places at random on a square, a fifth farther apart by road; a city has a table of all its legs. */
function cityOf(sideMeters: number, places: number, kind: 'city' | 'open land' = 'city'): City {
  const xMeters = Float64Array.from({ length: places }, () => draw() * sideMeters)
  const yMeters = Float64Array.from({ length: places }, () => draw() * sideMeters)
  const apart = (from: number, to: number) =>
    Math.hypot(xMeters[from]! - xMeters[to]!, yMeters[from]! - yMeters[to]!)
  const meters = (from: number, to: number) => apart(from, to) * 1.2
  const secondsOf = (from: number, to: number) => meters(from, to) / 9
  const near = (place: number) => {
    for (let tries = 0; tries < 4_000; tries += 1) {
      const other = Math.floor(draw() * places)
      if (apart(place, other) < 2_500) return other
    }
    return place
  }
  const plane = { xMeters, yMeters, fastestMetersPerSecond: 9 }
  const travel: Travel = { dataVersion: kind, seconds: secondsOf, meters, plane }
  if (kind === 'open land') return { travel, places, near }
  const table = travelTable(places, secondsOf, meters)
  const from = (figures: Float64Array) => (a: number, b: number) => figures[a * places + b]!
  const asked = { ...travel, seconds: from(table.seconds), meters: from(table.meters), table }
  return { travel: { ...asked, legsOf: legsIn(table) }, places, near }
}

/** As a map of streets keeps them; turned when a place is first asked for. */
function legsIn(table: TravelTable): NonNullable<Travel['legsOf']> {
  const known: Float64Array[] = []
  return (place) => (known[place] ??= legsOfPlace(place))

  function legsOfPlace(place: number): Float64Array {
    const { places, seconds: took, meters } = table
    const legs = new Float64Array(4 * places)
    for (let other = 0; other < places; other += 1) {
      const [to, from] = [other * places + place, place * places + other]
      legs.set([took[to]!, meters[to]!, took[from]!, meters[from]!], 4 * other)
    }
    return legs
  }
}

/** Numbers in [0, 1), the same in every run. */
function drawsOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
