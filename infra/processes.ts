// Knows the processes that we started, also after a crash of ours: a note per process with its id and command line.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, writeWhole } from './files.ts'

interface Note {
  pid: number
  commandLine: string
}

export function noteProcess(dir: string, name: string, note: Note): void {
  mkdirSync(join(dir, 'run'), { recursive: true })
  writeWhole(notePath(dir, name), JSON.stringify(note))
}

export function forgetProcess(dir: string, name: string): void {
  rmSync(notePath(dir, name), { force: true })
}

/** The id of the process that the note names, when it still runs and is really that one. */
export function notedProcess(dir: string, name: string): number | null {
  const note = readNote(dir, name)
  if (!note || !isAlive(note.pid)) return null
  // Ids are used again: only a process with the noted command line is ours.
  return commandLineOf(note.pid).includes(note.commandLine) ? note.pid : null
}

/** Notes this very process. */
export function noteOurselves(dir: string, name: string): void {
  noteProcess(dir, name, { pid: process.pid, commandLine: commandLineOf(process.pid) })
}

/** Ends what an earlier run left behind under these notes. */
export async function endLeftovers(dir: string, names = notedNames(dir)): Promise<string[]> {
  const ended = await Promise.all(
    names.map(async (name) => {
      const pid = notedProcess(dir, name)
      // A process of before may have had the id that we have now.
      const isLeft = pid !== null && pid !== process.pid
      if (isLeft) await endProcess(pid, { signal: 'SIGINT', graceMs: 8_000 })
      forgetProcess(dir, name)
      return isLeft ? [name] : []
    }),
  )
  return ended.flat()
}

/** Asks a process and its group to end, and insists after the grace. */
export async function endProcess(
  pid: number,
  { signal = 'SIGTERM', graceMs = 10_000 }: { signal?: NodeJS.Signals; graceMs?: number } = {},
): Promise<void> {
  sendSignal(pid, signal)
  const deadline = performance.now() + graceMs
  while (isAlive(pid) && performance.now() < deadline) await sleep(20)
  if (!isAlive(pid)) return
  killGroup(pid)
  while (isAlive(pid)) await sleep(20)
}

/** Kills a process and what it started, at once. */
export function killGroup(pid: number): void {
  sendSignal(-pid, 'SIGKILL')
  sendSignal(pid, 'SIGKILL')
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  return !isZombie(pid)
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}

/** In a container without an init, orphans that ended stay in the table for ever. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return psCommandLine(pid)
  }
}

function psCommandLine(pid: number): string {
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function notedNames(dir: string): string[] {
  try {
    return readdirSync(join(dir, 'run'))
      .filter((file) => file.endsWith('.json'))
      .map((file) => basename(file, '.json'))
  } catch {
    return []
  }
}

function readNote(dir: string, name: string): Note | null {
  try {
    const note: Note = JSON.parse(readFileSync(notePath(dir, name), 'utf8'))
    return note
  } catch {
    return null
  }
}

function notePath(dir: string, name: string): string {
  return join(dir, 'run', `${name}.json`)
}
