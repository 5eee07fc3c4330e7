// The whole platform on one machine with stand-ins for our own processes: started, started again
// after a crash, stopped.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { bringUp, type Plan, type Platform } from '../../infra/bringUp.ts'
import { isAlive } from '../../infra/processes.ts'
import { projectDir } from '../../infra/programs.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'
import { sparePort } from './sparePort.ts'
import { standIns, type StandIns } from './standIns.ts'

let dir: string
let stand: StandIns
const starters: Starter[] = []
const platforms: Platform[] = []

beforeAll(() => {
  dir = testDir('platform')
  stand = standIns(dir)
})

// Also when an expectation failed half way.
afterEach(async () => {
  for (const starter of starters.splice(0)) starter.kill('SIGKILL')
  await Promise.all(platforms.splice(0).map(async (platform) => await platform.stop()))
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function up(plan: Plan): Promise<Platform> {
  const platform = await bringUp(plan)
  platforms.push(platform)
  return platform
}

test('everything comes up, tells where it is, and nothing runs after the stop', async () => {
  const platform = await up(stand.plan())
  const { facts, temporal, broker } = platform
  const pids = runningPids(join(dir, 'state'))
  const expected = ['broker', 'gateway-site_a', 'postgres', 'start', 'temporal', 'worker']
  expect(Object.keys(pids).toSorted()).toEqual(expected)
  expect(facts.demo.apiKey).toBe('fab_test_demo')
  expect(facts.settings.apiDatabaseUrl).toContain('fabroute_api')
  expect([facts.settings.temporalAddress, facts.settings.mqttUrl]).toEqual([
    temporal.url,
    broker.url,
  ])
  await platform.stop()
  delete pids['start'] // this process
  expect(Object.values(pids).filter(isAlive)).toEqual([])
})

test('a process of ours that dies is started again', async () => {
  const said: string[] = []
  const platform = await up(stand.plan({ log: (line) => said.push(line) }))
  const before = runningPids(join(dir, 'state'))['worker']!
  process.kill(before, 'SIGKILL')
  await until(() => {
    const now = runningPids(join(dir, 'state'))['worker']!
    return now !== before && isAlive(now)
  })
  expect(said).toContainEqual(expect.stringContaining('worker ended (SIGKILL)'))
  await platform.stop()
})

test('a process that cannot start ends the others and is named with what it wrote', async () => {
  const failing = up(
    stand.plan({
      processes: () => [
        { name: 'worker', script: stand.path('worker'), env: {} },
        { name: 'api', script: stand.path('broken'), env: {} },
      ],
    }),
  )
  await expect(failing).rejects.toThrow(/api ended while starting: no such setting/)
  expect(Object.keys(runningPids(join(dir, 'state')))).toEqual([])
})

test('a second start beside a running one is refused, and one after kill -9 ends what was left', async () => {
  const starter = startedAlone()
  await outputUntil(starter, 'Ctrl-C stops it.')
  const orphans = runningPids(join(dir, 'crashed'))
  await expect(up(stand.plan({ dir: join(dir, 'crashed') }))).rejects.toThrow(/already running/)
  starter.kill('SIGKILL')
  await until(() => !isAlive(starter.pid!))
  expect(Object.values(orphans).filter(isAlive).length).toBe(Object.keys(orphans).length - 1)

  // Also what the next run has no use for.
  const platform = await up(stand.plan({ dir: join(dir, 'crashed'), processes: () => [] }))
  expect(Object.values(orphans).filter(isAlive)).toEqual([])
  await platform.stop()
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s stops everything and exits with 0',
  async (signal) => {
    const starter = startedAlone()
    const output = await outputUntil(starter, 'Ctrl-C stops it.')
    expect(output).toMatch(/Demo API key +fab_test_demo/)
    const pids = runningPids(join(dir, 'crashed'))
    starter.kill(signal)
    const code = await new Promise((resolve) => starter.once('exit', resolve))
    expect({ code, left: Object.values(pids).filter(isAlive) }).toEqual({ code: 0, left: [] })
  },
)

test('the second Ctrl-C does not wait, and leaves nothing either', async () => {
  const starter = startedAlone()
  await outputUntil(starter, 'Ctrl-C stops it.')
  const pids = runningPids(join(dir, 'crashed'))
  const ended = new Promise((resolve) => starter.once('exit', resolve))
  const stopping = outputUntil(starter, 'Stopping')
  starter.kill('SIGINT')
  await stopping
  starter.kill('SIGINT')
  await ended
  await until(() => !Object.values(pids).some(isAlive))
})

test('a fresh start forgets data, a plain one keeps addresses and secrets', async () => {
  const state = join(dir, 'state')
  const ports = await portsToKeep(state)
  const secrets = readFileSync(join(state, 'secrets.json'), 'utf8')
  await (await up(stand.plan())).stop()
  expect(JSON.parse(readFileSync(join(state, 'ports.json'), 'utf8'))).toEqual(ports)
  expect(readFileSync(join(state, 'secrets.json'), 'utf8')).toBe(secrets)
  writeFileSync(join(state, 'old-data'), '')
  await (await up(stand.plan({ fresh: true }))).stop()
  expect(existsSync(join(state, 'old-data'))).toBe(false)
  expect(readFileSync(join(state, 'secrets.json'), 'utf8')).not.toBe(secrets)
})

test('data whose secrets are lost or broken is left alone, with a word on what to do', async () => {
  const state = join(dir, 'lost')
  mkdirSync(join(state, 'postgres'), { recursive: true })
  const started = async () => await up(stand.plan({ dir: state }))
  await expect(started()).rejects.toThrow(/secrets\.json is missing.*--fresh/)
  writeFileSync(join(state, 'secrets.json'), '{"dataKey": "1')
  await expect(started()).rejects.toThrow(/secrets\.json is not readable.*put back a copy/)
  expect(readdirSync(state).toSorted()).toEqual(['postgres', 'secrets.json'])
})

test('start.ts explains itself and refuses flags that it does not know', async () => {
  expect(await startOutput('--help')).toMatch(/--fresh/)
  expect(await startOutput('--frsh')).toMatch(/unknown flag --frsh/)
})

/** Notes other ports for all: those that it likes may be somebody else's meanwhile. */
async function portsToKeep(state: string): Promise<Record<string, number>> {
  const path = join(state, 'ports.json')
  const noted: Record<string, number> = JSON.parse(readFileSync(path, 'utf8'))
  const ports: Record<string, number> = {}
  for (const name of Object.keys(noted)) ports[name] = await sparePort()
  expect(ports).toHaveProperty('postgres')
  writeFileSync(path, JSON.stringify(ports))
  return ports
}

/** What runs from this state folder, by the notes of its processes. */
function runningPids(state: string): Record<string, number> {
  const run = join(state, 'run')
  const notes = readdirSync(run).filter((file) => file.endsWith('.json'))
  return Object.fromEntries(
    notes.map((file) => {
      const { pid }: { pid: number } = JSON.parse(readFileSync(join(run, file), 'utf8'))
      return [file.slice(0, -5), pid]
    }),
  )
}

function starterScript(): string {
  const path = join(dir, 'starter.ts')
  writeFileSync(
    path,
    `import { runUntilStopped } from '${projectDir}/infra/start.ts'
import { standIns } from '${projectDir}/test/infra/standIns.ts'
await runUntilStopped(standIns('${dir}').plan({ dir: '${dir}/crashed' }))
`,
  )
  return path
}

type Starter = ChildProcessByStdio<null, Readable, null>

function startedAlone(): Starter {
  const starter = spawn(process.execPath, [starterScript()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  starters.push(starter)
  return starter
}

async function outputUntil(child: ChildProcessByStdio<null, Readable, null>, wanted: string) {
  let output = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk)
    if (output.includes(wanted)) break
  }
  return output
}

async function startOutput(flag: string): Promise<string> {
  const child = spawn(process.execPath, [join(projectDir, 'infra/start.ts'), flag])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  await new Promise((resolve) => child.once('close', resolve))
  return output
}
