// Banks of lockers and storage units: which part lies where, and on which code a door opens.
import { Type, type Static, type TProperties } from 'typebox'
import { limits } from './limits.ts'
import { AtMs, Code, DeviceId, EventHead, JobId, Sha256, nullable, strict } from './parts.ts'

const FulfilmentId = JobId

export const CompartmentState = Type.Object(
  {
    compartmentId: DeviceId,
    use: Type.Union([
      Type.Literal('free'),
      Type.Literal('assigned'),
      Type.Literal('stored'),
      Type.Literal('expired'),
    ]),
    fulfilmentId: nullable(FulfilmentId),
  },
  { additionalProperties: false },
)
export type CompartmentState = Static<typeof CompartmentState>

/** Retained. */
export const BankState = strict({
  bankId: DeviceId,
  bootId: Type.String({ minLength: 1, maxLength: 60 }),
  seq: Type.Integer({ minimum: 1 }),
  atMs: AtMs,
  compartments: Type.Array(CompartmentState, { maxItems: limits.compartmentsPerBank }),
})
export type BankState = Static<typeof BankState>

/** By type. The code itself never travels to the bank: only salt and sha256(salt + code) do. */
export const lockerCommands = {
  'locker.assign': command('locker.assign', {
    compartmentId: DeviceId,
    fulfilmentId: FulfilmentId,
    salt: Type.String({ minLength: 8, maxLength: 80 }),
    codeHash: Sha256,
    expiresAtMs: AtMs,
  }),
  /** The keypad, pressed from afar: what the buyer's app and the test helpers send. */
  'locker.enter': command('locker.enter', {
    compartmentId: Type.Optional(DeviceId),
    code: Type.String({ minLength: 1, maxLength: 40 }),
  }),
  'locker.release': command('locker.release', {
    compartmentId: DeviceId,
    fulfilmentId: FulfilmentId,
  }),
}
export type LockerCommandType = keyof typeof lockerCommands
export type LockerCommand = {
  [T in LockerCommandType]: Static<(typeof lockerCommands)[T]>
}[LockerCommandType]

const head = { ...EventHead, compartmentId: DeviceId, fulfilmentId: FulfilmentId }

export const lockerEvents = {
  stored: strict({ type: Type.Literal('stored'), ...head }),
  opened: strict({ type: Type.Literal('opened'), ...head }),
  emptied: strict({ type: Type.Literal('emptied'), ...head }),
  expired: strict({ type: Type.Literal('expired'), ...head }),
  /** A wrong code: of the compartment when it was named, else of the bank. */
  refused: strict({
    type: Type.Literal('refused'),
    ...EventHead,
    compartmentId: nullable(DeviceId),
    fulfilmentId: nullable(FulfilmentId),
    code: Code,
  }),
}
export type LockerEvent = {
  [T in keyof typeof lockerEvents]: Static<(typeof lockerEvents)[T]>
}[keyof typeof lockerEvents]

function command<const T extends string, P extends TProperties>(type: T, properties: P) {
  return strict({
    type: Type.Literal(type),
    commandId: Type.String({ minLength: 1, maxLength: 100 }),
    notAfterMs: AtMs,
    ...properties,
  })
}
