// Measures the planning engine on Li and Lim's pickup and delivery problems, vehicles first and then
// distance, against the best values known.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { rounded } from './figures.ts'
import { checkSolution, readInstance, type Instance } from './pdptwInstance.ts'
import type { Solved } from './pdptwSolve.ts'
import type { Task } from './pdptwThread.ts'

interface Known {
  vehicles: number
  distance: number
}

interface Row {
  name: string
  vehicles: number
  distance: number
  known: Known | null
  wrong: string[]
  iterations: number
  seconds: number
}

const about = `Li and Lim's pickup and delivery problems, solved by the engine that dispatch plans with.

  npm run bench:pdptw -- DIR [flags]

DIR holds the instances (lc101.txt, ...) and bks.json with the best values known:
{"lc101": {"vehicles": 10, "distance": 828.94}, ...}. Each solution is checked by its file alone.
The last line is one JSON object; distances count where the vehicles are as few as known.

  --seconds   for each instance, its reading not counted (3)
  --clock     wall, or cpu for the time of the thread's processor alone, on a busy machine (wall)
  --threads   instances at once, each in one thread (1)
  --seed      of the random numbers (1)
  --only      only the instances whose names begin so
  --out       a folder for the solutions, {"routes": [[node ids], ...]} each`

const { dir, only, threads, out, ...budget } = options()
const bestKnown = readBestKnown()
const paths = readdirSync(dir)
  .filter((name) => /^l[cr]\w*\d\.txt$/i.test(name) && name.startsWith(only))
  .map((name) => join(dir, name))
if (paths.length === 0) refuse(`${dir} holds no instances such as ${only || 'lc101'}.txt`)
const instances = new Map(paths.map((path) => [path, read(path)]))
const rows: Row[] = []
const queue = [...instances]
await Promise.all(Array.from({ length: Math.min(threads, paths.length) }, solveFromQueue))
report(rows.toSorted((one, other) => one.name.localeCompare(other.name)))

async function solveFromQueue(): Promise<void> {
  const thread = new Worker(new URL('pdptwThread.ts', import.meta.url))
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [path, instance] = next
    const solved = await ask(thread, { path, ...budget })
    const name = basename(path, '.txt')
    const known = bestKnown[name] ?? null
    const { iterations, seconds, routes } = solved
    rows.push({ name, known, iterations, seconds, ...checkSolution(instance, routes) })
    if (out !== null) writeFileSync(join(out, `${name}.json`), JSON.stringify({ routes }))
    if (process.stderr.isTTY) process.stderr.write(`\r${rows.length} of ${paths.length} `)
  }
  await thread.terminate()
}

function ask(thread: Worker, task: Task): Promise<Solved> {
  return new Promise((resolve, reject) => {
    thread.removeAllListeners('error')
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.postMessage(task, [])
  })
}

function report(all: readonly Row[]): void {
  console.table(Object.fromEntries(all.map((row) => [row.name, figuresOf(row)])))
  const wrong = all.filter((row) => row.wrong.length > 0)
  for (const row of wrong) console.error(`${row.name}: ${row.wrong.join('; ')}`)
  if (wrong.length > 0) process.exitCode = 1
  const fewest = all.filter(({ vehicles, known }) => known !== null && vehicles <= known.vehicles)
  const knownDistance = sum(fewest, ({ known }) => known?.distance ?? 0)
  console.log(
    JSON.stringify({
      instances: all.length,
      vehicles: sum(all, ({ vehicles }) => vehicles),
      bestKnownVehicles: sum(all, ({ known }) => known?.vehicles ?? 0),
      distanceGapPercent: gapPercent(
        sum(fewest, ({ distance }) => distance),
        knownDistance,
      ),
      feasible: all.length - wrong.length,
      secondsEach: rounded(sum(all, ({ seconds }) => seconds) / all.length, 3),
    }),
  )
}

function figuresOf({ vehicles, distance, known, iterations, seconds, wrong }: Row) {
  return {
    vehicles,
    known: known?.vehicles ?? '-',
    distance: rounded(distance, 2),
    'gap %': known && vehicles <= known.vehicles ? gapPercent(distance, known.distance) : '-',
    'iterations/s': Math.round(iterations / seconds),
    feasible: wrong.length === 0,
  }
}

/** To a thousandth; null where there is nothing to compare with. */
function gapPercent(distance: number, known: number): number | null {
  // Adding 0 makes -0 a plain 0.
  return known > 0 ? rounded(100 * (distance / known - 1), 3) + 0 : null
}

function sum(all: readonly Row[], figure: (row: Row) => number): number {
  return all.reduce((total, row) => total + figure(row), 0)
}

function read(path: string): Instance {
  try {
    return readInstance(path)
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function readBestKnown(): Record<string, Known> {
  try {
    return JSON.parse(readFileSync(join(dir, 'bks.json'), 'utf8'))
  } catch (error) {
    return refuse(`${dir} holds no bks.json that can be read: ${String(error)}`)
  }
}

function options() {
  const { values, positionals } = parsed()
  const [folder] = positionals
  if (values.help === true || folder === undefined) {
    console.log(about)
    process.exit(0)
  }
  const positive = (name: 'seconds' | 'threads' | 'seed') => {
    const number = Number(values[name])
    if (number > 0 && Number.isFinite(number)) return number
    return refuse(`--${name} must be a number above 0`)
  }
  const { clock } = values
  if (clock !== 'wall' && clock !== 'cpu') return refuse('--clock is wall or cpu')
  if (values.out !== undefined) mkdirSync(values.out, { recursive: true })
  return {
    dir: folder,
    only: values.only,
    out: values.out ?? null,
    threads: Math.ceil(positive('threads')),
    seconds: positive('seconds'),
    seed: Math.floor(positive('seed')),
    clock,
  } as const
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seconds: text('3'),
        clock: text('wall'),
        threads: text('1'),
        seed: text('1'),
        only: text(''),
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function text(otherwise: string) {
  return { type: 'string', default: otherwise } as const
}

function refuse(why: string): never {
  console.error(`${why}; --help lists the flags`)
  process.exit(2)
}
