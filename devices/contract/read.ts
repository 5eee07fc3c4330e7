// The door for every MQTT payload: size, JSON, version, type and fields are checked here, and types are trusted inside.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Static, TSchema } from 'typebox'
import { Reply, commands, type Command } from './command.ts'
import { contractVersion, limits } from './limits.ts'
import {
  BankState,
  lockerCommands,
  lockerEvents,
  type LockerCommand,
  type LockerEvent,
} from './lockers.ts'
import {
  CapsMessage,
  MachineState,
  Telemetry,
  machineEvents,
  type MachineEvent,
} from './machine.ts'
import { Acknowledgement, GatewayState, PlatformState } from './presence.ts'
import { StopList, VehiclePosition, vehicleEvents, type VehicleEvent } from './vehicle.ts'

export type Read<T> = { ok: true; value: T } | { ok: false; reason: string }
type Reader<T> = (payload: Uint8Array | string) => Read<T>

export const read = {
  caps: one(CapsMessage),
  machineState: one(MachineState),
  telemetry: one(Telemetry),
  gatewayState: one(GatewayState),
  platformState: one(PlatformState),
  acknowledgement: one(Acknowledgement),
  stopList: one(StopList),
  position: one(VehiclePosition),
  bankState: one(BankState),
  reply: one(Reply),
  command: byType<Command>(commands),
  machineEvent: byType<MachineEvent>(machineEvents),
  vehicleEvent: byType<VehicleEvent>(vehicleEvents),
  lockerCommand: byType<LockerCommand>(lockerCommands),
  lockerEvent: byType<LockerEvent>(lockerEvents),
}

/** A reader for one schema, compiled when it is first used. Also for what is no part of the contract. */
export function one<S extends TSchema>(schema: S): Reader<Static<S>> {
  let validate: ValidateFunction<Static<S>> | undefined
  return (payload) => {
    const parsed = parse(payload)
    if (!parsed.ok) return parsed
    validate ??= ajv.compile<Static<S>>(schema)
    return judge(validate, parsed.value)
  }
}

/** A reader for messages told apart by `type`, so that a wrong field is named and not just "matches none". */
function byType<T>(schemas: Readonly<Record<string, TSchema>>): Reader<T> {
  const compiled = new Map<string, ValidateFunction<T>>()
  return (payload) => {
    const parsed = parse(payload)
    if (!parsed.ok) return parsed
    const type = String(parsed.value['type'])
    const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined
    if (!schema) return { ok: false, reason: `type ${JSON.stringify(type)} is not known` }
    const validate = compiled.get(type) ?? ajv.compile<T>(schema)
    compiled.set(type, validate)
    return judge(validate, parsed.value)
  }
}

const ajv = new Ajv2020({ strict: true, strictTuples: false, strictTypes: false })

function parse(payload: Uint8Array | string): Read<Record<string, unknown>> {
  if (Buffer.byteLength(payload) > limits.messageBytes) {
    return { ok: false, reason: `larger than ${limits.messageBytes} bytes` }
  }
  let value: unknown
  try {
    value = JSON.parse(typeof payload === 'string' ? payload : Buffer.from(payload).toString())
  } catch {
    return { ok: false, reason: 'not JSON' }
  }
  if (!isObject(value)) return { ok: false, reason: 'not a JSON object' }
  if (value['v'] !== contractVersion) {
    return { ok: false, reason: `version ${JSON.stringify(value['v'])} is not known` }
  }
  return { ok: true, value }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function judge<T>(validate: ValidateFunction<T>, value: unknown): Read<T> {
  if (validate(value)) return { ok: true, value }
  const error = validate.errors?.at(-1)
  const extra: unknown = error?.params['additionalProperty']
  const where = error?.instancePath || '/'
  const what = typeof extra === 'string' ? `has the unknown field "${extra}"` : error?.message
  return { ok: false, reason: `${where} ${what}` }
}
