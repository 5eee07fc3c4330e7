// Changes states by the lifecycle tables alone, and keeps an order's status what its lines make it.
import { DomainError } from '../domain/failure.ts'
import {
  mayMove,
  orderStatus,
  type LineState,
  type OrderStatus,
  type StateOf,
} from '../domain/lifecycle.ts'
import { statesOf } from './columns.ts'
import type { Sql } from './storage.ts'

export type Movable = 'line' | 'fulfilment' | 'job' | 'shipment' | 'payment'

export interface Moved {
  id: string
  from: string
  /** False when it was there already. */
  moved: boolean
}

/** Moves one thing under a lock on its row; throws state_conflict where the lifecycle has no such step. */
export async function move<L extends Movable>(
  on: { sql: Sql },
  kind: L,
  id: string,
  to: StateOf<L>,
): Promise<Moved> {
  const [moved] = await moveAll(on, kind, [id], to)
  if (!moved) throw new DomainError('not_found', { kind, id })
  return moved
}

/** All of them or none, in one round trip; lines in one more when the status of their order changes. */
export async function moveAll<L extends Movable>(
  on: { sql: Sql },
  kind: L,
  ids: readonly string[],
  to: StateOf<L>,
): Promise<Moved[]> {
  const origins = originsOf(kind, to)
  const found = await on.sql<LockedRow>(moveSql[kind], [ids, to, origins])
  const asked = found.filter(({ id }) => ids.includes(id))
  for (const { id, state } of asked) {
    if (state !== to && !origins.includes(state)) {
      throw new DomainError('state_conflict', { kind, id, from: state, to })
    }
  }
  if (asked.length < new Set(ids).size) throw new DomainError('not_found', { kind })
  await deriveStatuses(on.sql, found)
  return asked.map(({ id, state }) => ({ id, from: state, moved: state !== to }))
}

/** Those of an order or of a fulfilment, or a thing by its id. */
export type Which = { id: string } | { orderId: string } | { fulfilmentId: string }

/** Moves what may move and leaves the rest, in one round trip as above; answers the ids of what moved. */
export async function moveWhatMay<L extends Movable>(
  on: { sql: Sql },
  kind: L,
  which: Which,
  to: StateOf<L>,
): Promise<string[]> {
  const origins = originsOf(kind, to)
  const [column, value] = columnOf(which)
  const text = kind === 'line' ? advanceLinesSql(column) : advanceOneSql(kind, column)
  const found = await on.sql<LockedRow & { asked: boolean }>(text, [value, to, origins])
  await deriveStatuses(on.sql, found)
  return found.filter(({ asked, state }) => asked && origins.includes(state)).map(({ id }) => id)
}

export interface LineToMove {
  id: string
  /** One of those that were asked for, in a state that it may leave for the new one. */
  moves: boolean
  order: NonNullable<LockedRow['order']>
}

/**
 * Moves the lines of an order or of a fulfilment that may move; answers all of the order's, whose
 * status is left to write.
 */
export async function lockLines(
  { sql }: { sql: Sql },
  of: { orderId: string } | { fulfilmentId: string },
  to: StateOf<'line'>,
): Promise<LineToMove[]> {
  const origins = originsOf('line', to)
  const [column, value] = columnOf(of)
  const rows = await sql<FoundLine>(advanceLinesSql(column), [value, to, origins])
  return rows.map((row) => lineToMove(row, origins))
}

/** The same for a fulfilment and its lines together; null where it is not there. */
export async function lockDelivery(
  { sql }: { sql: Sql },
  fulfilmentId: string,
  to: { line: StateOf<'line'>; fulfilment: StateOf<'fulfilment'> },
): Promise<{ orderId: string; moves: boolean; lines: LineToMove[] } | null> {
  const origins = originsOf('line', to.line)
  const from = originsOf('fulfilment', to.fulfilment)
  const params = [fulfilmentId, to.line, origins, to.fulfilment, from]
  const rows = await sql<FoundDelivery>(advanceDeliverySql, params)
  const [first] = rows
  if (!first) return null
  const lines = rows.filter(({ id }) => id !== null).map((row) => lineToMove(row, origins))
  return { orderId: first.orderId, moves: from.includes(first.whole), lines }
}

interface FoundLine extends LockedRow {
  asked: boolean
  order: NonNullable<LockedRow['order']>
}

/** Without lines it is one row without a line. */
interface FoundDelivery extends FoundLine {
  orderId: string
  whole: string
}

function lineToMove(
  { id, state, asked, order }: FoundLine,
  origins: readonly string[],
): LineToMove {
  return { id, moves: asked && origins.includes(state), order }
}

/** Of an order by all of its lines as they are now; null where it stays. */
export function derivedStatus(lines: readonly Pick<LineToMove, 'order'>[]): OrderStatus | null {
  const [first] = lines
  if (!first) return null
  const status = orderStatus(
    lines.map(({ order }) => order.line),
    first.order.holdReason,
  )
  return status === first.order.status ? null : status
}

function columnOf(which: Which): [column: string, value: string] {
  if ('orderId' in which) return ['order_id', which.orderId]
  return 'id' in which ? ['id', which.id] : ['fulfilment_id', which.fulfilmentId]
}

function originsOf<L extends Movable>(kind: L, to: StateOf<L>): string[] {
  return statesOf(kind).filter((from) => from !== to && mayMove(kind, from, to))
}

/** Sets or lifts the reason why an order waits, and with it the status. */
export async function holdOrder(
  { sql }: { sql: Sql },
  orderId: string,
  reason: string | null,
): Promise<OrderStatus> {
  const lines = await sql<{ state: LineState; status: OrderStatus }>(
    `with held as (
       update orders set hold_reason = $2 where id = $1 returning id, status)
     select l.state, held.status from held join order_line l on l.order_id = held.id`,
    [orderId, reason],
  )
  const [first] = lines
  if (!first) throw new DomainError('not_found', { kind: 'order', id: orderId })
  const status = orderStatus(
    lines.map((line) => line.state),
    reason,
  )
  if (status !== first.status) await setStatus(sql, orderId, status)
  return status
}

interface LockedRow {
  id: string
  state: string
  /** Of lines only: the state from now on, and the order's status before. */
  order: { id: string; status: OrderStatus; holdReason: string | null; line: LineState } | null
}

async function deriveStatuses(sql: Sql, rows: readonly LockedRow[]): Promise<void> {
  const lines = rows.flatMap(({ order }) => (order === null ? [] : [order]))
  for (const [orderId, ofOrder] of Map.groupBy(lines, ({ id }) => id)) {
    const status = derivedStatus(ofOrder.map((order) => ({ order })))
    if (status !== null) await setStatus(sql, orderId, status)
  }
}

export async function setStatus(sql: Sql, orderId: string, status: OrderStatus): Promise<void> {
  await sql('update orders set status = $2 where id = $1', [orderId, status])
}

/**
 * Locks the rows in the order of their ids and moves them, if all of them may; answers with the
 * states as they were.
 */
function moveSqlOf(table: string): string {
  return `
  with locked as (
    select id, state from ${table} where id = any($1) order by id for update),
  moved as (
    update ${table} t set state = $2 from locked where t.id = locked.id and locked.state = any($3)
      and not exists (select from locked where state <> $2 and state <> all($3)))
  select id, state, null as "order" from locked`
}

/** The order first, then all of its lines, so that the status is derived from what nobody else is changing. */
const moveLinesSql = `
  with owner as (
    select id, status, hold_reason from orders
    where id in (select order_id from order_line where id = any($1)) order by id for update),
  locked as (
    select l.id, l.state, o.id as order_id, o.status, o.hold_reason
    from owner o join order_line l on l.order_id = o.id order by l.id for update of l),
  moved as (
    update order_line t set state = $2 from locked
    where t.id = locked.id and t.id = any($1) and locked.state = any($3)
      and not exists (select from locked where id = any($1) and state <> $2 and state <> all($3)))
  select id, state, json_build_object('id', order_id, 'status', status, 'holdReason', hold_reason,
    'line', case when id = any($1) then $2 else state end) as "order" from locked`

/** As above, without all or none. */
function advanceOneSql(table: Exclude<Movable, 'line'>, column: string): string {
  return `
  with locked as (
    select id, state from ${table} where ${column} = $1 order by id for update),
  moved as (
    update ${table} t set state = $2 from locked where t.id = locked.id and locked.state = any($3))
  select id, state, true as asked, null as "order" from locked`
}

/** The order first, as above; without all or none. */
const lockedLines = (column: string) => `
  owner as (
    select id, status, hold_reason from orders
    where id in (select order_id from order_line where ${column} = $1) order by id for update),
  locked as (
    select l.id, l.state, l.${column} = $1 as asked, o.id as order_id, o.status, o.hold_reason
    from owner o join order_line l on l.order_id = o.id order by l.id for update of l),
  moved as (
    update order_line t set state = $2 from locked
    where t.id = locked.id and locked.asked and locked.state = any($3))`

const lineColumns = `id, state, asked, json_build_object('id', order_id, 'status', status,
  'holdReason', hold_reason,
  'line', case when asked and state = any($3) then $2 else state end) as "order"`

function advanceLinesSql(column: string): string {
  return `with ${lockedLines(column)} select ${lineColumns} from locked`
}

const advanceDeliverySql = `
  with ${lockedLines('fulfilment_id')},
  whole as (
    select id as whole_id, state as whole_state, order_id as whole_order_id
    from fulfilment where id = $1 for update),
  moved_whole as (
    update fulfilment t set state = $4 from whole
    where t.id = whole_id and whole_state = any($5))
  select whole_order_id as "orderId", whole_state as whole, ${lineColumns}
  from whole left join locked on true`

const moveSql: Record<Movable, string> = {
  line: moveLinesSql,
  fulfilment: moveSqlOf('fulfilment'),
  job: moveSqlOf('job'),
  shipment: moveSqlOf('shipment'),
  payment: moveSqlOf('payment'),
}
