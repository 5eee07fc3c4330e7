// Hands an artifact to whoever holds a signed link: gateways, which have no API key.
import { Router, type Request, type Response } from 'express'
import { checkLink } from '../../services/artifacts/links.ts'
import type { ApiDeps } from '../deps.ts'
import { refuse } from '../problem.ts'

export function artifactPages(deps: ApiDeps): Router {
  const router = Router()
  router.get('/artifacts/:sha256', handOver(deps))
  return router
}

function handOver({ artifacts, settings, nowMs }: ApiDeps) {
  return async (request: Request, response: Response) => {
    response.locals['route'] = '/artifacts/{sha256}'
    const verdict = checkLink(request.originalUrl, settings.dataKey, nowMs())
    // Which of the reasons it is helps nobody but a forger.
    if (!verdict.ok)
      throw refuse('not_found', { detail: 'The link is not valid, or not any more.' })
    if (!(await artifacts.has(verdict.sha256))) throw refuse('not_found')
    const bytes = await artifacts.get(verdict.sha256)
    response
      .set({ 'Content-Type': 'application/octet-stream', 'Cache-Control': 'private, max-age=3600' })
      .set({ 'Content-Length': String(bytes.byteLength), ETag: `"${verdict.sha256}"` })
      .end(bytes)
  }
}
