// Brings up the whole platform on one machine: the parts beside us side by side, the schema, the
// demo, then our own processes.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startBroker, type BrokerPart } from './broker.ts'
import { checkSecrets, secret } from './files.ts'
import { hasOsrm, startOsrm } from './osrm.ts'
import { askedPort, portFor, releasePort } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { endLeftovers, forgetProcess, notedProcess, noteOurselves } from './processes.ts'
import { runToEnd, supervise, type Part, type Program } from './supervise.ts'
import { startTemporal, type TemporalPart } from './temporal.ts'

type Environment = Record<string, string | undefined>

export interface Plan {
  dir: string
  env: Environment
  /** Forgets all data of earlier runs. */
  fresh: boolean
  /** Scripts that run to their end: `map <file>` writes the demo city, the others read the environment. */
  scripts: { map: string; migrate: string; seed: string }
  processes: (facts: Facts) => OurProcess[]
  /** What is waited for when all of them are ready; why it did not come, or null. */
  opened?: (facts: Facts, startedAtMs: number) => Promise<string | null>
  log: (line: string) => void
}

/** Where everything is, once the parts answer and the demo is seeded. */
export interface Facts {
  dir: string
  settings: Settings
  demo: Demo
  ports: Ports
}

export interface Ports {
  api: number
  smtp: number
  /** Of the demo's vendor, from whose server models are fetched. */
  vendor: number
  /** Of the carrier that stands in where no real one is named. */
  carrier: number
}

/** What the seed writes to DEMO_FILE. */
export interface Demo {
  apiKey: string
  sites: DemoSite[]
}

export interface DemoSite {
  siteId: string
  gatewayId: string
  /** The file that describes the virtual machines of the site. */
  plant: string
}

export interface OurProcess {
  name: string
  script: string
  env: Environment
  /** Without it the process is ready when it logs a line with the message "ready". */
  ready?: () => Promise<boolean>
}

/** How the carrier is reached, and with what it signs what it tells. */
export interface CarrierSettings {
  name: string
  /** Undefined: ours is started, which stands in for one. */
  url: string | undefined
  key: string
  secret: string
  /** How much faster than the clock ours is. */
  speed: number
}

export interface Settings {
  databaseUrl: string
  apiDatabaseUrl: string
  dataKey: string
  carrier: CarrierSettings
  temporalAddress: string
  mqttUrl: string
  osrmUrl: string | undefined
  map: string
}

export interface Platform {
  facts: Facts
  temporal: TemporalPart
  broker: BrokerPart
  router: Part | null
  stop: () => Promise<void>
}

const STARTER = 'start'

/** Resolves when every process is ready; when one cannot start, ends the others and says why. */
export async function bringUp(plan: Plan): Promise<Platform> {
  const startedAtMs = Date.now()
  await takePlace(plan)
  const begun: Part[] = []
  const processes: { stop: () => Promise<void> }[] = []
  const ports: number[] = []
  const stop = async () => {
    await Promise.all(processes.map(async (started) => await started.stop()))
    await Promise.all(begun.map(async (part) => await part.stop()))
    ports.forEach(releasePort)
    forgetProcess(plan.dir, STARTER)
  }
  try {
    const keep = async <T extends Part>(starting: Promise<T>): Promise<T> => {
      const part = await starting
      begun.push(part)
      return part
    }
    const { facts, ...parts } = await preparePlatform(plan, keep)
    ports.push(...Object.values(facts.ports))
    await allOrFirstError(
      plan.processes(facts).map(async (ours) => {
        processes.push(await startOurs(plan, ours))
      }),
    )
    const missing = (await plan.opened?.(facts, startedAtMs)) ?? null
    if (missing !== null) plan.log(missing)
    return { facts, ...parts, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One platform in one folder; what a killed one left running is ended first. */
async function takePlace({ dir, fresh, log }: Plan): Promise<void> {
  const other = notedProcess(dir, STARTER)
  if (other !== null && other !== process.pid) {
    throw new Error(`it is already running here (process ${other})`)
  }
  forgetProcess(dir, STARTER)
  const ended = await endLeftovers(dir)
  if (ended.length > 0) log(`ended what an earlier run left: ${ended.join(', ')}`)
  if (fresh) empty(dir)
  else checkSecrets(dir)
  mkdirSync(dir, { recursive: true })
  noteOurselves(dir, STARTER)
}

function empty(dir: string): void {
  mkdirSync(dir, { recursive: true })
  // Test runs have their own places in this folder and may be going on.
  const names = readdirSync(dir, { withFileTypes: true }).map((entry) => entry.name)
  for (const name of names.filter((found) => found !== 'test')) {
    rmSync(join(dir, name), { recursive: true, force: true })
  }
}

type Keep = <T extends Part>(starting: Promise<T>) => Promise<T>

async function preparePlatform(plan: Plan, keep: Keep) {
  const { dir, env, log } = plan
  const at = { dir, log }
  const ports = await chosenPorts(plan)
  const mapWritten = writtenMap(plan)
  const database = keep(
    startPostgres({ ...at, url: env['DATABASE_URL'], preferredPort: 25_432 }),
  ).then(async ({ url }) => await migrated(plan, url))
  const temporalStarted = keep(
    startTemporal({
      ...at,
      url: env['TEMPORAL_ADDRESS'],
      preferredPort: 7_233,
      preferredUiPort: 8_233,
    }),
  )
  const brokerStarted = keep(startBroker({ ...at, url: env['MQTT_URL'], preferredPort: 21_883 }))
  const routerStarted = mapWritten.then(async (mapPath) =>
    wantsOsrm(env) ? await keep(startOsrm({ ...at, url: env['OSRM_URL'], mapPath })) : null,
  )
  const demoSeeded = Promise.all([database, mapWritten]).then(
    async ([urls, map]) => await seeded(plan, { ...urls, map, ports }),
  )
  const starting = [database, temporalStarted, brokerStarted, routerStarted, demoSeeded] as const
  await allOrFirstError(starting)
  const [urls, temporal, broker, router, demo] = await Promise.all(starting)
  const settings: Settings = {
    ...urls,
    dataKey: dataKeyOf(plan),
    carrier: carrierOf(plan),
    temporalAddress: temporal.url,
    mqttUrl: broker.url,
    osrmUrl: router?.url,
    map: await mapWritten,
  }
  return { facts: { dir, settings, demo, ports }, temporal, broker, router }
}

/** ROUTER=embedded leaves OSRM out also where it is installed. */
function wantsOsrm(env: Environment): boolean {
  return env['ROUTER'] !== 'embedded' && (env['OSRM_URL'] !== undefined || hasOsrm())
}

async function writtenMap({ dir, env, scripts }: Plan): Promise<string> {
  if (env['MAP']) return env['MAP']
  const path = join(dir, 'city.osm')
  mkdirSync(dir, { recursive: true })
  await script(dir, 'map', scripts.map, {}, [`${path}.new`])
  renameSync(`${path}.new`, path)
  return path
}

async function migrated({ dir, env, scripts }: Plan, databaseUrl: string) {
  const password = secret(dir, 'apiRolePassword')
  const api = new URL(databaseUrl)
  api.username = 'fabroute_api'
  api.password = password
  await script(dir, 'migrate', scripts.migrate, {
    DATABASE_URL: databaseUrl,
    API_PASSWORD: password,
  })
  return { databaseUrl, apiDatabaseUrl: env['API_DATABASE_URL'] ?? api.href }
}

async function chosenPorts({ dir, env }: Plan): Promise<Ports> {
  const wish = { dir, name: 'api', preferred: 8_080 }
  const asked = env['API_PORT']
  return {
    api: asked === undefined ? await portFor(wish) : askedPort(wish, Number(asked)),
    smtp: await portFor({ dir, name: 'smtp', preferred: 21_025 }),
    vendor: await portFor({ dir, name: 'vendor', preferred: 21_080 }),
    carrier: await portFor({ dir, name: 'carrier', preferred: 21_081 }),
  }
}

async function seeded(
  plan: Plan,
  { databaseUrl, map, ports }: { databaseUrl: string; map: string; ports: Ports },
) {
  const { dir, scripts, env } = plan
  const demoFile = join(dir, 'demo.json')
  await script(dir, 'seed', scripts.seed, {
    DATABASE_URL: databaseUrl,
    DATA_KEY: dataKeyOf(plan),
    MAP: map,
    ARTIFACTS_DIR: join(dir, 'artifacts'),
    VENDOR_DIR: join(dir, 'vendor'),
    VENDOR_URL: `http://127.0.0.1:${ports.vendor}`,
    DEMO_FILE: demoFile,
    DEMO_SPEED: env['DEMO_SPEED'],
  })
  const demo: { apiKey: string; sites: (string | DemoSite)[] } = JSON.parse(
    readFileSync(demoFile, 'utf8'),
  )
  return { ...demo, sites: demo.sites.map((site) => siteOf(dir, site)) }
}

function siteOf(dir: string, site: string | DemoSite): DemoSite {
  if (typeof site !== 'string') return site
  return { siteId: site, gatewayId: `gw_${site}`, plant: join(dir, 'plants', `${site}.json`) }
}

function dataKeyOf({ dir, env }: Plan): string {
  return env['DATA_KEY'] ?? secret(dir, 'dataKey', () => randomBytes(32).toString('hex'))
}

function carrierOf({ dir, env }: Plan): CarrierSettings {
  return {
    name: env['CARRIER'] ?? 'fabpost',
    url: env['CARRIER_URL'],
    key: env['CARRIER_KEY'] ?? secret(dir, 'carrierKey'),
    secret: env['CARRIER_SECRET'] ?? secret(dir, 'carrierSecret'),
    speed: Number(env['CARRIER_SPEED'] ?? Number(env['DEMO_SPEED'] ?? 60) * parcelsFaster),
  }
}

/** Parcels take a day where a print takes minutes: they are as much faster again than the demo's machines. */
const parcelsFaster = 60

async function startOurs({ dir, log }: Plan, { name, script: path, env, ready }: OurProcess) {
  return await supervise({
    ...scriptProgram(dir, name, path, env),
    ready: ready ?? ((logged) => saysReady(logged())),
    graceMs: 15_000,
    log,
  })
}

async function script(
  dir: string,
  name: string,
  path: string,
  env: Environment,
  args: string[] = [],
): Promise<void> {
  await runToEnd(scriptProgram(dir, name, path, env, args))
}

function scriptProgram(
  dir: string,
  name: string,
  path: string,
  env: Environment,
  args: string[] = [],
): Omit<Program, 'ready'> {
  // Each process knows what it needs and no more: only the way to programs is handed on.
  const { PATH, HOME, TZ, LANG, NODE_OPTIONS, LOG_LEVEL } = process.env
  return {
    name,
    dir,
    command: process.execPath,
    args: [path, ...args],
    env: { PATH, HOME, TZ, LANG, NODE_OPTIONS, LOG_LEVEL, ...env },
  }
}

function saysReady(logged: string): boolean {
  return /"msg":"ready"/.test(logged)
}

/** Waits for all, so that nothing is still starting when the first error is told. */
async function allOrFirstError(promises: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}
