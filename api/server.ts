// Puts routes and pages behind one Express application: request ids, keys, budgets, bodies,
// answers, problems, in that order.
import { createServer, type Server } from 'node:http'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import type { ApiDeps } from './deps.ts'
import { answer, answerProblem } from './answer.ts'
import { requireScope, type Tenant } from './authentication.ts'
import { readBody } from './body.ts'
import { budgetGates } from './budgets.ts'
import { carrierDoor } from './carrierEvents.ts'
import { idempotentByEffect, idempotently, noClaim } from './idempotency.ts'
import { observe } from './observation.ts'
import { limits } from './limits.ts'
import { docsPages } from './pages/docs.ts'
import { artifactPages } from './pages/artifacts.ts'
import { healthPages } from './pages/health.ts'
import { inboxPages } from './pages/inbox.ts'
import { refuse } from './problem.ts'
import type { RawCall, Route } from './route.ts'
import { answerUnreadable } from './unreadable.ts'

/** What the API is served by; it does not listen yet. */
export function createApiServer(routes: readonly Route[], deps: ApiDeps): Server {
  const options = {
    requestTimeout: limits.arrivalMs,
    keepAliveTimeout: limits.idleConnectionMs,
    maxHeaderSize: limits.headerBytes,
    // Node would answer without a body; the application says what is missing.
    requireHostHeader: false,
  }
  const server = createServer(options, createApp(routes, deps))
  answerUnreadable(server, deps.log)
  return server
}

function createApp(routes: readonly Route[], deps: ApiDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(observe(deps))
  app.use(helmet({ contentSecurityPolicy: { directives: policy }, strictTransportSecurity: false }))
  app.use((request, _response, next) => {
    const isWhole = request.httpVersion !== '1.1' || request.headers.host !== undefined
    next(isWhole ? undefined : refuse('malformed_http', { detail: 'The header Host is missing.' }))
  })
  mount(app, routes, deps)
  app.use(healthPages(deps), docsPages(routes), artifactPages(deps), carrierDoor(deps))
  if (deps.settings.inbox) app.use(inboxPages(deps))
  app.use((request, _response, next) => {
    next(refuse('not_found', { detail: `There is nothing at ${request.path}.` }))
  })
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(error)
    else answerProblem(error, request, response, deps.log)
  })
  return app
}

/** The pages load nothing from elsewhere; Swagger UI styles its elements inline and draws with data: images. */
const policy = {
  defaultSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  upgradeInsecureRequests: null,
}

function mount(app: Express, routes: readonly Route[], deps: ApiDeps): void {
  const gates = budgetGates(deps.settings.budgetFactor)
  for (const route of routes) {
    const { method, path, scope, budget = 'reads', body } = route.contract
    const address = expressPath(path)
    app[method](
      address,
      async (request: Request, response: Response, next: NextFunction) => {
        const tenant = await deps.authentication.tenantOf(request.headers.authorization)
        requireScope(tenant, scope)
        response.locals['tenant'] = tenant
        response.locals['route'] = path
        next()
      },
      gates[budget],
      body ? readBody : express.raw({ type: () => false }),
      async (request: Request, response: Response) => serve(route, request, response, deps),
    )
  }
  for (const [address, methods] of methodsByPath(routes)) {
    app.all(address, (request, response, next) => {
      response.set('Allow', methods.join(', '))
      if (request.method === 'OPTIONS') response.status(204).end()
      else next(refuse('method_not_allowed'))
    })
  }
}

async function serve(route: Route, request: Request, response: Response, deps: ApiDeps) {
  const parts = {
    params: { ...request.params },
    query: { ...request.query },
    body: (request.body as unknown) ?? {},
  }
  route.check(parts)
  const tenant: Tenant = response.locals['tenant']
  const requestId: string = response.locals['requestId']
  const { headers } = request
  const call: RawCall = {
    ...parts,
    tenant,
    requestId,
    headers,
    deps,
    claim: null,
    effectClaim: noClaim,
  }
  const { idempotent } = route.contract
  if (idempotent === 'by its effect') await idempotentByEffect(route, call, request, response)
  else if (idempotent) await idempotently(route, call, request, response)
  else await answer(request, response, await route.handle(call))
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { contract } of routes) {
    const address = expressPath(contract.path)
    const methods = found.get(address) ?? []
    methods.push(contract.method.toUpperCase(), ...(contract.method === 'get' ? ['HEAD'] : []))
    found.set(address, methods)
  }
  return found
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}
