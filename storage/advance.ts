// Moves on whatever may move on and leaves the rest: what an effect that may run twice needs.
import { lifecycles, mayMove, type StateOf } from '../domain/lifecycle.ts'
import { moveAll, type Movable } from './states.ts'
import type { Sql } from './storage.ts'

/** True when it moved now; false when it was there or further already. */
export async function advance<L extends Movable>(
  on: { sql: Sql },
  kind: L,
  id: string,
  to: StateOf<L>,
): Promise<boolean> {
  return (await advanceIds(on, kind, tables[kind] + ' where id = $1', id, to)).length > 0
}

/** The lines of an order or of a fulfilment; answers the ids of those that moved now. */
export async function advanceLines(
  on: { sql: Sql },
  of: { orderId: string } | { fulfilmentId: string },
  to: StateOf<'line'>,
): Promise<string[]> {
  return 'orderId' in of
    ? await advanceIds(on, 'line', 'order_line where order_id = $1', of.orderId, to)
    : await advanceIds(on, 'line', 'order_line where fulfilment_id = $1', of.fulfilmentId, to)
}

const tables: Record<Movable, string> = {
  line: 'order_line',
  fulfilment: 'fulfilment',
  job: 'job',
  payment: 'payment',
}

async function advanceIds<L extends Movable>(
  on: { sql: Sql },
  kind: L,
  where: string,
  param: string,
  to: StateOf<L>,
): Promise<string[]> {
  const rows = await on.sql<{ id: string; state: StateOf<L> }>(
    `select id, state from ${where} order by id for update`,
    [param],
  )
  const ids = rows
    .filter(({ state }) => state in lifecycles[kind] && state !== to && mayMove(kind, state, to))
    .map(({ id }) => id)
  if (ids.length > 0) await moveAll(on, kind, ids, to)
  return ids
}
