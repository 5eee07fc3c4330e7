// Reads the fleet as decisions need it: machines with when they are free, vehicles with their stops, free compartments.
import type { MachineCaps, MachinePhase, SiteKind, Stop } from '../domain/model/site.ts'
import type { Machine, Site, Vehicle } from '../domain/model/site.ts'
import type { Place } from '../domain/model/place.ts'
import { drivenSeconds } from './driving.ts'
import type { Tx } from './storage.ts'

/** Read inside of a transaction or on its own. */
export type Reads = Pick<Tx, 'sql'>

export interface FleetMachine {
  machine: Machine
  site: Site
  /** When the last thing booked or held on it ends; 0 when nothing is. */
  freeAtMs: number
}

/** The machines of a region, or of one site. */
export async function fleetMachines(
  { sql }: Reads,
  where: { region: string } | { siteId: string },
): Promise<FleetMachine[]> {
  const [column, value] = 'region' in where ? ['s.region', where.region] : ['s.id', where.siteId]
  const rows = await sql<MachineRow>(
    `select m.id, m.site_id, m.model, m.caps, m.phase, m.plate_clear, m.rating, m.speed,
       m.cool_down_minutes, m.cents_per_minute::text, m.enabled,
       extract(epoch from m.last_seen_at)::float8 * 1000 as last_seen_at_ms,
       s.kind, s.name, s.region, coalesce(v.lon, s.lon) as lon, coalesce(v.lat, s.lat) as lat,
       (select extract(epoch from max(upper(r.during)))::float8 * 1000 from reservation r
         where r.resource_id = m.id and (r.expires_at is null or r.expires_at > now())) as free_at_ms
     from machine m join site s on s.id = m.site_id left join vehicle v on v.site_id = s.id
     where ${column} = $1 order by m.id`,
    [value],
  )
  return rows.map((row) => ({
    machine: machineOf(row),
    site: {
      id: row.site_id,
      kind: row.kind,
      name: row.name,
      region: row.region,
      place: {
        lon: row.lon,
        lat: row.lat,
      },
    },
    freeAtMs: row.free_at_ms ?? 0,
  }))
}

export async function fleetVehicles({ sql }: Reads, region: string): Promise<Vehicle[]> {
  const rows = await sql<VehicleRow>(`${vehicleColumns} where region = $1 order by id`, [region])
  return rows.map(vehicleOf)
}

export async function vehicleById({ sql }: Reads, vehicleId: string): Promise<Vehicle | null> {
  const rows = await sql<VehicleRow>(`${vehicleColumns} where id = $1`, [vehicleId])
  return rows.map(vehicleOf)[0] ?? null
}

export async function allVehicleIds({ sql }: Reads): Promise<string[]> {
  const rows = await sql<{ id: string }>('select id from vehicle order by id')
  return rows.map(({ id }) => id)
}

const vehicleColumns = `select id, site_id, name, region, in_service, lon, lat, stops, stops_version,
    extract(epoch from shift_ends_at)::float8 * 1000 as shift_ends_at_ms,
    ${drivenSeconds} as driven_seconds
  from vehicle`

interface MachineRow {
  id: string
  site_id: string
  model: string
  caps: MachineCaps
  phase: MachinePhase
  plate_clear: boolean
  rating: number
  speed: number
  cool_down_minutes: number
  cents_per_minute: string
  enabled: boolean
  last_seen_at_ms: number | null
  kind: SiteKind
  name: string
  region: string
  lon: number
  lat: number
  free_at_ms: number | null
}

function machineOf(row: MachineRow): Machine {
  return {
    id: row.id,
    siteId: row.site_id,
    model: row.model,
    caps: row.caps,
    phase: row.phase,
    plateClear: row.plate_clear,
    rating: row.rating,
    speed: row.speed,
    coolDownMinutes: row.cool_down_minutes,
    centsPerMinute: BigInt(row.cents_per_minute),
    enabled: row.enabled,
    lastSeenAtMs: row.last_seen_at_ms,
  }
}

interface VehicleRow extends Place {
  id: string
  site_id: string
  name: string
  region: string
  in_service: boolean
  stops: Stop[]
  stops_version: number
  shift_ends_at_ms: number | null
  driven_seconds: number
}

function vehicleOf(row: VehicleRow): Vehicle {
  return {
    id: row.id,
    siteId: row.site_id,
    name: row.name,
    region: row.region,
    inService: row.in_service,
    place: { lon: row.lon, lat: row.lat },
    stopsVersion: row.stops_version,
    stops: row.stops,
    shiftEndsAtMs: row.shift_ends_at_ms ?? Number.MAX_SAFE_INTEGER,
    drivenSeconds: row.driven_seconds,
  }
}
