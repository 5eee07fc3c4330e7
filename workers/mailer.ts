// Sends the notices that stages of orders left: woken by the database, each at least once, backing off for three days.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Mail } from '../services/mail/mail.ts'
import { type Notice, noticeText } from '../services/mail/messages.ts'
import { accessCodeCell } from '../storage/accessCodes.ts'
import { noticeChannel } from '../storage/notices.ts'
import type { Storage } from '../storage/storage.ts'

export interface Mailer {
  stop(): Promise<void>
}

interface MailerDeps {
  storage: Storage
  mail: Mail
  log: Logger
}

const batch = 20
/** Notices of one moment go out together: a mail has no hurry. */
const gatherMs = 200
/** Notices that failed are looked for so often; new ones announce themselves. */
const sweepMs = 15_000
const giveUpAfter = '3 days'

export async function startMailer({ storage, mail, log }: MailerDeps): Promise<Mailer> {
  let draining: Promise<void> | null = null
  let again = false
  const wake = () => {
    again = true
    draining ??= drain().finally(() => (draining = null))
  }

  async function drain(): Promise<void> {
    while (again) {
      await sleep(gatherMs)
      again = false
      try {
        if ((await sendBatch()) === batch) again = true
      } catch (error) {
        log.warn({ err: error }, 'notices wait: the database is away')
      }
    }
  }

  async function sendBatch(): Promise<number> {
    return await storage.transaction(async ({ sql }) => {
      const due = await sql<DueNotice>(dueNotices, [batch])
      if (due.length === 0) return 0
      const outcomes = await Promise.all(due.map(send))
      await sql(noteOutcomes, [due.map(({ id }) => id), outcomes])
      return due.length
    })
  }

  async function send(due: DueNotice): Promise<Outcome> {
    try {
      const to = await addressOf(storage, due)
      const notice = to === null ? null : await noticeOf(storage, due)
      // Without an address there is nobody to tell, without a notice nothing; that is an end too.
      const says = to !== null && notice !== null
      if (says) await mail.send({ messageId: due.id, to, ...noticeText(notice) })
      return says ? 'sent' : 'failed'
    } catch (error) {
      log.warn({ err: error, noticeId: due.id }, 'a notice could not be sent')
      return 'later'
    }
  }

  const unlisten = await storage.listen(noticeChannel, wake, wake)
  const sweep = setInterval(wake, sweepMs)
  wake()
  return {
    async stop() {
      clearInterval(sweep)
      await unlisten()
      again = false
      await draining
    },
  }
}

type Outcome = 'sent' | 'failed' | 'later'

interface DueNotice {
  id: string
  kind: string
  data: Record<string, string>
  orderId: string
  buyerId: string
  personal: Buffer | null
  /** Of what it tells: of a whole order, or of one of its deliveries. */
  items: { title: string; quantity: number }[]
  lastAtMs: number | null
  isBrought: boolean
  pickUpAt: string[]
  totalCents: bigint
  currency: string
  place: string | null
  vehicle: string | null
  carrier: string | null
  trackingNumber: string | null
  promise: { p50AtMs: number; p95AtMs: number; readyAtMs: number } | null
  fulfilmentId: string | null
  accessCode: Buffer | null
  deliveredAt: Date | null
  capturedCents: bigint | null
}

/** Times are kept in whole milliseconds, rounded: what was written just now may be due half of one from now. */
const dueNotices = `
  select n.id, n.kind, n.data, n.order_id as "orderId", o.buyer_id as "buyerId", b.personal,
    (select coalesce(jsonb_agg(jsonb_build_object('title', l.title, 'quantity', l.quantity) order by l.position), '[]')
      from order_line l where l.order_id = o.id
        and l.fulfilment_id is not distinct from coalesce(n.data->>'fulfilment_id', l.fulfilment_id)
        and (n.kind <> 'cancelled' or l.state <> 'delivered')) as items,
    (select max((f.promise->>'p50AtMs')::float8) from fulfilment f where f.order_id = o.id) as "lastAtMs",
    exists (select from fulfilment f where f.order_id = o.id and f.method <> 'pickup') as "isBrought",
    array(select distinct l.name from fulfilment f join site l on l.id = f.site_id
      where f.order_id = o.id and f.method = 'pickup' order by l.name) as "pickUpAt",
    o.total_cents as "totalCents", o.currency, s.name as place, v.name as vehicle, p.carrier,
    p.number as "trackingNumber", u.promise,
    u.id as "fulfilmentId", u.access_code as "accessCode", u.delivered_at as "deliveredAt",
    (select p.amount_cents from payment p where p.order_id = o.id and p.state = 'refunded' limit 1) as "capturedCents"
  from notice n join orders o on o.id = n.order_id join buyer b on b.id = o.buyer_id
    left join lateral (select * from fulfilment f where f.order_id = o.id
      and f.id = coalesce(n.data->>'fulfilment_id', f.id) order by f.id limit 1) u on true
    left join site s on s.id = u.site_id left join vehicle v on v.id = u.vehicle_id
    left join shipment p on p.id = n.data->>'shipment_id'
  where n.state = 'pending' and n.next_at <= now() + interval '1 millisecond'
  order by n.next_at, n.id limit $1 for update of n skip locked`

const noteOutcomes = `
  update notice n set attempts = attempts + 1,
    sent_at = case when o.outcome = 'sent' then now() end,
    state = case when o.outcome <> 'later' then o.outcome
      when created_at < now() - interval '${giveUpAfter}' then 'failed' else 'pending' end,
    next_at = case when o.outcome <> 'later' then next_at
      else now() + least(interval '1 hour', interval '5 seconds' * power(2, least(attempts, 10))) end
  from unnest($1::text[], $2::text[]) as o(id, outcome) where n.id = o.id`

async function addressOf(
  storage: Storage,
  { buyerId, personal }: DueNotice,
): Promise<string | null> {
  if (personal === null) return null
  const cell = { table: 'buyer', column: 'personal', rowId: buyerId }
  const { value } = await storage.personal.decrypt<{ email?: string }>(storage, cell, personal)
  return value?.email ?? null
}

/** Null for kinds that need what is no longer known. */
async function noticeOf(storage: Storage, due: DueNotice): Promise<Notice | null> {
  const { orderId, items, totalCents, currency, promise, data } = due
  const about = { orderId, items, timeZone: 'UTC' }
  const expectedAtMs = promise?.p50AtMs ?? Date.now()
  switch (due.kind) {
    case 'order_confirmed':
      return {
        ...about,
        kind: 'order_confirmed',
        totalCents,
        currency,
        expectedAtMs: due.lastAtMs ?? expectedAtMs,
        isBrought: due.isBrought,
        pickUpAt: due.pickUpAt,
      }
    case 'on_its_way':
      return {
        ...about,
        kind: 'on_its_way',
        carrier: due.vehicle ?? due.carrier ?? 'The driver',
        trackingNumber: due.trackingNumber,
        expectedAtMs,
        latestAtMs: promise?.p95AtMs ?? expectedAtMs,
      }
    case 'ready_for_pickup': {
      const accessCode = await accessCodeOf(storage, due)
      const untilMs = Date.parse(data['until'] ?? '')
      return accessCode === null
        ? null
        : { ...about, kind: 'ready_for_pickup', place: due.place ?? '', accessCode, untilMs }
    }
    case 'delivered':
      return { ...about, kind: 'delivered', atMs: due.deliveredAt?.getTime() ?? Date.now() }
    case 'order_on_hold':
      return { ...about, kind: 'order_on_hold', code: data['reason'] ?? '' }
    case 'cancelled':
      return {
        ...about,
        kind: 'cancelled',
        by: data['by'] ?? '',
        reason: data['reason'] ?? '',
        refundedCents: due.capturedCents ?? 0n,
        currency,
      }
    default:
      return null
  }
}

async function accessCodeOf(
  storage: Storage,
  { fulfilmentId, accessCode }: DueNotice,
): Promise<string | null> {
  if (fulfilmentId === null || accessCode === null) return null
  const { value } = await storage.personal.decrypt<string>(
    storage,
    accessCodeCell(fulfilmentId),
    accessCode,
  )
  return value
}
