// What an operator mends from the Temporal UI alone: by the list, the details and the update resolveAttention.
import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { defaultOfferRules } from '../../domain/offerFacts.ts'
import { addPlanningRules } from '../../storage/rules.ts'
import { region } from '../../workers/demo/fleet.ts'
import { until } from '../support/until.ts'
import {
  accessCode,
  ask,
  collect,
  enter,
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
import { answer, metadata, parked, type Parked, send } from './operator.ts'
import { town, whileTheyStand } from './town.ts'

/** Waits until something of the order waits for somebody, and compares what storefront and operator are told. */
export async function onHold(placed: { id: string }, reason: string): Promise<Parked> {
  const held = await when(await read(placed.id), (now) => now.hold_reason === reason)
  expect(held.status).toBe('on_hold')
  const waiting = await parked(held, reason)
  expect(waiting.details).toContain(`code \`${reason}\``)
  const { currentDetails } = await metadata(`order/${placed.id}`)
  expect(currentDetails).toContain(
    waiting.workflowId.startsWith('order/') ? reason : onHoldBy(waiting),
  )
  const events = await eventsOf(held)
  const told = events.findLast(({ type }) => type === 'order.on_hold')
  expect(told?.data).toMatchObject({ reason, workflow: waiting.workflowId })
  return waiting
}

/** Whoever opens the order is told where to answer. */
const onHoldBy = ({ workflowId }: Parked) =>
  `### On hold: a part of it needs attention\n\n- \`${workflowId}\``

/** Settled, made once for each part, with nothing owed to nobody. */
export async function expectWhole(settled: WholeOrder): Promise<void> {
  expect(settled).toMatchObject({ status: 'settled', hold_reason: null })
  expect(new Set(Object.values(await sumsOf(settled)))).toEqual(new Set([0n]))
  const harvested = (await eventsOf(settled)).filter(({ type }) => type === 'job.harvested')
  expect(harvested).toHaveLength(settled.fulfilments.flatMap(({ jobs }) => jobs).length)
  const workflow = town().temporal.workflow.getHandle(`order/${settled.id}`)
  // Its status is in the database a moment before its workflow says so.
  await workflow.result()
  const attributes = await workflow.describe()
  expect(attributes.searchAttributes['NeedsAttention'] ?? [false]).toEqual([false])
}

test('a declined payment is held on an account instead of the card', async () => {
  const placed = await order({ item: 'itm_gear_blank', method: 'pickup', token: 'tok_declined' })
  const waiting = await onHold(placed, 'payment_declined')
  expect(waiting.details).toContain('Needs attention: The payment was declined.')
  expect(waiting.details).toContain('card_declined')
  expect(Object.keys(waiting.answers)).toEqual(['retryWith', 'retry', 'cancel'])
  await mail(placed, 'Your order is on hold')

  const wrong = { ...waiting.answers['retry']!, operator: 'anna', action: 'skip' }
  await expect(send(waiting.workflowId, wrong)).rejects.toMatchObject({
    cause: { message: 'action must be one of retry, retryWith, cancel' },
  })
  await answer(waiting, 'retryWith', { kind: 'account', token: 'acc_springfield' })
  const settled = await collect(placed)
  await expectWhole(settled)
  expect(settled.payments).toMatchObject([{ state: 'captured' }])
  const { currentDetails } = await metadata(waiting.workflowId)
  expect(currentDetails).not.toContain('Needs attention')
})

test('a part that each machine refused once is made on the third attempt, and asks nobody', async () => {
  for (const id of ['mac_station_1', 'mac_station_2']) {
    await provoke('machines', id, { fault: 'refuse' })
  }
  const placed = await order({ item: 'itm_gear_blank', method: 'pickup', from: 'sit_station' })
  const settled = await collect(placed)
  await expectWhole(settled)
  expect(settled.fulfilments[0]?.jobs).toMatchObject([{ state: 'harvested', attempt: 3 }])
})

test('machines that no longer fit are named with the reason; the part goes to the one that is mended', async () => {
  const machines = ['mac_market_1', 'mac_market_2']
  const asked = await ask({ item: 'itm_gear_blank', method: 'pickup', from: 'sit_market' })
  await switched(machines, false)
  const placed = await place(asked)
  const waiting = await onHold(placed, 'no_machine_fits')
  expect(waiting.workflowId).toMatch(/^fulfilment\//)
  for (const id of machines) expect(waiting.details).toContain(`${id}: disabled`)
  await switched(['mac_market_2'], true)

  await answer(waiting, 'retryWith', { machineId: 'mac_market_1' })
  const still = await onHold(placed, 'machine_unfit')
  expect(still.details).toContain('wanted: mac_market_1')
  await answer(still, 'retryWith', { machineId: 'mac_market_2' })
  const settled = await collect(placed)
  await expectWhole(settled)
  expect(settled.fulfilments[0]?.jobs).toMatchObject([{ machine_id: 'mac_market_2' }])
})

afterEach(() => switched(['mac_market_1', 'mac_market_2'], true))

const switched = (ids: string[], on: boolean) =>
  town().sql('update machine set enabled = $2 where id = any($1)', [ids, on])

test("a supplier's server that does not answer is asked again when it is back", async () => {
  await forgetModel()
  const { placed, waiting } = await whileVendorIsDead(async () => {
    const ordered = await order({ item: 'itm_faucet_handle', method: 'pickup' })
    return { placed: ordered, waiting: await onHold(ordered, 'supplier_unreachable') }
  })
  expect(waiting.details).toContain(`host: 127.0.0.1:${town().vendorPort}`)
  await answer(waiting, 'retry')
  await expectWhole(await collect(placed))
})

/** As if it had never been fetched. */
async function forgetModel(): Promise<void> {
  const model = readFileSync(join(town().dir, 'vendor/faucet-handle.stl'))
  const sha256 = createHash('sha256').update(model).digest('hex')
  const path = join(town().dir, 'artifacts', sha256.slice(0, 2), sha256.slice(2, 4), sha256)
  rmSync(path, { force: true })
  await town().sql('delete from instructions_cache')
}

/** Kills the vendor's server and keeps its place, so that it is not back before the work is done. */
async function whileVendorIsDead<T>(work: () => Promise<T>): Promise<T> {
  const { vendorPort: port, pidOf } = town()
  const squatter = createServer((request) => request.socket.destroy())
  const listens = () =>
    new Promise<boolean>((resolve) => {
      squatter.once('error', () => resolve(false))
      squatter.listen(port, '127.0.0.1', () => resolve(true))
    })
  // Again where it was started again faster than its place was taken.
  const isDead = async () => {
    const pid = pidOf('vendor')
    if (pid !== null) process.kill(pid, 'SIGKILL')
    return await listens()
  }
  await until(isDead, { everyMs: 5, what: 'the place of the vendor is free' })
  const worked = await work().finally(() => {
    squatter.close()
    squatter.closeAllConnections()
  })
  const model = `http://127.0.0.1:${port}/faucet-handle.stl`
  const answers = async () => (await fetch(model).catch(() => null))?.ok ?? false
  await until(answers, { everyMs: 100, what: "the vendor's server is back" })
  return worked
}

test('a part on a truck that broke down on the way is brought by another', async () => {
  // Hours at the door, so that it does not hand over before it breaks down.
  await handingOverTakes(6 * 3_600)
  const placed = await order({ item: 'itm_gear_blank', method: 'truck', from: 'veh_grocery' })
  const broken = truckOf(await when(placed, 'in_transit'))
  const other = broken === 'veh_van' ? 'veh_grocery' : 'veh_van'
  await provoke('vehicles', broken, { fault: 'out_of_service' })
  await handingOverTakes(defaultOfferRules.handOverSeconds)
  const waiting = await onHold(placed, 'vehicle_out_of_service')
  expect(waiting.workflowId).toMatch(/^fulfilment\//)
  expect(waiting.details).toContain(broken)
  await answer(waiting, 'retryWith', { vehicleId: other })
  const settled = await when(placed, 'settled')
  await expectWhole(settled)
  expect(truckOf(settled)).toBe(other)
  await mended(broken)
})

async function handingOverTakes(handOverSeconds: number): Promise<void> {
  const rules = { handOverSeconds }
  await addPlanningRules(town(), { region, rules, reason: 'Test' })
}

test('a truck that broke down while it made the part brings it once it is mended', async () => {
  // What the machine on board is told and what the truck suffers come to them together.
  const { placed, broken } = await whileTheyStand(trucks, async () => {
    const ordered = await order({ item: 'itm_phone_cover', method: 'truck', from: 'veh_factory' })
    const vehicle = truckOf(await when(ordered, 'making'))
    await provoke('vehicles', vehicle, { fault: 'out_of_service' })
    return { placed: ordered, broken: vehicle }
  })
  const waiting = await onHold(placed, 'vehicle_out_of_service')
  await mended(broken)
  await answer(waiting, 'retry')
  await expectWhole(await when(placed, 'settled'))
})

const trucks = ['sit_grocery', 'sit_van', 'sit_factory']

/** Dispatch may have chosen another than the offer named. */
const truckOf = ({ fulfilments }: WholeOrder) => fulfilments[0]!.vehicle_id!

async function mended(vehicle: string): Promise<void> {
  await provoke('vehicles', vehicle, { fault: 'in_service' })
  await until(() => isInService(vehicle), { everyMs: 100, what: `${vehicle} is in service` })
}

const isInService = async (id: string) =>
  (await town().shop.get<{ in_service: boolean }>(`/v1/vehicles/${id}`)).in_service

test('a restricted item waits for a credential of the buyer', async () => {
  const placed = await order({ item: 'itm_splint_clip', method: 'pickup' })
  const waiting = await onHold(placed, 'credentials_missing')
  expect(waiting.details).toContain('rule: credential_missing')
  expect((await read(placed.id)).payments).toMatchObject([{ state: 'pending' }])
  await town().sql(
    `insert into credential (id, storefront_id, buyer_id, kind, issuer, jurisdiction, valid_until, data)
     select 'crd_' || gen_random_uuid(), storefront_id, buyer_id, 'prescription', 'demo-clinic', 'demo',
       now() + interval '1 year', '' from orders where id = $1`,
    [placed.id],
  )
  await answer(waiting, 'retry')
  await expectWhole(await collect(placed))
})

test('a print that fails half-way is made again on another machine, and asks nobody', async () => {
  const asked = await ask({ item: 'itm_gear_blank', method: 'pickup' })
  const first = asked.offer.machine_id
  await provoke('machines', first, { fault: 'fail', at_progress: 0.5 })
  const placed = await place(asked)
  const settled = await collect(placed)
  await expectWhole(settled)
  const [job] = settled.fulfilments[0]!.jobs
  expect(job).toMatchObject({ attempt: 2, state: 'harvested' })
  expect(job?.machine_id).not.toBe(first)
  const events = await eventsOf(placed)
  expect(events.filter(({ type }) => type === 'order.on_hold')).toEqual([])
  const failed = events.find(({ type }) => type === 'job.attempt_failed')
  expect(failed?.data).toMatchObject({ machine_id: first, attempt: 1 })
})

test('lockers stay shut for a wrong code and open for the right one', async () => {
  const placed = await order({ item: 'itm_gear_blank', method: 'pickup' })
  const code = await accessCode(placed)
  const waiting = await read(placed.id)
  expect(waiting.status).toBe('ready_for_pickup')
  const wrong = String((Number(code) + 1) % 1e6).padStart(6, '0')
  expect(await enter(waiting, wrong)).toMatchObject({ accepted: false, code: 'code_wrong' })
  expect((await read(placed.id)).status).toBe('ready_for_pickup')
  expect(await enter(waiting, code)).toMatchObject({ accepted: true })
  await expectWhole(await when(placed, 'settled'))
})
