// What must be true of orders however often something was killed under them, read from the database, from the
// provider's book and from the memories of the gateways. Each answers what is wrong.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { City } from './city.ts'

type Ids = readonly string[]

/** Each part was begun, finished and taken off a plate once, by what the gateways remember of their own machines. */
export async function partsNotMadeOnce({ rows, dir, sites }: City, orders: Ids): Promise<object[]> {
  const jobs = await rows<{ id: string; state: string; attempt: number; machineId: string }>(
    `select id, state, attempt, machine_id as "machineId" from job where order_id = any($1)`,
    [orders],
  )
  const remembered = sites.flatMap((siteId) => gatewayMemory(join(dir, 'gateways', siteId)))
  const ends = ['started', 'finished', 'harvested']
  return jobs.flatMap(({ id, state, attempt, machineId }) => {
    const mine = remembered.filter(({ jobId, type }) => jobId === id && ends.includes(type))
    const told = mine.map((one) => `${one.machineId}/${one.attempt}/${one.type}`)
    const wanted = ends.map((type) => `${machineId}/${attempt}/${type}`)
    const once = state === 'harvested' && attempt === 1 && same(told, wanted)
    return once ? [] : [{ job: id, state, attempt, machineId, told }]
  })
}

/** The bridge wrote down once what each machine said of a part. */
export async function reportsNotTakenOnce({ rows }: City, orders: Ids): Promise<object[]> {
  return await rows(
    `select j.id as job, t.type, count(e.*)::int as times
     from job j cross join unnest(array['started', 'finished', 'harvested']) as t(type)
       left join device_event e on e.type = t.type and e.payload->>'jobId' = j.id
     where j.order_id = any($1) group by j.id, t.type having count(e.*) <> 1`,
    [orders],
  )
}

/** One hold and one capture of the whole sum at the provider, and nothing kept from the buyer. */
export async function paymentsNotCapturedOnce({ rows, dir }: City, orders: Ids): Promise<object[]> {
  const payments = await rows<{ id: string; state: string; cents: string; reference: string }>(
    `select id, state, amount_cents as cents, reference from payment where order_id = any($1)`,
    [orders],
  )
  const book = reading(join(dir, 'payments/payments.sqlite'), (database) => ({
    rows: database.prepare('select * from payment').all(),
    keys: database
      .prepare('select key from effect')
      .all()
      .map(({ key }) => String(key)),
  }))
  const wrong = payments.filter(({ id, state, cents, reference }) => {
    const [held, ...others] = book.rows.filter((row) => row['reference'] === reference)
    const keys = book.keys.filter((key) => key.includes(id))
    const captured = held?.['status'] === 'captured' && String(held['captured_cents']) === cents
    const once = others.length === 0 && same(keys, [`capture/${id}`, id])
    return !(state === 'captured' && captured && once)
  })
  // A hold that nobody knows of would keep a buyer's money.
  const known = new Set(payments.map(({ reference }) => reference))
  return [...wrong, ...book.rows.filter(({ reference }) => !known.has(String(reference)))]
}

export async function ledgerFaults({ rows }: City, orders: Ids): Promise<object[]> {
  const sums = await rows<object>(
    `select a.book, a.unit, sum(p.amount)::text as sum
     from ledger_posting p join ledger_account a on a.id = p.account_id
     group by 1, 2 having sum(p.amount) <> 0`,
  )
  const balances = await rows<object>(
    `select a.book, a.code, a.unit, a.balance::text, sum(p.amount)::text as posted
     from ledger_account a join ledger_posting p on p.account_id = a.id
     group by a.id having a.balance <> sum(p.amount)`,
  )
  const left = await rows<object>(
    `select code, unit, balance::text from ledger_account
     where balance <> 0 and (code = 'payments/authorized' or code like 'order/%')`,
  )
  const unsettled = await rows<object>(
    `select o.id as order, array_agg(t.idempotency_key order by t.id) as entries
     from orders o join payment y on y.order_id = o.id
       left join ledger_transaction t on t.order_id = o.id and t.idempotency_key in (
         'hold/' || y.id, 'settle/' || o.id)
     where o.id = any($1) group by o.id having count(t.id) <> 2`,
    [orders],
  )
  return [...sums, ...balances, ...left, ...unsettled]
}

export async function eventGaps({ rows }: City, orders: Ids): Promise<object[]> {
  return await rows(
    `select o.id as order, o.event_sequence, count(e.*)::int as events, max(e.sequence) as last
     from orders o left join event e on e.order_id = o.id where o.id = any($1)
     group by o.id having count(e.*) <> o.event_sequence or max(e.sequence) <> o.event_sequence
       or count(distinct e.sequence) <> count(e.*)`,
    [orders],
  )
}

/** Confirmed, ready or on its way, delivered: each told once, each as one mail, and nothing else. */
export async function noticesNotSentOnce({ rows }: City, orders: Ids): Promise<object[]> {
  const notices = await rows<object>(
    `select o.id as order, array_agg(n.kind || ':' || n.state order by n.created_at, n.id) as notices
     from orders o join fulfilment u on u.order_id = o.id left join notice n on n.order_id = o.id
     where o.id = any($1) group by o.id, u.method having array_agg(n.kind || ':' || n.state order by n.kind)
       <> case u.method when 'pickup' then array['delivered:sent', 'order_confirmed:sent', 'ready_for_pickup:sent']
         else array['delivered:sent', 'on_its_way:sent', 'order_confirmed:sent'] end`,
    [orders],
  )
  const mails = await rows<object>(
    `select n.id as notice, n.kind, count(m.*)::int as mails
     from notice n left join inbox_mail m on m.message_id like '%' || n.id || '%'
     where n.order_id = any($1) group by n.id having count(m.*) <> 1`,
    [orders],
  )
  return [...notices, ...mails]
}

/** Machine time, compartments, stops of trucks: whoever is settled keeps none of it. */
export async function capacityStillTaken({ rows }: City, orders: Ids): Promise<object[]> {
  const booked = await rows<object>(
    `select order_id as order, resource_id as resource, state from reservation where order_id = any($1)`,
    [orders],
  )
  const stops = await rows<object>(
    `select v.id as vehicle, s->>'id' as stop from vehicle v, jsonb_array_elements(v.stops) s
     where s->>'fulfilmentId' is not null`,
  )
  return [...booked, ...stops]
}

/** What an operator would have had to look at. */
export async function parkedSteps({ rows }: City, orders: Ids): Promise<object[]> {
  return await rows(
    `select workflow_id as workflow, step, code, facts from attention where order_id = any($1)`,
    [orders],
  )
}

/** The same things, each as often. */
function same(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join(' ') === others.toSorted().join(' ')
}

interface Remembered {
  machineId: string
  jobId: string
  attempt: number
  type: string
}

/** Under these keys a gateway says each thing once; it keeps them after the platform has acknowledged the event. */
function gatewayMemory(dir: string): Remembered[] {
  const path = join(dir, 'gateway.db')
  if (!existsSync(path)) return []
  return reading(path, (database) =>
    database
      .prepare('select key from happened')
      .all()
      .flatMap(({ key }) => {
        const [machineId = '', jobId = '', attempt = '', type] = String(key).split('/')
        return type === undefined ? [] : [{ machineId, jobId, attempt: Number(attempt), type }]
      }),
  )
}

function reading<T>(path: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    return read(database)
  } finally {
    database.close()
  }
}
