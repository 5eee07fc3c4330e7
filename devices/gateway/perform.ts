// Carries out a command at a machine, after what speaks against it was looked at.
import type { Command } from '../contract/command.ts'
import { download } from './download.ts'
import type { MachineDriver, Reading } from './drivers/driver.ts'
import type { Ledger } from './ledger.ts'
import type { Answer } from './replies.ts'

export interface Performing {
  driver: MachineDriver
  before: Reading | null
  ledger: Ledger
  artifactsDir: string
  /** Told while the instructions are fetched and loaded, and null after. */
  preparing: (job: { jobId: string; attempt: number } | null) => void
}

type Verdict = Omit<Answer, 'state'>
const well: Verdict = { code: null }

/** What speaks against carrying out the command at all. */
export function unexpected(
  command: Command,
  reading: Reading | null,
  bootId: string,
): Verdict | null {
  const { expect } = command
  if (!reading) return { code: 'machine_unreachable' }
  if (expect?.bootId !== undefined && expect.bootId !== bootId) return { code: 'boot_unexpected' }
  if (expect?.phase !== undefined && expect.phase !== reading.phase) {
    return { code: 'phase_unexpected', detail: `it is ${reading.phase}` }
  }
  return null
}

export async function perform(command: Command, performing: Performing): Promise<Verdict> {
  const { driver } = performing
  switch (command.type) {
    case 'job.prepare':
      return await prepare(command, performing)
    case 'job.start':
    case 'job.pause':
    case 'job.resume':
    case 'job.cancel':
      return await steer(command, performing)
    case 'plate.cleared':
      return verdictOf(await driver.clearPlate())
    case 'material.set':
      return verdictOf(await driver.setMaterials(command.materials))
    case 'state.rebirth':
    default:
      return well
  }
}

type Prepare = Extract<Command, { type: 'job.prepare' }>

async function prepare(command: Prepare, performing: Performing): Promise<Verdict> {
  const { driver, before, ledger, artifactsDir } = performing
  const { jobId, attempt, fence } = command
  if (!ledger.passFence(jobId, fence)) return { code: 'fence_stale' }
  const mine = before?.job?.jobId === jobId && before.job.attempt === attempt
  if (mine && before.phase === 'READY') return well
  if (mine) return { code: 'phase_unexpected', detail: 'that attempt was begun before' }
  if (before?.plateClear === false) return { code: 'plate_occupied' }
  if (before?.phase !== 'IDLE')
    return { code: 'phase_unexpected', detail: `it is ${before?.phase}` }
  const loaded = before.materials.find(
    ({ material, colour }) => material === command.material && colour === command.colour,
  )
  if (!loaded || loaded.grams < (command.expectedGrams ?? 0)) return { code: 'material_missing' }

  performing.preparing({ jobId, attempt })
  try {
    const artifact = await download(artifactsDir, command)
    if ('refused' in artifact) return { code: artifact.refused, detail: artifact.detail }
    const { expectedSeconds, expectedGrams = null } = command
    const job = { jobId, attempt, expectedSeconds, expectedGrams }
    return verdictOf(await driver.prepare(job, artifact.path))
  } finally {
    performing.preparing(null)
  }
}

type Steer = Extract<Command, { fence: number }>

async function steer(command: Exclude<Steer, Prepare>, performing: Performing): Promise<Verdict> {
  const { driver, before, ledger } = performing
  const { jobId, attempt, fence, type } = command
  if (!ledger.passFence(jobId, fence)) return { code: 'fence_stale' }
  const job = before?.job
  if (job?.jobId !== jobId || job.attempt !== attempt) return { code: 'job_unknown' }
  // Said again under another id, it has its effect already.
  if (type === 'job.start' && job.startedAtMs !== null) return well
  if (type === 'job.cancel' && job.ended?.type === 'stopped') return well
  const phases = allowed[type]
  if (!before || !phases.includes(before.phase)) {
    return { code: 'phase_unexpected', detail: `it is ${before?.phase}` }
  }
  return verdictOf(await driver[verbs[type]]())
}

const allowed: Record<Exclude<Steer, Prepare>['type'], readonly string[]> = {
  'job.start': ['READY'],
  'job.pause': ['PRINTING'],
  'job.resume': ['PAUSED'],
  'job.cancel': ['READY', 'PRINTING', 'PAUSED'],
}
const verbs = {
  'job.start': 'start',
  'job.pause': 'pause',
  'job.resume': 'resume',
  'job.cancel': 'cancel',
} as const

function verdictOf(outcome: Awaited<ReturnType<MachineDriver['start']>>): Verdict {
  if (outcome.done) return well
  const { code, detail } = outcome
  return detail === undefined ? { code } : { code, detail }
}
