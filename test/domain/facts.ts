// Facts that the tests of decisions start from: one ordinary item, one ordinary machine, places by
// their distances.
import type { MachineFacts, PartNeed } from '../../domain/machines.ts'
import { partNeedOf } from '../../domain/machines.ts'
import type { Item } from '../../domain/model/item.ts'
import type { Travel } from '../../domain/dispatch/routeTimes.ts'

export const nowMs = Date.UTC(2026, 10, 21, 12)
export const minutesFromNow = (minutes: number) => nowMs + minutes * 60e3
export const metersPerMile = 1609.344

export const handle: Item = {
  id: 'itm_handle',
  supplierId: 'sup_faucets',
  title: 'Faucet handle',
  description: 'A handle with a cross grip',
  made: true,
  stocked: false,
  process: 'fdm',
  materials: ['PLA', 'PETG'],
  colours: ['white', 'black'],
  sizeMm: { x: 60, y: 40, z: 30 },
  massGrams: 20,
  makingMinutes: 12,
  resolutionMicrons: 200,
  priceCents: 900n,
  royaltyCents: 300n,
  currency: 'USD',
  restriction: null,
  licenceId: 'lic_handle',
  instructions: { kind: 'stl', source: 'here', sha256: 'a'.repeat(64), url: null },
}
export const whitePla = { material: 'PLA', colour: 'white', scale: 1 }

export function partNeed(changes: Partial<PartNeed> = {}): PartNeed {
  return { ...partNeedOf(handle, whitePla, 1, nowMs), ...changes }
}

type MachineChanges = Omit<Partial<MachineFacts>, 'machine'> & {
  machine?: Partial<MachineFacts['machine']>
  caps?: Partial<MachineFacts['machine']['caps']>
}

export function machineFacts(id: string, changes: MachineChanges = {}): MachineFacts {
  const { machine, caps, ...facts } = changes
  return {
    machine: {
      id,
      siteId: 'site_1',
      model: 'mk4',
      caps: {
        process: 'fdm',
        volumeMm: { x: 200, y: 200, z: 200 },
        resolutionMicrons: 100,
        materials: [{ material: 'PLA', colour: 'white', grams: 500 }],
        instructionKinds: ['gcode'],
        keyId: null,
        ...caps,
      },
      phase: 'IDLE',
      plateClear: true,
      rating: 0.9,
      speed: 1,
      coolDownMinutes: 0,
      centsPerMinute: 5n,
      enabled: true,
      lastSeenAtMs: nowMs,
      ...machine,
    },
    siteKind: 'lockers',
    freeAtMs: nowMs,
    mounted: null,
    scrapShare: 0,
    metersToBuyer: 1000,
    ...facts,
  }
}

/** Places on a plane: as the crow flies, in whole seconds at a metre in ten milliseconds. */
export function travelOnPlane(points: readonly { x: number; y: number }[]): Travel {
  const meters = (from: number, to: number) => {
    const [a, b] = [points[from], points[to]]
    return a && b ? Math.round(Math.hypot(a.x - b.x, a.y - b.y)) : Infinity
  }
  return { dataVersion: 'plane', meters, seconds: (from, to) => Math.ceil(meters(from, to) / 10) }
}
