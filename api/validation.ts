// Checks a part of a request against its schema, and says with JSON pointers what is wrong with it.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { TSchema } from 'typebox'
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
  const errors = causes(found.slice(0, mostJudged))
    .slice(0, limits.reportedErrors)
    .map((error) => fieldError(part, error))
  const first = errors[0] ?? { param: pointer(part, ''), message: 'is not valid' }
  return refuse('invalid_request', {
    param: first.param,
    errors: errors.length > 0 ? errors : [first],
    detail: `${first.param === '' ? 'The body' : first.param} ${first.message}.`,
  })
}

/** A body of a megabyte can be wrong a hundred thousand times; nobody reads on. */
const mostJudged = 500

/**
 * A union that nothing fits reports every branch, then itself. What was meant is the branch with the least
 * against it: that one is told, or all choices where each branch is one word.
 */
function causes(found: readonly ErrorObject[]): Cause[] {
  const told = new Set<Cause>(found)
  for (const union of found.filter(({ keyword }) => keyword === 'anyOf')) {
    const branches = Map.groupBy(
      found.filter((error) => told.has(error) && isWithin(error, union)),
      ({ schemaPath }) => schemaPath.slice(union.schemaPath.length + 1).split('/')[0],
    )
    if (branches.size === 0) continue
    told.delete(union)
    for (const error of [...branches.values()].flat()) told.delete(error)
    for (const error of meant(union, [...branches.values()])) told.add(error)
  }
  return [...told]
}

interface Cause extends ErrorObject {
  /** What a value may be, where it is one of a few words. */
  choices?: readonly unknown[]
}

function isWithin({ schemaPath, instancePath }: ErrorObject, union: ErrorObject): boolean {
  const at = union.instancePath
  return (
    schemaPath.startsWith(`${union.schemaPath}/`) &&
    (instancePath === at || instancePath.startsWith(`${at}/`))
  )
}

function meant(
  union: ErrorObject,
  branches: readonly (readonly ErrorObject[])[],
): readonly Cause[] {
  const only = branches.map(([error, ...more]) =>
    error && more.length === 0 && error.instancePath === union.instancePath ? error : null,
  )
  if (only.every((error) => error?.keyword === 'const')) {
    return [{ ...union, choices: only.map((error) => error?.params['allowedValue']) }]
  }
  if (only.every((error) => error?.keyword === 'type')) {
    const type = only.map((error) => error?.params['type'])
    return [{ ...union, keyword: 'type', params: { type } }]
  }
  return branches.toSorted((a, b) => a.length - b.length)[0] ?? []
}

function fieldError(part: RequestPart, error: Cause): FieldError {
  const params = error.params as Record<string, unknown>
  const missing = params['missingProperty']
  const extra = params['additionalProperty']
  if (typeof missing === 'string') {
    return {
      param: pointer(part, `${error.instancePath}/${escaped(missing)}`),
      message: 'is missing',
    }
  }
  if (typeof extra === 'string') {
    const at = escaped(extra.slice(0, 80))
    return { param: pointer(part, `${error.instancePath}/${at}`), message: 'is not expected here' }
  }
  return { param: pointer(part, error.instancePath), message: sentence(error, params) }
}

function sentence(error: Cause, params: Record<string, unknown>): string {
  const choices = error.choices ?? params['allowedValues']
  if (Array.isArray(choices)) return `must be one of ${choices.join(', ')}`
  if ('allowedValue' in params) return `must be ${JSON.stringify(params['allowedValue'])}`
  if (error.keyword !== 'type') return error.message ?? 'is not valid'
  return `must be ${[params['type']].flat().map(named).join(' or ')}`
}

function named(type: unknown): string {
  if (type === 'null') return 'null'
  return `${/^[aeiou]/.test(String(type)) ? 'an' : 'a'} ${String(type)}`
}

/** Pointers into the body stand alone; the others name their part. */
function pointer(part: RequestPart, path: string): string {
  return part === 'body' ? path : `/${part}${path}`
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
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
