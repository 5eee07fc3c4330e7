// Measures orders: quoted, placed, made at once, handed out and settled; beside them, in turns, a bare workflow.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { bringUp, type Facts, type OurProcess, type Platform } from '../infra/bringUp.ts'
import { ours } from '../infra/ourProcesses.ts'
import { notedProcess } from '../infra/processes.ts'
import { projectDir } from '../infra/programs.ts'
import { openStorage } from '../storage/storage.ts'
import { cpuSecondsOf, latenciesOf, rounded } from './figures.ts'
import { benchOptions } from './options.ts'
import { openBuyers } from './buyers.ts'
import { sideBySide, type Doing } from './clients.ts'
import { onStage } from './stage.ts'

const options = benchOptions(
  'Orders a second, from the quote to the settlement, beside a bare workflow of 8 activities and a child of 4.',
  { seconds: 30, concurrency: 50 },
  {
    turns: { otherwise: '3', about: 'into how many turns the seconds of each are cut' },
    router: { otherwise: 'embedded', about: 'osrm or embedded' },
  },
)
const turns = Math.max(1, Math.round(Number(options.text('turns'))))
const turnSeconds = options.seconds / turns

await onStage(async ({ dir, endsWith }) => {
  const platform = await bringUp({
    dir,
    env: { ROUTER: options.text('router'), OSRM_URL: process.env['OSRM_URL'] },
    fresh: false,
    ...ours,
    scripts: { ...ours.scripts, seed: join(projectDir, 'bench/seed.ts') },
    processes,
    log: console.error,
  })
  endsWith(platform.stop)
  const { facts } = platform
  const storage = await openStorage({ url: facts.settings.databaseUrl, poolSize: 2 })
  endsWith(storage.close)
  const connection = await Connection.connect({ address: facts.settings.temporalAddress })
  endsWith(async () => await connection.close())
  const buyers = await openBuyers({ storage, facts, concurrency: options.concurrency })
  endsWith(buyers.close)
  const bare = bareWorkflows(new Client({ connection }))

  await sideBySide(options.concurrency, turnSeconds / 2, buyers.order)
  await sideBySide(options.concurrency, turnSeconds / 2, bare)
  const orders = emptySide()
  const bares = emptySide()
  for (let turn = 0; turn < turns; turn += 1) {
    await measured(orders, platform, buyers.order)
    await measured(bares, platform, bare)
  }
  report(orders, bares)
})

/** The platform as it is started everywhere, without limits of calls, and the bare worker. */
function processes(facts: Facts): OurProcess[] {
  const unlimited = { API_BUDGET_FACTOR: '1000000' }
  const platform = ours
    .processes(facts)
    .map((one) =>
      one.name === 'api' ? Object.assign(one, { env: { ...one.env, ...unlimited } }) : one,
    )
  const script = join(projectDir, 'bench/bareWorker.ts')
  const env = { TEMPORAL_ADDRESS: facts.settings.temporalAddress }
  return [...platform, { name: 'bare', script, env }]
}

function bareWorkflows(client: Client): Doing {
  let started = 0
  return async () => {
    const beganMs = performance.now()
    started += 1
    await client.workflow.execute('bare', { taskQueue: 'bare', workflowId: `bare/${started}` })
    return performance.now() - beganMs
  }
}

interface Side {
  timesMs: number[]
  elapsedSeconds: number
  cpuSeconds: Map<string, number>
}

function emptySide(): Side {
  return { timesMs: [], elapsedSeconds: 0, cpuSeconds: new Map() }
}

async function measured(side: Side, platform: Platform, doing: Doing): Promise<void> {
  const before = cpuByProcess(platform)
  const { timesMs, elapsedSeconds } = await sideBySide(options.concurrency, turnSeconds, doing)
  side.timesMs.push(...timesMs)
  side.elapsedSeconds += elapsedSeconds
  for (const [name, seconds] of cpuByProcess(platform)) {
    const spent = seconds - (before.get(name) ?? 0)
    side.cpuSeconds.set(name, (side.cpuSeconds.get(name) ?? 0) + spent)
  }
}

function cpuByProcess({ facts, broker }: Platform): Map<string, number> {
  const { dir } = facts
  const postmaster = readFileSync(join(dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]
  const processIds = new Map([
    ['postgres', Number(postmaster)],
    ['broker', broker.pid() ?? 0],
  ])
  for (const file of readdirSync(join(dir, 'run'))) {
    const pid = notedProcess(dir, basename(file, '.json'))
    if (pid !== null && pid !== process.pid) processIds.set(basename(file, '.json'), pid)
  }
  const { user, system } = process.cpuUsage()
  const seconds = new Map([['this bench', (user + system) / 1e6]])
  for (const [name, pid] of processIds) {
    const shown = name.startsWith('gateway-') ? 'all gateways' : name
    seconds.set(shown, (seconds.get(shown) ?? 0) + cpuSecondsOf(pid))
  }
  return seconds
}

function report(orders: Side, bares: Side): void {
  const perSecond = (side: Side) => rounded(side.timesMs.length / side.elapsedSeconds, 2)
  const cpuMs = (side: Side, seconds: number) => rounded((seconds * 1000) / side.timesMs.length)
  const cpu = [...orders.cpuSeconds.keys()].map((name) => {
    const [order = 0, bare = 0] = [orders, bares].map((side) =>
      cpuMs(side, side.cpuSeconds.get(name) ?? 0),
    )
    return [name, { 'an order': order, 'a bare workflow': bare }]
  })
  const [orderMs = 0, bareMs = 0] = [orders, bares].map((side) =>
    cpuMs(side, sum(side.cpuSeconds.values())),
  )
  cpu.push(['all', { 'an order': orderMs, 'a bare workflow': bareMs }])
  console.log('CPU in ms, by process')
  console.table(Object.fromEntries(cpu))
  const latencies = latenciesOf(orders.timesMs)
  const ordersPerSecond = perSecond(orders)
  const barePerSecond = perSecond(bares)
  const ratio = rounded(ordersPerSecond / barePerSecond, 3)
  console.table({
    clients: options.concurrency,
    turns,
    orders: orders.timesMs.length,
    'bare workflows': bares.timesMs.length,
    'orders a second': ordersPerSecond,
    'bare workflows a second': barePerSecond,
    ratio,
    // Whoever else uses the machine slows one side more than the other, and takes CPU from neither.
    'ratio by CPU': rounded(bareMs / orderMs, 3),
    'p50 ms, order to settled': latencies.p50Ms,
    'p95 ms, order to settled': latencies.p95Ms,
    'p50 ms, bare': latenciesOf(bares.timesMs).p50Ms,
  })
  console.log(JSON.stringify({ ordersPerSecond, barePerSecond, ratio, ...latencies }))
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
