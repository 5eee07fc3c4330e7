// A file whose age says that a process is well: written anew as long as what the process needs answers.
import { rmSync, writeFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { everySoOften } from './rounds.ts'

export interface HeartbeatOptions {
  /** Empty: nobody looks. */
  file: string
  isWell: () => Promise<boolean>
  log: Logger
  everyMs?: number
}

/** The first beat comes when the process is well for the first time; the last file goes with the process. */
export function openHeartbeat({ file, isWell, log, everyMs = 5_000 }: HeartbeatOptions): {
  stop: () => Promise<void>
} {
  if (file === '') return { stop: async () => {} }
  const beat = async () => {
    if (await isWell()) writeFileSync(file, new Date().toISOString())
    else log.warn('not well')
  }
  const round = everySoOften(everyMs, beat, (error) => log.warn({ err: error }, 'not well'))
  return {
    stop: async () => {
      await round.stop()
      rmSync(file, { force: true })
    },
  }
}
