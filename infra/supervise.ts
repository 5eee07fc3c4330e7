// Supervises one program beside us: spawns it, waits until it answers, restarts it when it dies,
// ends it without leftovers.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endLeftovers, endProcess, forgetProcess, killGroup, noteProcess } from './processes.ts'

/** Something that runs beside us: found by its URL or started embedded. */
export interface Part {
  name: string
  url: string
  embedded: boolean
  pid: () => number | null
  stop: () => Promise<void>
}

/** A part that somebody else runs. */
export const unowned = { pid: () => null, stop: async () => {} }

export interface Program {
  name: string
  /** Where its log, its note and its data are. */
  dir: string
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv
  uid?: number
  gid?: number
  /** True once it answers; throwing counts as not yet. `logged` is what it wrote since this start. */
  ready: (logged: () => string) => boolean | Promise<boolean>
  readyTimeoutMs?: number
  stopSignal?: NodeJS.Signals
  graceMs?: number
  log?: ((line: string) => void) | undefined
}

export interface Supervised {
  pid: () => number | null
  stop: () => Promise<void>
  /** Kills it for good, without asking. */
  kill: () => void
}

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 10_000
const STEADY_AFTER_MS = 10_000
const LOG_BYTES_KEPT = 10_000_000

const running = new Set<number>()
process.once('exit', () => running.forEach(killGroup))

/** Starts a program and resolves when it is ready; from then on it is started again whenever it ends. */
export async function supervise(program: Program): Promise<Supervised> {
  const { dir, name } = program
  await endLeftovers(dir, [name])
  const state = { wanted: true, failures: 0, timer: undefined as NodeJS.Timeout | undefined }
  let current = spawnLogged(program)
  let child: ChildProcess | null = current.child

  const watch = (watched: ChildProcess, startedAtMs: number) =>
    watched.once('exit', (code, signal) => {
      child = null
      if (!state.wanted) return
      state.failures = Date.now() - startedAtMs > STEADY_AFTER_MS ? 0 : state.failures + 1
      const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** state.failures, LONGEST_BACKOFF_MS)
      program.log?.(
        `${name} ended (${signal ?? `code ${code}`}), starting it again in ${waitMs} ms`,
      )
      state.timer = setTimeout(again, waitMs)
    })
  const again = () => {
    current = spawnLogged(program)
    child = current.child
    watch(current.child, Date.now())
  }
  const stop = async () => {
    state.wanted = false
    clearTimeout(state.timer)
    const pid = child?.pid
    if (pid !== undefined) {
      await endProcess(pid, {
        signal: program.stopSignal ?? 'SIGTERM',
        graceMs: program.graceMs ?? 10_000,
      })
    }
    forgetProcess(dir, name)
  }
  const kill = () => {
    state.wanted = false
    clearTimeout(state.timer)
    if (child?.pid !== undefined) killGroup(child.pid)
    forgetProcess(dir, name)
  }

  await untilReady(program, current).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  watch(current.child, Date.now())
  if (hasEnded(current.child)) again()
  return { pid: () => child?.pid ?? null, stop, kill }
}

/** Runs a program to its end; fails with what it wrote last. */
export async function runToEnd(program: Omit<Program, 'ready'>): Promise<void> {
  const { child, logged } = spawnLogged({ ...program, ready: () => true })
  const ended = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(code === 0 ? null : (signal ?? `code ${code}`)))
  })
  forgetProcess(program.dir, program.name)
  if (ended !== null) throw new Error(`${program.name} ended with ${ended}: ${lastLines(logged())}`)
}

/** Polls until the probe holds, the program ends, or the time is up. */
async function untilReady(program: Program, { child, logged }: Started): Promise<void> {
  const deadline = performance.now() + (program.readyTimeoutMs ?? 120_000)
  while (performance.now() < deadline) {
    if (hasEnded(child)) {
      throw new Error(`${program.name} ended while starting: ${lastLines(logged())}`)
    }
    if (await Promise.resolve(program.ready(logged)).catch(() => false)) return
    await sleep(25)
  }
  throw new Error(`${program.name} did not become ready in time: ${lastLines(logged())}`)
}

interface Started {
  child: ChildProcess
  logged: () => string
}

function spawnLogged(program: Program): Started {
  const path = openedLog(program)
  const before = statSync(path).size
  const log = openSync(path, 'a')
  // Its own process group: Ctrl-C in the terminal reaches us alone, and we end the parts in order.
  const child = spawn(program.command, program.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: program.env ?? process.env,
    ...(program.uid === undefined ? {} : { uid: program.uid }),
    ...(program.gid === undefined ? {} : { gid: program.gid }),
  })
  closeSync(log)
  child.on('error', (error) => program.log?.(`${program.name} cannot be started: ${error.message}`))
  const { pid } = child
  if (pid !== undefined) {
    running.add(pid)
    child.once('exit', () => running.delete(pid))
    noteProcess(program.dir, program.name, { pid, commandLine: program.args.join(' ') })
  }
  return { child, logged: () => readFileSync(path).subarray(before).toString() }
}

function openedLog({ dir, name }: Program): string {
  mkdirSync(join(dir, 'logs'), { recursive: true })
  const path = join(dir, 'logs', `${name}.log`)
  closeSync(openSync(path, 'a'))
  if (statSync(path).size > LOG_BYTES_KEPT) {
    renameSync(path, `${path}.1`)
    closeSync(openSync(path, 'a'))
  }
  return path
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-20).join('\n') || '(it wrote nothing)'
}
