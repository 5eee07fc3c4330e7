// Finds programs: what infra/setup.mjs put into .tools, else what the machine has.
import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

export const projectDir = resolve(import.meta.dirname, '..')

// Debian keeps servers in sbin, which is not on everybody's PATH.
const SERVER_DIRS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

/** The path of a program, or null. */
export function findProgram(name: string): string | null {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const toolDirs = [join(projectDir, '.tools/bin'), join(projectDir, '.tools/osrm/bin')]
  for (const dir of [...onPath, ...toolDirs, ...SERVER_DIRS]) {
    const path = join(dir, name)
    if (isExecutable(path)) return path
  }
  return null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
