// Places with machines or stock, as storefronts see them; a buyer's own home is nobody else's business.
import { Type } from 'typebox'
import { SiteKind } from '../domain/model/site.ts'
import { decodeCursor, page } from './cursor.ts'
import { versioned } from './etag.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import { Id, IdParams, ListOf, pageQuery, Point, Text, Time, time } from './wire.ts'

const Site = Type.Object(
  {
    object: Type.Literal('site'),
    id: Id,
    kind: SiteKind,
    name: Type.String(),
    region: Type.String(),
    place: Point,
    machine_count: Type.Integer(),
    created_at: Time,
  },
  { additionalProperties: false, title: 'Site' },
)

interface SiteRow {
  id: string
  kind: string
  name: string
  region: string
  lon: number
  lat: number
  machine_count: number
  created_at: Date
}

export const listSites = route(
  {
    method: 'get',
    path: '/v1/sites',
    scope: 'sites:read',
    summary: 'List sites',
    query: Type.Object(
      { kind: Type.Optional(SiteKind), region: Type.Optional(Text(40)), ...pageQuery },
      { additionalProperties: false },
    ),
    responses: { 200: ListOf(Site, 'SiteList') },
  },
  async ({ query: { kind = null, region = null, limit, cursor }, tenant, deps }) => {
    const [after = null] = decodeCursor(cursor, 'string') ?? []
    const rows = await deps.storage.sql<SiteRow>(
      `${select} where s.kind <> 'home' and ($1::text is null or s.kind = $1)
         and ($2::text is null or s.region = $2) and ($3::text is null or s.id > $3)
         and (s.storefront_id is null or s.storefront_id = $5)
       order by s.id limit $4 + 1`,
      [kind, region, after, limit ?? limits.page.default, tenant.storefrontId],
    )
    return ok(page(rows, limit, { toWire: siteOf, keysOf: (row) => [row.id] }))
  },
)

export const getSite = route(
  {
    method: 'get',
    path: '/v1/sites/{id}',
    scope: 'sites:read',
    summary: 'One site',
    params: IdParams,
    responses: { 200: Site },
    versioned: true,
  },
  async ({ params: { id }, tenant, deps }) => {
    const [row] = await deps.storage.sql<SiteRow>(
      `${select} where s.id = $1 and s.kind <> 'home'
         and (s.storefront_id is null or s.storefront_id = $2)`,
      [id, tenant.storefrontId],
    )
    if (!row) throw refuse('not_found')
    return versioned(siteOf(row))
  },
)

const select = `select s.id, s.kind, s.name, s.region, coalesce(v.lon, s.lon) as lon,
    coalesce(v.lat, s.lat) as lat, s.created_at,
    (select count(*)::int from machine m where m.site_id = s.id) as machine_count
  from site s left join vehicle v on v.site_id = s.id`

function siteOf(row: SiteRow) {
  return {
    object: 'site',
    id: row.id,
    kind: row.kind,
    name: row.name,
    region: row.region,
    place: { lon: row.lon, lat: row.lat },
    machine_count: row.machine_count,
    created_at: time(row.created_at),
  }
}
