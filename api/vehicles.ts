// Trucks as storefronts see them: where they are and how many stops lie ahead; whose stops those are stays hidden.
import { Type } from 'typebox'
import { decodeCursor, page } from './cursor.ts'
import { versioned } from './etag.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import {
  Id,
  IdParams,
  ListOf,
  Nullable,
  nullableTime,
  NullableTime,
  pageQuery,
  Point,
  Text,
} from './wire.ts'

const Vehicle = Type.Object(
  {
    object: Type.Literal('vehicle'),
    id: Id,
    site_id: Id,
    name: Type.String(),
    region: Type.String(),
    in_service: Type.Boolean(),
    place: Point,
    heading: Nullable(Type.Number()),
    stop_count: Type.Integer(),
    seen_at: NullableTime,
  },
  { additionalProperties: false, title: 'Vehicle' },
)

interface VehicleRow {
  id: string
  site_id: string
  name: string
  region: string
  in_service: boolean
  lon: number
  lat: number
  heading: number | null
  stop_count: number
  seen_at: Date | null
}

export const listVehicles = route(
  {
    method: 'get',
    path: '/v1/vehicles',
    scope: 'sites:read',
    summary: 'List trucks with machines on board',
    query: Type.Object(
      { region: Type.Optional(Text(40)), ...pageQuery },
      { additionalProperties: false },
    ),
    responses: { 200: ListOf(Vehicle, 'VehicleList') },
  },
  async ({ query: { region = null, limit, cursor }, tenant, deps }) => {
    const [after = null] = decodeCursor(cursor, 'string') ?? []
    const rows = await deps.storage.sql<VehicleRow>(
      `${select} where ($1::text is null or v.region = $1) and ($2::text is null or v.id > $2)
         and (s.storefront_id is null or s.storefront_id = $4)
       order by v.id limit $3 + 1`,
      [region, after, limit ?? limits.page.default, tenant.storefrontId],
    )
    return ok(page(rows, limit, { toWire: vehicleOf, keysOf: (row) => [row.id] }))
  },
)

export const getVehicle = route(
  {
    method: 'get',
    path: '/v1/vehicles/{id}',
    scope: 'sites:read',
    summary: 'One truck',
    params: IdParams,
    responses: { 200: Vehicle },
    versioned: true,
  },
  async ({ params: { id }, tenant, deps }) => {
    const [row] = await deps.storage.sql<VehicleRow>(
      `${select} where v.id = $1 and (s.storefront_id is null or s.storefront_id = $2)`,
      [id, tenant.storefrontId],
    )
    if (!row) throw refuse('not_found')
    return versioned(vehicleOf(row))
  },
)

const select = `select v.id, v.site_id, v.name, v.region, v.in_service, v.lon, v.lat, v.heading,
    jsonb_array_length(v.stops) as stop_count, v.seen_at
  from vehicle v join site s on s.id = v.site_id`

function vehicleOf(row: VehicleRow) {
  return {
    object: 'vehicle',
    id: row.id,
    site_id: row.site_id,
    name: row.name,
    region: row.region,
    in_service: row.in_service,
    place: { lon: row.lon, lat: row.lat },
    heading: row.heading,
    stop_count: row.stop_count,
    seen_at: nullableTime(row.seen_at),
  }
}
