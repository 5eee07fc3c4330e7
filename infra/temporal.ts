// Temporal: the cluster that TEMPORAL_ADDRESS names, else the development server with its UI, tuned and kept in a file.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { accepts, portFor, releasePort, untilAnswered } from './ports.ts'
import { findProgram } from './programs.ts'
import { supervise, unowned, type Part } from './supervise.ts'

export interface TemporalOptions {
  dir: string
  url?: string | undefined
  preferredPort?: number | undefined
  preferredUiPort?: number | undefined
  /** Keeps nothing over a restart: for tests. */
  inMemory?: boolean
  /** False leaves the UI out. */
  ui?: boolean
  /** Beside `default`. */
  namespaces?: readonly string[]
  log?: ((line: string) => void) | undefined
}

export interface TemporalPart extends Part {
  uiUrl: string | null
}

/** What operators search by; docs/ARCHITECTURE.md says what each holds. No personal data. */
export const searchAttributes = {
  OrderStatus: 'Keyword',
  Stage: 'Keyword',
  CustomerId: 'Keyword',
  StorefrontId: 'Keyword',
  SupplierId: 'Keyword',
  MachineId: 'Keyword',
  SiteId: 'Keyword',
  Region: 'Keyword',
  AttentionReason: 'Keyword',
  NeedsAttention: 'Bool',
  DueBy: 'Datetime',
} as const

const tuning = {
  'history.shardIOConcurrency': '16',
  'system.enableActivityEagerExecution': 'true',
  // 20 by default: with one shard, every hop of a task waits 40 to 50 ms for its turn.
  'history.transferProcessorMaxPollRPS': '1000',
  'history.timerProcessorMaxPollRPS': '1000',
}

/** A server whose URL is host:port of its gRPC frontend. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalPart> {
  if (options.url) return await foundTemporal(options.url)
  const dir = resolve(options.dir)
  const command = findProgram('temporal')
  if (!command) throw new Error('the program `temporal` is missing: run `node infra/setup.mjs`')
  mkdirSync(dir, { recursive: true })
  const ui = options.ui ?? true
  const port = await portFor({ dir, name: 'temporal', preferred: options.preferredPort })
  const httpPort = await portFor({ dir, name: 'temporalHttp' })
  const uiPort = ui
    ? await portFor({ dir, name: 'temporalUi', preferred: options.preferredUiPort })
    : null
  const server = await supervise({
    name: 'temporal',
    dir,
    command,
    args: serverArgs(dir, options, { port, httpPort, uiPort }),
    ready: async () =>
      (await listed(httpPort)) && (uiPort === null || (await accepts('127.0.0.1', uiPort))),
    log: options.log,
  })
  const stop = async () => {
    await server.stop()
    for (const held of [port, httpPort, uiPort]) if (held !== null) releasePort(held)
  }
  const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`
  return {
    name: 'temporal',
    url: `127.0.0.1:${port}`,
    embedded: true,
    pid: server.pid,
    stop,
    uiUrl,
  }
}

async function foundTemporal(url: string): Promise<TemporalPart> {
  const [host = '', port = '7233'] = url.split(':')
  await untilAnswered(
    async () => await accepts(host, Number(port)),
    `Temporal does not answer at ${url}`,
  )
  return { name: 'temporal', url, embedded: false, ...unowned, uiUrl: null }
}

interface Ports {
  port: number
  httpPort: number
  uiPort: number | null
}

function serverArgs(dir: string, options: TemporalOptions, { port, httpPort, uiPort }: Ports) {
  const state = options.inMemory
    ? []
    : [
        '--db-filename',
        join(dir, 'temporal.db'),
        '--sqlite-pragma',
        'journal_mode=WAL',
        '--sqlite-pragma',
        'synchronous=NORMAL',
      ]
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    '--log-level=error',
    `--port=${port}`,
    `--http-port=${httpPort}`,
    ...(uiPort === null ? ['--headless'] : [`--ui-port=${uiPort}`]),
    ...state,
    ...Object.entries(tuning).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${value}`,
    ]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
    ...(options.namespaces ?? []).flatMap((namespace) => ['--namespace', namespace]),
  ]
}

/** The HTTP door opens before the namespace is there: ask for workflows, as the UI does. */
async function listed(httpPort: number): Promise<boolean> {
  const url = `http://127.0.0.1:${httpPort}/api/v1/namespaces/default/workflows?pageSize=1`
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  return answer.ok
}
