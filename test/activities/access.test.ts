// Authorizing a buyer: the policy decides, the decision is kept also when it is no, and the order moves once.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { accessActivities } from '../../activities/access.ts'
import type { AccessPolicy } from '../../domain/access.ts'
import { newId } from '../../storage/ids.ts'
import { storageForTest, type TestStorage } from '../storage/fixture.ts'
import { expectFailure } from '../support/failures.ts'
import {
  addItem,
  addLockers,
  eventTypes,
  insert,
  newRegion,
  nowMs,
  placeOrder,
  row,
} from './world.ts'
import type { Placed } from './world.ts'

let db: TestStorage
let access: ReturnType<typeof accessActivities>
beforeAll(async () => {
  db = await storageForTest()
  access = accessActivities({ storage: db.storage, nowMs: () => nowMs })
})
afterAll(async () => await db.close())

const region = newRegion()

async function placeRestricted(changes: Partial<AccessPolicy> = {}): Promise<Placed> {
  const restriction = newId('restriction')
  const policy: AccessPolicy = {
    restriction,
    version: 1,
    deniedJurisdictions: [],
    allowedJurisdictions: null,
    minimumAge: null,
    credentialKinds: ['medical_licence'],
    sameJurisdiction: true,
    trustedIssuers: ['board'],
    ...changes,
  }
  const rule = { kind: 'access', region: restriction, version: 1, data: policy, reason: 'test' }
  await insert(db.storage, 'rules', rule)
  const item = await addItem(db.storage, { restriction })
  return await placeOrder(db.storage, item, await addLockers(db.storage, { region }))
}

const show = async ({ buyerId, storefrontId }: Placed) =>
  await insert(db.storage, 'credential', {
    id: newId('cre'),
    storefront_id: storefrontId,
    buyer_id: buyerId,
    kind: 'medical_licence',
    issuer: 'board',
    jurisdiction: region,
    data: Buffer.from('sealed'),
    created_at: new Date(nowMs - 1000),
  })

const statusOf = async ({ orderId }: Placed) =>
  (await row<{ status: string }>(db.storage, 'select status from orders where id = $1', orderId))
    .status

const decisionsOf = async ({ orderId }: Placed) =>
  await db.storage.sql<{ kind: string; chosen: string }>(
    'select kind, chosen from decision where order_id = $1 order by created_at',
    [orderId],
  )

test('an item without a restriction is anybody’s; a second run changes nothing', async () => {
  const site = await addLockers(db.storage, { region })
  const placed = await placeOrder(db.storage, await addItem(db.storage), site)
  await access.authorizeBuyer(placed)
  await access.authorizeBuyer(placed)
  expect(await statusOf(placed)).toBe('confirmed')
  expect(await eventTypes(db.storage, placed.orderId)).toEqual(['order.authorized'])
})

test('with the credential that the policy asks for the buyer may have it, and the decision is kept', async () => {
  const placed = await placeRestricted()
  await show(placed)
  await access.authorizeBuyer(placed)
  expect(await statusOf(placed)).toBe('confirmed')
  expect(await decisionsOf(placed)).toEqual([{ kind: 'access', chosen: 'allow' }])
})

test('without it the order waits, says what is missing, and goes on when it is shown', async () => {
  const placed = await placeRestricted()
  const missing = { outcome: 'ask', rule: 'credential_missing', needed: 'medical_licence' }
  await expectFailure(access.authorizeBuyer(placed), 'credentials_missing', missing)
  expect(await statusOf(placed)).toBe('awaiting_authorization')
  expect(await decisionsOf(placed)).toEqual([{ kind: 'access', chosen: 'ask' }])
  await show(placed)
  await access.authorizeBuyer(placed)
  expect(await statusOf(placed)).toBe('confirmed')
})

test('where the policy forbids it no credential helps', async () => {
  const placed = await placeRestricted({ deniedJurisdictions: [region] })
  await show(placed)
  const denied = { outcome: 'deny', rule: 'jurisdiction_denied', jurisdiction: region }
  await expectFailure(access.authorizeBuyer(placed), 'credentials_denied', denied)
  expect(await eventTypes(db.storage, placed.orderId)).toEqual([])
})
