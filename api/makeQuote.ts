// Turns a quote's request into rows: items and address looked up, ways planned, time held, and
// then all written in one transaction.
import { DomainError } from '../domain/failure.ts'
import type { Customization, Item } from '../domain/model/item.ts'
import type { Place } from '../domain/model/place.ts'
import { newId } from '../storage/ids.ts'
import { releaseReservations } from '../storage/reservations.ts'
import type { Tx } from '../storage/storage.ts'
import type { ApiDeps } from './deps.ts'
import { limits } from './limits.ts'
import { buyerOf } from './personalBuyer.ts'
import { refuse } from './problem.ts'
import { quoteDestination, type QuoteRequest } from './quoteRequest.ts'
import type { QuoteFacts, OfferJson } from './quoteView.ts'
import type { QuoteNeed, QuotePlan } from './quoting.ts'

/** So often the plan is made anew because somebody else took the time of an offer meanwhile. */
const maxPlans = 3

export async function makeQuote<T>(
  deps: ApiDeps,
  storefrontId: string,
  request: QuoteRequest,
  answer: (tx: Tx, quote: QuoteFacts) => Promise<T>,
): Promise<T> {
  const destination = placeOf(deps, request.destination)
  const lines = await Promise.all(
    request.lines.map((line, i) => lineOf(deps, storefrontId, line, i)),
  )
  const need: QuoteNeed = {
    lines,
    preferences: preferencesOf(request),
    holdSeconds: request.hold_seconds ?? limits.holdSeconds.default,
  }
  const survey = await deps.quoting.survey(destination.place, storefrontId)
  for (let plans = 1; ; plans += 1) {
    const plan = await deps.quoting.plan(need, survey)
    const times = timesOf(deps, need)
    let isHeld = false
    try {
      const lost = await hold(deps, storefrontId, { need, plan }, times)
      if (lost.length > 0 && plans < maxPlans) {
        await giveBack(deps, storefrontId, plan)
        continue
      }
      const made = { storefrontId, request, need, destination, plan: withoutLost(plan, lost) }
      const answered = await written(deps, made, times, answer)
      isHeld = true
      deps.metrics.quotes.inc({ offered: plan.offers.length > 0 ? 'yes' : 'no' })
      return answered
    } finally {
      plan.ended(isHeld)
    }
  }
}

/** Before anything is written, since others wait for a machine meanwhile; what a crash leaves held expires. */
async function hold(
  { quoting, storage }: ApiDeps,
  storefrontId: string,
  { need, plan }: Pick<Made, 'need' | 'plan'>,
  { expiresAt }: Times,
): Promise<string[]> {
  if (need.holdSeconds === 0) return []
  return await quoting.hold(storage, storefrontId, plan.offers, expiresAt)
}

async function giveBack(
  { storage }: ApiDeps,
  storefrontId: string,
  { offers }: QuotePlan,
): Promise<void> {
  await storage.asTenant(storefrontId, async (tx) => {
    for (const { id: offerId } of offers) await releaseReservations(tx, { offerId })
  })
}

async function written<T>(
  deps: ApiDeps,
  made: Made,
  times: Times,
  answer: (tx: Tx, quote: QuoteFacts) => Promise<T>,
): Promise<T> {
  const { storefrontId, plan } = made
  try {
    return await deps.storage.asTenant(
      storefrontId,
      async (tx) => await answer(tx, await write(tx, deps, made, times)),
      // Whoever orders an offer that a crash of the database has lost is told to ask again.
      { durability: 'late' },
    )
  } catch (error) {
    // Refused, and so surely not written; of anything else the time expires.
    if (error instanceof DomainError) await giveBack(deps, storefrontId, plan).catch(() => {})
    throw error
  }
}

function timesOf({ nowMs }: ApiDeps, { holdSeconds }: QuoteNeed): Times {
  const createdAt = new Date(nowMs())
  return { createdAt, expiresAt: new Date(createdAt.getTime() + holdSeconds * 1000) }
}

function withoutLost(plan: QuotePlan, lost: readonly string[]): QuotePlan {
  const gone = plan.offers.filter(({ id }) => lost.includes(id))
  return {
    ...plan,
    offers: plan.offers.filter(({ id }) => !lost.includes(id)),
    whyNot: [
      ...plan.whyNot,
      ...gone.map(({ line, method, kind, machineId }) => {
        return { line, method, kind, code: 'capacity_taken', details: { machineId } }
      }),
    ],
  }
}

function placeOf(
  { addresses }: ApiDeps,
  given: QuoteRequest['destination'],
): { label: string | null; place: Place } {
  if (!('address' in given)) return { label: null, place: { lon: given.lon, lat: given.lat } }
  const found = addresses.findAddress(given.address)
  if (found) return found
  throw refuse('address_unknown', {
    param: '/destination/address',
    suggestions: addresses.suggest(given.address),
  })
}

async function lineOf(
  { facts }: ApiDeps,
  storefrontId: string,
  line: QuoteRequest['lines'][number],
  i: number,
) {
  const item = await facts.item(line.item_id, storefrontId)
  if (!item) {
    throw refuse('item_unknown', { param: `/lines/${i}/item_id`, facts: { item_id: line.item_id } })
  }
  return {
    item,
    quantity: line.quantity,
    customization: customizationOf(item, line.customization ?? {}, i),
  }
}

/** What was left open is the item's first material and colour, at its own size. */
function customizationOf(item: Item, wanted: Partial<Customization>, i: number): Customization {
  const chosen = {
    material: wanted.material ?? item.materials[0] ?? '',
    colour: wanted.colour ?? item.colours[0] ?? '',
    scale: wanted.scale ?? 1,
  }
  const refused = (field: string, choices: readonly string[]) =>
    refuse('customization_unknown', {
      param: `/lines/${i}/customization/${field}`,
      facts: { choices: choices.join(', ') },
    })
  if (!item.materials.includes(chosen.material)) throw refused('material', item.materials)
  if (!item.colours.includes(chosen.colour)) throw refused('colour', item.colours)
  return chosen
}

function preferencesOf({ preferences = {} }: QuoteRequest): QuoteNeed['preferences'] {
  const { methods, max_miles: miles, max_pickup_miles: pickupMiles, want_by: wantBy } = preferences
  return {
    methods: methods ?? null,
    maxMachineMiles: miles ?? null,
    maxPickupMiles: pickupMiles ?? null,
    wantByMs: wantBy === undefined ? null : Date.parse(wantBy),
  }
}

interface Made {
  storefrontId: string
  request: QuoteRequest
  need: QuoteNeed
  destination: { label: string | null; place: Place }
  plan: QuotePlan
}

interface Times {
  createdAt: Date
  expiresAt: Date
}

/** All rows in one round trip; answers what reading them back would. */
async function write(
  tx: Tx,
  { storage }: ApiDeps,
  made: Made,
  { createdAt, expiresAt }: Times,
): Promise<QuoteFacts> {
  const { storefrontId, request, need, plan } = made
  const id = newId('quo')
  const buyerId = await buyerOf(tx, storage, storefrontId, request)
  const destination = { label: made.destination.label, ...made.destination.place }
  const owner = { storefrontId, buyerId }
  const sealed = await storage.personal.encrypt(tx, quoteDestination(id), owner, destination)
  const lines = need.lines.map(({ item, quantity, customization }) => {
    return { item_id: item.id, quantity, customization }
  })
  const asked = { lines, preferences: request.preferences ?? {} }
  const offers = offerRows(made, expiresAt)
  const decisions = plan.decisions.map(({ kind, chosen, candidates }, line) => {
    const subject = { subject_id: `${id}/${line}`, created_at: createdAt.toISOString() }
    return { id: newId('dec'), kind, chosen, candidates, ...subject }
  })
  await tx.sql(insertAll, [
    id,
    storefrontId,
    buyerId,
    JSON.stringify(asked),
    sealed,
    JSON.stringify(plan.whyNot),
    expiresAt,
    createdAt,
    JSON.stringify(offers),
    JSON.stringify(decisions),
  ])
  return {
    id,
    buyer_id: buyerId,
    request: asked,
    destination,
    why_not: plan.whyNot,
    expires_at: expiresAt,
    created_at: createdAt,
    offers: offers.toSorted(byLineArrivalPrice),
    decisions,
  }
}

const insertAll = `with asked as (
    insert into quote (id, storefront_id, buyer_id, request, destination, why_not, expires_at, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)),
  offered as (
    insert into offer (id, quote_id, storefront_id, line, item_id, quantity, customization, method, kind, site_id,
      machine_id, vehicle_id, compartment_id, price, total_cents, currency, promise, expires_at, created_at)
    select id, $1, $2, line, item_id, quantity, customization, method, kind, site_id, machine_id, vehicle_id,
      compartment_id, price, total_cents, currency, promise, $7, $8
    from jsonb_to_recordset($9::jsonb) as o(id text, line int, item_id text, quantity int, customization jsonb,
      method text, kind text, site_id text, machine_id text, vehicle_id text, compartment_id text, price jsonb,
      total_cents bigint, currency text, promise jsonb))
  insert into decision (id, storefront_id, quote_id, subject_id, kind, chosen, candidates, created_at)
  select id, $2, $1, subject_id, kind, chosen, candidates, $8
  from jsonb_to_recordset($10::jsonb) as d(id text, subject_id text, kind text, chosen text, candidates jsonb)`

function offerRows({ need, plan }: Made, expiresAt: Date) {
  return plan.offers.flatMap((offer) => {
    const line = need.lines[offer.line]
    if (!line) return []
    return {
      id: offer.id,
      line: offer.line,
      item_id: line.item.id,
      quantity: line.quantity,
      customization: line.customization,
      method: offer.method,
      kind: offer.kind,
      site_id: offer.siteId,
      machine_id: offer.machineId,
      vehicle_id: offer.vehicleId,
      compartment_id: offer.compartmentId,
      price: offer.price.map(({ code, cents }) => ({ code, cents: String(cents) })),
      total_cents: String(offer.totalCents),
      currency: offer.currency,
      promise: offer.promise,
      state: 'open' as const,
      expires_at: expiresAt.toISOString(),
    }
  })
}

/** The order in which a quote is read back. */
function byLineArrivalPrice(a: OfferJson, b: OfferJson): number {
  return (
    a.line - b.line ||
    a.promise.p50AtMs - b.promise.p50AtMs ||
    Number(a.total_cents) - Number(b.total_cents) ||
    (a.id < b.id ? -1 : 1)
  )
}
