// Stories that buyers live through, and what anybody may read of them afterwards.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from '@jest/globals'
import type { Order } from '../../demo/client.ts'
import { until } from '../support/until.ts'
import {
  ask,
  balances,
  collect,
  eventsOf,
  mail,
  order,
  place,
  provoke,
  read,
  sumsOf,
  when,
  type WholeOrder,
} from './buyer.ts'
import { town, whileTheyStand } from './town.ts'

test('742 Evergreen Terrace: the grocery truck makes it on the way, stopping before number 744', async () => {
  const wish = { item: 'itm_wall_hook', method: 'truck', from: 'veh_grocery' } as const
  const { quote, placed, nextDoor } = await asRoundBegins('grocery', async () => {
    const asked = await ask(wish)
    const stop = await stopAt('veh_grocery', '744 Evergreen Terrace')
    const bought = await place(asked)
    const isPlanned = async () =>
      (await eventsOf(bought)).some(({ type }) => type === 'fulfilment.stop_planned')
    await until(isPlanned, { what: 'the stop' })
    return { quote: asked.quote, placed: bought, nextDoor: stop }
  })
  const trucks = new Set(quote.offers.map(({ vehicle_id: id }) => id))
  expect(trucks).toEqual(new Set(['veh_factory', 'veh_grocery', 'veh_van']))
  expect(quote.why_not.map(({ method, code }) => [method, code])).toContainEqual([
    'pickup',
    'not_wanted_by_buyer',
  ])

  const settled = await when(placed, 'settled')
  expect(Object.values(await sumsOf(settled))).toEqual([0n, 0n])
  const events = await eventsOf(placed)
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, at) => at + 1))
  const planned = events.find(({ type }) => type === 'fulfilment.stop_planned')
  expect(planned?.data).toMatchObject({ vehicle_id: 'veh_grocery', before_stop: nextDoor })
  expect(settled.fulfilments[0]?.jobs).toMatchObject([{ state: 'harvested', attempt: 1 }])

  const dispatched = settled.decisions.find(({ kind }) => kind === 'dispatch')
  expect(dispatched).toMatchObject({ chosen: 'veh_grocery' })
  const chosen = dispatched?.candidates.find(({ id }) => id === 'veh_grocery')
  expect(chosen).toMatchObject({ reason: null, terms: { deviationMinutes: expect.any(Number) } })
  const machine = settled.decisions.find(({ kind }) => kind === 'machine')
  expect(machine).toMatchObject({ chosen: 'mac_grocery_1' })
  await mail(placed, 'On its way')
  await mail(placed, 'Delivered')
})

test('a faucet handle: fetched from the vendor, made at the lockers, taken out with the code of the mail', async () => {
  const placed = await order({ item: 'itm_faucet_handle', method: 'pickup' })
  expect(placed.status).toBe('awaiting_authorization')
  const settled = await collect(placed)
  const served = readFileSync(join(town().dir, 'logs/vendor.log'), 'utf8')
  expect(served.match(/"name":"faucet-handle.stl".*"msg":"served"/g)).toHaveLength(1)

  expect(settled.payments).toMatchObject([{ state: 'captured' }])
  expect(Object.values(await sumsOf(settled))).toEqual([0n, 0n])
  const left = await balances(settled)
  expect(Object.keys(left).filter((account) => account.startsWith('order/'))).toEqual([])
  expect(left['party/sup_spigot/payable']).toBe(350n)
  expect(-left['payments/received']!).toBe(BigInt(settled.total.amount))
  const types = (await eventsOf(placed)).map(({ type }) => type)
  expect(types).toEqual(
    expect.arrayContaining(['payment.held', 'job.harvested', 'delivery.emptied', 'order.settled']),
  )
  expect(types.at(-1)).toBe('order.settled')
  expect(await reservationsOf(settled)).toEqual([])
  await mail(placed, 'Delivered')
})

describe('an order that is cancelled while its part is being made', () => {
  let cancelled: Order

  test('ends cancelled, with the machine stopped and free again', async () => {
    // Whichever truck dispatch may choose: before the job comes, for it may be over in two seconds.
    for (const id of onTrucks) await provoke('machines', id, { fault: 'stall', at_progress: 0.3 })
    const placed = await order({ item: 'itm_wall_hook', method: 'truck', from: 'veh_van' })
    const printing = await when(placed, (now) => (now.fulfilments[0]?.jobs[0]?.progress ?? 0) > 0.2)
    expect(printing).toMatchObject({
      status: 'making',
      allowed_actions: expect.arrayContaining(['cancel']),
    })
    expect(await stopsFor(printing)).toHaveLength(1)

    const reason = 'changed_my_mind'
    await town().shop.post(`/v1/orders/${placed.id}/cancel`, { by: 'buyer', reason })
    cancelled = await when(placed, 'cancelled')
    const machine = machineOf(printing)
    await until(() => isIdle(machine!), { what: `${machine} is idle again` })
    // What waits for the next job of the others: a lie that tells no more than there is.
    for (const id of onTrucks.filter((other) => other !== machine)) {
      await provoke('machines', id, { fault: 'lie', at_progress: 0 })
    }
  })

  test('gives back the money, the time, the stop and the uses of the licence that it did not spend', async () => {
    const ended = await read(cancelled.id)
    expect(ended.payments).toMatchObject([{ state: 'released' }])
    expect(ended.fulfilments).toMatchObject([
      { state: 'cancelled', jobs: [{ state: 'cancelled' }] },
    ])
    expect(ended.allowed_actions).not.toContain('cancel')
    expect(Object.values(await sumsOf(ended))).toEqual([0n, 0n])
    // Making had begun, so the use is spent; nothing else is left anywhere.
    expect(await balances(ended)).toEqual({
      'licence/lic_wall_hook/left': -1n,
      'licence/lic_wall_hook/spent': 1n,
    })
    expect(await reservationsOf(ended)).toEqual([])
    expect(await stopsFor(ended)).toEqual([])
  })

  test('tells the buyer, who has not been charged', async () => {
    const { text } = await mail(cancelled, 'Your order is cancelled')
    expect(text).toContain('You have not been charged.')
  })
})

test('fifty submissions at once with one Idempotency-Key make one order', async () => {
  const { offer } = await ask({ item: 'itm_gear_blank', method: 'pickup' })
  const reference = `cart-${randomUUID()}`
  const key = randomUUID()
  const body = JSON.stringify({
    offers: [offer.id],
    payment_method: { kind: 'card', token: 'tok_visa' },
    reference,
  })
  const submit = async () => {
    const answered = await fetch(`${town().url}/v1/orders`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${town().apiKey}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body,
    })
    return { status: answered.status, text: await answered.text() }
  }
  const first = await Promise.all(Array.from({ length: 50 }, submit))
  expect(first.filter(({ status }) => status !== 201 && status !== 409)).toEqual([])
  const replayed = await submit()
  const made = new Set(first.filter(({ status }) => status === 201).map(({ text }) => text))
  expect(made).toEqual(new Set([replayed.text]))
  const { data } = await town().shop.get<{ data: Order[] }>(`/v1/orders?reference=${reference}`)
  expect(data).toHaveLength(1)
  await collect(data[0]!)
})

const onTrucks = ['mac_van_1', 'mac_grocery_1', 'mac_factory_1', 'mac_factory_2', 'mac_factory_3']

/** Dispatch may have chosen another than the offer named. */
const machineOf = ({ fulfilments }: WholeOrder) => fulfilments[0]?.jobs[0]?.machine_id ?? null

async function isIdle(machineId: string): Promise<boolean> {
  const { phase } = await town().shop.get<{ phase: string }>(`/v1/machines/${machineId}`)
  return phase === 'IDLE'
}

interface Stop {
  id: string
  label: string
  fulfilmentId: string | null
}

async function stopsOf(vehicleId: string): Promise<Stop[]> {
  const [vehicle] = await town().sql<{ stops: Stop[] }>('select stops from vehicle where id = $1', [
    vehicleId,
  ])
  return vehicle?.stops ?? []
}

const stopAt = async (vehicleId: string, label: string) =>
  (await stopsOf(vehicleId)).find((stop) => stop.label === label)?.id

/**
 * The truck drives its round again and again; the story tells of one that is far from the house
 * yet, and a second of the clock is four minutes of its round: it stands where its round begins.
 */
async function asRoundBegins<T>(truck: string, work: () => Promise<T>): Promise<T> {
  const [siteId, vehicleId] = [`sit_${truck}`, `veh_${truck}`]
  const nextStop = async () => (await stopsOf(vehicleId))[0]?.id ?? ''
  const atStart = async () => /\.0(\.r\d+)?$/.test(await nextStop())
  const standing = async () => {
    await until(atStart, { timeoutMs: 90_000, what: `the round of ${vehicleId} begins` })
    return await whileTheyStand([siteId], async () => {
      // It may have gone on before it stood, and what it said of that may be on its way.
      const isThere = (await atStart()) && (await nextStop()) === goesTo(siteId, vehicleId)
      return isThere ? { worked: await work() } : null
    })
  }
  return (await until(standing, { timeoutMs: 100_000, what: `${vehicleId} stands` })).worked
}

/** By its own memory. */
function goesTo(siteId: string, vehicleId: string): string | undefined {
  const path = join(town().dir, 'gateways', siteId, `truck-${vehicleId}.db`)
  const memory = new DatabaseSync(path, { readOnly: true })
  try {
    const row = memory.prepare('select value from memory').get()
    const truck: { stops: { id: string }[]; doneIds: string[] } = JSON.parse(String(row?.['value']))
    return truck.stops.find(({ id }) => !truck.doneIds.includes(id))?.id
  } finally {
    memory.close()
  }
}

async function stopsFor({ fulfilments }: Order): Promise<Stop[]> {
  const lists = await Promise.all(['veh_grocery', 'veh_van', 'veh_factory'].map(stopsOf))
  const ids = new Set(fulfilments.map(({ id }) => id))
  return lists.flat().filter(({ fulfilmentId }) => ids.has(fulfilmentId ?? ''))
}

const reservationsOf = ({ id }: Order) =>
  town().sql('select resource_id from reservation where order_id = $1', [id])
