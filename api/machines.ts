// Machines as storefronts see them: what they can do and how they are, not for whom they work.
import { Type } from 'typebox'
import { Process, SizeMm } from '../domain/model/item.ts'
import { LoadedMaterial, MachinePhase, type MachineCaps } from '../domain/model/site.ts'
import { decodeCursor, page } from './cursor.ts'
import { versioned } from './etag.ts'
import { limits } from './limits.ts'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import { Id, IdParams, ListOf, nullableTime, NullableTime, pageQuery } from './wire.ts'

const Machine = Type.Object(
  {
    object: Type.Literal('machine'),
    id: Id,
    site_id: Id,
    model: Type.String(),
    process: Process,
    volume_mm: SizeMm,
    resolution_microns: Type.Number(),
    materials: Type.Array(LoadedMaterial),
    instruction_kinds: Type.Array(Type.String()),
    phase: MachinePhase,
    plate_clear: Type.Boolean(),
    enabled: Type.Boolean(),
    progress: Type.Number({ description: 'Of the present job, 0 to 1.' }),
    rating: Type.Number(),
    speed: Type.Number(),
    last_seen_at: NullableTime,
  },
  { additionalProperties: false, title: 'Machine' },
)

interface MachineRow {
  id: string
  site_id: string
  model: string
  caps: MachineCaps
  phase: string
  plate_clear: boolean
  enabled: boolean
  progress: number
  rating: number
  speed: number
  last_seen_at: Date | null
}

export const listMachines = route(
  {
    method: 'get',
    path: '/v1/machines',
    scope: 'sites:read',
    summary: 'List machines',
    query: Type.Object(
      { site_id: Type.Optional(Id), ...pageQuery },
      { additionalProperties: false },
    ),
    responses: { 200: ListOf(Machine, 'MachineList') },
  },
  async ({ query: { site_id: siteId = null, limit, cursor }, tenant, deps }) => {
    const [after = null] = decodeCursor(cursor, 'string') ?? []
    const rows = await deps.storage.sql<MachineRow>(
      `${select} where ($1::text is null or m.site_id = $1) and ($2::text is null or m.id > $2)
         and s.kind <> 'home' and (s.storefront_id is null or s.storefront_id = $4)
       order by m.id limit $3 + 1`,
      [siteId, after, limit ?? limits.page.default, tenant.storefrontId],
    )
    return ok(page(rows, limit, { toWire: machineOf, keysOf: (row) => [row.id] }))
  },
)

export const getMachine = route(
  {
    method: 'get',
    path: '/v1/machines/{id}',
    scope: 'sites:read',
    summary: 'One machine',
    params: IdParams,
    responses: { 200: Machine },
    versioned: true,
  },
  async ({ params: { id }, tenant, deps }) => {
    const [row] = await deps.storage.sql<MachineRow>(
      `${select} where m.id = $1 and s.kind <> 'home'
         and (s.storefront_id is null or s.storefront_id = $2)`,
      [id, tenant.storefrontId],
    )
    if (!row) throw refuse('not_found')
    return versioned(machineOf(row))
  },
)

const select = `select m.id, m.site_id, m.model, m.caps, m.phase, m.plate_clear, m.enabled,
    m.progress::float8 as progress, m.rating, m.speed, m.last_seen_at
  from machine m join site s on s.id = m.site_id`

function machineOf({ caps, ...row }: MachineRow) {
  return {
    object: 'machine',
    id: row.id,
    site_id: row.site_id,
    model: row.model,
    process: caps.process,
    volume_mm: caps.volumeMm,
    resolution_microns: caps.resolutionMicrons,
    materials: caps.materials,
    instruction_kinds: caps.instructionKinds,
    phase: row.phase,
    plate_clear: row.plate_clear,
    enabled: row.enabled,
    progress: row.progress,
    rating: row.rating,
    speed: row.speed,
    last_seen_at: nullableTime(row.last_seen_at),
  }
}
