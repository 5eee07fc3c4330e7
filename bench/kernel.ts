// Measures the simulation kernel on textbook models, checks their means against theory, and holds
// it against SimPy where that is at hand.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { batchMeans } from '../simulations/kernel/intervals.ts'
import { runHold } from '../simulations/reference/hold.ts'
import {
  runQueue,
  theoreticalWaitSeconds,
  type QueueScenario,
} from '../simulations/reference/queue.ts'

interface Speed {
  perSecond: number
  perCpuSecond: number
}

const about = `Customers a second through M/M/1 and M/M/50, events a second of the hold model.
The best of all rounds counts: the others were disturbed. The last line is one JSON object.

  --rounds   how often each is measured (8)
  --python   a Python that may have SimPy (python3)`

const { rounds, python } = options()
const customers = 1_000_000
const simpyCustomers = 100_000
const holdEvents = 1_000_000
/** An interval this sure must hold the mean of theory; wider than this share of it, it says nothing. */
const check = { level: 0.9999, widest: 0.3 }
const mm1 = { arrivalsPerSecond: 0.8, servers: 1, meanServiceSeconds: 1, customers }
const mm50 = { arrivalsPerSecond: 45, servers: 50, meanServiceSeconds: 1, customers }

const simpy = simpyVersion()
const wrong: string[] = []
const ours: Speed[] = []
const peers: Speed[] = []
for (let seed = 1; seed <= rounds; seed += 1) {
  ours.push(measureQueue('M/M/1', { ...mm1, seed }))
  // In turn with ours, so that both meet the same load of the machine.
  if (simpy !== null) peers.push(measureSimpy(seed))
}
const one = fastest(ours)
const peer = fastest(peers)
const fifty = best((seed) => measureQueue('M/M/50', { ...mm50, seed }).perSecond)
const holds = [10, 1_000, 100_000].map((pending) => ({
  pending,
  perSecond: best((seed) => measureHold(pending, seed)),
}))

// By CPU time: what others do on the machine does not fall on one of the two.
const ratio = simpy === null ? null : Number((one.perCpuSecond / peer.perCpuSecond).toFixed(1))
console.table({
  'M/M/1, 80 % busy, customers': { 'a second': Math.round(one.perSecond) },
  'M/M/50, 90 % busy, customers': { 'a second': Math.round(fifty) },
  ...Object.fromEntries(
    holds.map(({ pending, perSecond }) => [
      `hold, ${pending} pending, events`,
      { 'a second': Math.round(perSecond) },
    ]),
  ),
  ...(simpy === null
    ? {}
    : { [`SimPy ${simpy}, M/M/1, customers`]: { 'a second': Math.round(peer.perSecond) } }),
})
console.log(
  simpy === null ? `${python} has no SimPy to compare with` : `${ratio} times SimPy, by CPU time`,
)
for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exitCode = 1
console.log(
  JSON.stringify({
    mm1PerSecond: Math.round(one.perSecond),
    mm50PerSecond: Math.round(fifty),
    // The hardest of the three: most pending.
    holdEventsPerSecond: Math.round(holds.at(-1)!.perSecond),
    simpyRatio: ratio,
  }),
)

function options(): { rounds: number; python: string } {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '8' },
      python: { type: 'string', default: 'python3' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) {
    console.log(about)
    process.exit(0)
  }
  const count = Number(values.rounds)
  if (Number.isInteger(count) && count > 0) return { rounds: count, python: values.python }
  console.error('--rounds must be a whole number above 0')
  return process.exit(2)
}

function best(measure: (seed: number) => number): number {
  return Math.max(...Array.from({ length: rounds }, (_, round) => measure(round + 1)))
}

function fastest(speeds: readonly Speed[]): Speed {
  return {
    perSecond: Math.max(...speeds.map(({ perSecond }) => perSecond)),
    perCpuSecond: Math.max(...speeds.map(({ perCpuSecond }) => perCpuSecond)),
  }
}

function measureQueue(name: string, scenario: QueueScenario): Speed {
  const begunMs = performance.now()
  const begunCpu = process.cpuUsage()
  const { waitSeconds } = runQueue(scenario)
  const cpu = process.cpuUsage(begunCpu)
  const elapsedMs = performance.now() - begunMs
  const { low, high, mean, halfWidth } = batchMeans(waitSeconds, { level: check.level })
  const theory = theoreticalWaitSeconds(scenario)
  if (!(low <= theory && theory <= high && halfWidth < check.widest * theory)) {
    wrong.push(
      `${name}, seed ${scenario.seed}: mean wait ${mean} +- ${halfWidth} s, not ${theory} s`,
    )
  }
  return {
    perSecond: (scenario.customers / elapsedMs) * 1_000,
    perCpuSecond: (scenario.customers / (cpu.user + cpu.system)) * 1_000_000,
  }
}

function measureHold(pending: number, seed: number): number {
  const begunMs = performance.now()
  const simulatedSeconds = runHold({ pending, events: holdEvents, seed })
  const elapsedMs = performance.now() - begunMs
  // Of so many Poisson events; four standard errors.
  const share = (simulatedSeconds * pending) / holdEvents
  if (!(Math.abs(share - 1) < 4 / Math.sqrt(holdEvents))) {
    wrong.push(`hold, ${pending} pending, seed ${seed}: ${share} of the time that theory expects`)
  }
  return (holdEvents / elapsedMs) * 1_000
}

function simpyVersion(): string | null {
  try {
    return askPython('-c', 'import simpy; print(simpy.__version__)').trim()
  } catch {
    return null
  }
}

function measureSimpy(seed: number): Speed {
  const script = fileURLToPath(new URL('simpyQueue.py', import.meta.url))
  const asked = askPython(script, `${simpyCustomers}`, `${mm1.arrivalsPerSecond}`, `${seed}`)
  const { seconds, cpuSeconds }: { seconds: number; cpuSeconds: number } = JSON.parse(asked)
  return { perSecond: simpyCustomers / seconds, perCpuSecond: simpyCustomers / cpuSeconds }
}

function askPython(...given: string[]): string {
  return execFileSync(python, given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}
