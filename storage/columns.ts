// The few column shapes that every table shares, so that an id, a time and a tenant look the same everywhere.
import { p } from '@mikro-orm/core'
import { lifecycles, type Lifecycle, type StateOf } from '../domain/lifecycle.ts'

export const idColumn = () => p.text().primary()

/** Milliseconds, as JavaScript has them: what is read back compares equal to what was written. */
export const timeColumn = () => p.datetime(3)
export const createdAtColumn = () => p.datetime(3).defaultRaw('now()')

/** The states of a lifecycle; the column gets a check constraint from them. */
export function stateColumn<L extends Lifecycle>(lifecycle: L, first: StateOf<L>) {
  return p.enum(statesOf(lifecycle)).$type<StateOf<L>>().default(first)
}

export function statesOf<L extends Lifecycle>(lifecycle: L): StateOf<L>[] {
  const table = lifecycles[lifecycle]
  return Object.keys(table).filter((state): state is StateOf<L> => state in table)
}

/** The role that API processes log in with; created by the first migration. */
export const apiRole = 'fabroute_api'

const tenantIsCurrent = `storefront_id = current_setting('fabroute.storefront'::text, true)`

/** Rows of another storefront do not exist for the API's role; the owner, as which workers log in, sees all. */
export const tenantPolicies = [
  {
    name: 'tenant',
    command: 'all' as const,
    roles: [apiRole],
    using: tenantIsCurrent,
    check: tenantIsCurrent,
  },
]
