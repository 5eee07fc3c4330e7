// Strong ETags: a hash of the answer itself, so that a tag can never outlive what it names.
import { createHash } from 'node:crypto'
import type { JsonAnswer } from './route.ts'

export function etagOf(body: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
  return `"${hash.slice(0, 22)}"`
}

export function versioned(body: unknown, status = 200): JsonAnswer {
  return { status, body, headers: { ETag: etagOf(body) } }
}
