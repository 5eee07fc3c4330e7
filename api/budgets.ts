// Counts calls by key against the budget of their kind, and says in the RateLimit headers what is left.
import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { Tenant } from './authentication.ts'
import { budgets, type Budget } from './limits.ts'
import { refuse } from './problem.ts'

export function budgetGates(factor: number): Record<Budget, RequestHandler> {
  const gate = (budget: Budget) =>
    rateLimit({
      windowMs: 60_000,
      limit: Math.max(1, Math.floor(budgets[budget] * factor)),
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      identifier: budget,
      keyGenerator: (_request, response) => {
        const tenant: Tenant = response.locals['tenant']
        return tenant.keyId
      },
      handler: (_request, _response, next) => next(refuse('rate_limited')),
    })
  return { quotes: gate('quotes'), orders: gate('orders'), reads: gate('reads') }
}
