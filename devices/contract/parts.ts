// The pieces that the messages of the contract are made of.
import { Type, type TProperties, type TSchema } from 'typebox'
import { contractVersion } from './limits.ts'

export const DeviceId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,80}$' })
export const JobId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,80}$' })
export const AtMs = Type.Integer({ minimum: 0 })
export const Progress = Type.Number({ minimum: 0, maximum: 1 })
/** A reason that a program can tell from others: lower case with underscores. */
export const Code = Type.String({ pattern: '^[a-z][a-z0-9_]{0,59}$' })
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
export const Lon = Type.Number({ minimum: -180, maximum: 180 })
export const Lat = Type.Number({ minimum: -90, maximum: 90 })

/** An event is known by its source (the topic), bootId and evtSeq; the same three are the same event. */
export const EventHead = {
  bootId: Type.String({ minLength: 1, maxLength: 60 }),
  evtSeq: Type.Integer({ minimum: 1 }),
  atMs: AtMs,
}

/** A message of the contract: its version first, and no field that is not named. */
export function strict<P extends TProperties>(properties: P) {
  return Type.Object(
    { v: Type.Literal(contractVersion), ...properties },
    { additionalProperties: false },
  )
}

export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()])
}
