// Runs other programs for the set-up, ends them when it is interrupted, and finds them.
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const running = new Set()
let interrupted = false

/** Runs a program to its end and returns what it wrote; fails with its last lines. */
export async function run(command, args, options = {}) {
  const { env = process.env, cwd, timeoutMs = 900_000, mayBreakOff = true } = options
  // A group of its own: Ctrl-C reaches us alone, and we end the program with all that it started.
  const stdio = ['ignore', 'pipe', 'pipe']
  const child = spawn(command, args, { env, cwd, stdio, detached: true })
  const timer = setTimeout(() => endGroup(child), timeoutMs)
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      written = (written + chunk).slice(-20_000)
    })
  }
  const end = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `code ${code}`)))
  })
  const program = { child, mayBreakOff, end }
  running.add(program)
  const ended = await end
  clearTimeout(timer)
  running.delete(program)
  // Nobody goes on after an interruption: the process is about to end.
  if (interrupted) await new Promise(() => {})
  if (ended === null) return written
  const tail = written.trim().split('\n').slice(-5).join('\n')
  throw new Error(`${command} ${args[0] ?? ''} ended with ${ended}\n${tail}`.trim())
}

/** Ends what runs, and waits for what must not be broken off (a package manager of the machine). */
export async function endPrograms() {
  interrupted = true
  const programs = [...running]
  for (const { child, mayBreakOff } of programs) if (mayBreakOff) endGroup(child)
  await Promise.all(programs.map(({ end }) => end))
}

function endGroup({ pid }) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** The path of a program on PATH or in one of these folders, or null. */
export function which(name, alsoIn = []) {
  const dirs = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...alsoIn]
  const paths = dirs.map((dir) => join(dir, name))
  return paths.find(isExecutable) ?? null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
