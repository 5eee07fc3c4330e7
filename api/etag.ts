// Strong ETags: a hash of the answer itself, so that a tag can never outlive what it names.
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { refuse } from './problem.ts'
import type { JsonAnswer } from './route.ts'

export function etagOf(body: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
  return `"${hash.slice(0, 22)}"`
}

export function versioned(body: unknown, status = 200): JsonAnswer {
  return { status, body, headers: { ETag: etagOf(body) } }
}

/** Refuses a change by somebody who has not seen the present state; a weak tag is not good enough here. */
export function requireMatch(headers: IncomingHttpHeaders, present: unknown): void {
  const given = headers['if-match']
  if (given === undefined) throw refuse('precondition_required')
  const etag = etagOf(present)
  if (!given.split(',').some((tag) => ['*', etag].includes(tag.trim()))) {
    throw refuse('precondition_failed', { headers: { ETag: etag } })
  }
}
