// Where the platform is that a day is played before: of the environment, else as `npm start` noted it in this folder.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { LinkTls } from '../../devices/link.ts'
import type { Context } from './command.ts'
import { noted } from './platformHere.ts'

export interface LivePlatform {
  apiUrl: string
  databaseUrl: string
  mqttUrl: string
  mqttTls: LinkTls
  temporalAddress: string
  temporalNamespace: string
  /** The streets that it drives on. */
  mapPath: string
}

export const livePlatformHelp = `\
API_URL, DATABASE_URL, MQTT_URL (with MQTT_CA, MQTT_CERT and MQTT_KEY),
TEMPORAL_ADDRESS and MAP name a platform elsewhere; else it is the one that
\`npm start\` runs from this folder.`

const startIt = 'start it with `npm start` in another terminal, then try again'

interface Ports {
  api?: number
  postgres?: number
  broker?: number
  temporal?: number
}

/** Refuses a platform that does not answer. */
export async function livePlatform(env: Context['env']): Promise<LivePlatform> {
  const wanted = { ...asNoted(), ...given(env) }
  const missing = Object.entries(wanted).flatMap(([name, value]) => (value === null ? [name] : []))
  if (missing.length > 0) {
    throw new Error(`no platform was started from this folder (${missing.join(', ')}): ${startIt}`)
  }
  const mapPath = resolve(env['MAP'] ?? '.fabroute/city.osm')
  if (!existsSync(mapPath))
    throw new Error(`MAP must name the map of the platform: ${mapPath} is none`)
  const apiUrl = String(wanted.API_URL)
  await refuseSilence(apiUrl)
  return {
    apiUrl,
    databaseUrl: String(wanted.DATABASE_URL),
    mqttUrl: String(wanted.MQTT_URL),
    mqttTls: certificates(env),
    temporalAddress: String(wanted.TEMPORAL_ADDRESS),
    temporalNamespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
    mapPath,
  }
}

type Addresses = Record<'API_URL' | 'DATABASE_URL' | 'MQTT_URL' | 'TEMPORAL_ADDRESS', string | null>

function given(env: Context['env']): Partial<Addresses> {
  const { API_URL, DATABASE_URL, MQTT_URL, TEMPORAL_ADDRESS } = env
  return {
    ...(API_URL && { API_URL }),
    ...(DATABASE_URL && { DATABASE_URL }),
    ...(MQTT_URL && { MQTT_URL }),
    ...(TEMPORAL_ADDRESS && { TEMPORAL_ADDRESS }),
  }
}

/** By whom the parts of `npm start` let in whoever has their passwords. */
const user = 'fabroute'

function asNoted(): Addresses {
  const { api, postgres, broker, temporal } = noted<Ports>('ports.json')
  const passwords = noted<Passwords>('secrets.json')
  const database = own('postgres', postgres, passwords.postgresPassword)
  return {
    API_URL: api ? `http://127.0.0.1:${api}` : null,
    DATABASE_URL: database && `${database}/fabroute`,
    MQTT_URL: own('mqtt', broker, passwords.brokerPassword),
    TEMPORAL_ADDRESS: temporal ? `127.0.0.1:${temporal}` : null,
  }
}

function own(scheme: string, port?: number, password?: string): string | null {
  return port && password ? `${scheme}://${user}:${password}@127.0.0.1:${port}` : null
}

interface Passwords {
  postgresPassword?: string
  brokerPassword?: string
}

async function refuseSilence(apiUrl: string): Promise<void> {
  const answer = await fetch(new URL('/readyz', apiUrl)).catch(() => null)
  if (!answer) throw new Error(`nothing answers at ${apiUrl}: ${startIt}`)
  if (!answer.ok) throw new Error(`${apiUrl} is not ready: ${await answer.text()}`)
}

function certificates(env: Context['env']): LinkTls {
  const file = (name: string) => (env[name] ? readFileSync(env[name], 'utf8') : undefined)
  const [ca, cert, key] = [file('MQTT_CA'), file('MQTT_CERT'), file('MQTT_KEY')]
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}
