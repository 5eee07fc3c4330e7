// The npm packages: installed again when they do not match package-lock.json.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './shell.mjs'

export const packages = {
  name: 'packages',
  what: 'npm ci, about a minute',
  required: true,
  byHand: 'Run `npm ci` by hand and read what it says.',
  isThere(place) {
    if (isStamped(place)) return true
    if (!matchesLock(place)) return false
    stamp(place)
    return true
  },
  async install(place) {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: place.root,
      env: { ...process.env, PATH: pathWithoutPackages() },
    })
    stamp(place)
  },
}

// npm ci removes node_modules, and with it the `node` that npm scripts find first.
function pathWithoutPackages() {
  const dirs = (process.env.PATH ?? '').split(delimiter)
  return dirs.filter((dir) => !dir.includes('node_modules')).join(delimiter)
}

function isStamped({ root }) {
  const path = stampPath(root)
  return existsSync(path) && readFileSync(path, 'utf8') === lockHash(root)
}

/** What npm notes at the end of an installation says the same as the lock file. */
function matchesLock({ root }) {
  const notes = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(notes)) return false
  const installed = JSON.parse(readFileSync(notes, 'utf8')).packages
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(locked).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || optional || devOptional || installed[path]?.version === version,
  )
}

function stamp({ root }) {
  writeFileSync(stampPath(root), lockHash(root))
}

function stampPath(root) {
  return join(root, 'node_modules/.fabroute-lock')
}

function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}
