// Checks a part of a request against its schema, and says with JSON pointers what is wrong with it.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { TSchema } from 'typebox'
import { escaped, faultsOf } from '../domain/schemaFaults.ts'
import { limits } from './limits.ts'
import { refuse, type FieldError } from './problem.ts'

export type RequestPart = 'params' | 'query' | 'body'
export type Check = (value: unknown) => void

const settings = {
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  useDefaults: true,
} as const
const ofBody = withFormats(new Ajv2020(settings))
/** Parameters arrive as text: numbers are read from it, and a single value stands for a list of one. */
const ofText = withFormats(new Ajv2020({ ...settings, coerceTypes: 'array' }))

/** A check compiled once; it fills in defaults and throws the refusal that names each error. */
export function checkOf(part: RequestPart, schema: TSchema): Check {
  const validate: ValidateFunction = (part === 'body' ? ofBody : ofText).compile(schema)
  return (value) => {
    if (!validate(value)) throw invalid(part, validate.errors ?? [])
    refuseNul(part, value, '')
  }
}

function withFormats(ajv: Ajv2020): Ajv2020 {
  addFormats.default(ajv)
  return ajv
}

function invalid(part: RequestPart, found: readonly ErrorObject[]) {
  const errors = faultsOf(found)
    .slice(0, limits.reportedErrors)
    .map(({ path, message }): FieldError => ({ param: pointer(part, path), message }))
  const first = errors[0] ?? { param: pointer(part, ''), message: 'is not valid' }
  return refuse('invalid_request', {
    param: first.param,
    errors: errors.length > 0 ? errors : [first],
  })
}

/** Pointers into the body stand alone; the others name their part. */
function pointer(part: RequestPart, path: string): string {
  return part === 'body' ? path : `/${part}${path}`
}

/** PostgreSQL cannot keep U+0000 in a text; JSON can carry it. */
function refuseNul(part: RequestPart, value: unknown, path: string): void {
  if (typeof value === 'string' && value.includes('\0')) {
    const error = { param: pointer(part, path), message: 'must not contain U+0000' }
    throw refuse('invalid_request', { param: error.param, errors: [error] })
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    refuseNul(part, inner, `${path}/${escaped(name)}`)
  }
}
