// The fleets that benches run on: banks of lockers, a warehouse and trucks, spread over the demo city.
import type { MachineCaps, SiteKind, Stop } from '../domain/model/site.ts'
import type { Place } from '../domain/model/place.ts'
import type { DemoPlaces } from '../workers/demo/places.ts'

export interface BenchSite {
  id: string
  kind: SiteKind
  place: Place
  machineIds: string[]
  compartmentIds: string[]
  /** Of a truck, which it drives now. */
  stops: Stop[]
}

export const fleets = { quotes: quotesFleet, orders: ordersFleet }

/** What every machine of a bench is. */
export const caps: MachineCaps = {
  process: 'fdm',
  volumeMm: { x: 220, y: 220, z: 240 },
  resolutionMicrons: 200,
  materials: ['PLA', 'PETG', 'TPU'].flatMap((material) =>
    ['white', 'black', 'red'].map((colour) => ({ material, colour, grams: 1e9 })),
  ),
  instructionKinds: ['gcode'],
  keyId: null,
}

/** Five sites with two machines each, and twenty trucks with one each: thirty machines. */
function quotesFleet({ away }: DemoPlaces): BenchSite[] {
  const at = (nth: number) => away(1_000 + 900 * nth, 72 * nth).place
  const banks = [1, 2, 3, 4].map((nth) => bank(`sit_bank_${nth}`, at(nth), 2, 60))
  const warehouse = site('sit_warehouse', 'warehouse', at(5), 2)
  const trucks = Array.from({ length: 20 }, (_, nth) => {
    const angle = nth * 137.5
    const radius = 800 + nth * 300
    const stops = Array.from({ length: 8 }, (_stop, i) =>
      away(radius + 700 * Math.sin(i), angle + 12 * i),
    )
    const id = `sit_truck_${nth + 1}`
    const start = away(radius, angle - 12).place
    return { ...site(id, 'truck', start, 1), stops: stops.map((house, i) => stopAt(id, i, house)) }
  })
  return [...banks, warehouse, ...trucks]
}

/** Four banks of lockers with sixteen machines each, so that a machine is free for nearly every part. */
function ordersFleet({ away }: DemoPlaces): BenchSite[] {
  return [1, 2, 3, 4].map((nth) =>
    bank(`sit_bank_${nth}`, away(700 + 400 * nth, 90 * nth).place, 16, 200),
  )
}

function bank(id: string, place: Place, machines: number, compartments: number): BenchSite {
  const compartmentIds = Array.from(
    { length: compartments },
    (_, nth) => `cmp_${id.slice(4)}_${nth + 1}`,
  )
  return { ...site(id, 'lockers', place, machines), compartmentIds }
}

function site(id: string, kind: SiteKind, place: Place, machines: number): BenchSite {
  const machineIds = Array.from({ length: machines }, (_, nth) => `mac_${id.slice(4)}_${nth + 1}`)
  return { id, kind, place, machineIds, compartmentIds: [], stops: [] }
}

function stopAt(siteId: string, nth: number, house: { place: Place; label: string }): Stop {
  const { place, label } = house
  const promise = { fulfilmentId: null, readyAtMs: 0, dueAtMs: null }
  return { id: `${siteId}.${nth}`, place, label, serviceSeconds: 120, ...promise }
}
