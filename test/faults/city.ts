// The whole platform in a folder of its own, and the means to hurt it: kill a process, or keep it from coming back.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { Pool } from 'pg'
import { bringUp, type Platform } from '../../infra/bringUp.ts'
import { ours } from '../../infra/ourProcesses.ts'
import { notedProcess } from '../../infra/processes.ts'
import { testDir } from '../support/platform.ts'
import { until } from '../support/until.ts'

export interface City {
  dir: string
  apiUrl: string
  apiKey: string
  sites: string[]
  temporalAddress: string
  /** Rows of the platform's database; throws while that is away. */
  rows: <T>(sql: string, params?: readonly unknown[]) => Promise<T[]>
  /** Ends a process as `kill -9` does, PostgreSQL with all its children; resolves when it is started again. */
  kill: (name: string) => Promise<void>
  /** As kill, but what is started again stands still until `work` has ended. */
  killAndHold: (name: string, work: () => Promise<void>) => Promise<void>
  /** Which processes the supervisor had to start again, in order. */
  restarts: () => string[]
  close: () => Promise<void>
}

/** So much faster than the clock are machines and trucks: a print of twelve minutes takes four seconds. */
const demoSpeed = '180'

export async function openCity(): Promise<City> {
  const dir = testDir('city')
  const said: string[] = []
  const platform = await bringUp({
    dir,
    env: { DEMO_SPEED: demoSpeed },
    fresh: true,
    ...ours,
    log: (line) => said.push(line),
  })
  return cityOf(platform, said)
}

function cityOf({ facts, stop }: Platform, said: readonly string[]): City {
  const { dir, settings, demo, ports } = facts
  const pool = new Pool({ connectionString: settings.databaseUrl, max: 4 })
  // A connection that breaks is replaced by the next question.
  pool.on('error', () => {})
  const pidOf = (name: string) => notedProcess(dir, name)
  const startedAgain = async (name: string, before: number) =>
    await until(() => (pidOf(name) === before ? null : pidOf(name)), {
      everyMs: 5,
      what: `the restart of ${name}`,
    })
  const killed = (name: string): number => {
    const pid = pidOf(name)
    if (pid === null) throw new Error(`${name} does not run`)
    for (const each of [pid, ...childrenOf(pid)]) process.kill(each, 'SIGKILL')
    return pid
  }

  return {
    dir,
    apiUrl: `http://127.0.0.1:${ports.api}`,
    apiKey: demo.apiKey,
    sites: demo.sites.map(({ siteId }) => siteId),
    temporalAddress: settings.temporalAddress,
    rows: async <T>(sql: string, params: readonly unknown[] = []) => {
      const { rows } = await pool.query(sql, [...params])
      const found: T[] = rows
      return found
    },
    kill: async (name) => void (await startedAgain(name, killed(name))),
    killAndHold: async (name, work) => {
      const pid = await startedAgain(name, killed(name))
      process.kill(pid, 'SIGSTOP')
      // What it has begun already would go on answering.
      const all = [pid, ...childrenOf(pid)]
      for (const each of all) process.kill(each, 'SIGSTOP')
      await work().finally(() => all.forEach((each) => process.kill(each, 'SIGCONT')))
    },
    restarts: () => said.flatMap((line) => /^(\S+) ended/.exec(line)?.[1] ?? []),
    close: async () => {
      await pool.end()
      await stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function childrenOf(parent: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []))
}
