// The headers of answers as the OpenAPI document names them: what a client may count on beside the body.
import type { AnyContract } from './route.ts'

const described = {
  'X-Request-Id': 'What to quote when asking for help.',
  RateLimit: 'What is left of the budget of this call, and the seconds until it is whole again.',
  'RateLimit-Policy': 'The budget: calls in a window of seconds.',
  'Retry-After': 'Seconds to wait before the same call is sent again.',
  'Idempotent-Replayed': 'true where the answer is that of an earlier call with the same key.',
  Location: 'The address of what was made.',
  ETag: 'Version of what is answered, strong.',
} as const
type Name = keyof typeof described

/** For the components of the document. */
export const headerComponents = Object.fromEntries(
  Object.entries(described).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]),
)

/** Of an answer with this status, or of any problem. */
export function headersOf(contract: AnyContract, status: number | 'default') {
  const isProblem = status === 'default'
  const names: Name[] = [
    'X-Request-Id',
    'RateLimit',
    'RateLimit-Policy',
    ...(isProblem ? (['Retry-After'] as const) : []),
    ...(contract.idempotent ? (['Idempotent-Replayed'] as const) : []),
    ...(status === 201 ? (['Location'] as const) : []),
    ...(contract.versioned || (isProblem && contract.guarded) ? (['ETag'] as const) : []),
  ]
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
