// A printer that is not there but behaves as one: it has a memory of its own and prints by the clock, whoever watches.
import { contractVersion } from '../../contract/limits.ts'
import type { MachineProfile } from '../profile.ts'
import type { Course } from './course.ts'
import type { MachineDriver, OpenDriver, Outcome, PrintJob } from './driver.ts'
import { type Fault, faultBySeed, readFault } from './faults.ts'
import { openMemory } from './memory.ts'
import { advance, end, newJob, readingOf, strike } from './printClock.ts'
import type { Printer, VirtualJob } from './printClock.ts'

export interface VirtualMachineOptions {
  dir: string
  profile: MachineProfile
  /** How much faster than the clock; 0 = at once. */
  timeFactor: number
  course?: Course | undefined
}

type Work = (printer: Printer, nowMs: number) => Outcome

const DONE: Outcome = { done: true }

export function virtualMachine(options: VirtualMachineOptions): OpenDriver {
  return (onChange) => openPrinter(options, onChange)
}

function openPrinter(options: VirtualMachineOptions, onChange: () => void): MachineDriver {
  const { timeFactor } = options
  const scaledMs = (seconds: number) => (timeFactor === 0 ? 0 : (seconds * 1_000) / timeFactor)
  const clock = openClock(options, scaledMs, onChange)

  /** Does something to the printer, unless it does not answer. */
  const change = async (work: Work): Promise<Outcome> => {
    const printer = clock.settle()
    const nowMs = Date.now()
    if (printer.goneUntilMs > nowMs) return { done: false, code: 'machine_unreachable' }
    const outcome = work(printer, nowMs)
    clock.set(printer)
    return await Promise.resolve(outcome)
  }

  return {
    read: async () => {
      const printer = clock.settle()
      const nowMs = Date.now()
      const reading = printer.goneUntilMs > nowMs ? null : readingOf(printer, nowMs, scaledMs)
      return await Promise.resolve(reading)
    },
    prepare: async (job) => await change((printer) => prepare(printer, job, options, scaledMs)),
    start: async () => await change(inJob((job, nowMs) => (job.startedAtMs ??= nowMs))),
    pause: async () => await change(inJob((job, nowMs) => (job.pausedAtMs ??= nowMs))),
    resume: async () => await change(inJob(resume)),
    cancel: async () =>
      await change(inJob((job, nowMs) => end(job, 'stopped', 'cancelled', nowMs))),
    clearPlate: async () => await change(clearPlate),
    setMaterials: async (materials) =>
      await change((printer) => {
        printer.materials = materials
        return DONE
      }),
    fault: (payload) => {
      const fault = readFault(JSON.stringify(payload))
      if (!fault.ok) return
      const printer = clock.settle()
      strike(printer, fault.value, Date.now())
      clock.set(printer)
      onChange()
    },
    close: clock.close,
  }
}

/** Lets happen what the clock says has happened, and wakes up for what comes next. */
function openClock(
  { dir, profile }: VirtualMachineOptions,
  scaledMs: (seconds: number) => number,
  onChange: () => void,
) {
  const attendantMs = (profile.attended ?? true) ? scaledMs : null
  const memory = openMemory<Printer>(dir, `printer-${profile.machineId}`, {
    job: null,
    materials: profile.caps.materials,
    nextFault: null,
    goneUntilMs: 0,
  })
  let timer: NodeJS.Timeout | undefined

  function settle(): Printer {
    const printer = memory.get()
    const nowMs = Date.now()
    const { harvestSeconds } = profile
    const nextMs = printer.job ? advance(printer.job, nowMs, attendantMs, harvestSeconds) : null
    memory.set(printer)
    const wakeMs = printer.goneUntilMs > nowMs ? printer.goneUntilMs : nextMs
    clearTimeout(timer)
    if (wakeMs !== null) timer = setTimeout(wake, Math.min(wakeMs - nowMs + 1, 2 ** 31 - 1))
    return printer
  }

  function wake(): void {
    settle()
    onChange()
  }

  settle()
  return {
    settle,
    set: (printer: Printer) => {
      memory.set(printer)
      settle()
    },
    close: () => {
      clearTimeout(timer)
      memory.close()
    },
  }
}

function prepare(
  printer: Printer,
  job: PrintJob,
  { profile, course }: VirtualMachineOptions,
  scaledMs: (seconds: number) => number,
): Outcome {
  const { machineId, seed = 0, faults = {}, speed = 1 } = profile
  const { jobId, attempt } = job
  const played = course?.making(machineId, jobId, attempt)
  const fault = printer.nextFault ?? faultOf(played) ?? faultBySeed(seed, faults, jobId, attempt)
  printer.nextFault = null
  if (fault?.fault === 'refuse') return { done: false, code: 'refused' }
  const expectedSeconds = job.expectedSeconds / speed
  const durationMs = scaledMs(expectedSeconds) * (played?.factor ?? 1)
  printer.job = newJob({ ...job, expectedSeconds }, durationMs, fault)
  return DONE
}

function faultOf(played: ReturnType<Course['making']> | undefined): Fault | null {
  if (played === undefined || played.failsAt === null) return null
  return { v: contractVersion, fault: 'fail', atProgress: played.failsAt }
}

function resume(job: VirtualJob, nowMs: number): void {
  if (job.pausedAtMs !== null) job.pausedMs += nowMs - job.pausedAtMs
  job.pausedAtMs = null
}

function clearPlate({ job }: Printer, nowMs: number): Outcome {
  if (job && !job.ended && job.startedAtMs !== null) {
    return { done: false, code: 'phase_unexpected', detail: 'it is printing' }
  }
  if (job?.ended) job.plateClearedAtMs ??= nowMs
  return DONE
}

/** For what makes sense only while there is a job that has not ended. */
function inJob(work: (job: VirtualJob, nowMs: number) => void): Work {
  return ({ job }, nowMs) => {
    if (!job || job.ended) return { done: false, code: 'job_unknown' }
    work(job, nowMs)
    return DONE
  }
}
