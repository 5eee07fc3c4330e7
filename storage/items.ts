// Reads an item as the domain knows it.
import type { Item } from '../domain/model/item.ts'
import type { Sql } from './storage.ts'

export async function itemById(on: { sql: Sql }, itemId: string): Promise<Item> {
  const item = await findItem(on, itemId)
  if (!item) throw new Error(`no item ${itemId}`)
  return item
}

export async function findItem({ sql }: { sql: Sql }, itemId: string): Promise<Item | null> {
  const [item] = await sql<Item>(
    `select id, supplier_id as "supplierId", title, description, made, stocked, process, materials, colours,
       size_mm as "sizeMm", mass_grams as "massGrams", making_minutes as "makingMinutes",
       resolution_microns as "resolutionMicrons", price_cents as "priceCents", royalty_cents as "royaltyCents",
       currency, restriction, licence_id as "licenceId", instructions
     from item where id = $1`,
    [itemId],
  )
  return item ?? null
}

/** As a storefront may sell it: its own, or everybody's. */
export async function itemForSale(
  on: { sql: Sql },
  itemId: string,
): Promise<{ item: Item; storefrontId: string | null } | null> {
  const item = await findItem(on, itemId)
  if (!item) return null
  const [row] = await on.sql<{ storefrontId: string | null }>(
    `select storefront_id as "storefrontId" from item where id = $1`,
    [itemId],
  )
  return { item, storefrontId: row?.storefrontId ?? null }
}
