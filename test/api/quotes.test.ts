// What a quote knows is a moment old, and what it promises is held all the same: what it has missed is
// found when it is written, and a key has one quote however often and by how many it is sent.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { defaultDispatchRules } from '../../domain/dispatch/rules.ts'
import type { Outcome } from '../../api/freeTimes.ts'
import { limits } from '../../api/limits.ts'
import { quoting } from '../../api/quoting.ts'
import { quotingFacts } from '../../api/quotingFacts.ts'
import { CITY_MIDDLE } from '../../services/router/city.ts'
import { openRouter } from '../../services/router/open.ts'
import { newId } from '../../storage/ids.ts'
import { holdSlot } from '../../storage/reservations.ts'
import { cityWithIsland } from '../services/router/maps.ts'
import { until } from '../support/until.ts'
import { ann, oneHandle, orderOf, quoteOn } from './asking.ts'
import { apiForTest, type Answered, type Stack } from './stack.ts'
import { addItem } from './world.ts'

let api: Stack
beforeAll(async () => {
  // Some of them ask again until they see what they wait for: a fast machine asks more than a key may.
  api = await apiForTest({ budgetFactor: 100 })
})
afterAll(async () => await api.close())

const under = (key: string) => ({ headers: { 'idempotency-key': key } })
const machinesOf = ({ body }: Answered): string[] =>
  body.offers.map((offer: { machine_id: string }) => offer.machine_id)

const untilKnown = async (seen: () => Promise<boolean>) =>
  void (await until(seen, { what: 'a quote that knows it' }))

async function change(text: string): Promise<void> {
  await api.storage.sql(text)
}

test('a time that another copy of the API has taken meanwhile is promised to nobody', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { body: before } = await quoteOn(api)
    // Exactly where the next quote would begin, on every machine that it would ask.
    for (const { machine_id: resourceId, promise } of before.offers) {
      await holdSlot(api.storage, {
        resourceId,
        seconds: 600,
        notBefore: new Date(promise.ready_at),
        offerId: newId('ofr'),
        expiresAt: new Date(Date.now() + 60_000),
      })
    }
    const next = await quoteOn(api)
    expect([next.status, machinesOf(next)]).toEqual([201, expect.arrayContaining(['mac_locker'])])
    for (const { id, machine_id: machineId, promise } of next.body.offers) {
      const [held] = await api.storage.sql<{ from: Date }>(
        `select lower(during) as from from reservation where offer_id = $1 and resource_id = $2`,
        [id, machineId],
      )
      expect(held?.from.toISOString()).toBe(promise.making_starts_at)
    }
  }
})

test('copies of the API that plan beside each other hold what they promise, each time once', async () => {
  const city = await cityWithIsland()
  const router = await openRouter({ mapPath: city.path })
  const facts = quotingFacts(api.deps.storage, Date.now)
  const { plan } = api.deps.quoting
  const other = quoting({ facts, router, rulesOf: async () => ({}), nowMs: Date.now })
  let plans = 0
  const outcomes: Outcome[] = []
  const both = Promise.withResolvers<void>()
  const planned = new Set<typeof plan>()
  api.deps.quoting.plan = async (...asked) => {
    plans += 1
    const by = plans % 2 === 0 ? plan : other.plan
    const made = await by(...asked)
    // Neither knows yet what the other holds.
    if (planned.add(by).size === 2) both.resolve()
    await both.promise
    const ended = (outcome: Outcome) => {
      outcomes.push(outcome)
      made.ended(outcome)
    }
    return { ...made, ended }
  }
  const quotes = await Promise.all(Array.from({ length: 16 }, async () => quoteOn(api)))
  api.deps.quoting.plan = plan
  await router.close()
  await city.drop()
  expect(new Set(quotes.map(({ status }) => status))).toEqual(new Set([201]))
  expect(outcomes).toContain('lost')
  const promised = quotes.flatMap(({ body }) => body.offers)
  expect(promised.length).toBeGreaterThan(0)
  const held = await api.storage.sql<{ offer_id: string; from: Date }>(
    `select offer_id, lower(during) as from from reservation where resource_id like 'mac%'`,
  )
  const heldFrom = new Map(held.map(({ offer_id: id, from }) => [id, from.toISOString()]))
  for (const { id, promise } of promised) {
    expect(heldFrom.get(id)).toBe(promise.making_starts_at)
  }
  await api.freeAll()
})

test('when the time is taken each time that it is planned, the offer is left out with the reason', async () => {
  const { plan } = api.deps.quoting
  const stolen: string[] = []
  api.deps.quoting.plan = async (need, survey) => {
    const made = await plan(need, survey)
    for (const { machineId, making } of made.offers.filter(({ method }) => method === 'pickup')) {
      const offerId = newId('ofr')
      const notBefore = new Date(Math.round(making.startsAtMs))
      const expiresAt = new Date(Date.now() + 60_000)
      await holdSlot(api.storage, {
        resourceId: machineId,
        seconds: 1,
        notBefore,
        offerId,
        expiresAt,
      })
      stolen.push(offerId)
    }
    return made
  }
  const { status, body } = await quoteOn(api)
  api.deps.quoting.plan = plan
  expect([status, stolen.length]).toEqual([201, 3])
  expect(body.offers.map(({ method }: { method: string }) => method)).not.toContain('pickup')
  expect(body.why_not).toContainEqual(
    expect.objectContaining({ method: 'pickup', code: 'capacity_taken' }),
  )
  const held = await api.storage.sql(
    `select 1 from reservation r join offer f on f.id = r.offer_id where f.quote_id = $1`,
    [body.id],
  )
  expect(held.length).toBeGreaterThanOrEqual(body.offers.length)
  await api.freeAll()
})

const isOffered = async () =>
  machinesOf(await quoteOn(api, { hold_seconds: 0 })).includes('mac_locker')

const switched = async (on: boolean) =>
  await change(`update machine set enabled = ${on} where id = 'mac_locker'`)

test('a machine that is switched off is offered no more, and again when it is back', async () => {
  await untilKnown(isOffered)
  await switched(false)
  await untilKnown(async () => !(await isOffered()))
  await switched(true)
  await untilKnown(isOffered)
})

test('what quotes know of machines is a second old at most', async () => {
  let nowMs = Date.now()
  const facts = quotingFacts(api.deps.storage, () => nowMs)
  const isOn = async () => {
    const scene = await facts.sceneAround(CITY_MIDDLE, api.storefrontId)
    const machines = scene?.machinesAt.get('sit_lockers') ?? []
    return machines.map(({ machine }) => machine.enabled)
  }
  expect(await isOn()).toEqual([true])
  await switched(false)
  expect(await isOn()).toEqual([true])
  nowMs += limits.factsCacheMs
  expect(await isOn()).toEqual([false])
  await switched(true)
  nowMs += limits.factsCacheMs
  expect(await isOn()).toEqual([true])
})

const truckOf = ({ body }: Answered) =>
  body.offers.find(({ method }: { method: string }) => method === 'truck')

test('a truck that has stopped work, an item that became dearer: the next quotes know within seconds', async () => {
  const lines = [{ item_id: await addItem(api.storage), quantity: 1 }]
  const quoted = async () => await quoteOn(api, { lines, hold_seconds: 0 })
  await untilKnown(async () => truckOf(await quoted()) !== undefined)
  const { total } = truckOf(await quoted())
  await change(`update item set price_cents = price_cents + 1000`)
  const dearer = (offer: { total: { amount: string } }) =>
    Number(offer.total.amount) > Number(total.amount)
  await untilKnown(async () => dearer(truckOf(await quoted())))
  await change(`update vehicle set in_service = false`)
  await untilKnown(async () => truckOf(await quoted()) === undefined)
  await change(`update vehicle set in_service = true`)
})

test('rules that were changed decide the next quotes within seconds', async () => {
  const path = '/v1/regions/springfield/dispatch_rules'
  const offersTruck = async () => truckOf(await quoteOn(api, { hold_seconds: 0 })) !== undefined
  await untilKnown(offersTruck)
  const etag = (await api.get(path)).headers.get('etag') ?? ''
  const rules = { ...defaultDispatchRules, maxDeviationMeters: 1 }
  const why = { author: 'Pat Planner', reason: 'No truck leaves its way' }
  const changed = await api.call('PUT', path, {
    body: { rules, ...why },
    headers: { 'if-match': etag },
  })
  expect(changed.status).toBe(200)
  await untilKnown(async () => !(await offersTruck()))
})

test('an offer whose machine was taken away is refused as expired, with the way to a fresh quote', async () => {
  const { body } = await quoteOn(api)
  const [offer] = body.offers
  await change(`update offer set machine_id = 'mac_gone' where id = '${offer.id}'`)
  const refused = await api.post('/v1/orders', orderOf([offer.id]))
  expect([refused.status, refused.body.code]).toEqual([409, 'offer_expired'])
})

test('twenty calls of one key make one quote, and all answer its bytes', async () => {
  const key = crypto.randomUUID()
  const before = await countOf('quote')
  const calls = Array.from({ length: 20 }, async () =>
    api.post('/v1/quotes', oneHandle, under(key)),
  )
  const answers = await Promise.all(calls)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')
  expect([replayed.length, (await countOf('quote')) - before]).toEqual([19, 1])
})

test('a repeat with other words is refused, and one of a refusal is the refusal', async () => {
  const key = crypto.randomUUID()
  const unknown = { ...oneHandle, lines: [{ item_id: 'itm_none', quantity: 1 }] }
  const first = await api.post('/v1/quotes', unknown, under(key))
  const again = await api.post('/v1/quotes', unknown, under(key))
  expect([first.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([
    422,
    first.text,
    'true',
  ])
  const other = await api.post('/v1/quotes', oneHandle, under(key))
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
})

test('a repeat makes no second buyer and holds nothing, and a day later it is a quote of its own', async () => {
  const key = crypto.randomUUID()
  const asked = { ...oneHandle, buyer: ann }
  const first = await api.post('/v1/quotes', asked, under(key))
  const before = [await countOf('buyer'), await countOf('reservation')]
  const again = await api.post('/v1/quotes', asked, under(key))
  expect([again.text, await countOf('buyer'), await countOf('reservation')]).toEqual([
    first.text,
    ...before,
  ])
  await change(
    `update idempotency set created_at = now() - interval '25 hours' where key = '${key}'`,
  )
  const nextDay = await api.post('/v1/quotes', asked, under(key))
  expect([nextDay.status, nextDay.body.id === first.body.id]).toEqual([201, false])
})

async function countOf(table: string): Promise<number> {
  const [row] = await api.storage.sql<{ count: bigint }>(`select count(*) from ${table}`)
  return Number(row?.count)
}
