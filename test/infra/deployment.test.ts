// The containers' configuration: the compose file holds together, and the broker lets each site speak for itself alone.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { connectAsync, type MqttClient } from 'mqtt'
import { accepts, freePort } from '../../infra/ports.ts'
import { findProgram, projectDir } from '../../infra/programs.ts'
import { packageOf } from '../support/importRules.ts'
import { testDir } from '../support/platform.ts'
import { isModule, readModule, readText } from '../support/tree.ts'
import { until } from '../support/until.ts'

const composer = findProgram('docker-compose')
const mosquitto = findProgram('mosquitto')
const withCompose = composer ? test : test.skip
// In CI a real part that is missing is a failure, not a test that is left out.
const withMosquitto = mosquitto || process.env['CI'] ? describe : describe.skip
const secrets = {
  POSTGRES_PASSWORD: 'a',
  API_PASSWORD: 'b',
  DATA_KEY: 'c',
  CARRIER_KEY: 'd',
  CARRIER_SECRET: 'e',
}

withCompose(
  'the compose file is whole once the secrets are given, and refused without them',
  () => {
    expect(config(secrets, '-q')).toBe('')
    expect(() => config({}, '-q')).toThrow(/put it into .env/)
    for (const name of Object.keys(secrets)) {
      expect(() => config({ ...secrets, [name]: '' }, '-q')).toThrow(/put it into .env/)
    }
  },
)

withCompose('whatever does the work says how it is, and starts after what it needs', () => {
  const services = servicesIn(config(secrets))
  const checked = [...services].filter(([, text]) => text.includes('healthcheck:'))
  expect(checked.map(([name]) => name).toSorted()).toEqual([
    'api',
    'bridge',
    'broker',
    'carrier',
    'gateway',
    'geometry',
    'orders',
    'osrm',
    'postgres',
    'simulations',
    'temporal',
  ])
  for (const name of ['orders', 'geometry', 'simulations', 'bridge', 'gateway']) {
    const file = /HEARTBEAT_FILE: (.+)/.exec(services.get(name) ?? '')?.[1]
    expect([name, services.get(name)]).toEqual([
      name,
      expect.stringContaining(`- infra/docker/beating.mjs\n      - ${file}\n`),
    ])
  }
  const needs = Object.fromEntries([...services].map(([name, text]) => [name, needsIn(text)]))
  expect(needs).toMatchObject({
    api: { seed: 'service_completed_successfully', osrm: 'service_healthy' },
    bridge: { broker: 'service_healthy', migrate: 'service_completed_successfully' },
    gateway: { bridge: 'service_healthy', broker: 'service_healthy' },
    geometry: { 'temporal-namespace': 'service_completed_successfully' },
    orders: { broker: 'service_healthy', carrier: 'service_healthy', osrm: 'service_healthy' },
  })
  // What is waited for until it is healthy has to say that it is.
  for (const needed of Object.values(needs)) {
    for (const [name, condition] of Object.entries(needed)) {
      if (condition === 'service_healthy') expect(checked.map(([one]) => one)).toContain(name)
    }
  }
})

test('an image carries all that its processes run', () => {
  const copied = copiedIntoImage()
  const { dependencies }: { dependencies: object } = JSON.parse(readText('package.json'))
  const commands = readText('docker-compose.yml').matchAll(/^ +command: \[node, ([\w/.]+)/gm)
  const starts = Array.from(commands, ([, path = '']) => path)
  expect(starts).toEqual(expect.arrayContaining(['api/main.ts', 'workers/simulations.ts']))
  const { ours, packages } = reachedFrom(starts)
  expect(ours.filter((path) => !copied.includes(path.split('/')[0]!))).toEqual([])
  expect(packages.filter((name) => !(name in dependencies))).toEqual([])
  // What the context leaves out cannot be copied.
  const inContext = readText('.dockerignore').split('\n')
  expect(copied.filter((name) => !inContext.includes(`!${name}`))).toEqual([])
})

test('a container is well as long as its heartbeat is young', () => {
  const dir = testDir('heartbeat')
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'heartbeat')
  const exit = () =>
    spawnSync(process.execPath, [join(projectDir, 'infra/docker/beating.mjs'), file]).status
  expect(exit()).not.toBe(0)
  writeFileSync(file, '')
  const beatenAgo = (seconds: number) => {
    const at = Date.now() / 1_000 - seconds
    utimesSync(file, at, at)
  }
  // As if in a minute: the look begins whenever the machine comes to it.
  beatenAgo(-60)
  expect(exit()).toBe(0)
  beatenAgo(30)
  expect(exit()).toBe(1)
  rmSync(dir, { recursive: true })
})

withMosquitto('the broker of a deployment', () => {
  const dir = testDir('deployment')
  const certificates = join(dir, 'certificates')
  const clients: MqttClient[] = []
  let broker: ChildProcess
  let port: number

  beforeAll(async () => {
    mkdirSync(certificates, { recursive: true })
    execFileSync('sh', [join(projectDir, 'infra/docker/certificates.sh')], {
      env: {
        ...process.env,
        CERTIFICATES_DIR: certificates,
        SITES: 'site_a site_b',
        BROKER_UID: '0',
        OUR_UID: '0',
      },
      stdio: 'pipe',
    })
    port = await freePort()
    writeFileSync(join(dir, 'mosquitto.conf'), configurationHere(dir, port))
    broker = spawn(mosquitto!, ['-c', join(dir, 'mosquitto.conf')], { stdio: 'ignore' })
    await until(async () => await accepts('127.0.0.1', port))
  })

  afterAll(async () => {
    await Promise.all(clients.map(async (client) => await client.endAsync(true)))
    broker.kill()
    await new Promise((resolve) => broker.once('exit', resolve))
    rmSync(dir, { recursive: true, force: true })
  })

  async function as(folder: string, name: string): Promise<MqttClient> {
    const read = (file: string) => readFileSync(join(certificates, folder, file))
    const client = await connectAsync(`mqtts://127.0.0.1:${port}`, {
      protocolVersion: 5,
      reconnectPeriod: 0,
      ca: read('ca.crt'),
      cert: read(`${name}.crt`),
      key: read(`${name}.key`),
    })
    clients.push(client)
    return client
  }

  test('hands a site its own commands and the platform what the site says', async () => {
    const [site, platform] = [await as('gateway', 'site_a'), await as('platform', 'platform')]
    const atSite = firstMessage(site)
    const atPlatform = firstMessage(platform)
    await site.subscribeAsync('fabroute/v1/site_a/m/+/cmd', { qos: 1 })
    await platform.subscribeAsync('fabroute/v1/+/m/+/evt', { qos: 1 })
    await platform.publishAsync('fabroute/v1/site_a/m/m1/cmd', 'go', { qos: 1 })
    await site.publishAsync('fabroute/v1/site_a/m/m1/evt', 'done', { qos: 1 })
    expect(await Promise.all([atSite, atPlatform])).toEqual(['go', 'done'])
  })

  test('refuses what one site says in the name of another', async () => {
    const site = await as('gateway', 'site_b')
    const foreign = site.publishAsync('fabroute/v1/site_a/m/m1/evt', 'mine', { qos: 1 })
    await expect(foreign).rejects.toMatchObject({ code: 135 })
    const command = site.publishAsync('fabroute/v1/site_b/m/m1/cmd', 'go', { qos: 1 })
    await expect(command).rejects.toMatchObject({ code: 135 })
  })

  test('turns away who has no certificate', async () => {
    const ca = readFileSync(join(certificates, 'gateway/ca.crt'))
    const options = { protocolVersion: 5, reconnectPeriod: 0, ca } as const
    // In one try: one that is only closed, without a word, counts as well.
    await expect(connectAsync(`mqtts://127.0.0.1:${port}`, options, false)).rejects.toThrow()
  })
})

/** What the image of our processes copies out of the project. */
function copiedIntoImage(): string[] {
  const stage =
    readText('Dockerfile')
      .split(/^FROM /m)
      .at(-1) ?? ''
  const lines = stage.matchAll(/^COPY (?!--)(.+) \S+$/gm)
  return [...lines].flatMap(([, sources = '']) => sources.split(' '))
}

/** What these modules import and, being threads and data, name beside themselves; and whose packages. */
function reachedFrom(starts: readonly string[]) {
  const ours = new Set(starts)
  const packages = new Set<string>()
  for (const path of ours) {
    if (!isModule(path)) continue
    for (const { target, isOurs } of readModule(path).imports) {
      if (isOurs) ours.add(target)
      else if (!target.startsWith('node:')) packages.add(packageOf(target))
    }
    for (const [, beside = ''] of readText(path).matchAll(/new URL\('([^']+)', import/g)) {
      ours.add(posix.join(posix.dirname(path), beside))
    }
  }
  return { ours: [...ours], packages: [...packages] }
}

function config(env: object, ...flags: string[]): string {
  return execFileSync(composer!, ['config', ...flags], {
    encoding: 'utf8',
    cwd: projectDir,
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'pipe',
  })
}

/** The text of each service, as the composer writes it out. */
function servicesIn(text: string): Map<string, string> {
  const [, section = ''] = /^services:\n((?: .*\n)+)/m.exec(text) ?? []
  const parts = section.matchAll(/^ {2}([\w-]+):\n((?: {4}.*\n)+)/gm)
  return new Map([...parts].map(([, name = '', body = '']) => [name, body]))
}

function needsIn(service: string): Record<string, string> {
  const [, section = ''] = /^ {4}depends_on:\n((?: {6}.*\n)+)/m.exec(service) ?? []
  const needs = section.matchAll(/^ {6}([\w-]+):\n {8}condition: (\w+)/gm)
  return Object.fromEntries([...needs].map(([, name = '', condition = '']) => [name, condition]))
}

async function firstMessage(client: MqttClient): Promise<string> {
  return await new Promise((resolve) => {
    client.once('message', (_topic, payload) => resolve(payload.toString()))
  })
}

/** The deployment's own configuration, with the paths and the port of this test. */
function configurationHere(dir: string, port: number): string {
  const text = readFileSync(join(projectDir, 'infra/docker/mosquitto.conf'), 'utf8')
    .replace('listener 8883 0.0.0.0', `listener ${port} 127.0.0.1`)
    .replaceAll(' /certificates/', ` ${dir}/certificates/broker/`)
    .replace('/mosquitto/config/acl', join(projectDir, 'infra/docker/acl'))
    .replace('/mosquitto/data/', `${dir}/`)
  return process.getuid?.() === 0 ? `user root\n${text}` : text
}
