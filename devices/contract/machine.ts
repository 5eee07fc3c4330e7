// What a gateway says of a machine: what it can do, its whole state, what happened to a job, and telemetry.
import { Type, type Static } from 'typebox'
import { MachineCaps, MachinePhase } from '../../domain/model/site.ts'
import { AtMs, Code, DeviceId, EventHead, JobId, Progress, nullable, strict } from './parts.ts'

/** Retained. */
export const CapsMessage = strict({ bootId: Type.String(), caps: MachineCaps })
export type CapsMessage = Static<typeof CapsMessage>

export const Alert = Type.Object({ code: Code, sinceMs: AtMs }, { additionalProperties: false })
export type Alert = Static<typeof Alert>

/** Retained; the whole state, so that the last one read says everything. seq rises by one with each of a boot. */
export const MachineState = strict({
  machineId: DeviceId,
  bootId: Type.String({ minLength: 1, maxLength: 60 }),
  seq: Type.Integer({ minimum: 1 }),
  atMs: AtMs,
  phase: MachinePhase,
  jobId: nullable(JobId),
  attempt: nullable(Type.Integer({ minimum: 1 })),
  progress: nullable(Progress),
  plateClear: Type.Boolean(),
  alerts: Type.Array(Alert, { maxItems: 20 }),
})
export type MachineState = Static<typeof MachineState>

const jobHead = { ...EventHead, jobId: JobId, attempt: Type.Integer({ minimum: 1 }) }
const made = {
  printedSeconds: Type.Number({ minimum: 0 }),
  grams: Type.Number({ minimum: 0 }),
  finishedAtMs: AtMs,
}

/** By type: what a job's event carries. refused: given back before it started; stopped: ended on a command. */
export const machineEvents = {
  prepared: strict({ type: Type.Literal('prepared'), ...jobHead }),
  started: strict({ type: Type.Literal('started'), ...jobHead }),
  progress: strict({ type: Type.Literal('progress'), ...jobHead, progress: Progress }),
  finished: strict({ type: Type.Literal('finished'), ...jobHead, ...made }),
  harvested: strict({ type: Type.Literal('harvested'), ...jobHead, ...made, harvestedAtMs: AtMs }),
  failed: strict({ type: Type.Literal('failed'), ...jobHead, code: Code, progress: Progress }),
  stopped: strict({ type: Type.Literal('stopped'), ...jobHead, code: Code, progress: Progress }),
  refused: strict({ type: Type.Literal('refused'), ...jobHead, code: Code }),
}
export type MachineEvent = {
  [T in keyof typeof machineEvents]: Static<(typeof machineEvents)[T]>
}[keyof typeof machineEvents]

/** QoS 0: sent while something moves, and now and then as a sign of life. */
export const Telemetry = strict({
  bootId: Type.String(),
  atMs: AtMs,
  phase: MachinePhase,
  jobId: nullable(JobId),
  attempt: nullable(Type.Integer({ minimum: 1 })),
  progress: nullable(Progress),
  remainingSeconds: nullable(Type.Number({ minimum: 0 })),
  nozzleC: nullable(Type.Number()),
  bedC: nullable(Type.Number()),
})
export type Telemetry = Static<typeof Telemetry>
