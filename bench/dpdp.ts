// Measures days between factories of the Huawei DPDP benchmark, dispatched by the engine of production.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { breachesOf } from '../simulations/factoryDays/breaches.ts'
import { runFactoryDay } from '../simulations/factoryDays/day.ts'
import { openDispatcher } from '../simulations/factoryDays/dispatcher.ts'
import { daysIn, readDay, readMap } from '../simulations/factoryDays/readDay.ts'
import { resultOf, scoreOf, type DayScore } from '../simulations/factoryDays/score.ts'
import { rounded } from './figures.ts'

interface Options {
  dir: string
  names: readonly string[]
  out: string | null
  threads: number
}

interface Measured extends DayScore {
  name: string
  orders: number
  vehicles: number
  decisions: number
  cpuSeconds: number
  longestDecisionSeconds: number
  breaches: readonly string[]
}

const about = `Days between factories of the Huawei DPDP benchmark (ICAPS 2021), dispatched every ten
minutes from the orders known by then. DIR holds factory_info.csv, route_info.csv[.gz],
vehicle_start.csv and folders instance_1 and so on. The last line is one JSON object.

  npm run bench:dpdp -- DIR [--instances 1,9] [--out DIR] [--threads 2]

  --instances   numbers of the days to run (all)
  --out         where each driven day is written, as the scorer of the benchmark reads it
  --threads     so many days at a time (1)`

if (isMainThread) await main()
else parentPort?.postMessage(measure(workerData), [])

async function main(): Promise<void> {
  const options = optionsOf()
  const measured = await inThreads(options)
  const demo = demoScores(options.dir)
  console.table(measured.map((day) => rowOf(day, demo[day.name]?.score)))
  for (const { name, breaches } of measured) {
    for (const breach of breaches) console.error(`${name}: ${breach}`)
    if (breaches.length > 0) process.exitCode = 1
  }
  const scores = measured.map(({ name, score }) => [name, rounded(score, 3)])
  console.log(JSON.stringify({ instances: Object.fromEntries(scores) }))
}

function rowOf(day: Measured, demoScore: number | undefined) {
  return {
    day: day.name,
    orders: day.orders,
    vehicles: day.vehicles,
    score: rounded(day.score, 1),
    "demo's score": demoScore === undefined ? '' : rounded(demoScore, 1),
    km: rounded(day.kilometres),
    'late orders': day.lateOrders,
    'hours late': rounded(day.lateSeconds / 3_600, 2),
    'CPU s': rounded(day.cpuSeconds),
    'longest decision s': rounded(day.longestDecisionSeconds, 2),
    feasible: day.breaches.length === 0,
  }
}

/** The longest days first, so that no thread is left with one of them in the end. */
async function inThreads({ dir, names, out, threads }: Options): Promise<Measured[]> {
  const open = [...names]
  const measured: Measured[] = []
  const work = async (): Promise<void> => {
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const day = await inThread({ dir, name, out })
      measured.push(day)
      console.error(`${day.name}: ${rounded(day.score, 1)} in ${rounded(day.cpuSeconds)} s`)
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
  return measured.toSorted((one, other) => names.indexOf(one.name) - names.indexOf(other.name))
}

interface Task {
  dir: string
  name: string
  out: string | null
}

function inThread(task: Task): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function measure({ dir, name, out }: Task): Measured {
  const day = readDay(join(dir, name), readMap(dir))
  const { factories, vehicles, ways } = day
  const dispatcher = openDispatcher({ factories, vehicles, ways })
  let longestDecisionSeconds = 0
  const begun = process.threadCpuUsage()
  const driven = runFactoryDay(day, (situation) => {
    const before = process.threadCpuUsage()
    const plans = dispatcher(situation)
    longestDecisionSeconds = Math.max(longestDecisionSeconds, secondsSince(before))
    return plans
  })
  const cpuSeconds = secondsSince(begun)
  if (out !== null) writeFileSync(join(out, `${name}.json`), JSON.stringify(resultOf(day, driven)))
  return {
    name,
    orders: day.orders.length,
    vehicles: vehicles.length,
    decisions: driven.decisions,
    cpuSeconds,
    longestDecisionSeconds,
    breaches: breachesOf(day, driven),
    ...scoreOf(day, driven),
  }
}

function secondsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(begun)
  return (user + system) / 1_000_000
}

function demoScores(dir: string): Partial<Record<string, { score: number }>> {
  const path = join(dir, 'demo', 'demo_scores.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

function optionsOf(): Options {
  const { values, positionals } = given()
  const [dir] = positionals
  if (values.help === true || dir === undefined) {
    console.log(about)
    process.exit(values.help === true ? 0 : 2)
  }
  const threads = Number(values.threads)
  if (!(Number.isInteger(threads) && threads > 0))
    refuse('--threads must be a whole number above 0')
  const out = values.out ?? null
  try {
    const all = daysIn(dir)
    const names = values.instances?.split(',').map((number) => `instance_${number.trim()}`) ?? all
    const unknown = names.find((name) => !all.includes(name))
    if (unknown !== undefined) refuse(`there is no ${unknown} in ${dir}`)
    if (out !== null) mkdirSync(out, { recursive: true })
    return { dir, names, out, threads }
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function given() {
  try {
    return parseArgs({
      options: {
        instances: { type: 'string' },
        out: { type: 'string' },
        threads: { type: 'string', default: '1' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    })
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function refuse(why: string): never {
  console.error(`${why}; --help says how`)
  return process.exit(2)
}
