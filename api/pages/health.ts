// Whether this process lives, whether it can do its work, and its metrics: for whoever runs it, without a key.
import { Router } from 'express'
import type { ApiDeps } from '../deps.ts'
import { limits } from '../limits.ts'

export function healthPages({ probes, metrics }: Pick<ApiDeps, 'probes' | 'metrics'>): Router {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })
  router.get('/readyz', async (_request, response) => {
    const parts = await Promise.all(
      Object.entries(probes).map(async ([name, probe]) => [name, await stateOf(probe)] as const),
    )
    const ready = parts.every(([, state]) => state === 'ok')
    response
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not_ready', parts: Object.fromEntries(parts) })
  })
  router.get('/metrics', async (_request, response) => {
    const text = await metrics.registry.metrics()
    response.type(metrics.registry.contentType).send(text)
  })
  return router
}

async function stateOf(probe: () => Promise<void>): Promise<'ok' | 'unreachable'> {
  const answered = probe().then(
    () => 'ok' as const,
    () => 'unreachable' as const,
  )
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'unreachable'>((resolve) => {
    timer = setTimeout(resolve, limits.probeDeadlineMs, 'unreachable')
  })
  return Promise.race([answered, late]).finally(() => clearTimeout(timer))
}
