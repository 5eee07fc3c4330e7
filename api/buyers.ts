// Buyers: registered by a storefront, read back by it, erased for good when the buyer asks for it.
import { Type } from 'typebox'
import { versioned } from './etag.ts'
import { addBuyer, BuyerDetails, readDetails } from './personalBuyer.ts'
import { refuse } from './problem.ts'
import { created, route } from './route.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { Id, IdParams, Nullable, nullableTime, NullableTime, Text, Time, time } from './wire.ts'

const Buyer = Type.Object(
  {
    object: Type.Literal('buyer'),
    id: Id,
    reference: Nullable(Type.String()),
    name: Nullable(Type.String()),
    email: Nullable(Type.String()),
    phone: Nullable(Type.String()),
    erased_at: NullableTime,
    created_at: Time,
  },
  { additionalProperties: false, title: 'Buyer' },
)

export const createBuyer = route(
  {
    method: 'post',
    path: '/v1/buyers',
    scope: 'buyers:create',
    summary: 'Register a buyer',
    description:
      'Name, e-mail address and telephone number are kept encrypted under a key of the buyer.',
    body: Type.Object(
      { ...BuyerDetails.properties, reference: Type.Optional(Text(100)) },
      { additionalProperties: false, title: 'BuyerRequest' },
    ),
    responses: { 201: Buyer },
    idempotent: true,
    budget: 'orders',
  },
  async ({ body, tenant: { storefrontId }, deps: { storage }, claim }) =>
    storage.asTenant(storefrontId, async (tx) => {
      const id = await addBuyer(tx, storage, storefrontId, body)
      const answer = created(await buyerById(tx, storage, id), { Location: `/v1/buyers/${id}` })
      await claim?.seal(tx, answer)
      return answer
    }),
)

export const getBuyer = route(
  {
    method: 'get',
    path: '/v1/buyers/{id}',
    scope: 'buyers:read',
    summary: 'One buyer',
    params: IdParams,
    responses: { 200: Buyer },
    versioned: true,
  },
  async ({ params: { id }, tenant, deps: { storage } }) =>
    storage.asTenant(tenant.storefrontId, async (tx) =>
      versioned(await buyerById(tx, storage, id)),
    ),
)

export const eraseBuyer = route(
  {
    method: 'delete',
    path: '/v1/buyers/{id}',
    scope: 'buyers:erase',
    summary: 'Erase a buyer',
    description:
      'Destroys the key under which the personal data is kept. Orders stay, without the person.',
    params: IdParams,
    responses: { 204: null },
    budget: 'orders',
  },
  async ({ params: { id }, tenant, deps: { storage } }) =>
    storage.asTenant(tenant.storefrontId, async (tx) => {
      const [known] = await tx.sql<{ erased_at: Date | null }>(
        'select erased_at from buyer where id = $1 for update',
        [id],
      )
      if (!known) throw refuse('not_found')
      if (known.erased_at === null) await storage.personal.eraseBuyer(tx, id)
      return { status: 204 }
    }),
)

interface BuyerRow {
  id: string
  reference: string | null
  personal: Buffer | null
  erased_at: Date | null
  created_at: Date
}

async function buyerById(tx: Tx, storage: Storage, id: string) {
  const [row] = await tx.sql<BuyerRow>(
    'select id, reference, personal, erased_at, created_at from buyer where id = $1',
    [id],
  )
  if (!row) throw refuse('not_found')
  const details = row.personal && (await readDetails(tx, storage, id, row.personal))
  return {
    object: 'buyer',
    id,
    reference: row.reference,
    name: details?.name ?? null,
    email: details?.email ?? null,
    phone: details?.phone ?? null,
    erased_at: nullableTime(row.erased_at),
    created_at: time(row.created_at),
  }
}
