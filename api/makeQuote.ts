// Turns a quote's request into rows: items and address looked up, ways planned, time held, all
// written in one transaction.
import type { Customization, Item } from '../domain/model/item.ts'
import type { Place } from '../domain/model/place.ts'
import { newId } from '../storage/ids.ts'
import type { Tx } from '../storage/storage.ts'
import type { ApiDeps } from './deps.ts'
import { limits } from './limits.ts'
import { buyerOf } from './personalBuyer.ts'
import { refuse } from './problem.ts'
import { quoteDestination, type QuoteRequest } from './quoteRequest.ts'
import type { QuoteNeed, QuotePlan } from './quoting.ts'

/** So often the plan is made anew because somebody else took the time of an offer meanwhile. */
const maxPlans = 3

export async function makeQuote<T>(
  deps: ApiDeps,
  storefrontId: string,
  request: QuoteRequest,
  answer: (tx: Tx, quoteId: string) => Promise<T>,
): Promise<T> {
  const destination = placeOf(deps, request.destination)
  const lines = await Promise.all(request.lines.map((line, i) => lineOf(deps, line, i)))
  const need: QuoteNeed = {
    destination: destination.place,
    lines,
    preferences: preferencesOf(request),
    holdSeconds: request.hold_seconds ?? limits.holdSeconds.default,
  }
  for (let plans = 1; ; plans += 1) {
    const plan = await deps.quoting.plan(need)
    const made = await deps.storage
      .asTenant(storefrontId, async (tx) => {
        const expiresAt = new Date(deps.nowMs() + need.holdSeconds * 1000)
        const lost = need.holdSeconds > 0 ? await deps.quoting.hold(tx, plan.offers, expiresAt) : []
        // Short of the last time, a plan with a hole is rolled back with its holds.
        if (lost.length > 0 && plans < maxPlans) throw new LostTime()
        const written = withoutLost(plan, lost)
        const quoteId = await write(tx, deps, {
          storefrontId,
          request,
          need,
          destination,
          plan: written,
          expiresAt,
        })
        deps.metrics.quotes.inc({ offered: written.offers.length > 0 ? 'yes' : 'no' })
        return { answer: await answer(tx, quoteId) }
      })
      .catch((error: unknown) => {
        if (error instanceof LostTime) return null
        throw error
      })
    if (made) return made.answer
  }
}

class LostTime extends Error {}

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

async function lineOf({ facts }: ApiDeps, line: QuoteRequest['lines'][number], i: number) {
  const item = await facts.item(line.item_id)
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
  expiresAt: Date
}

async function write(tx: Tx, { storage }: ApiDeps, made: Made): Promise<string> {
  const { storefrontId, request, need, destination, plan, expiresAt } = made
  const quoteId = newId('quo')
  const buyerId = await buyerOf(tx, storage, storefrontId, request)
  const sealed = await storage.personal.encrypt(
    tx,
    quoteDestination(quoteId),
    { storefrontId, buyerId },
    { label: destination.label, ...destination.place },
  )
  const lines = need.lines.map(({ item, quantity, customization }) => ({
    item_id: item.id,
    quantity,
    customization,
  }))
  const preferences = request.preferences ?? {}
  await tx.sql(
    `insert into quote (id, storefront_id, buyer_id, request, destination, why_not, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      quoteId,
      storefrontId,
      buyerId,
      JSON.stringify({ lines, preferences }),
      sealed,
      JSON.stringify(plan.whyNot),
      expiresAt,
    ],
  )
  await writeOffers(tx, quoteId, made)
  await writeDecisions(tx, quoteId, made)
  return quoteId
}

async function writeOffers(
  { sql }: Tx,
  quoteId: string,
  { storefrontId, need, plan, expiresAt }: Made,
) {
  const rows = plan.offers.map((offer) => {
    const line = need.lines[offer.line]
    return {
      id: offer.id,
      line: offer.line,
      item_id: line?.item.id,
      quantity: line?.quantity,
      customization: line?.customization,
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
    }
  })
  await sql(
    `insert into offer (id, quote_id, storefront_id, line, item_id, quantity, customization, method, kind, site_id,
       machine_id, vehicle_id, compartment_id, price, total_cents, currency, promise, expires_at)
     select id, $2, $3, line, item_id, quantity, customization, method, kind, site_id, machine_id, vehicle_id,
       compartment_id, price, total_cents, currency, promise, $4
     from jsonb_to_recordset($1::jsonb) as o(id text, line int, item_id text, quantity int, customization jsonb,
       method text, kind text, site_id text, machine_id text, vehicle_id text, compartment_id text, price jsonb,
       total_cents bigint, currency text, promise jsonb)`,
    [JSON.stringify(rows), quoteId, storefrontId, expiresAt],
  )
}

async function writeDecisions({ sql }: Tx, quoteId: string, { storefrontId, plan }: Made) {
  const rows = plan.decisions.map(({ kind, chosen, candidates }, line) => {
    return { id: newId('dec'), subject_id: `${quoteId}/${line}`, kind, chosen, candidates }
  })
  await sql(
    `insert into decision (id, storefront_id, quote_id, subject_id, kind, chosen, candidates)
     select id, $2, $3, subject_id, kind, chosen, candidates
     from jsonb_to_recordset($1::jsonb) as d(id text, subject_id text, kind text, chosen text, candidates jsonb)`,
    [JSON.stringify(rows), storefrontId, quoteId],
  )
}
