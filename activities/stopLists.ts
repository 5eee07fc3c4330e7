// Sends a truck the stops it has still to make, with the streets between them and the labels that its driver reads.
import type { Stop } from '../domain/model/site.ts'
import { destinationOf } from '../storage/destinations.ts'
import { vehicleById } from '../storage/fleet.ts'
import type { OrdersDeps } from './deps.ts'

type Deps = Pick<OrdersDeps, 'storage' | 'router' | 'commands'>

/** Retained by the broker: the latest list is the whole truth, so sending it twice changes nothing. */
export async function publishStops(deps: Deps, vehicleId: string): Promise<void> {
  const vehicle = await vehicleById(deps.storage, vehicleId)
  if (!vehicle) return
  const loaded = await loadedFulfilments(deps, vehicle.stops)
  const stops = []
  let from = vehicle.place
  for (const stop of vehicle.stops) {
    stops.push({
      id: stop.id,
      ...stop.place,
      label: stop.fulfilmentId === null ? stop.label : await labelOf(deps, stop.fulfilmentId),
      fulfilmentId: stop.fulfilmentId,
      serviceSeconds: stop.serviceSeconds,
      readyAtMs: stop.readyAtMs,
      loaded: stop.fulfilmentId === null || loaded.has(stop.fulfilmentId),
      path: await pathBetween(deps, from, stop.place),
    })
    from = stop.place
  }
  await deps.commands.publishStops(vehicle.siteId, vehicleId, {
    version: vehicle.stopsVersion,
    stops,
  })
}

async function loadedFulfilments({ storage }: Deps, stops: Stop[]): Promise<Set<string>> {
  const ids = stops.flatMap(({ fulfilmentId }) => fulfilmentId ?? [])
  if (ids.length === 0) return new Set()
  const rows = await storage.sql<{ id: string }>(
    `select id from fulfilment where id = any($1) and state in ('in_transit', 'delivered')`,
    [ids],
  )
  return new Set(rows.map(({ id }) => id))
}

async function labelOf({ storage }: Deps, fulfilmentId: string): Promise<string> {
  const [row] = await storage.sql<{ orderId: string }>(
    `select order_id as "orderId" from fulfilment where id = $1`,
    [fulfilmentId],
  )
  return row ? (await destinationOf(storage, row.orderId)).label : ''
}

type Place = Stop['place']

async function pathBetween({ router }: Deps, from: Place, to: Place): Promise<[number, number][]> {
  const { line } = await router.route([from, to])
  return line.length < 2 ? [at(from), at(to)] : line.map(at)
}

const at = ({ lon, lat }: Place): [number, number] => [lon, lat]
