// What stands where, as quotes need it: read at most once a second, and more often until when it is taken.
import { wayOf } from '../domain/dispatch/vehicleRoute.ts'
import type { Item } from '../domain/model/item.ts'
import type { Place } from '../domain/model/place.ts'
import type { SizeMm } from '../domain/model/item.ts'
import type { SiteKind, Vehicle } from '../domain/model/site.ts'
import { fleetMachines, fleetVehicles, type FleetMachine } from '../storage/fleet.ts'
import { itemForSale } from '../storage/items.ts'
import { takenTimes } from '../storage/reservations.ts'
import type { Storage } from '../storage/storage.ts'
import { cached } from './cached.ts'
import { freeTimes } from './freeTimes.ts'
import { limits } from './limits.ts'

export interface Scene {
  region: string
  /** Sites that stand still; a truck is a vehicle. */
  sites: { id: string; kind: SiteKind; place: Place }[]
  places: readonly Place[]
  vehicles: Vehicle[]
  /** Of the vehicles: where each is, and where it goes. */
  ways: readonly (readonly Place[])[]
  machinesAt: ReadonlyMap<string, readonly FleetMachine[]>
  compartmentsAt: ReadonlyMap<string, readonly Compartment[]>
}

interface Compartment {
  id: string
  siteId: string
  sizeMm: SizeMm
}

export type QuotingFacts = ReturnType<typeof quotingFacts>

export function quotingFacts(storage: Storage, nowMs: () => number) {
  const lasts = limits.factsCacheMs
  const items = cached((id) => itemForSale(storage, id), lasts, nowMs)
  const sites = cached(() => readSites(storage), lasts, nowMs)
  const scenes = cached((region) => readScene(storage, region), lasts, nowMs)

  return {
    async item(id: string, storefrontId: string): Promise<Item | null> {
      const found = await items(id)
      return found && isFor(found, storefrontId) ? found.item : null
    },
    /** Everything in the region whose site is nearest to a place as the crow flies. */
    async sceneAround(place: Place, storefrontId: string): Promise<Scene | null> {
      const all = (await sites('all')).filter((site) => isFor(site, storefrontId))
      const own = all.filter((site) => site.storefrontId === storefrontId)
      const nearest = (own.length > 0 ? own : all).reduce<{ region: string; away: number } | null>(
        (best, site) => {
          const away = crowFlies(site.place, place)
          return best && best.away <= away ? best : { region: site.region, away }
        },
        null,
      )
      return nearest && scenes(nearest.region)
    },
    free: freeTimes(async () => await takenTimes(storage, new Date(nowMs())), nowMs),
  }
}

function isFor({ storefrontId }: Owned, asking: string): boolean {
  return storefrontId === null || storefrontId === asking
}

interface Owned {
  storefrontId: string | null
}

/** A storefront that has sites of its own may have nothing but trucks. */
async function readSites({ sql }: Storage): Promise<(Owned & { region: string; place: Place })[]> {
  const rows = await sql<Place & Owned & { region: string }>(
    `select region, lon, lat, storefront_id as "storefrontId" from site
     where kind <> 'home' and (kind <> 'truck' or storefront_id is not null) order by id`,
  )
  return rows.map(({ region, lon, lat, storefrontId }) => {
    return { region, storefrontId, place: { lon, lat } }
  })
}

async function readScene(storage: Storage, region: string): Promise<Scene> {
  const [sites, machines, vehicles, compartments] = await Promise.all([
    storage.sql<Place & { id: string; kind: SiteKind }>(
      `select id, kind, lon, lat from site
       where region = $1 and kind not in ('home', 'truck') order by id`,
      [region],
    ),
    fleetMachines(storage, { region }),
    fleetVehicles(storage, region),
    storage.sql<Compartment>(
      `select c.id, c.site_id as "siteId", c.size_mm as "sizeMm"
       from compartment c join site s on s.id = c.site_id where s.region = $1
       order by c.site_id, c.label`,
      [region],
    ),
  ])
  const placed = sites.map(({ id, kind, lon, lat }) => ({ id, kind, place: { lon, lat } }))
  return {
    region,
    sites: placed,
    places: placed.map(({ place }) => place),
    vehicles,
    ways: vehicles.map(wayOf),
    machinesAt: Map.groupBy(machines, ({ machine }) => machine.siteId),
    compartmentsAt: Map.groupBy(compartments, ({ siteId }) => siteId),
  }
}

function crowFlies(a: Place, b: Place): number {
  const x = (a.lon - b.lon) * Math.cos((b.lat * Math.PI) / 180)
  return Math.hypot(x, a.lat - b.lat)
}
