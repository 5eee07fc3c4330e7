// Turns offers into an order, in one transaction: offers checked, rows written, time booked, the first event appended.
import type { Customization } from '../domain/model/item.ts'
import type { PaymentMethod } from '../domain/model/order.ts'
import type { Promise50 } from '../domain/model/offer.ts'
import type { Place } from '../domain/model/place.ts'
import { destinationCell } from '../storage/destinations.ts'
import { appendEvent } from '../storage/events.ts'
import { newId } from '../storage/ids.ts'
import { whyNoOffer } from '../storage/offerIds.ts'
import { bookHold } from '../storage/reservations.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { buyerOf, type BuyerDetails } from './personalBuyer.ts'
import { refuse } from './problem.ts'
import { quoteDestination } from './quoteRequest.ts'

export interface OrderNeed {
  offers: string[]
  buyer_id?: string
  buyer?: BuyerDetails
  payment_method: PaymentMethod
  reference?: string
}

interface OfferRow {
  id: string
  quote_id: string
  line: number
  item_id: string
  title: string
  quantity: number
  customization: Customization | null
  method: string
  site_id: string
  machine_id: string
  vehicle_id: string | null
  compartment_id: string | null
  total_cents: bigint
  currency: string
  promise: Promise50
  state: 'open' | 'ordered'
  expires_at: Date
  line_count: number
  quote_buyer_id: string | null
  destination: Buffer | null
}

interface Context {
  storage: Storage
  storefrontId: string
  nowMs: number
}

export async function placeOrder(
  tx: Tx,
  { storage, storefrontId, nowMs }: Context,
  need: OrderNeed,
): Promise<string> {
  const offers = await lockOffers(tx, need.offers, nowMs)
  const [first] = offers
  if (!first) throw new Error('the schema lets no order without offers pass')
  const buyerId = (await buyerOf(tx, storage, storefrontId, need)) ?? first.quote_buyer_id
  if (buyerId === null) {
    const error = { param: '/buyer', message: 'is missing, and the quote names no buyer either' }
    throw refuse('invalid_request', { param: error.param, errors: [error] })
  }
  const order = { id: newId('ord'), storefrontId, buyerId, need, offers, first }
  const destination = await sealedDestination(tx, storage, order)
  const lines = offers.map((offer) => {
    return { offer, lineId: newId('lin'), fulfilmentId: newId('ful') }
  })
  await writeOrder(tx, order, destination)
  await writeLines(tx, order, lines)
  for (const { offer, fulfilmentId } of lines) {
    const booked = await bookHold(tx, offer.id, { orderId: order.id, fulfilmentId })
    if (!booked) throw expired(offer)
  }
  await appendEvent(tx, {
    orderId: order.id,
    type: 'order.created',
    data: {
      order_id: order.id,
      quote_id: first.quote_id,
      offers: need.offers,
      status: 'awaiting_authorization',
    },
  })
  return order.id
}

/** Locked in the order of their ids, so that two orders for the same offers wait for each other and do not deadlock. */
async function lockOffers({ sql }: Tx, ids: readonly string[], nowMs: number): Promise<OfferRow[]> {
  const rows = await sql<OfferRow>(
    `select f.id, f.quote_id, f.line, f.item_id, i.title, f.quantity, f.customization, f.method, f.site_id,
       f.machine_id, f.vehicle_id, f.compartment_id, f.total_cents, f.currency, f.promise, f.state, f.expires_at,
       jsonb_array_length(q.request->'lines') as line_count, q.buyer_id as quote_buyer_id, q.destination
     from offer f join quote q on q.id = f.quote_id join item i on i.id = f.item_id
       join site s on s.id = f.site_id join machine m on m.id = f.machine_id
     where f.id = any($1) order by f.id for update of f`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  const offers = ids.map((id, i) => {
    const offer = byId.get(id)
    if (!offer) throw noLonger(id, `/offers/${i}`, nowMs)
    return offer
  })
  for (const [i, offer] of offers.entries()) {
    const param = `/offers/${i}`
    if (offer.state === 'ordered') throw refuse('offer_taken', { param })
    if (offer.expires_at.getTime() <= nowMs) throw expired(offer, param)
  }
  refuseMixture(offers)
  return offers.toSorted((a, b) => a.line - b.line)
}

function refuseMixture(offers: readonly OfferRow[]): void {
  const quotes = new Set(offers.map((offer) => offer.quote_id))
  const lines = new Set(offers.map((offer) => offer.line))
  const isWhole =
    quotes.size === 1 && lines.size === offers.length && lines.size === offers[0]?.line_count
  if (isWhole) return
  const error = { param: '/offers', message: 'must be one offer for each line of one quote' }
  throw refuse('invalid_request', { param: error.param, errors: [error] })
}

function noLonger(id: string, param: string, nowMs: number) {
  const code = whyNoOffer(id, nowMs)
  const links = code === 'offer_expired' ? [freshQuote] : []
  return refuse(code, { param, facts: { offer_id: id }, links })
}

const freshQuote = { rel: 'fresh_quote', href: '/v1/quotes' }

function expired(offer: OfferRow, param?: string) {
  return refuse('offer_expired', {
    ...(param ? { param } : {}),
    facts: { offer_id: offer.id },
    links: [{ rel: 'quote', href: `/v1/quotes/${offer.quote_id}` }, freshQuote],
  })
}

interface NewOrder {
  id: string
  storefrontId: string
  buyerId: string
  need: OrderNeed
  offers: OfferRow[]
  first: OfferRow
}

/** Read under the quote's cell and sealed again under the order's, with the buyer's key. */
async function sealedDestination(
  tx: Tx,
  { personal }: Storage,
  order: NewOrder,
): Promise<Buffer | null> {
  const { id, storefrontId, buyerId, first } = order
  if (!first.destination) return null
  const cell = quoteDestination(first.quote_id)
  const { value } = await personal.decrypt<Place & { label: string | null }>(
    tx,
    cell,
    first.destination,
  )
  if (!value) throw refuse('buyer_unknown', { detail: 'The buyer of the quote was erased.' })
  const { label, lon, lat } = value
  const text = label ?? `${lat.toFixed(5)}, ${lon.toFixed(5)}`
  return personal.encrypt(
    tx,
    destinationCell(id),
    { storefrontId, buyerId },
    { label: text, lon, lat },
  )
}

async function writeOrder({ sql }: Tx, order: NewOrder, destination: Buffer | null): Promise<void> {
  const { id, storefrontId, buyerId, need, offers, first } = order
  const total = offers.reduce((sum, offer) => sum + offer.total_cents, 0n)
  const promises = offers.map(({ promise }) => promise)
  await sql(
    `with placed as (
       insert into orders (id, storefront_id, buyer_id, quote_id, reference, currency, total_cents, payment_method,
         destination, due_by, cancel_until)
       values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11))
     insert into payment (id, order_id, storefront_id, amount_cents, currency, method)
     values ($12, $1, $2, $7, $6, $8::jsonb)`,
    [
      id,
      storefrontId,
      buyerId,
      first.quote_id,
      need.reference ?? null,
      first.currency,
      total,
      JSON.stringify(need.payment_method),
      destination,
      new Date(Math.max(...promises.map(({ p95AtMs }) => p95AtMs))),
      new Date(Math.min(...promises.map(({ makeStartsAtMs }) => makeStartsAtMs))),
      newId('pay'),
    ],
  )
}

interface NewLine {
  offer: OfferRow
  lineId: string
  fulfilmentId: string
}

/** Line, fulfilment and jobs of each offer: three statements, however many lines there are. */
async function writeLines({ sql }: Tx, order: NewOrder, lines: readonly NewLine[]): Promise<void> {
  const rows = lines.map(({ offer, lineId, fulfilmentId }) => ({
    id: offer.id,
    lineId,
    fulfilmentId,
    title: offer.title,
  }))
  const of = [JSON.stringify(rows), order.id, order.storefrontId]
  const given = `jsonb_to_recordset($1::jsonb) as g(id text, "lineId" text, "fulfilmentId" text, title text)
    join offer f on f.id = g.id`
  await sql(
    `insert into order_line (id, order_id, storefront_id, position, item_id, title, quantity, customization, offer_id,
       fulfilment_id, unit_cents, total_cents, pending)
     select g."lineId", $2, $3, f.line, f.item_id, g.title, f.quantity, f.customization, f.id, g."fulfilmentId",
       f.total_cents / f.quantity, f.total_cents, f.quantity
     from ${given}`,
    of,
  )
  await sql(
    `insert into fulfilment (id, order_id, storefront_id, offer_id, method, site_id, machine_id, vehicle_id,
       compartment_id, promise)
     select g."fulfilmentId", $2, $3, f.id, f.method, f.site_id, f.machine_id, f.vehicle_id, f.compartment_id, f.promise
     from ${given}`,
    of,
  )
  const jobs = lines.flatMap(({ offer, lineId, fulfilmentId }) =>
    Array.from({ length: offer.quantity }, (_, unit) => ({
      id: newId('job'),
      lineId,
      fulfilmentId,
      unit,
    })),
  )
  await sql(
    `with taken as (update offer set state = 'ordered' where id = any($4))
     insert into job (id, fulfilment_id, order_id, storefront_id, line_id, unit)
     select id, "fulfilmentId", $2, $3, "lineId", unit
     from jsonb_to_recordset($1::jsonb) as j(id text, "fulfilmentId" text, "lineId" text, unit int)`,
    [JSON.stringify(jobs), order.id, order.storefrontId, lines.map(({ offer }) => offer.id)],
  )
}
