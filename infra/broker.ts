// The MQTT broker: the one that MQTT_URL names, else mosquitto on this machine, else the embedded
// broker in a process of its own.
import { pbkdf2Sync, createHash } from 'node:crypto'
import { chownSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { connectAsync } from 'mqtt'
import { secret } from './files.ts'
import { portFor, releasePort, untilAnswered } from './ports.ts'
import { findProgram } from './programs.ts'
import { supervise, unowned, type Part, type Program } from './supervise.ts'
import { unprivileged } from './unprivileged.ts'

export interface BrokerOptions {
  dir: string
  url?: string | undefined
  preferredPort?: number | undefined
  /** Which program; without it mosquitto when it is there. */
  engine?: BrokerEngine | undefined
  log?: ((line: string) => void) | undefined
}

export type BrokerEngine = 'mosquitto' | 'aedes'

export interface BrokerPart extends Part {
  /**
   * Null when the broker was found by its URL. The embedded one has no shared subscriptions and
   * forgets all when it ends.
   */
  engine: BrokerEngine | null
}

const USER = 'fabroute'

/** A broker whose URL carries the name and password to connect with. */
export async function startBroker(options: BrokerOptions): Promise<BrokerPart> {
  if (options.url) return await foundBroker(options.url)
  const dir = resolve(options.dir)
  const engine = options.engine ?? (hasMosquitto() ? 'mosquitto' : 'aedes')
  const password = secret(dir, 'brokerPassword')
  const port = await portFor({ dir, name: 'broker', preferred: options.preferredPort })
  const url = `mqtt://${USER}:${password}@127.0.0.1:${port}`
  const launch = engine === 'mosquitto' ? mosquitto : aedes
  const server = await supervise({
    name: 'broker',
    dir,
    ...launch({ dir, port, password }),
    ready: () => answers(url),
    log: options.log,
  })
  const stop = async () => {
    await server.stop()
    releasePort(port)
  }
  return { name: 'broker', url, embedded: true, pid: server.pid, stop, engine }
}

export function hasMosquitto(): boolean {
  return findProgram('mosquitto') !== null
}

interface Place {
  dir: string
  port: number
  password: string
}

function mosquitto({ dir, port, password }: Place): Pick<Program, 'command' | 'args'> {
  const command = findProgram('mosquitto')
  if (!command) throw new Error('the program `mosquitto` is missing')
  const data = join(dir, 'broker')
  const config = join(data, 'mosquitto.conf')
  const passwords = join(data, 'passwords')
  const launch = unprivileged(data, command, ['-c', config])
  writeFileSync(config, configuration(data, port, passwords))
  writeFileSync(passwords, `${USER}:${hashed(password)}\n`, { mode: 0o600 })
  const { owner } = launch
  if (owner) for (const path of [config, passwords]) chownSync(path, owner.uid, owner.gid)
  return launch
}

// The whole store is written anew each time: on each change that is most of what the broker does.
// What a crash takes with it, both ends tell again when they are back. Beyond max_queued_messages
// (1,000 by default) it drops and still acknowledges.
function configuration(data: string, port: number, passwords: string): string {
  return `listener ${port} 127.0.0.1
allow_anonymous false
password_file ${passwords}
persistence true
persistence_location ${data}/
autosave_on_changes false
autosave_interval 5
max_queued_messages 100000
max_inflight_messages 100
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
`
}

/**
 * Mosquitto's $7$ format. The salt comes from the password, so that a start with the same password
 * writes the same file.
 */
function hashed(password: string): string {
  const iterations = 101
  const salt = createHash('sha256').update(`salt:${password}`).digest().subarray(0, 12)
  const hash = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
  return `$7$${iterations}$${salt.toString('base64')}$${hash.toString('base64')}`
}

function aedes({ port, password }: Place): Pick<Program, 'command' | 'args' | 'env'> {
  return {
    command: process.execPath,
    args: [join(import.meta.dirname, 'aedesBroker.ts'), String(port)],
    env: { ...process.env, BROKER_USER: USER, BROKER_PASSWORD: password },
  }
}

async function foundBroker(url: string): Promise<BrokerPart> {
  await untilAnswered(async () => await answers(url), 'the MQTT broker does not answer at MQTT_URL')
  return { name: 'broker', url, embedded: false, ...unowned, engine: null }
}

async function answers(url: string): Promise<boolean> {
  const client = await connectAsync(url, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 2_000,
  })
  await client.endAsync()
  return true
}
