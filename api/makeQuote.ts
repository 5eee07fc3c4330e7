// Turns a quote's request into rows: items and address looked up, ways planned, and then time held and
// all written at once.
import { DomainError } from '../domain/failure.ts'
import type { Customization, Item } from '../domain/model/item.ts'
import type { Place } from '../domain/model/place.ts'
import { newId } from '../storage/ids.ts'
import { holdsJson } from '../storage/reservations.ts'
import type { Sql, Tx } from '../storage/storage.ts'
import type { ApiDeps } from './deps.ts'
import type { EffectClaim, KeptAnswer } from './idempotency.ts'
import { limits } from './limits.ts'
import { buyerOf } from './personalBuyer.ts'
import { refuse } from './problem.ts'
import { quoteDestination, type QuoteRequest } from './quoteRequest.ts'
import type { QuoteFacts, OfferJson } from './quoteView.ts'
import { holdsOf, type QuoteNeed, type QuotePlan } from './quoting.ts'
import type { JsonAnswer } from './route.ts'
import type { Outcome } from './freeTimes.ts'

/** So often the plan is made anew because somebody else took the time of an offer meanwhile. */
const maxPlans = 3

export async function makeQuote(
  deps: ApiDeps,
  storefrontId: string,
  request: QuoteRequest,
  { answerOf, claim }: Answering,
): Promise<JsonAnswer> {
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
    const made = { storefrontId, request, need, destination, plan, ...timesOf(deps, need) }
    let outcome: Outcome = 'dropped'
    try {
      const answer = await written(deps, made, { answerOf, claim, isLast: plans === maxPlans })
      if (answer !== null) {
        outcome = 'held'
        deps.metrics.quotes.inc({ offered: plan.offers.length > 0 ? 'yes' : 'no' })
        return answer
      }
      outcome = 'lost'
    } finally {
      plan.ended(outcome)
    }
  }
}

interface Answering {
  answerOf: (quote: QuoteFacts) => JsonAnswer
  claim: EffectClaim
}

/** Null when somebody else has the time of an offer; the last plan goes without such offers. */
async function written(
  deps: ApiDeps,
  made: Made,
  { isLast, ...answering }: Answering & { isLast: boolean },
): Promise<JsonAnswer | null> {
  for (let { plan } = made; ;) {
    try {
      return await write(deps, { ...made, plan }, answering)
    } catch (error) {
      const lost = lostOffers(error)
      if (lost.length === 0) throw error
      if (!isLast) return null
      plan = withoutLost(plan, lost)
    }
  }
}

/** As hold_exactly names them. */
function lostOffers(error: unknown): string[] {
  if (!(error instanceof DomainError) || error.code !== 'capacity_taken') return []
  const { offers } = error.facts
  return typeof offers === 'string' ? offers.split(' ') : []
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

interface Times {
  createdAt: Date
  expiresAt: Date
}

interface Made extends Times {
  storefrontId: string
  request: QuoteRequest
  need: QuoteNeed
  destination: { label: string | null; place: Place }
  plan: QuotePlan
}

/** All rows, and the answer under its key, in one round trip; with a buyer, in the transaction that knows him. */
async function write(
  { storage }: ApiDeps,
  made: Made,
  { answerOf, claim }: Answering,
): Promise<JsonAnswer> {
  const { storefrontId, request } = made
  const rows = rowsOf(made)
  const sealed = async (on: Pick<Tx, 'sql'>, buyerId: string | null) =>
    await storage.personal.encrypt(
      on,
      quoteDestination(rows.id),
      { storefrontId, buyerId },
      rows.destination,
    )
  const writeBy = async (call: MakeQuote, buyerId: string | null, destination: Buffer) => {
    const answer = answerOf({ ...rows, buyer_id: buyerId })
    await claim.sealBy(answer, async (kept) => {
      return await call([storefrontId, ...kept, ...paramsOf(made, rows, buyerId, destination)])
    })
    return answer
  }
  if (request.buyer === undefined && request.buyer_id === undefined) {
    const sql: Sql = async (text, params) =>
      await storage.asTenant(storefrontId, async (tx) => await tx.sql(text, params))
    const call: MakeQuote = async (params) => await storage.call('make_quote', params)
    return await writeBy(call, null, await sealed({ sql }, null))
  }
  return await storage.asTenant(storefrontId, async (tx) => {
    const buyerId = await buyerOf(tx, storage, storefrontId, request)
    return await writeBy(
      async (params) => await tx.sql(makeQuoteSql, params),
      buyerId,
      await sealed(tx, buyerId),
    )
  })
}

type MakeQuote = (params: readonly unknown[]) => Promise<KeptAnswer[]>

const makeQuoteSql = 'select * from make_quote($1, $2, $3, $4, $5, $6, $7, $8, $9)'

/** What reading the quote back would say, but for the buyer. */
function rowsOf(made: Made): Omit<QuoteFacts, 'buyer_id' | 'decisions' | 'destination'> & Written {
  const { request, need, plan, createdAt, expiresAt } = made
  const id = newId('quo')
  const lines = need.lines.map(({ item, quantity, customization }) => {
    return { item_id: item.id, quantity, customization }
  })
  return {
    id,
    request: { lines, preferences: request.preferences ?? {} },
    destination: { label: made.destination.label, ...made.destination.place },
    why_not: plan.whyNot,
    expires_at: expiresAt,
    created_at: createdAt,
    offers: offerRows(made).toSorted(byLineArrivalPrice),
    decisions: plan.decisions.map(({ kind, chosen, candidates }, line) => ({
      id: newId('dec'),
      subject_id: `${id}/${line}`,
      kind,
      chosen,
      candidates,
      created_at: createdAt.toISOString(),
    })),
  }
}

interface Written {
  request: { lines: QuoteFacts['request']['lines']; preferences: object }
  destination: NonNullable<QuoteFacts['destination']>
  decisions: NonNullable<QuoteFacts['decisions']>
}

function paramsOf(
  { need, plan }: Made,
  rows: ReturnType<typeof rowsOf>,
  buyerId: string | null,
  destination: Buffer,
): unknown[] {
  const { id, request, why_not: whyNot, expires_at: expiresAt, created_at: createdAt } = rows
  const holds = need.holdSeconds > 0 ? plan.offers.flatMap(holdsOf) : []
  return [
    JSON.stringify({ id, buyerId, request, whyNot, expiresAt, createdAt }),
    destination,
    JSON.stringify(rows.offers),
    JSON.stringify(rows.decisions),
    holdsJson(holds),
  ]
}

function offerRows({ need, plan, expiresAt }: Made) {
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
