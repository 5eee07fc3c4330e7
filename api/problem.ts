// How a refused call is answered: RFC 9457 problem details, with statuses and sentences from the domain's catalogue.
import { Type, type Static } from 'typebox'
import {
  DomainError,
  failureCatalogue,
  type FailureCode,
  type FailureFacts,
} from '../domain/failure.ts'
import { Id } from './wire.ts'

const FieldError = Type.Object(
  { param: Type.String(), message: Type.String() },
  { additionalProperties: false },
)
export type FieldError = Static<typeof FieldError>

const Link = Type.Object(
  { rel: Type.String(), href: Type.String() },
  { additionalProperties: false },
)

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened this time.' }),
    instance: Type.String(),
    code: Type.String({ description: 'Stable; one meaning each.' }),
    param: Type.Optional(
      Type.String({ description: 'JSON pointer to the first part of the request that is wrong.' }),
    ),
    errors: Type.Optional(Type.Array(FieldError)),
    suggestions: Type.Optional(Type.Array(Type.String())),
    facts: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    request_id: Id,
    retryable: Type.Boolean({ description: 'Whether the same call may succeed later.' }),
    links: Type.Array(Link),
  },
  { additionalProperties: false, title: 'Problem' },
)
export type Problem = Static<typeof Problem>

interface RefusalNotes {
  detail?: string
  param?: string
  errors?: FieldError[]
  links?: { rel: string; href: string }[]
  facts?: FailureFacts
  suggestions?: string[]
  headers?: Record<string, string>
}

/** A call that is refused: a code of the catalogue, and where in the request the reason lies. */
export class Refusal extends DomainError {
  readonly notes: RefusalNotes

  constructor(code: FailureCode, notes: RefusalNotes = {}) {
    super(code, notes.facts)
    this.notes = notes
  }
}

export function refuse(code: FailureCode, notes: RefusalNotes = {}): Refusal {
  return new Refusal(code, notes)
}

const retryableCodes: ReadonlySet<FailureCode> = new Set([
  'request_timeout',
  'idempotency_in_flight',
  'rate_limited',
  'internal',
  'unavailable',
  'supplier_unreachable',
])

/** The problem that an error is answered with; whatever is not in the catalogue is our fault and shows nothing. */
export function problemOf(error: unknown, at: { path: string; requestId: string }): Problem {
  const known = asDomainError(error)
  const notes = known instanceof Refusal ? known.notes : {}
  const { status, sentence } = failureCatalogue[known.code]
  return {
    type: `urn:fabroute:problem:${known.code}`,
    title: sentence,
    status,
    detail: notes.detail ?? whatIsWrong(notes.errors) ?? sentence,
    instance: at.path,
    code: known.code,
    ...(notes.param === undefined ? {} : { param: notes.param }),
    ...(notes.errors ? { errors: notes.errors } : {}),
    ...(notes.suggestions ? { suggestions: notes.suggestions } : {}),
    ...(Object.keys(known.facts).length > 0 ? { facts: known.facts } : {}),
    request_id: at.requestId,
    retryable: retryableCodes.has(known.code),
    links: notes.links ?? [],
  }
}

function whatIsWrong([first]: readonly FieldError[] = []): string | undefined {
  return first && `${first.param === '' ? 'The body' : first.param} ${first.message}.`
}

export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  if (isLostDatabase(error))
    return new Refusal('unavailable', { detail: 'The database does not answer.' })
  return bodyRefusal(error) ?? new DomainError('internal')
}

/** What Express's body reader and router throw, told by the type and status that they carry. */
function bodyRefusal(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null
  const { type, status } = error as Error & { type?: string; status?: number }
  if (type === 'entity.parse.failed') return refuse('malformed_json')
  if (type === 'entity.too.large') return refuse('body_too_large')
  if (type === 'charset.unsupported') {
    return refuse('unsupported_media_type', { detail: 'The body must be UTF-8.' })
  }
  if (type === 'encoding.unsupported') {
    const detail = 'The body may be compressed by gzip, deflate or br alone.'
    return refuse('unsupported_media_type', { detail })
  }
  if (error instanceof URIError || (status !== undefined && status >= 400 && status < 500)) {
    return refuse('invalid_request', { detail: 'The request cannot be read.' })
  }
  return null
}

const lostDatabaseCodes =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|57P0[123]|08...|53300)$/
const lostDatabaseText =
  /terminated unexpectedly|timeout exceeded when trying to connect|Connection ended|not queryable/i

function isLostDatabase(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause ?? previousOf(cause)) {
    const { code } = cause as Error & { code?: unknown }
    if (typeof code === 'string' && lostDatabaseCodes.test(code)) return true
    if (lostDatabaseText.test(cause.message)) return true
    if (cause instanceof AggregateError && cause.errors.some(isLostDatabase)) return true
  }
  return false
}

/** The database library keeps the driver's error under this name. */
function previousOf(error: Error): unknown {
  return (error as Error & { previous?: unknown }).previous
}
