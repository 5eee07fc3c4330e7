// What a gateway needs of a machine, whatever it is: a reading of how it stands, and the verbs of the contract.
import type { LoadedMaterial, MachinePhase } from '../../../domain/model/site.ts'
import type { ReplyCode } from '../../contract/command.ts'

export interface PrintJob {
  jobId: string
  attempt: number
  expectedSeconds: number
  expectedGrams: number | null
}

/**
 * The job that the machine has, or had last: all that happened to it, so that nothing is missed
 * while nobody looked.
 */
export interface JobReading {
  jobId: string
  attempt: number
  startedAtMs: number | null
  progress: number
  remainingSeconds: number | null
  ended: { type: 'finished' | 'failed' | 'stopped' | 'refused'; code: string; atMs: number } | null
  /** When what was made, whole or not, was taken off the plate. */
  plateClearedAtMs: number | null
  printedSeconds: number
  grams: number
}

export interface Reading {
  phase: MachinePhase
  plateClear: boolean
  job: JobReading | null
  materials: LoadedMaterial[]
  alerts: { code: string; sinceMs: number }[]
  nozzleC: number | null
  bedC: number | null
}

export type Outcome = { done: true } | { done: false; code: ReplyCode; detail?: string }

export interface MachineDriver {
  /** Null when the machine does not answer. */
  read: () => Promise<Reading | null>
  /** The artifact is on disk and checked. */
  prepare: (job: PrintJob, artifactPath: string) => Promise<Outcome>
  start: () => Promise<Outcome>
  pause: () => Promise<Outcome>
  resume: () => Promise<Outcome>
  cancel: () => Promise<Outcome>
  clearPlate: () => Promise<Outcome>
  setMaterials: (materials: LoadedMaterial[]) => Promise<Outcome>
  /** Only of virtual machines. */
  fault?: (fault: unknown) => void
  close: () => void
}

/** Makes a driver; it calls onChange when something happened at the machine that no command caused. */
export type OpenDriver = (onChange: () => void) => MachineDriver
