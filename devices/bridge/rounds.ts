// Work that is done again and again, one round after the other.
import type { Logger } from 'pino'

/** One round after the other, never two at once; a round that fails is a word in the log, and the next one comes. */
export function everySoOften(everyMs: number, round: () => Promise<void>, log: Logger) {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= round()
      .catch((error: unknown) => log.warn({ err: error }, 'the database is away'))
      .finally(() => (running = null))
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
