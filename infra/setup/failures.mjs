// Remembers for a day that an optional part could not be had, so that later starts do not wait for it again.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const REMEMBERED_MS = 24 * 3_600_000

export function failedLately(place, name, nowMs = Date.now()) {
  const failure = read(place)[name]
  return failure !== undefined && nowMs - failure.atMs < REMEMBERED_MS
}

export function noteFailure(place, name, reason) {
  write(place, { ...read(place), [name]: { atMs: Date.now(), reason } })
}

export function forgetFailure(place, name) {
  const { [name]: forgotten, ...others } = read(place)
  if (forgotten !== undefined) write(place, others)
}

function read({ tools }) {
  try {
    return JSON.parse(readFileSync(join(tools, 'optional.json'), 'utf8'))
  } catch {
    return {}
  }
}

function write({ tools }, failures) {
  const path = join(tools, 'optional.json')
  writeFileSync(`${path}.new`, JSON.stringify(failures, null, 2))
  renameSync(`${path}.new`, path)
}
