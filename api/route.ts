// A route: one contract that validates the call, types its handler and describes it in the OpenAPI document.
import type { IncomingHttpHeaders } from 'node:http'
import type { Response } from 'express'
import type { Static, TSchema } from 'typebox'
import type { ApiDeps } from './deps.ts'
import type { Tenant } from './authentication.ts'
import type { Claim, EffectClaim } from './idempotency.ts'
import type { Budget } from './limits.ts'
import type { Scope } from '../domain/scopes.ts'
import { checkOf } from './validation.ts'

interface Contract<P, Q, B> {
  method: 'get' | 'post' | 'put' | 'delete'
  /** With parameters in braces, as OpenAPI writes them. */
  path: string
  scope: Scope
  summary: string
  description?: string
  params?: P
  query?: Q
  body?: B
  /** By status; null for an answer without a body. */
  responses: Record<number, TSchema | null>
  /**
   * Needs an Idempotency-Key: set on whatever creates a thing or moves money. By its effect: the key is claimed by the
   * statement that has the effect, and not before it.
   */
  idempotent?: boolean | 'by its effect'
  /** Which budget of calls it is counted against; reads unless said otherwise. */
  budget?: Budget
  /** Says that the answer carries a strong ETag. */
  versioned?: boolean
  /** Needs an If-Match with the ETag that was read, so that no change of somebody else is lost. */
  guarded?: boolean
  /** Another type that the address can answer, besides JSON. */
  alsoAnswers?: string
  /** The one type that the address answers instead of JSON. */
  answersOnly?: string
}
export type AnyContract = Contract<TSchema, TSchema, TSchema>

interface Call<P, Q, B> {
  params: StaticOf<P>
  query: StaticOf<Q>
  body: StaticOf<B>
  tenant: Tenant
  requestId: string
  headers: IncomingHttpHeaders
  deps: ApiDeps
  /** Where an idempotent call has its answer kept, within its own transaction. */
  claim: Claim | null
  /** The same, where a call is idempotent by its effect. */
  effectClaim: EffectClaim
}
type StaticOf<S> = S extends TSchema ? Static<S> : undefined

export interface JsonAnswer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}
/** For what is not one JSON document: it writes and ends the response itself. */
export interface StreamedAnswer {
  stream: (response: Response) => Promise<void>
}
export type Answer = JsonAnswer | StreamedAnswer

export interface RawCall extends Omit<
  Call<undefined, undefined, undefined>,
  'params' | 'query' | 'body'
> {
  params: unknown
  query: unknown
  body: unknown
}

export interface Route {
  contract: AnyContract
  /** Throws the refusal of a part that does not match; fills in defaults. */
  check: (parts: { params: unknown; query: unknown; body: unknown }) => void
  handle: (call: RawCall) => Promise<Answer>
}

export function route<
  P extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  B extends TSchema | undefined = undefined,
>(contract: Contract<P, Q, B>, handler: (call: Call<P, Q, B>) => Promise<Answer>): Route {
  const params = checkOf('params', contract.params ?? nothing)
  const query = checkOf('query', contract.query ?? nothing)
  const body = contract.body ? checkOf('body', contract.body) : null
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the types of the schemas are forgotten
    contract: contract as unknown as AnyContract,
    check: (parts) => {
      params(parts.params)
      query(parts.query)
      body?.(parts.body)
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `check` has seen that the parts are these
    handle: (call) => handler(call as unknown as Call<P, Q, B>),
  }
}

const nothing = { type: 'object', additionalProperties: false } as const

export function ok(body: unknown, headers: Record<string, string> = {}): JsonAnswer {
  return { status: 200, body, headers }
}

export function created(body: unknown, headers: Record<string, string> = {}): JsonAnswer {
  return { status: 201, body, headers }
}
