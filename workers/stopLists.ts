// Sends each truck the stops it has still to make whenever they change: streets between them, labels for the driver.
import type { Logger } from 'pino'
import type { Commands } from '../devices/commands.ts'
import type { Place } from '../domain/model/place.ts'
import type { Vehicle } from '../domain/model/site.ts'
import type { Router } from '../services/router/router.ts'
import { destinationOf } from '../storage/destinations.ts'
import { allVehicleIds, vehicleById } from '../storage/fleet.ts'
import type { Storage } from '../storage/storage.ts'

/** Announced by the database when the stops_version of a vehicle rises. */
const stopsChannel = 'fabroute_stops'
const retryMs = 2_000

export interface StopLists {
  /** Sends the list of every truck: for when the broker may have lost what it retained. */
  sendAll(): void
  stop(): Promise<void>
}

interface Deps {
  storage: Storage
  router: Pick<Router, 'route'>
  commands: Pick<Commands, 'publishStops'>
  log: Logger
}

/** The broker retains the latest list, so sending it twice, or by two workers, changes nothing. */
export async function startStopLists(deps: Deps): Promise<StopLists> {
  const { storage, log } = deps
  const waiting = new Set<string>()
  let allWait = true
  let sending: Promise<void> | null = null
  let retry: NodeJS.Timeout | null = null
  const stopping = new AbortController()

  function wake(vehicleId?: string): void {
    if (vehicleId !== undefined) waiting.add(vehicleId)
    if (!stopping.signal.aborted) sending ??= send().finally(() => (sending = null))
  }

  function sendAll(): void {
    allWait = true
    wake()
  }

  async function send(): Promise<void> {
    try {
      while (!stopping.signal.aborted && (allWait || waiting.size > 0)) await sendNext()
    } catch (error) {
      log.warn({ err: error }, 'stop lists could not be sent yet')
      retry ??= setTimeout(again, retryMs)
    }
  }

  /** What fails is put back at the end, so that one truck does not keep the others from their lists. */
  async function sendNext(): Promise<void> {
    const [vehicleId] = waiting
    if (allWait) {
      allWait = false
      const ids = await allVehicleIds(storage).catch((error: unknown) => {
        allWait = true
        throw error
      })
      for (const id of ids) waiting.add(id)
    } else if (vehicleId !== undefined) {
      waiting.delete(vehicleId)
      await publish(deps, vehicleId).catch((error: unknown) => {
        waiting.add(vehicleId)
        throw error
      })
    }
  }

  function again() {
    retry = null
    wake()
  }

  const unlisten = await storage.listen(stopsChannel, wake, sendAll)
  wake()
  return {
    sendAll,
    async stop() {
      stopping.abort()
      if (retry) clearTimeout(retry)
      await unlisten()
      await sending
    },
  }
}

async function publish(deps: Deps, vehicleId: string): Promise<void> {
  const vehicle = await vehicleById(deps.storage, vehicleId)
  if (!vehicle) return
  const loaded = await loadedFulfilments(deps, vehicle)
  const stops = []
  let from = vehicle.place
  for (const stop of vehicle.stops) {
    const { id, fulfilmentId, serviceSeconds, readyAtMs } = stop
    stops.push({
      id,
      fulfilmentId,
      serviceSeconds,
      readyAtMs,
      ...stop.place,
      label: fulfilmentId === null ? stop.label : await labelOf(deps, fulfilmentId),
      loaded: fulfilmentId === null || loaded.has(fulfilmentId),
      path: await pathBetween(deps, from, stop.place),
    })
    from = stop.place
  }
  const list = { version: vehicle.stopsVersion, stops }
  try {
    await deps.commands.publishStops(vehicle.siteId, vehicleId, list)
  } finally {
    // Whoever took it away meanwhile made the broker forget an earlier list, and not this one, which it may have
    // taken though its answer was lost.
    const isThere = (await vehicleById(deps.storage, vehicleId)) !== null
    if (!isThere) await deps.commands.publishStops(vehicle.siteId, vehicleId, null)
  }
}

async function loadedFulfilments({ storage }: Deps, { stops }: Vehicle): Promise<Set<string>> {
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

async function pathBetween({ router }: Deps, from: Place, to: Place): Promise<[number, number][]> {
  const { line } = await router.route([from, to])
  return line.length < 2 ? [at(from), at(to)] : line.map(at)
}

const at = ({ lon, lat }: Place): [number, number] => [lon, lat]
