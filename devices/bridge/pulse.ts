// Heartbeats of the activity `make`: as often as Temporal needs them, and only while the machine gets on.
import type { Logger } from 'pino'
import type { Telemetry } from '../contract/machine.ts'
import type { Reports } from './teller.ts'

export interface Pulse {
  beat: (telemetry: Pick<Telemetry, 'jobId' | 'attempt' | 'phase' | 'progress'>) => void
}

/** Before the print the activity is at work itself, and an unreachable machine says nothing. */
const begun = new Set(['PRINTING', 'PAUSED', 'FINISHED', 'HARVESTED', 'ATTENTION'])
const EVERY_MS = 5_000
const FORGET_MS = 10 * 60_000

/** A print that stands still is not heartbeated: it times out, and the part is made elsewhere. */
export function openPulse(reports: Pick<Reports, 'heartbeat'>, log: Logger): Pulse {
  const last = new Map<string, { atMs: number; progress: number }>()

  return {
    beat: ({ jobId, attempt, phase, progress }) => {
      if (jobId === null || attempt === null || !begun.has(phase)) return
      const key = `${jobId}/${attempt}`
      const nowMs = Date.now()
      const before = last.get(key)
      if (before && nowMs - before.atMs < EVERY_MS) return
      if (before && phase === 'PRINTING' && (progress ?? 0) <= before.progress) return
      last.set(key, { atMs: nowMs, progress: progress ?? 0 })
      forgetOld(nowMs)
      reports
        .heartbeat(jobId, attempt, { phase, progress })
        .catch((error: unknown) => log.warn({ err: error, jobId }, 'a heartbeat was not taken'))
    },
  }

  function forgetOld(nowMs: number): void {
    if (last.size < 1_000) return
    for (const [key, { atMs }] of last) if (nowMs - atMs > FORGET_MS) last.delete(key)
  }
}
