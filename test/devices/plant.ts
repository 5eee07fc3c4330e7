// What the tests of devices share: a site to run a gateway at, a file server for instructions, and commands in short.
import { createHash, randomUUID } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { MachineOrder } from '../../devices/commands.ts'
import { openLink, type Link } from '../../devices/link.ts'
import type { MachineProfile, Profile } from '../../devices/gateway/profile.ts'
import { projectDir } from '../../infra/programs.ts'
import { readyLine } from '../support/readyLine.ts'
import { testDir } from '../support/platform.ts'

export const printer = (machineId: string, more: Partial<MachineProfile> = {}): MachineProfile => ({
  machineId,
  caps: {
    process: 'fdm',
    volumeMm: { x: 200, y: 200, z: 200 },
    resolutionMicrons: 100,
    materials: [{ material: 'pla', colour: 'red', grams: 1_000 }],
    instructionKinds: ['gcode'],
    keyId: null,
  },
  ...more,
})

export interface FileServer {
  url: string
  sha256: string
  sizeBytes: number
  downloads: () => number
  close: () => Promise<void>
}

/** Serves one file of instructions. */
export async function serveFile(content = 'G28\nG1 X10 Y10\n'): Promise<FileServer> {
  let downloads = 0
  // A connection that idles is left to the gateway to close.
  const server = createServer({ keepAliveTimeout: 0 }, (_request, response) => {
    downloads += 1
    response.end(content)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port ?? 0}/part.gcode`,
    sha256: createHash('sha256').update(content).digest('hex'),
    sizeBytes: Buffer.byteLength(content),
    downloads: () => downloads,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export function prepareOrder(file: FileServer, jobId: string, more = {}): MachineOrder {
  const { url, sha256, sizeBytes } = file
  return {
    type: 'job.prepare',
    commandId: randomUUID(),
    jobId,
    attempt: 1,
    fence: 1,
    url,
    sha256,
    sizeBytes,
    material: 'pla',
    colour: 'red',
    expectedSeconds: 60,
    ...more,
  }
}

export function startOrder(jobId: string, more = {}): MachineOrder {
  return { type: 'job.start', commandId: randomUUID(), jobId, attempt: 1, fence: 1, ...more }
}

/** The fields that tests look at. */
interface HeardMessage {
  type?: string
  bootId?: string
  evtSeq?: number
  jobId?: string
  stopId?: string | null
  fulfilmentId?: string | null
  commandId?: string
  phase?: string
  progress?: number
  seq?: number
  online?: boolean
  lon?: number
  lat?: number
  caps?: { materials: unknown }
  compartments?: unknown
}

export interface Heard {
  topic: string
  message: HeardMessage
}

/** Of a command that is to be carried out: no test waits for it to pass. */
export const patiently = { deadlineMs: 60_000 }

export const identityOf = ({ message: { bootId = '', evtSeq = 0 } }: Heard) => `${bootId}/${evtSeq}`

export interface Ear {
  heard: Heard[]
  /** Messages under a leaf of the topic, of one type when it is named. */
  of: (leaf: string, type?: string) => Heard[]
  /** Each event once, as the platform takes it: one that is not acknowledged in time is told again. */
  events: (type?: string) => HeardMessage[]
  link: Link
}

/** All but the commands: a command to nobody is to find nobody. */
const leaves = [
  'm/+/caps',
  'm/+/state',
  'm/+/evt',
  'm/+/tele',
  'v/+/pos',
  'v/+/evt',
  'l/+/state',
  'l/+/evt',
  'gw/+/state',
]

/**
 * Listens to everything that devices say, of one site when it is named; as the platform does, it
 * acknowledges events when asked to.
 */
export async function listen(
  mqttUrl: string,
  { acknowledge = true, siteId = '+' } = {},
): Promise<Ear> {
  const heard: Heard[] = []
  const link = openLink({
    mqttUrl,
    clientId: `ear-${randomUUID()}`,
    subscriptions: () => [
      ...leaves.map((leaf) => `fabroute/v1/${siteId}/${leaf}`),
      'fabroute/v1/ctl/+/resp',
    ],
    onMessage: (topic, packet) => {
      if (packet.payload.length === 0) return
      const message: HeardMessage = JSON.parse(packet.payload.toString())
      heard.push({ topic, message })
      if (!acknowledge || !topic.endsWith('/evt')) return
      const { bootId, evtSeq } = message
      const site = topic.split('/')[2]
      void link.publish(`fabroute/v1/${site}/ack`, { v: 1, events: [{ bootId, evtSeq }] })
    },
  })
  if (!(await link.connected(90_000))) throw new Error('the broker does not answer')
  const of = (leaf: string, type?: string) =>
    heard.filter(
      ({ topic, message }) =>
        topic.endsWith(`/${leaf}`) && (type === undefined || message['type'] === type),
    )
  const events = (type?: string) => {
    const told = new Map(of('evt', type).map((each) => [identityOf(each), each.message]))
    return [...told.values()]
  }
  return { heard, of, events, link }
}

export interface GatewayProcess {
  dir: string
  kill: () => Promise<void>
  stop: () => Promise<void>
  /** Starts it again in the same folder. */
  again: () => Promise<GatewayProcess>
}

/** The real process, so that it can be killed. */
export async function spawnGateway(
  mqttUrl: string,
  profile: Profile,
  dir = testDir('gateway'),
): Promise<GatewayProcess> {
  mkdirSync(dir, { recursive: true })
  const plant = join(dir, 'plant.json')
  writeFileSync(plant, JSON.stringify(profile))
  const child = run('devices/gateway/main.ts', {
    MQTT_URL: mqttUrl,
    SITE_ID: profile.siteId,
    GATEWAY_ID: `gw-${profile.siteId}`,
    GATEWAY_DIR: dir,
    PLANT: plant,
  })
  await readyLine(child)
  return {
    dir,
    kill: async () => await ended(child, 'SIGKILL'),
    stop: async () => await ended(child, 'SIGTERM'),
    again: async () => await spawnGateway(mqttUrl, profile, dir),
  }
}

export function run(script: string, environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--no-warnings', join(projectDir, script)], {
    env: { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

const running = new Set<ChildProcess>()

/** Ends what was run and has not ended, as a test that failed leaves it. */
export async function endAll({ but }: { but?: ChildProcess } = {}): Promise<void> {
  const left = [...running].filter((child) => child !== but)
  await Promise.all(left.map(async (child) => await ended(child, 'SIGKILL')))
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}
