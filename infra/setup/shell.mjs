// Runs other programs for the set-up and finds them.
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Runs a program to its end and returns what it wrote; fails with its last lines. */
export async function run(command, args, { env = process.env, cwd, timeoutMs = 900_000 } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      written = (written + chunk).slice(-20_000)
    })
  }
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `code ${code}`)))
  })
  clearTimeout(timer)
  if (ended === null) return written
  const tail = written.trim().split('\n').slice(-5).join('\n')
  throw new Error(`${command} ${args[0] ?? ''} ended with ${ended}\n${tail}`.trim())
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
