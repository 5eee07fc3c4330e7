// Lists the processes of the platform and what each is told: no process knows more than it needs.
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { DemoSite, Facts, OurProcess, Plan } from './bringUp.ts'
import { projectDir } from './programs.ts'

const at = (path: string) => join(projectDir, path)

const scripts = {
  map: at('services/router/writeCity.ts'),
  migrate: at('storage/migrate.ts'),
  seed: at('workers/seed.ts'),
}

/** What a plan brings up of ours. */
export const ours = { scripts, processes: ourProcesses, opened: fleetHeard(15_000) }

/** Nothing is offered on a machine before it has spoken. */
export function fleetHeard(withinMs: number): NonNullable<Plan['opened']> {
  return async ({ ports, demo }, startedAtMs) => {
    const url = `http://127.0.0.1:${ports.api}/v1/machines?limit=100`
    const headers = { authorization: `Bearer ${demo.apiKey}` }
    const until = Date.now() + withinMs
    for (;;) {
      const response = await fetch(url, { headers }).catch(() => null)
      const told = response?.ok ? await response.text() : '{}'
      const { data }: { data?: { id: string; last_seen_at: string }[] } = JSON.parse(told)
      const silent = data?.filter((one) => !(Date.parse(one.last_seen_at) > startedAtMs))
      if (silent?.length === 0) return null
      if (Date.now() > until) {
        const ids = silent?.map(({ id }) => id) ?? ['every machine']
        return `not heard of yet: ${ids.join(', ')}`
      }
      await setTimeout(50)
    }
  }
}

function ourProcesses(facts: Facts): OurProcess[] {
  return [
    api(facts),
    ordersWorker(facts),
    geometryWorker(facts),
    simulationsWorker(facts),
    vendor(facts),
    ...carriers(facts),
    bridge(facts),
    mailSink(facts),
    ...facts.demo.sites.map((site) => gateway(facts, site)),
  ]
}

function api(facts: Facts): OurProcess {
  const { ports, settings } = facts
  const ready = async () => (await fetch(`http://127.0.0.1:${ports.api}/readyz`)).ok
  return {
    name: 'api',
    script: at('api/main.ts'),
    env: {
      API_DATABASE_URL: settings.apiDatabaseUrl,
      DATA_KEY: settings.dataKey,
      TEMPORAL_ADDRESS: settings.temporalAddress,
      ...roads(facts),
      ...artifacts(facts),
      API_PORT: String(ports.api),
      MQTT_URL: settings.mqttUrl,
      INBOX: 'on',
      CARRIER: settings.carrier.name,
      CARRIER_SECRET: settings.carrier.secret,
    },
    ready,
  }
}

function ordersWorker(facts: Facts): OurProcess {
  return {
    name: 'orders',
    script: at('workers/orders.ts'),
    env: {
      ...database(facts),
      TEMPORAL_ADDRESS: facts.settings.temporalAddress,
      MQTT_URL: facts.settings.mqttUrl,
      ...roads(facts),
      ...artifacts(facts),
      SMTP_URL: `smtp://127.0.0.1:${facts.ports.smtp}`,
      PAYMENTS_DIR: join(facts.dir, 'payments'),
      CARRIER: facts.settings.carrier.name,
      CARRIER_KEY: facts.settings.carrier.key,
      CARRIER_URL: facts.settings.carrier.url ?? `http://127.0.0.1:${facts.ports.carrier}`,
    },
  }
}

function geometryWorker(facts: Facts): OurProcess {
  return {
    name: 'geometry',
    script: at('workers/geometry.ts'),
    env: {
      ...database(facts),
      TEMPORAL_ADDRESS: facts.settings.temporalAddress,
      ...artifacts(facts),
      SUPPLIERS_ON_PRIVATE_ADDRESSES: 'on',
    },
  }
}

/** One day at a time, so that orders on the same machine do not wait for planners. */
function simulationsWorker(facts: Facts): OurProcess {
  return {
    name: 'simulations',
    script: at('workers/simulations.ts'),
    env: {
      ...database(facts),
      ...artifacts(facts),
      TEMPORAL_ADDRESS: facts.settings.temporalAddress,
      SIMULATION_THREADS: process.env['SIMULATION_THREADS'] ?? '1',
    },
  }
}

/** The demo's vendor with a server of its own, from which the model of story 1 is fetched. */
function vendor({ dir, ports }: Facts): OurProcess {
  return {
    name: 'vendor',
    script: at('services/supplier/vendorServer.ts'),
    env: { VENDOR_PORT: String(ports.vendor), VENDOR_DIR: join(dir, 'vendor') },
  }
}

/** The carrier that stands in, unless a real one is named. */
function carriers({ dir, ports, settings }: Facts): OurProcess[] {
  const { name, url, key, secret, speed } = settings.carrier
  if (url !== undefined) return []
  return [
    {
      name: 'carrier',
      script: at('services/carrier/carrierServer.ts'),
      env: {
        CARRIER: name,
        CARRIER_PORT: String(ports.carrier),
        CARRIER_DIR: join(dir, 'carrier'),
        CARRIER_KEY: key,
        CARRIER_SECRET: secret,
        CARRIER_EVENTS_URL: `http://127.0.0.1:${ports.api}/v1/carriers/${name}/events`,
        CARRIER_SPEED: String(speed),
      },
    },
  ]
}

function bridge({ settings }: Facts): OurProcess {
  return {
    name: 'bridge',
    script: at('devices/bridge/main.ts'),
    env: {
      DATABASE_URL: settings.databaseUrl,
      TEMPORAL_ADDRESS: settings.temporalAddress,
      MQTT_URL: settings.mqttUrl,
    },
  }
}

function mailSink(facts: Facts): OurProcess {
  return {
    name: 'mail',
    script: at('infra/mailSink.ts'),
    env: { ...database(facts), SMTP_PORT: String(facts.ports.smtp) },
  }
}

function gateway({ dir, settings }: Facts, { siteId, gatewayId, plant }: DemoSite): OurProcess {
  return {
    name: `gateway-${siteId}`,
    script: at('devices/gateway/main.ts'),
    env: {
      MQTT_URL: settings.mqttUrl,
      SITE_ID: siteId,
      GATEWAY_ID: gatewayId,
      GATEWAY_DIR: join(dir, 'gateways', siteId),
      PLANT: plant,
      DEMO_SPEED: process.env['DEMO_SPEED'],
    },
  }
}

const database = ({ settings }: Facts) => ({
  DATABASE_URL: settings.databaseUrl,
  DATA_KEY: settings.dataKey,
})

const roads = ({ settings }: Facts) => ({ MAP: settings.map, OSRM_URL: settings.osrmUrl })

const artifacts = ({ dir, ports }: Facts) => ({
  ARTIFACTS_DIR: join(dir, 'artifacts'),
  ARTIFACTS_URL: process.env['ARTIFACTS_URL'] ?? `http://127.0.0.1:${ports.api}`,
})
