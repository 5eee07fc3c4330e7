// Runs the reference days of trucks on the kernel: every figure must be that of the reference files.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { drawDay } from '../simulations/reference/scenario.ts'
import { prepareDay, type DayFigures } from '../simulations/reference/truckDay.ts'

interface Reference {
  trucks: number
  orders: number
  runs: readonly ReferenceRun[]
}

/** As the files spell it. */
interface ReferenceRun {
  seed: number
  events: number
  evaluations: number
  deliveries: number
  mean_lateness_s: number
  late_share: number
  mean_order_to_door_s: number
  truck_wait_s: number
  km: number
  fixed_stops: number
  checksum: number
}

const about = `The reference days of trucks, each figure against the reference files of DIR
(or FLEET_REFERENCE_DIR; else ../shared/data/fleet beside the project). The last line is one JSON object.

  --rounds   how often each day is run (3); the median and the best of all runs are shown`

/** Of one day in SimPy with the same decisions, as published with the reference. */
const simpySeconds: Readonly<Record<number, { plain: number; numpy: number }>> = {
  50: { plain: 0.177, numpy: 0.094 },
  200: { plain: 2.57, numpy: 0.495 },
}
const files = ['fleet_reference_50.json', 'fleet_reference_200.json']

const { dir, rounds } = options()
const wrong: string[] = []
const days = files.map((file) => {
  const reference: Reference = JSON.parse(readFileSync(join(dir, file), 'utf8'))
  return measure(reference)
})
console.table(
  days.map(({ trucks, orders, exact, runs, seconds, leastSeconds, ...perSecond }) => ({
    trucks,
    orders,
    exact: `${exact} of ${runs}`,
    'median s': seconds,
    'best s': leastSeconds,
    'SimPy plain / best': ratio(simpySeconds[trucks]?.plain, leastSeconds),
    'SimPy numpy / best': ratio(simpySeconds[trucks]?.numpy, leastSeconds),
    ...perSecond,
  })),
)
for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exitCode = 1
console.log(JSON.stringify({ days }))

function measure({ trucks, orders, runs }: Reference) {
  const timesMs: number[] = []
  const inexact = new Set<number>()
  const total = { events: 0, evaluations: 0 }
  for (let round = 0; round < rounds; round += 1) {
    for (const run of runs) {
      const day = prepareDay(drawDay(run.seed, trucks, orders))
      const begunMs = performance.now()
      const figures = day()
      timesMs.push(performance.now() - begunMs)
      total.events += figures.events
      total.evaluations += figures.evaluations
      if (!isExact(trucks, run, figures)) inexact.add(run.seed)
    }
  }
  timesMs.sort((one, other) => one - other)
  const allSeconds = timesMs.reduce((sum, ms) => sum + ms, 0) / 1_000
  return {
    trucks,
    orders,
    runs: runs.length,
    exact: runs.length - inexact.size,
    seconds: Number((timesMs[timesMs.length >> 1]! / 1_000).toFixed(4)),
    leastSeconds: Number((timesMs[0]! / 1_000).toFixed(4)),
    eventsPerSecond: Math.round(total.events / allSeconds),
    evaluationsPerSecond: Math.round(total.evaluations / allSeconds),
  }
}

/** Counts and whole seconds to the digit, real numbers to 1e-9 of themselves. */
function isExact(trucks: number, run: ReferenceRun, figures: DayFigures): boolean {
  const pairs: readonly [keyof DayFigures, number][] = [
    ['events', run.events],
    ['evaluations', run.evaluations],
    ['deliveries', run.deliveries],
    ['truckWaitSeconds', run.truck_wait_s],
    ['fixedStops', run.fixed_stops],
    ['checksum', run.checksum],
    ['meanLatenessSeconds', run.mean_lateness_s],
    ['lateShare', run.late_share],
    ['meanOrderToDoorSeconds', run.mean_order_to_door_s],
    ['km', run.km],
  ]
  const off = pairs.filter(([name, expected]) => {
    const tolerance = Number.isInteger(expected) ? 0 : 1e-9 * Math.abs(expected)
    return !(Math.abs(figures[name] - expected) <= tolerance)
  })
  for (const [name, expected] of off) {
    wrong.push(`${trucks} trucks, seed ${run.seed}: ${name} ${figures[name]}, not ${expected}`)
  }
  return off.length === 0
}

function ratio(peerSeconds: number | undefined, seconds: number): string {
  return peerSeconds === undefined ? '' : (peerSeconds / seconds).toFixed(1)
}

function options(): { dir: string; rounds: number } {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help === true) {
    console.log(about)
    process.exit(0)
  }
  const beside = fileURLToPath(new URL('../../shared/data/fleet', import.meta.url))
  const given = positionals[0] ?? process.env['FLEET_REFERENCE_DIR'] ?? beside
  const missing = files.find((file) => !existsSync(join(given, file)))
  const count = Number(values.rounds)
  if (missing !== undefined) refuse(`there is no ${missing} in ${given}: name its folder`)
  if (!(Number.isInteger(count) && count > 0)) refuse('--rounds must be a whole number above 0')
  return { dir: given, rounds: count }
}

function refuse(why: string): never {
  console.error(`${why}; --help says how`)
  process.exit(2)
}
