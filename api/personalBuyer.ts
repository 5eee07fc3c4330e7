// Buyers as rows: what is personal goes in as ciphertext under the buyer's own key, and only here comes out again.
import { Type, type Static } from 'typebox'
import { newId } from '../storage/ids.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { refuse } from './problem.ts'
import { Text } from './wire.ts'

export const BuyerDetails = Type.Object(
  {
    name: Text(200),
    email: Type.String({ format: 'email', maxLength: 254 }),
    phone: Type.Optional(Type.String({ pattern: '^\\+?[0-9 ()./-]{4,32}$' })),
  },
  { additionalProperties: false, title: 'BuyerDetails' },
)
export type BuyerDetails = Static<typeof BuyerDetails>

const cellOf = (buyerId: string) => ({ table: 'buyer', column: 'personal', rowId: buyerId })

export async function addBuyer(
  tx: Pick<Tx, 'sql'>,
  { personal }: Storage,
  storefrontId: string,
  { reference = null, ...details }: BuyerDetails & { reference?: string | null },
): Promise<string> {
  const id = newId('buy')
  const { name, email, phone = null } = details
  const sealed = await personal.encrypt(
    tx,
    cellOf(id),
    { storefrontId, buyerId: id },
    { name, email, phone },
  )
  const added = await tx.sql(
    `insert into buyer (id, storefront_id, reference, personal, email_index) values ($1, $2, $3, $4, $5)
     on conflict (storefront_id, reference) do nothing returning id`,
    [id, storefrontId, reference, sealed, personal.blindIndex(storefrontId, email)],
  )
  if (added.length === 0) {
    throw refuse('state_conflict', {
      param: '/reference',
      detail: 'Another buyer has this reference.',
    })
  }
  return id
}

export async function readDetails(
  tx: Pick<Tx, 'sql'>,
  { personal }: Storage,
  buyerId: string,
  sealed: Buffer,
): Promise<{ name: string; email: string; phone: string | null } | null> {
  const { value } = await personal.decrypt<{ name: string; email: string; phone?: string | null }>(
    tx,
    cellOf(buyerId),
    sealed,
  )
  return value && { name: value.name, email: value.email, phone: value.phone ?? null }
}

/** The buyer that a call names or describes; null when it does neither. */
export async function buyerOf(
  tx: Pick<Tx, 'sql'>,
  storage: Storage,
  storefrontId: string,
  { buyer_id: id, buyer }: { buyer_id?: string; buyer?: BuyerDetails },
): Promise<string | null> {
  if (id !== undefined && buyer !== undefined) {
    const error = { param: '/buyer', message: 'cannot be given beside buyer_id' }
    throw refuse('invalid_request', { param: error.param, errors: [error] })
  }
  if (buyer) return addBuyer(tx, storage, storefrontId, buyer)
  if (id === undefined) return null
  const [known] = await tx.sql('select 1 from buyer where id = $1 and erased_at is null', [id])
  if (!known) throw refuse('buyer_unknown', { param: '/buyer_id' })
  return id
}
