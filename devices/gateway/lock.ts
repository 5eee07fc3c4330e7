// One gateway per folder: two with one id would fight for the connection and for the machines.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Held until release or the end of the process, however it ends: the system drops the lock of a killed one. */
export function lockFolder(dir: string): { release: () => void } {
  mkdirSync(dir, { recursive: true })
  const database = new DatabaseSync(join(dir, 'lock.db'))
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive')
  } catch (error) {
    database.close()
    throw new Error(`Another gateway is running in ${dir}; each needs a folder of its own`, {
      cause: error,
    })
  }
  return { release: () => database.close() }
}
