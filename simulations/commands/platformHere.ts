// Where the database of the platform is, and the key of what is personal in it: of the environment, else as `npm start`
// noted them in this folder.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Context } from './command.ts'

export interface PlatformHere {
  databaseUrl: string
  /** Without it nothing personal can be read. */
  dataKey: string | undefined
}

export function platformHere(env: Context['env']): PlatformHere {
  const { DATABASE_URL: given, DATA_KEY: key } = env
  if (given !== undefined) return { databaseUrl: given, dataKey: key }
  const { postgres: port } = noted<{ postgres?: number }>('ports.json')
  const { postgresPassword: password, dataKey } = noted<{
    postgresPassword?: string
    dataKey?: string
  }>('secrets.json')
  if (port === undefined || password === undefined) {
    throw new Error('no platform was started from this folder: set DATABASE_URL, or `npm start` it')
  }
  const databaseUrl = `postgres://fabroute:${password}@127.0.0.1:${port}/fabroute`
  return { databaseUrl, dataKey: key ?? dataKey }
}

/** A file that `npm start` left in this folder; empty when there is none. */
export function noted<T extends object>(name: string): Partial<T> {
  try {
    const found: Partial<T> = JSON.parse(readFileSync(resolve('.fabroute', name), 'utf8'))
    return found
  } catch {
    return {}
  }
}
