// Moves on whatever may move on and leaves the rest: what an effect that may run twice needs.
import type { StateOf } from '../domain/lifecycle.ts'
import { moveWhatMay, type Movable } from './states.ts'
import type { Sql } from './storage.ts'

/** True when it moved now; false when it was there or further already. */
export async function advance<L extends Movable>(
  on: { sql: Sql },
  kind: L,
  id: string,
  to: StateOf<L>,
): Promise<boolean> {
  return (await moveWhatMay(on, kind, { id }, to)).length > 0
}

/** The lines of an order or of a fulfilment; answers the ids of those that moved now. */
export async function advanceLines(
  on: { sql: Sql },
  of: { orderId: string } | { fulfilmentId: string },
  to: StateOf<'line'>,
): Promise<string[]> {
  return await moveWhatMay(on, 'line', of, to)
}
