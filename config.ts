// What the environment says, read once, checked with clear messages, and frozen; only main files read it.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export function apiConfig(environment: Environment = process.env) {
  return read(environment, (from) => ({
    databaseUrl: from.url('API_DATABASE_URL', postgres),
    dataKey: from.key('DATA_KEY'),
    ...temporal(from),
    ...map(from),
    artifactsDir: from.path('ARTIFACTS_DIR'),
    artifactsUrl: from.optionalUrl('ARTIFACTS_URL', http),
    host: from.text('API_HOST', '127.0.0.1'),
    port: from.port('API_PORT', 8080),
    inbox: from.toggle('INBOX', false),
    carrier: from.slug('CARRIER', 'fabpost'),
    /** Of the carrier, who signs with it what he tells; without it none calls at the warehouses. */
    carrierSecret: from.text('CARRIER_SECRET', ''),
    /** For test mode's helpers alone. */
    mqttUrl: from.optionalUrl('MQTT_URL', mqtt),
    mqttTls: certificates(from),
    /** Multiplies every budget of calls: benches need more than a storefront may use. */
    budgetFactor: from.number('API_BUDGET_FACTOR', 1),
    logLevel: level(from),
  }))
}

export function ordersWorkerConfig(environment: Environment = process.env) {
  return read(environment, (from) => ({
    databaseUrl: from.url('DATABASE_URL', postgres),
    dataKey: from.key('DATA_KEY'),
    ...temporal(from),
    ...map(from),
    ...broker(from),
    smtpUrl: from.url('SMTP_URL', smtp),
    artifactsDir: from.path('ARTIFACTS_DIR'),
    /** Where gateways reach the API, which serves the artifacts. */
    artifactsUrl: from.url('ARTIFACTS_URL', http),
    paymentsDir: from.path('PAYMENTS_DIR'),
    carrier: from.slug('CARRIER', 'fabpost'),
    /** Of the server of the carrier who brings parcels; without it none can be sent. */
    carrierUrl: from.optionalUrl('CARRIER_URL', http),
    carrierKey: environment['CARRIER_URL'] ? from.text('CARRIER_KEY') : '',
    ...heartbeat(from),
    logLevel: level(from),
  }))
}

export function geometryWorkerConfig(environment: Environment = process.env) {
  return read(environment, (from) => ({
    databaseUrl: from.url('DATABASE_URL', postgres),
    dataKey: from.key('DATA_KEY'),
    ...temporal(from),
    artifactsDir: from.path('ARTIFACTS_DIR'),
    /** Suppliers' servers on this machine or network: for demos and tests alone. */
    suppliersOnPrivateAddresses: from.toggle('SUPPLIERS_ON_PRIVATE_ADDRESSES', false),
    ...heartbeat(from),
    logLevel: level(from),
  }))
}

export function simulationsWorkerConfig(environment: Environment = process.env) {
  return read(environment, (from) => ({
    ...temporal(from),
    /** Days at once; as many as there are processors when it is not given. */
    simulationThreads: from.optionalCount('SIMULATION_THREADS', 256),
    /** With a database it runs also what is asked for over the API; without it it lends its processors to sweeps. */
    experiments: environment['DATABASE_URL']
      ? {
          databaseUrl: from.url('DATABASE_URL', postgres),
          dataKey: from.key('DATA_KEY'),
          artifactsDir: from.path('ARTIFACTS_DIR'),
        }
      : null,
    ...heartbeat(from),
    logLevel: level(from),
  }))
}

export function seedConfig(environment: Environment = process.env) {
  return read(environment, (from) => ({
    databaseUrl: from.url('DATABASE_URL', postgres),
    dataKey: from.key('DATA_KEY'),
    mapPath: from.path('MAP'),
    artifactsDir: from.path('ARTIFACTS_DIR'),
    /** Where the key of the demo and the list of its sites are written. */
    demoFile: from.path('DEMO_FILE'),
    vendorDir: from.path('VENDOR_DIR'),
    vendorUrl: from.url('VENDOR_URL', http),
    /** How much faster than the clock the demo's machines and trucks are. */
    demoSpeed: from.number('DEMO_SPEED', 60),
  }))
}

export function bridgeConfig(environment: Environment = process.env) {
  return read(environment, (from) => ({
    databaseUrl: from.url('DATABASE_URL', postgres),
    ...temporal(from),
    ...broker(from),
    ...heartbeat(from),
    logLevel: level(from),
  }))
}

/** A gateway stands at a site: it knows the broker and its own folder, and nothing of the platform's insides. */
export function gatewayConfig(environment: Environment = process.env) {
  return read(environment, (from) => ({
    ...broker(from),
    siteId: from.text('SITE_ID'),
    gatewayId: from.text('GATEWAY_ID'),
    stateDir: from.path('GATEWAY_DIR'),
    plantPath: from.path('PLANT'),
    ...heartbeat(from),
    logLevel: level(from),
  }))
}

type Environment = Record<string, string | undefined>
type Reader = ReturnType<typeof reader>

const postgres = ['postgres:', 'postgresql:']
const mqtt = ['mqtt:', 'mqtts:']
const http = ['http:', 'https:']
const smtp = ['smtp:', 'smtps:']
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

const temporal = (from: Reader) => ({
  temporalAddress: from.text('TEMPORAL_ADDRESS'),
  temporalNamespace: from.text('TEMPORAL_NAMESPACE', 'default'),
})
const broker = (from: Reader) => ({
  mqttUrl: from.url('MQTT_URL', mqtt),
  mqttTls: certificates(from),
})
/** Who we are to a broker that asks for certificates: the texts of the files that are named. */
const certificates = (from: Reader) => ({
  ...from.optionalFile('ca', 'MQTT_CA'),
  ...from.optionalFile('cert', 'MQTT_CERT'),
  ...from.optionalFile('key', 'MQTT_KEY'),
})
const map = (from: Reader) => ({
  osrmUrl: from.optionalUrl('OSRM_URL', http),
  mapPath: from.path('MAP'),
})
/** The file that says that a worker, a bridge or a gateway is well: what a container's health is told by. */
const heartbeat = (from: Reader) => ({ heartbeatFile: from.text('HEARTBEAT_FILE', '') })
const level = (from: Reader) => from.oneOf('LOG_LEVEL', levels, 'info')

/** All that is wrong is said at once, so that nobody has to start a process once for each mistake. */
function read<T extends object>(environment: Environment, take: (from: Reader) => T): Readonly<T> {
  const wrong: string[] = []
  const config = take(reader(environment, wrong))
  if (wrong.length > 0) throw new Error(`The environment is not complete:\n  ${wrong.join('\n  ')}`)
  return Object.freeze(config)
}

function reader(environment: Environment, wrong: string[]) {
  function text(name: string, fallback?: string): string {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    if (fallback === undefined) wrong.push(`${name} is missing`)
    return fallback ?? ''
  }
  function checked(name: string, value: string, fits: boolean, expected: string): string {
    // The value is not shown: it may be a secret.
    if (value !== '' && !fits) wrong.push(`${name} must be ${expected}`)
    return value
  }
  function url(name: string, protocols: readonly string[]): string {
    const value = text(name)
    const fits = URL.canParse(value) && protocols.includes(new URL(value).protocol)
    return checked(name, value, fits, `a URL that starts with ${protocols.join(' or ')}//`)
  }
  function number(name: string, fallback: number, expected = 'a number above 0'): number {
    const value = text(name, String(fallback))
    checked(name, value, Number(value) > 0 && Number.isFinite(Number(value)), expected)
    return Number(value)
  }
  return {
    text,
    url,
    number,
    optionalUrl: (name: string, protocols: readonly string[]) =>
      environment[name] ? url(name, protocols) : null,
    optionalCount(name: string, most: number): number | null {
      const value = environment[name]
      if (value === undefined || value === '') return null
      const fits = /^[1-9]\d*$/.test(value) && Number(value) <= most
      return Number(checked(name, value, fits, `a whole number from 1 to ${most}`))
    },
    /** 32 bytes in hex. */
    key: (name: string) => {
      const value = text(name)
      return checked(name, value, /^[0-9a-f]{64}$/i.test(value), '32 bytes in hex')
    },
    path: (name: string) => resolve(text(name)),
    /** Stands in addresses and in names of accounts. */
    slug: (name: string, fallback: string) => {
      const value = text(name, fallback)
      const fits = /^[a-z][a-z0-9_-]{0,39}$/.test(value)
      return checked(name, value, fits, 'a short name of small letters, digits, _ and -')
    },
    optionalFile: <F extends string>(field: F, name: string): { [K in F]?: string } => {
      const path = environment[name]
      if (!path) return {}
      try {
        const contents: { [K in F]?: string } = {}
        contents[field] = readFileSync(path, 'utf8')
        return contents
      } catch {
        wrong.push(`${name} must name a file that can be read`)
        return {}
      }
    },
    port: (name: string, fallback: number) => {
      const value = text(name, String(fallback))
      checked(name, value, /^\d{1,5}$/.test(value) && Number(value) < 65_536, 'a port')
      return Number(value)
    },
    toggle: (name: string, fallback: boolean) => {
      const value = text(name, fallback ? 'on' : 'off')
      return checked(name, value, value === 'on' || value === 'off', 'on or off') === 'on'
    },
    oneOf: (name: string, values: readonly string[], fallback: string) => {
      const value = text(name, fallback)
      return checked(name, value, values.includes(value), values.join(', '))
    },
  }
}
