// What the platform asks of a machine, and what the gateway answers.
import { Type, type Static, type TProperties } from 'typebox'
import { LoadedMaterial, MachinePhase } from '../../domain/model/site.ts'
import { BankState } from './lockers.ts'
import { limits } from './limits.ts'
import { MachineState } from './machine.ts'
import { AtMs, Code, JobId, Sha256, nullable, strict } from './parts.ts'

export const CommandId = Type.String({ minLength: 1, maxLength: 100 })

/** What must hold for the command to be carried out; checked by the gateway at the moment of carrying it out. */
export const Expectation = Type.Object(
  { phase: Type.Optional(MachinePhase), bootId: Type.Optional(Type.String()) },
  { additionalProperties: false },
)

const job = {
  jobId: JobId,
  attempt: Type.Integer({ minimum: 1 }),
  /** Rises with each attempt of the job; a lower one than the machine saw of that job comes from a stale sender. */
  fence: Type.Integer({ minimum: 0 }),
}
const noJob = {
  jobId: Type.Optional(Type.Null()),
  attempt: Type.Optional(Type.Null()),
  fence: Type.Optional(Type.Null()),
}

/** By type. */
export const commands = {
  /** Download, check and get ready; answered when the machine is READY, or refused. */
  'job.prepare': command('job.prepare', {
    ...job,
    url: Type.String({ pattern: '^https?://', maxLength: 2_000 }),
    sha256: Sha256,
    sizeBytes: Type.Integer({ minimum: 1, maximum: limits.artifactBytes }),
    material: Type.String({ minLength: 1, maxLength: 40 }),
    colour: Type.String({ minLength: 1, maxLength: 40 }),
    /** How long making is expected to take on this machine. */
    expectedSeconds: Type.Number({ minimum: 0 }),
    /** How much material it is expected to take. */
    expectedGrams: Type.Optional(Type.Number({ minimum: 0 })),
  }),
  'job.start': command('job.start', job),
  'job.pause': command('job.pause', job),
  'job.resume': command('job.resume', job),
  'job.cancel': command('job.cancel', job),
  'plate.cleared': command('plate.cleared', noJob),
  'material.set': command('material.set', {
    ...noJob,
    materials: Type.Array(LoadedMaterial, { maxItems: 32 }),
  }),
  'state.rebirth': command('state.rebirth', noJob),
}
export type CommandType = keyof typeof commands
export type Command = { [T in CommandType]: Static<(typeof commands)[T]> }[CommandType]

/** Why a gateway does not carry out a command. */
export const replyCodes = {
  expired: 'notAfterMs has passed.',
  malformed: 'The command is not one of the contract.',
  fence_stale: 'A command of that job with a higher fence was seen: the sender is stale.',
  phase_unexpected: 'The machine is not in the phase that the command expects or needs.',
  boot_unexpected: 'The gateway has started anew since the state that the sender knows.',
  job_unknown: 'The machine does not have that attempt of the job.',
  plate_occupied: 'What was made before is still on the plate.',
  artifact_unreachable: 'The instructions could not be downloaded.',
  artifact_corrupt: 'The instructions do not have the size and sha256 that were given.',
  material_missing: 'The material is not loaded in that colour.',
  machine_unreachable: 'The machine does not answer its gateway.',
  refused: 'The machine does not take the job.',
  compartment_unknown: 'The bank has no such compartment.',
  compartment_taken: 'The compartment is assigned to another fulfilment.',
  code_wrong: 'No compartment opens on that code.',
  locked_out: 'Too many wrong codes; wait.',
  assignment_expired: 'The time to collect has passed.',
} as const
export type ReplyCode = keyof typeof replyCodes

export const Reply = strict({
  commandId: CommandId,
  accepted: Type.Boolean(),
  code: Type.Optional(Code),
  detail: Type.Optional(Type.String({ maxLength: 500 })),
  /** The state after the command; null when the device could not be asked. */
  state: nullable(Type.Union([MachineState, BankState])),
})
export type Reply = Static<typeof Reply>

function command<const T extends string, P extends TProperties>(type: T, properties: P) {
  return strict({
    type: Type.Literal(type),
    commandId: CommandId,
    notAfterMs: AtMs,
    expect: Type.Optional(Expectation),
    ...properties,
  })
}
