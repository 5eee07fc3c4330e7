// Gives each call its id, and notes when it ends how long it took: in the log, and in the metrics by route.
import type { RequestHandler } from 'express'
import { newId } from '../storage/ids.ts'
import type { ApiDeps } from './deps.ts'

const given = /^[\w.-]{8,64}$/

export function observe({ log, metrics }: Pick<ApiDeps, 'log' | 'metrics'>): RequestHandler {
  return (request, response, next) => {
    const asked = request.get('x-request-id')
    const requestId = asked && given.test(asked) ? asked : newId('req')
    response.locals['requestId'] = requestId
    response.set('X-Request-Id', requestId)
    const startMs = performance.now()
    response.once('close', () => {
      const seconds = (performance.now() - startMs) / 1000
      // The template, never the address: an unknown address would be a label of its own, and may be personal.
      const route: string = response.locals['route'] ?? 'none'
      const status = String(response.statusCode)
      metrics.requestSeconds.observe({ method: request.method, route, status }, seconds)
      const ms = Math.round(seconds * 1000)
      log.info(
        { requestId, method: request.method, route, status: response.statusCode, ms },
        'answered',
      )
    })
    next()
  }
}
