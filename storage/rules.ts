// The rules in force: the latest version of each kind for a region, or the defaults where nobody has tuned any.
import { defaultDispatchRules, type DispatchRules } from '../domain/dispatch/insert.ts'
import type { Sql } from './storage.ts'

export async function dispatchRules({ sql }: { sql: Sql }, region: string): Promise<DispatchRules> {
  const [row] = await sql<{ data: DispatchRules }>(
    `select data from rules where kind = 'dispatch' and region = $1 order by version desc limit 1`,
    [region],
  )
  return row?.data ?? defaultDispatchRules
}
