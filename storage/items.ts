// Lists an item with the uses of its licence, and reads it as the domain knows it.
import type { Item } from '../domain/model/item.ts'
import { licencePostings } from '../domain/postings.ts'
import { ledger } from './ledger.ts'
import type { Sql } from './storage.ts'

export interface Listing {
  item: Item
  /** Null: every storefront sells it. */
  storefrontId: string | null
  licensedUses: bigint
}

/** Twice is once; of an item that is there already the instructions alone are renewed. */
export async function putItem(on: { sql: Sql }, listing: Listing): Promise<void> {
  const { item, storefrontId, licensedUses } = listing
  const { id, supplierId, licenceId, royaltyCents, currency } = item
  await on.sql(
    `insert into item (id, supplier_id, title, description, made, stocked, process, materials, colours, size_mm,
       mass_grams, making_minutes, resolution_microns, price_cents, royalty_cents, currency, restriction, licence_id,
       instructions, storefront_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12, $13, $14, $15, $16, $17, $18, $19::jsonb, $20)
     on conflict (id) do update set instructions = excluded.instructions
       where item.instructions is distinct from excluded.instructions`,
    [
      id,
      supplierId,
      item.title,
      item.description,
      item.made,
      item.stocked,
      item.process,
      item.materials,
      item.colours,
      JSON.stringify(item.sizeMm),
      item.massGrams,
      item.makingMinutes,
      item.resolutionMicrons,
      item.priceCents,
      royaltyCents,
      currency,
      item.restriction,
      licenceId,
      JSON.stringify(item.instructions),
      storefrontId,
    ],
  )
  await on.sql(
    `insert into licence (id, item_id, owner_supplier_id, currency, royalty_cents, ledger_account)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [licenceId, id, supplierId, currency, royaltyCents, `licence/${licenceId}/left`],
  )
  await ledger.post(on, {
    key: `grant/${licenceId}`,
    description: 'Uses granted by the supplier',
    postings: licencePostings.grant(licenceId, licensedUses),
  })
}

export async function itemById(on: { sql: Sql }, itemId: string): Promise<Item> {
  const item = await findItem(on, itemId)
  if (!item) throw new Error(`no item ${itemId}`)
  return item
}

const columns = `id, supplier_id as "supplierId", title, description, made, stocked, process, materials, colours,
  size_mm as "sizeMm", mass_grams as "massGrams", making_minutes as "makingMinutes",
  resolution_microns as "resolutionMicrons", price_cents as "priceCents", royalty_cents as "royaltyCents",
  currency, restriction, licence_id as "licenceId", instructions`

export async function findItem({ sql }: { sql: Sql }, itemId: string): Promise<Item | null> {
  const [item] = await sql<Item>(`select ${columns} from item where id = $1`, [itemId])
  return item ?? null
}

/** As a storefront may sell it: its own, or everybody's. */
export async function itemForSale(
  { sql }: { sql: Sql },
  itemId: string,
): Promise<{ item: Item; storefrontId: string | null } | null> {
  const [row] = await sql<Item & { storefrontId: string | null }>(
    `select ${columns}, storefront_id as "storefrontId" from item where id = $1`,
    [itemId],
  )
  if (!row) return null
  const { storefrontId, ...item } = row
  return { item, storefrontId }
}
