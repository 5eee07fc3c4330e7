// The shape of a recording in a file, held against every file that is read: what is wrong is named by its JSON path.
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { type TSchema, Type } from 'typebox'
import { DispatchRules } from '../../domain/model/dispatchRules.ts'
import { DeliveryMethod } from '../../domain/model/offer.ts'
import { Decision } from '../../domain/model/order.ts'
import { Place } from '../../domain/model/place.ts'
import { faultsOf } from '../../domain/schemaFaults.ts'
import { type RecordedOrder, type Recording, recordingVersion } from './recording.ts'

const object = (properties: Record<string, TSchema>) =>
  Type.Object(properties, { additionalProperties: false })
/** Beside what replaying relies on there may be more: what the domain decides from may grow. */
const open = (properties: Record<string, TSchema>) => Type.Object(properties)
const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()])
const id = Type.String({ minLength: 1, maxLength: 200 })
const index = Type.Integer({ minimum: 0 })
const whole = Type.Integer({ minimum: 0 })
const ms = Type.Number()

const Stop = open({
  stopId: id,
  at: index,
  serviceSeconds: Type.Number({ minimum: 0 }),
  readyAtMs: ms,
  dueAtMs: nullable(ms),
})
const seconds = Type.Number({ minimum: 0 })
const Machine = open({ machineId: id, freeAtMs: ms })

const Facts = open({
  nowMs: ms,
  seed: whole,
  vehicles: Type.Array(
    open({
      vehicleId: id,
      inService: Type.Boolean(),
      at: index,
      stops: Type.Array(Stop),
      committedStops: whole,
      shiftEndsAtMs: ms,
      drivenSeconds: Type.Optional(seconds),
      machines: Type.Array(Machine),
    }),
  ),
  requests: Type.Array(
    open({
      kind: Type.Literal('made_on_board'),
      requestId: id,
      at: index,
      serviceSeconds: seconds,
      dueAtMs: nullable(ms),
      making: Type.Record(
        Type.String(),
        open({ makingMinutes: seconds, coolDownMinutes: seconds }),
      ),
    }),
  ),
  named: Type.Array(
    open({ requestId: id, vehicleId: id, at: index, machines: Type.Array(Machine) }),
  ),
  legs: object({ dataVersion: Type.String(), places: whole, legs: Type.Array(index) }),
})

const Plan = open({
  routes: Type.Array(open({ vehicleId: id, stops: Type.Array(open({ stopId: id })) })),
  stops: Type.Array(
    open({
      requestId: id,
      brought: nullable(open({ vehicleId: id, machineId: id, handsOverAtMs: ms })),
      decision: Decision,
      refusal: nullable(open({ code: id })),
    }),
  ),
})

const Part = object({
  machineId: nullable(id),
  machineModel: nullable(Type.String()),
  attempts: whole,
  printedSeconds: nullable(Type.Number()),
  grams: nullable(Type.Number()),
  failureCode: nullable(Type.String()),
})

const minutes = nullable(Type.Number({ minimum: 0 }))

const Order = object({
  placedAtMs: whole,
  cell: nullable(object({ ...Place.properties, meters: Type.Number({ minimum: 0 }) })),
  item: nullable(id),
  units: Type.Integer({ minimum: 1, maximum: 10_000 }),
  method: nullable(DeliveryMethod),
  promisedMinutes: minutes,
  deliveredMinutes: minutes,
  fetchedMinutes: minutes,
})

const fields = {
  format: Type.Literal('fabroute-recording'),
  day: Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$` }),
  region: nullable(id),
  rules: Type.Record(Type.String(), DispatchRules),
  decisions: Type.Array(
    object({ region: id, decidedAtMs: ms, rulesVersion: whole, facts: Facts, plan: Plan }),
  ),
  outcomes: Type.Array(
    object({
      requestId: id,
      state: Type.String(),
      vehicleId: nullable(id),
      p50AtMs: ms,
      p95AtMs: ms,
      deliveredAtMs: nullable(ms),
      parts: Type.Array(Part),
    }),
  ),
}
const orders = Type.Array(Order)
const RecordingSchema = object({ ...fields, version: Type.Literal(recordingVersion), orders })
/** It had no orders: when they came is known from the decisions about them. */
const FirstSchema = object({ ...fields, version: Type.Literal(1) })
type FirstRecording = Omit<Recording, 'version' | 'orders'>

const settings = { allErrors: false, strict: true, allowUnionTypes: true } as const
const isRecording = new Ajv2020(settings).compile<Recording>(RecordingSchema)
const isFirst = new Ajv2020(settings).compile<FirstRecording>(FirstSchema)
const areRules = new Ajv2020({ ...settings, useDefaults: true }).compile<DispatchRules>(
  DispatchRules,
)

/** Throws what is wrong first. */
export function checkRecording(document: unknown, name: string): Recording {
  const version: unknown = Object(document).version
  if (typeof version === 'number' && version > recordingVersion) {
    throw new Error(
      `${name} is a recording of version ${version}, and this reads ${recordingVersion}`,
    )
  }
  if (version === 1) {
    if (isFirst(document)) return ofToday(document)
    throw new Error(`${name} is no recording: ${inWords(isFirst.errors)}`)
  }
  if (isRecording(document)) return document
  throw new Error(`${name} is no recording: ${inWords(isRecording.errors)}`)
}

function ofToday(document: FirstRecording): Recording {
  const first = new Map<string, number>()
  for (const { decidedAtMs, facts } of document.decisions) {
    for (const { requestId } of facts.requests) {
      if (!first.has(requestId)) first.set(requestId, Math.floor(decidedAtMs / 1000) * 1000)
    }
  }
  const untold = { cell: null, item: null, method: null }
  const never = { promisedMinutes: null, deliveredMinutes: null, fetchedMinutes: null }
  const placed = [...first.values()].toSorted((one, other) => one - other)
  const asOrder = (placedAtMs: number): RecordedOrder => {
    return { placedAtMs, units: 1, ...untold, ...never }
  }
  return { ...document, version: recordingVersion, orders: placed.map(asOrder) }
}

/** A rules file as planners tune it; what is left out is as by default. */
export function checkRules(document: unknown, name: string): DispatchRules {
  if (areRules(document)) return document
  throw new Error(`${name} holds no dispatch rules: ${inWords(areRules.errors)}`)
}

function inWords(errors: readonly ErrorObject[] | null | undefined): string {
  const [first] = faultsOf(errors ?? [])
  return first ? `${first.path} ${first.message}`.trimStart() : 'nothing is known of it'
}
