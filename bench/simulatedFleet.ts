// Simulates one day of a large fleet in the demo city, and says how long that takes on one core.
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { simulateDay } from '../simulations/plant/day.ts'
import { prepare } from '../simulations/plant/prepare.ts'
import { rounded } from './figures.ts'

const about = `One day of trucks with a printer each in the demo city: every order is put into the best place of the
best truck by production's own dispatch. The last line is one JSON object.

  --trucks       how many trucks (1000)
  --orders       how many orders, in the mean (20000)
  --stops        own stops of each truck's day, of ten minutes each (40)
  --batch        milliseconds that orders are gathered and planned together; 0 decides one by one (0)
  --iterations   of improving the plan, in each batch (0)
  --rounds       how often the day is simulated; the best is told (3)`

const { trucks, orders, stops, batch, iterations, rounds } = options()
const preparing = performance.now()
const prepared = prepare(scenarioOf())
const prepareSeconds = (performance.now() - preparing) / 1_000
const runs = Array.from({ length: rounds }, (_, round) => measure(round))
const best = runs.toSorted((one, other) => one.seconds - other.seconds)[0]!
console.log(`prepared in ${prepareSeconds.toFixed(2)} s: streets, rounds of ${trucks} trucks`)
console.table(runs)
const { orders: placed, seconds, eventsPerSecond } = best
console.log(JSON.stringify({ orders: placed, seconds, eventsPerSecond }))

function measure(round: number) {
  const cpu = process.threadCpuUsage()
  const begunMs = performance.now()
  const day = simulateDay(prepared, { seed: 1, replication: 0, warmUpHours: 0, tables: false })
  const wallSeconds = (performance.now() - begunMs) / 1_000
  const { user, system } = process.threadCpuUsage(cpu)
  const cpuSeconds = (user + system) / 1e6
  const { ordersPlaced, ordersServed, servedOnTimeShare, minutesToBuyerP50 } = day.figures
  return {
    round,
    orders: ordersPlaced,
    served: ordersServed,
    'on time': rounded(servedOnTimeShare, 3),
    'minutes p50': rounded(minutesToBuyerP50),
    events: day.events,
    seconds: rounded(cpuSeconds, 3),
    wallSeconds: rounded(wallSeconds, 3),
    eventsPerSecond: Math.round(day.events / cpuSeconds),
    trace: day.traceHash,
  }
}

function scenarioOf() {
  const hours = { fromHour: 6, toHour: 22 }
  const round = { stops, radiusMeters: 3_000, serviceSeconds: 600, repeats: false }
  const shift = { fromHour: 5.5, toHour: 23 }
  return {
    name: 'a large fleet',
    hours,
    sites: [],
    couriers: [],
    trucks: [{ id: 'truck', count: trucks, machines: [{ model: 'Mendel 5' }], round, shift }],
    orders: {
      // The generator spreads a day's orders by the hour: all of them come in the hours that are run.
      generator: { perDay: orders, hours: Array.from({ length: 24 }, (_, at) => weight(at)) },
    },
    rules: { dispatch: { batchIntervalMs: batch, improvementIterations: iterations } },
  }

  function weight(at: number): number {
    return at >= hours.fromHour && at < hours.toHour ? 10 - Math.abs(14 - at) : 0
  }
}

function options() {
  const usual = { trucks: 1_000, orders: 20_000, stops: 40, batch: 0, iterations: 0, rounds: 3 }
  const text = { type: 'string' } as const
  const flags = { trucks: text, orders: text, stops: text, batch: text, iterations: text }
  const values = read({ ...flags, rounds: text, help: { type: 'boolean' } })
  if (values.help === true) {
    console.log(about)
    process.exit(0)
  }
  return {
    trucks: whole('trucks', values.trucks, usual.trucks, 1),
    orders: whole('orders', values.orders, usual.orders, 1),
    stops: whole('stops', values.stops, usual.stops, 0),
    batch: whole('batch', values.batch, usual.batch, 0),
    iterations: whole('iterations', values.iterations, usual.iterations, 0),
    rounds: whole('rounds', values.rounds, usual.rounds, 1),
  }
}

function read<Flags extends NonNullable<ParseArgsConfig['options']>>(flags: Flags) {
  try {
    return parseArgs({ options: flags }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function whole(name: string, given: string | undefined, usual: number, least: number): number {
  if (given === undefined) return usual
  const number = Number(given)
  if (Number.isInteger(number) && number >= least) return number
  return refuse(`--${name} must be a whole number, ${least} or above`)
}

function refuse(why: string): never {
  console.error(`${why}; --help lists the flags`)
  process.exit(2)
}
