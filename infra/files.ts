// Small state files beside the parts: written whole or not at all, secrets for our eyes only.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes a file so that a crash leaves the old one or the new one, never half of it. */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const unfinished = `${path}.${process.pid}.new`
  writeFileSync(unfinished, text, { mode })
  renameSync(unfinished, path)
}

/** A random secret that is made on first use and kept in secrets.json, which its owner alone can read. */
export function secret(
  dir: string,
  name: string,
  make = () => randomBytes(24).toString('hex'),
): string {
  const path = join(dir, 'secrets.json')
  const secrets = readSecrets(path)
  const known = secrets[name]
  if (known !== undefined) return known
  const made = make()
  mkdirSync(dir, { recursive: true })
  writeWhole(path, JSON.stringify({ ...secrets, [name]: made }, null, 2), 0o600)
  return made
}

/** Says before anything starts that data cannot be opened, as its secrets are not there or are not readable. */
export function checkSecrets(dir: string): void {
  const path = join(dir, 'secrets.json')
  const hasData = existsSync(join(dir, 'postgres'))
  if (Object.keys(readSecrets(path)).length === 0 && hasData) {
    throw new Error(`${path} is missing, without which the data cannot be opened: ${wayOut}`)
  }
}

const wayOut = 'put back a copy of it, or start anew with --fresh'

function readSecrets(path: string): Record<string, string> {
  try {
    const secrets: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return { ...Object(secrets) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {}
    if (!(error instanceof SyntaxError)) throw error
    // It is not replaced: it holds the key of encrypted columns.
    throw new Error(`${path} is not readable (${error.message.trim()}): ${wayOut}`, {
      cause: error,
    })
  }
}

/** The system's code of an error, such as ENOENT. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
