// The physics of a virtual printer: where a job stands at an instant, what changes next, and what a fault does to it.
import type { LoadedMaterial, MachinePhase } from '../../../domain/model/site.ts'
import type { JobReading, PrintJob, Reading } from './driver.ts'
import type { Fault } from './faults.ts'

export interface VirtualJob {
  jobId: string
  attempt: number
  expectedSeconds: number
  expectedGrams: number
  durationMs: number
  startedAtMs: number | null
  pausedAtMs: number | null
  pausedMs: number
  fault: Fault | null
  ended: JobReading['ended']
  /** How far it really came. */
  endProgress: number
  plateClearedAtMs: number | null
}

export interface Printer {
  job: VirtualJob | null
  materials: LoadedMaterial[]
  /** Waits for the next job. */
  nextFault: Fault | null
  goneUntilMs: number
}

/** What the attendant takes, in the printer's time, where the profile says nothing else. */
const HARVEST_SECONDS = 30
const CLEAR_AFTER_FAILURE_SECONDS = 120
const RESET_SECONDS = 5
const GRAMS_PER_SECOND = 10 / 3_600

export function newJob(
  { jobId, attempt, expectedSeconds, expectedGrams }: PrintJob,
  durationMs: number,
  fault: Fault | null,
): VirtualJob {
  return {
    jobId,
    attempt,
    expectedSeconds,
    expectedGrams: expectedGrams ?? expectedSeconds * GRAMS_PER_SECOND,
    durationMs,
    startedAtMs: null,
    pausedAtMs: null,
    pausedMs: 0,
    fault,
    ended: null,
    endProgress: 0,
    plateClearedAtMs: null,
  }
}

/** Moves a job to where it is at an instant; the instant at which it changes next, or null. */
export function advance(
  job: VirtualJob,
  nowMs: number,
  attendantMs: ((seconds: number) => number) | null,
  harvestSeconds = HARVEST_SECONDS,
): number | null {
  if (!job.ended && job.startedAtMs !== null && job.pausedAtMs === null) {
    const breaks = breakOf(job)
    if (breaks?.fault === 'stall') {
      if (printedShare(job, nowMs) >= breaks.at) return null
    }
    const share = breaks ? breaks.at : 1
    const endMs = job.startedAtMs + job.pausedMs + job.durationMs * share
    if (nowMs < endMs) return endMs
    if (breaks?.fault === 'fail') end(job, 'failed', 'print_failed', endMs)
    else if (breaks?.fault === 'power_cycle') end(job, 'failed', 'power_cycle', endMs)
    else if (!breaks) end(job, 'finished', 'done', endMs)
  }
  if (job.ended && job.plateClearedAtMs === null && attendantMs) {
    const seconds = job.ended.type === 'finished' ? harvestSeconds : CLEAR_AFTER_FAILURE_SECONDS
    const clearMs = job.ended.atMs + attendantMs(seconds)
    if (nowMs < clearMs) return clearMs
    job.plateClearedAtMs = clearMs
  }
  if (job.ended?.type === 'finished' && job.plateClearedAtMs !== null && attendantMs) {
    const idleMs = job.plateClearedAtMs + attendantMs(RESET_SECONDS)
    if (nowMs < idleMs) return idleMs
  }
  return null
}

export function end(
  job: VirtualJob,
  type: 'finished' | 'failed' | 'stopped',
  code: string,
  atMs: number,
): void {
  const endMs = Math.round(atMs)
  job.endProgress = type === 'finished' ? 1 : printedShare(job, endMs)
  job.ended = { type, code, atMs: endMs }
  // Nothing was on the plate before the print began.
  if (job.startedAtMs === null) job.plateClearedAtMs = endMs
}

function breakOf({
  fault,
}: VirtualJob): { fault: 'fail' | 'stall' | 'power_cycle'; at: number } | null {
  if (fault?.fault !== 'fail' && fault?.fault !== 'stall' && fault?.fault !== 'power_cycle') {
    return null
  }
  return { fault: fault.fault, at: fault.atProgress ?? 0.5 }
}

/** How much of the job is really printed at an instant. */
function printedShare(job: VirtualJob, atMs: number): number {
  if (job.startedAtMs === null) return 0
  if (job.durationMs === 0) return breakOf(job)?.at ?? 1
  const printedMs = (job.pausedAtMs ?? atMs) - job.startedAtMs - job.pausedMs
  const share = Math.min(Math.max(printedMs / job.durationMs, 0), 1)
  const breaks = breakOf(job)
  return breaks?.fault === 'stall' ? Math.min(share, breaks.at) : share
}

/** A fault on demand: at once where a print is running, else for the next job. */
export function strike(state: Printer, fault: Fault, nowMs: number): void {
  const running = state.job && !state.job.ended ? state.job : null
  if (fault.fault === 'vanish') {
    state.goneUntilMs = nowMs + (fault.seconds ?? 60) * 1_000
  } else if (fault.fault === 'power_cycle') {
    if (running) end(running, 'failed', 'power_cycle', nowMs)
  } else if (fault.fault === 'refuse' || !running) {
    state.nextFault = fault
  } else {
    // A print that is past the point breaks where it is now.
    const at = Math.max(fault.atProgress ?? 0, printedShare(running, nowMs))
    running.fault = {
      ...fault,
      atProgress: fault.fault === 'lie' ? (fault.atProgress ?? 0.95) : at,
    }
  }
}

export function readingOf(
  state: Printer,
  nowMs: number,
  scaledMs: (seconds: number) => number,
): Reading {
  const { job, materials } = state
  const phase = job ? phaseOf(job, nowMs, scaledMs) : 'IDLE'
  const printing = phase === 'PRINTING'
  return {
    phase,
    plateClear: !job || job.startedAtMs === null || job.plateClearedAtMs !== null,
    job: job && jobReading(job, nowMs),
    materials,
    alerts:
      job?.ended?.type === 'failed' && job.plateClearedAtMs === null
        ? [{ code: job.ended.code, sinceMs: job.ended.atMs }]
        : [],
    nozzleC: printing ? 210 : 25,
    bedC: printing ? 60 : 25,
  }
}

function phaseOf(
  job: VirtualJob,
  nowMs: number,
  scaledMs: (seconds: number) => number,
): MachinePhase {
  if (!job.ended) {
    if (job.startedAtMs === null) return 'READY'
    return job.pausedAtMs === null ? 'PRINTING' : 'PAUSED'
  }
  if (job.plateClearedAtMs === null) {
    return phaseAfter[job.ended.type]
  }
  const resetting = nowMs < job.plateClearedAtMs + scaledMs(RESET_SECONDS)
  return job.ended.type === 'finished' && resetting ? 'HARVESTED' : 'IDLE'
}

const phaseAfter = {
  finished: 'FINISHED',
  stopped: 'STOPPED',
  failed: 'ERROR',
  refused: 'IDLE',
} as const

function jobReading(job: VirtualJob, nowMs: number): JobReading {
  const real = job.ended ? job.endProgress : printedShare(job, nowMs)
  const told = job.fault?.fault === 'lie' ? Math.max(real, job.fault.atProgress ?? 0.95) : real
  const started = job.startedAtMs !== null
  return {
    jobId: job.jobId,
    attempt: job.attempt,
    startedAtMs: job.startedAtMs,
    progress: started ? told : 0,
    remainingSeconds: job.ended ? null : job.expectedSeconds * (1 - told),
    ended: job.ended,
    plateClearedAtMs: job.plateClearedAtMs === null ? null : Math.round(job.plateClearedAtMs),
    printedSeconds: job.expectedSeconds * real,
    grams: job.expectedGrams * real,
  }
}
