// Choosing the machine for an attempt: the booked one while it fits, then the best other, and one part at a time.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { instructionsKey } from '../../activities/instructionsKey.ts'
import { preparingActivities } from '../../activities/preparing.ts'
import { itemById } from '../../storage/items.ts'
import { bookedSlots, bookSlot } from '../../storage/reservations.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import * as world from './world.ts'
import type { Item, Placed, Site } from './world.ts'

const slicer = { name: 'embedded', version: '1' }
let db: TestStorage
let preparing: ReturnType<typeof preparingActivities>
let item: Item
beforeAll(async () => {
  db = await storageForTest()
  const { nowMs } = world
  preparing = preparingActivities({ storage: db.storage, slicer, nowMs: () => nowMs })
  item = await world.addItem(db.storage)
})
afterAll(async () => await db.close())

const newSite = async (machines: number) =>
  await world.addLockers(db.storage, { region: world.newRegion(), machines })

async function place(site: Site): Promise<{ placed: Placed; jobId: string }> {
  const placed = await world.placeOrder(db.storage, item, site)
  return { placed, jobId: placed.jobIds[0] ?? '' }
}

const disable = async (machineId: string | undefined) =>
  await db.storage.sql('update machine set enabled = false where id = $1', [machineId])

const jobOf = async (jobId: string) =>
  await world.row(
    db.storage,
    'select state, attempt, machine_id, artifact_sha256 from job where id = $1',
    jobId,
  )

test('the booked machine is taken, twice as once, and the choice is written down', async () => {
  const site = await newSite(3)
  const { placed, jobId } = await place(site)
  const [machineId] = site.machineIds
  const plan = { machineId, claimed: true, instructionsReady: false }
  expect(await preparing.prepareJob({ jobId, attempt: 1 })).toEqual(plan)
  expect(await preparing.prepareJob({ jobId, attempt: 1 })).toEqual(plan)
  expect(await jobOf(jobId)).toMatchObject({
    state: 'preparing',
    attempt: 1,
    machine_id: machineId,
  })
  const decided = 'select kind, candidates from decision where order_id = $1 limit 1'
  const { kind, candidates } = await world.row<{ kind: string; candidates: object[] }>(
    db.storage,
    decided,
    placed.orderId,
  )
  expect([kind, candidates.length]).toEqual(['machine', 3])
})

test('a booked machine that no longer fits gives way to another', async () => {
  const site = await newSite(2)
  const { jobId } = await place(site)
  await disable(site.machineIds[0])
  const [, other] = site.machineIds
  expect(await preparing.prepareJob({ jobId, attempt: 1 })).toMatchObject({ machineId: other })
})

test('a machine on which the part failed is not asked again, unless an operator wants it', async () => {
  const site = await newSite(2)
  const { jobId } = await place(site)
  const [first = '', second] = site.machineIds
  await db.storage.sql('update job set tried_machine_ids = array[$2] where id = $1', [jobId, first])
  expect(await preparing.prepareJob({ jobId, attempt: 2 })).toMatchObject({ machineId: second })
  const wanted = { jobId, attempt: 3, machineId: first }
  expect(await preparing.prepareJob(wanted)).toMatchObject({ machineId: first })
})

test('a part that is made elsewhere takes its booked time along, once', async () => {
  const site = await newSite(2)
  const { placed, jobId } = await place(site)
  const [first = '', second = ''] = site.machineIds
  const { orderId, fulfilmentId } = placed
  const booking = { seconds: 780, notBefore: new Date(world.nowMs), orderId, fulfilmentId }
  expect(await bookSlot(db.storage, { resourceId: first, ...booking })).toBe(true)
  const booked = async () =>
    (await bookedSlots(db.storage, [fulfilmentId])).map(({ resourceId, fromMs, toMs }) => {
      return [resourceId, (toMs - fromMs) / 1000]
    })
  await preparing.prepareJob({ jobId, attempt: 1 })
  expect(await booked()).toEqual([[first, 780]])
  await db.storage.sql('update job set tried_machine_ids = array[$2] where id = $1', [jobId, first])
  for (const attempt of [2, 2]) {
    expect(await preparing.prepareJob({ jobId, attempt })).toMatchObject({ machineId: second })
    expect(await booked()).toEqual([[second, 780]])
  }
})

test('of the time of several parts each takes its share along, and the last takes what is left', async () => {
  const site = await newSite(3)
  const { jobIds, orderId, fulfilmentId } = await world.placeOrder(db.storage, item, site, {
    quantity: 3,
  })
  const [first = '', second = '', third = ''] = site.machineIds
  const booking = { seconds: 1500, notBefore: new Date(world.nowMs), orderId, fulfilmentId }
  await bookSlot(db.storage, { resourceId: first, ...booking })
  const [one = '', two = '', three = ''] = jobIds
  const madeOn = async (jobId: string, machineId: string) => {
    const attempt = 1
    expect(await preparing.prepareJob({ jobId, attempt, machineId })).toMatchObject({ machineId })
    return await bookedSeconds(fulfilmentId)
  }
  expect(await madeOn(one, second)).toEqual({ [first]: [1000], [second]: [500] })
  expect(await madeOn(one, second)).toEqual({ [first]: [1000], [second]: [500] })
  expect(await madeOn(two, second)).toEqual({ [first]: [500], [second]: [500, 500] })
  expect(await madeOn(one, third)).toEqual({ [first]: [500], [second]: [500], [third]: [500] })
  expect(await madeOn(three, third)).toEqual({ [second]: [500], [third]: [500, 500] })
})

test('a part that moves when the others are made gives back what they needed', async () => {
  const site = await newSite(2)
  const placed = await world.placeOrder(db.storage, item, site, { quantity: 2 })
  const { jobIds, orderId, fulfilmentId } = placed
  const [first = '', second = ''] = site.machineIds
  const booking = { seconds: 1000, notBefore: new Date(world.nowMs), orderId, fulfilmentId }
  await bookSlot(db.storage, { resourceId: first, ...booking })
  const [made = '', moves = ''] = jobIds
  await db.storage.sql(`update job set state = 'harvested', machine_id = $2 where id = $1`, [
    made,
    first,
  ])
  await preparing.prepareJob({ jobId: moves, attempt: 1, machineId: second })
  expect(await bookedSeconds(fulfilmentId)).toEqual({ [second]: [500] })
})

async function bookedSeconds(fulfilmentId: string): Promise<Record<string, number[]>> {
  const seconds: Record<string, number[]> = {}
  for (const { resourceId, fromMs, toMs } of await bookedSlots(db.storage, [fulfilmentId])) {
    seconds[resourceId] = [...(seconds[resourceId] ?? []), (toMs - fromMs) / 1000]
  }
  return seconds
}

test('when none fits it says of each why, and so it does of the one that an operator wants', async () => {
  const site = await newSite(2)
  const { jobId } = await place(site)
  const [first = '', second = ''] = site.machineIds
  await disable(first)
  const wanted = preparing.prepareJob({ jobId, attempt: 1, machineId: first })
  await expectFailure(wanted, 'machine_unfit', { wanted: first, [first]: 'disabled' })
  await disable(second)
  const facts = { [first]: 'disabled', [second]: 'disabled' }
  await expectFailure(preparing.prepareJob({ jobId, attempt: 1 }), 'no_machine_fits', facts)
  expect(await jobOf(jobId)).toMatchObject({ state: 'planned', machine_id: null })
})

test('of two jobs that claim one machine at once exactly one has it, and the other after it', async () => {
  const site = await newSite(1)
  for (let round = 0; round < 5; round += 1) {
    const jobs = [await place(site), await place(site)].map(({ jobId }) => jobId)
    const plans = await Promise.all(
      jobs.map((jobId) => preparing.prepareJob({ jobId, attempt: 1 })),
    )
    expect(plans.filter(({ claimed }) => claimed)).toHaveLength(1)
    const [winner, loser] = plans[0]?.claimed ? jobs : jobs.toReversed()
    expect(await jobOf(loser ?? '')).toMatchObject({ state: 'assigned' })
    await end(winner ?? '')
    const again = await preparing.prepareJob({ jobId: loser ?? '', attempt: 1 })
    expect(again.claimed).toBe(true)
    await end(loser ?? '')
  }
})

test('instructions for the machine that are there are found, for another customization they are not', async () => {
  const site = await newSite(1)
  const { jobId } = await place(site)
  const key = instructionsKey({
    item: await itemById(db.storage, item.itemId),
    customization: { material: 'PLA', colour: 'white', scale: 1 },
    caps: world.caps,
    slicer,
  })
  const sha256 = 'c'.repeat(64)
  const made = { key, sha256, size_bytes: 10n, grams: 1, seconds: 60 }
  await world.insert(db.storage, 'instructions_cache', made)
  expect(await preparing.prepareJob({ jobId, attempt: 1 })).toMatchObject({
    instructionsReady: true,
  })
  expect(await jobOf(jobId)).toMatchObject({ artifact_sha256: sha256 })
  await end(jobId)
  const { placed, jobId: smaller } = await place(site)
  const rescale = `update order_line set customization = jsonb_set(customization, '{scale}', '0.8') where id = $1`
  await db.storage.sql(rescale, [placed.lineId])
  const plan = await preparing.prepareJob({ jobId: smaller, attempt: 1 })
  expect(plan.instructionsReady).toBe(false)
})

const end = async (jobId: string) =>
  await db.storage.sql(`update job set state = 'harvested' where id = $1`, [jobId])
