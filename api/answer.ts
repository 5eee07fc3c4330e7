// Writes answers: JSON with its ETag, streams, and problems; nothing else writes to a response of /v1.
import type { Request, Response } from 'express'
import type { Logger } from 'pino'
import { failureCatalogue } from '../domain/failure.ts'
import { asDomainError, problemOf, Refusal } from './problem.ts'
import type { Answer, JsonAnswer } from './route.ts'

/** An answer as bytes, so that it can be kept and sent again. */
export interface RenderedAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

export async function answer(request: Request, response: Response, given: Answer): Promise<void> {
  if ('stream' in given) await given.stream(response)
  else send(request, response, render(given))
}

export function render({ status, body, headers = {} }: JsonAnswer): RenderedAnswer {
  if (body === undefined) return { status, headers, body: Buffer.alloc(0) }
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  }
}

export function renderProblem(
  error: unknown,
  request: Request,
  response: Response,
): RenderedAnswer {
  const requestId: string = response.locals['requestId']
  const problem = problemOf(error, { path: request.path, requestId })
  return {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json; charset=utf-8',
      ...(error instanceof Refusal ? error.notes.headers : {}),
      ...(problem.status === 503 ? { 'Retry-After': '1' } : {}),
    },
    body: Buffer.from(JSON.stringify(problem)),
  }
}

export function answerProblem(error: unknown, request: Request, response: Response, log: Logger) {
  const { code } = asDomainError(error)
  const { status } = failureCatalogue[code]
  if (status >= 500) {
    const requestId: string = response.locals['requestId']
    log.error({ requestId, code, ...traceOf(error) }, 'failed')
  }
  send(request, response, renderProblem(error, request, response))
}

export function send(request: Request, response: Response, rendered: RenderedAnswer): void {
  response.set(rendered.headers)
  response.set('Cache-Control', 'no-store')
  const etag = rendered.headers['ETag']
  if (etag && request.method === 'GET' && matches(request.headers['if-none-match'], etag)) {
    response.removeHeader('Content-Type')
    response.status(304).end()
    return
  }
  response.status(rendered.status)
  response.set('Content-Length', String(rendered.body.byteLength))
  response.end(request.method === 'HEAD' ? undefined : rendered.body)
}

/** If-None-Match compares weakly: a proxy may have made our strong tag a weak one. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
}

/** Where it happened, without the message of a database error: that one quotes the row. */
function traceOf(error: unknown) {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  const quotesRow = 'severity' in error || 'query' in error
  return {
    error: error.name,
    ...(code === null ? {} : { errorCode: code }),
    ...(quotesRow ? {} : { message: error.message }),
    at: (error.stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 8),
  }
}
