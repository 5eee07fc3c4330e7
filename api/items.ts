// The catalogue as storefronts read it: search, pages, one item.
import { Type } from 'typebox'
import { Process, SizeMm } from '../domain/model/item.ts'
import { decodeCursor, page } from './cursor.ts'
import { versioned } from './etag.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import {
  Id,
  IdParams,
  ListOf,
  Money,
  money,
  Nullable,
  pageQuery,
  Text,
  Time,
  time,
} from './wire.ts'

const Item = Type.Object(
  {
    object: Type.Literal('item'),
    id: Id,
    supplier_id: Id,
    title: Type.String(),
    description: Type.String(),
    made: Type.Boolean(),
    stocked: Type.Boolean(),
    process: Process,
    materials: Type.Array(Type.String()),
    colours: Type.Array(Type.String()),
    size_mm: SizeMm,
    mass_grams: Type.Number(),
    making_minutes: Type.Number(),
    price: Money,
    restriction: Nullable(Type.String()),
    created_at: Time,
  },
  { additionalProperties: false, title: 'Item' },
)

interface ItemRow {
  id: string
  supplier_id: string
  title: string
  description: string
  made: boolean
  stocked: boolean
  process: string
  materials: string[]
  colours: string[]
  size_mm: { x: number; y: number; z: number }
  mass_grams: number
  making_minutes: number
  price_cents: bigint
  currency: string
  restriction: string | null
  created_at: Date
}

export const listItems = route(
  {
    method: 'get',
    path: '/v1/items',
    scope: 'items:read',
    summary: 'Search the catalogue',
    query: Type.Object(
      {
        q: Type.Optional(Text(limits.searchLength)),
        process: Type.Optional(Process),
        material: Type.Optional(Text(40)),
        ...pageQuery,
      },
      { additionalProperties: false },
    ),
    responses: { 200: ListOf(Item, 'ItemList') },
  },
  async ({ query, tenant, deps }) => {
    const { q = null, process = null, material = null, limit, cursor } = query
    const [atMs = null, id = null] = decodeCursor(cursor, 'number', 'string') ?? []
    const rows = await deps.storage.sql<ItemRow>(
      `select ${columns} from item
       where ($1::text is null
           or to_tsvector('simple', title || ' ' || description) @@ websearch_to_tsquery('simple', $1))
         and ($2::text is null or process = $2)
         and ($3::text is null or $3 = any(materials))
         and ($4::float8 is null or (created_at, id) < (to_timestamp($4 / 1000), $5))
         and (storefront_id is null or storefront_id = $7)
       order by created_at desc, id desc limit $6 + 1`,
      [q, process, material, atMs, id, limit ?? limits.page.default, tenant.storefrontId],
    )
    return ok(page(rows, limit, { toWire: itemOf, keysOf: (row) => [+row.created_at, row.id] }))
  },
)

export const getItem = route(
  {
    method: 'get',
    path: '/v1/items/{id}',
    scope: 'items:read',
    summary: 'One item',
    params: IdParams,
    responses: { 200: Item },
    versioned: true,
  },
  async ({ params: { id }, tenant, deps }) => {
    const [row] = await deps.storage.sql<ItemRow>(
      `select ${columns} from item where id = $1 and (storefront_id is null or storefront_id = $2)`,
      [id, tenant.storefrontId],
    )
    if (!row) throw refuse('not_found')
    return versioned(itemOf(row))
  },
)

const columns = `id, supplier_id, title, description, made, stocked, process, materials, colours, size_mm,
  mass_grams, making_minutes, price_cents, currency, restriction, created_at`

function itemOf(row: ItemRow) {
  return {
    object: 'item',
    id: row.id,
    supplier_id: row.supplier_id,
    title: row.title,
    description: row.description,
    made: row.made,
    stocked: row.stocked,
    process: row.process,
    materials: row.materials,
    colours: row.colours,
    size_mm: row.size_mm,
    mass_grams: row.mass_grams,
    making_minutes: row.making_minutes,
    price: money(row.price_cents, row.currency),
    restriction: row.restriction,
    created_at: time(row.created_at),
  }
}
