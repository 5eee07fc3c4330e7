// Measures quotes: how many a second the API makes, and how long each takes, with 5 sites, 30 machines and 20 trucks.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startOsrm } from '../infra/osrm.ts'
import { freePort } from '../infra/ports.ts'
import { createDatabase, dropDatabase, startPostgres } from '../infra/postgres.ts'
import { projectDir } from '../infra/programs.ts'
import { runToEnd, supervise, type Part } from '../infra/supervise.ts'
import { cityOsm } from '../services/router/city.ts'
import { migrate } from '../storage/migrate.ts'
import { cpuSecondsOf, latenciesOf, rounded } from './figures.ts'
import { benchOptions } from './options.ts'
import type { ClientsAnswer, ClientsTask } from './quoteClients.ts'
import { onStage, type Stage } from './stage.ts'

const options = benchOptions(
  'Quotes a second: PostgreSQL, the API and a router; 5 sites, 30 machines, 20 trucks of 8 stops.',
  { seconds: 10, concurrency: 8 },
  {
    router: { otherwise: 'embedded', about: 'osrm or embedded' },
    'hold-seconds': { otherwise: '1', about: 'how long each quote holds its offers' },
  },
)
const warmUpSeconds = 3

await onStage(async (stage) => {
  const world = await buildWorld(stage)
  const task = { ...world.task, concurrency: options.concurrency }
  await ask(stage, { ...task, seconds: warmUpSeconds })
  const cpuBefore = cpuOf(world.pids)
  const answer = await ask(stage, { ...task, seconds: options.seconds })
  const cpu = Object.entries(cpuOf(world.pids)).map(([name, seconds]) => [
    `CPU ms a quote, ${name}`,
    rounded(((seconds - (cpuBefore[name] ?? 0)) * 1000) / answer.timesMs.length, 2),
  ])
  const quotesPerSecond = rounded(answer.timesMs.length / answer.elapsedSeconds)
  const latencies = latenciesOf(answer.timesMs)
  console.table({
    router: options.text('router'),
    clients: options.concurrency,
    quotes: answer.timesMs.length,
    'offers a quote': rounded(answer.offers / answer.timesMs.length, 2),
    'hold seconds': Number(options.text('hold-seconds')),
    'quotes a second': quotesPerSecond,
    'p50 ms': latencies.p50Ms,
    'p95 ms': latencies.p95Ms,
    ...Object.fromEntries(cpu),
  })
  console.log(JSON.stringify({ quotesPerSecond, ...latencies }))
})

type Pids = Record<string, () => number | null>

interface World {
  task: Omit<ClientsTask, 'seconds' | 'concurrency'>
  pids: Pids
}

async function buildWorld({ dir, endsWith }: Stage): Promise<World> {
  const keep = <T extends Pick<Part, 'stop'>>(part: T): T => {
    endsWith(part.stop)
    return part
  }
  const mapPath = join(dir, 'city.osm')
  writeFileSync(mapPath, cityOsm())
  const postgres = keep(await startPostgres({ dir, url: process.env['DATABASE_URL'] }))
  // A database of its own, also on a server that others use: the fleet in it is replaced.
  const database = `bench_${process.pid}`
  const databaseUrl = await createDatabase(postgres.url, database)
  endsWith(async () => await dropDatabase(postgres.url, database))
  const osrm = options.text('router') === 'osrm' ? keep(await startOsrm({ dir, mapPath })) : null
  const dataKey = randomBytes(32).toString('hex')
  const password = randomBytes(12).toString('hex')
  await migrate(databaseUrl, { apiRolePassword: password })
  const files = { MAP: mapPath, ARTIFACTS_DIR: join(dir, 'artifacts'), DATA_KEY: dataKey }
  const demoFile = join(dir, 'demo.json')
  await runToEnd({
    ...script(dir, 'seed', 'bench/seed.ts'),
    env: {
      ...files,
      DATABASE_URL: databaseUrl,
      DEMO_FILE: demoFile,
      FLEET: 'quotes',
      VENDOR_DIR: join(dir, 'vendor'),
      VENDOR_URL: 'http://127.0.0.1:9',
    },
  })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const role = new URL(databaseUrl)
  role.username = 'fabroute_api'
  role.password = password
  const api = keep(
    await supervise({
      ...script(dir, 'api', 'api/main.ts'),
      env: {
        ...files,
        // No order is placed, and so nobody has to answer there.
        TEMPORAL_ADDRESS: '127.0.0.1:9',
        API_DATABASE_URL: role.href,
        API_PORT: String(port),
        API_BUDGET_FACTOR: '1000000',
        ...(osrm ? { OSRM_URL: osrm.url } : {}),
        NODE_OPTIONS: process.env['API_NODE_OPTIONS'],
      },
      ready: async () => (await fetch(`${url}/healthz`)).ok,
    }),
  )
  const { apiKey }: { apiKey: string } = JSON.parse(readFileSync(demoFile, 'utf8'))
  return {
    task: { url, apiKey, mapPath, holdSeconds: Number(options.text('hold-seconds')) },
    pids: { api: api.pid, PostgreSQL: postgres.pid, ...(osrm ? { OSRM: osrm.pid } : {}) },
  }
}

function script(dir: string, name: string, path: string) {
  return { dir, name, command: process.execPath, args: [join(projectDir, path)] }
}

/** The clients are a process of their own, so that they do not wait for the bench nor it for them. */
async function ask({ endsWith }: Stage, task: ClientsTask): Promise<ClientsAnswer> {
  const clients = fork(join(projectDir, 'bench/quoteClients.ts'))
  endsWith(async () => {
    clients.kill('SIGKILL')
    await Promise.resolve()
  })
  clients.send(task)
  const [answer]: ClientsAnswer[] = await Promise.race([
    once(clients, 'message'),
    once(clients, 'exit').then(() => []),
  ])
  if (!answer) throw new Error('The clients ended before they were done')
  return answer
}

function cpuOf(pids: Pids): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOf(pid() ?? 0)]),
  )
}
