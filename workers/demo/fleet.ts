// The demo's sites: a warehouse, two banks of lockers, and the three trucks of Evergreen Terrace, with their machines.
import { defaultDispatchRules } from '../../domain/dispatch/rules.ts'
import type { SiteKind, Stop } from '../../domain/model/site.ts'
import type { RulesChange } from '../../storage/rules.ts'
import type { NewMachine } from '../../storage/sites.ts'
import type { DemoPlaces, House } from './places.ts'

export interface DemoSite {
  id: string
  kind: SiteKind
  name: string
  at: House
  machines: NewMachine[]
  compartments: string[]
  /** Of a truck. */
  vehicle: { id: string; stops: Stop[] } | null
}

export const region = 'demo'

/** The first version of the demo's rules: whoever changes them later makes the next. */
export const demoRules: RulesChange = {
  region,
  after: 0,
  rules: {
    ...defaultDispatchRules,
    weights: { ...defaultDispatchRules.weights, deviationMinutes: 10, minutesToBuyer: 0.5 },
  },
  author: 'fabroute',
  reason: 'Deviation weighs most, so that the truck that passes 742 Evergreen Terrace wins',
  restoredVersion: null,
  simulationId: null,
}

export function demoSites(places: DemoPlaces): DemoSite[] {
  const { away, nextDoor } = places
  return [
    site('sit_warehouse', 'warehouse', 'Northgate warehouse', away(5_000, 20), [
      ...machines('sit_warehouse', 3, mendel),
      machine('sit_warehouse', 4, clearline),
    ]),
    {
      ...site(
        'sit_station',
        'lockers',
        'Station lockers',
        away(1_600, 250),
        machines('sit_station', 2, mendel),
      ),
      compartments: compartments('sit_station', 12),
    },
    {
      ...site(
        'sit_market',
        'lockers',
        'Market lockers',
        away(3_200, 130),
        machines('sit_market', 2, mendel),
      ),
      compartments: compartments('sit_market', 8),
    },
    truck(
      'sit_grocery',
      'Grocery truck',
      away(8_000, 200),
      machines('sit_grocery', 1, mendel),
      (id) =>
        stopsAt(id, [
          away(6_000, 205),
          away(4_000, 210),
          away(2_000, 190),
          nextDoor,
          away(1_500, 40),
        ]),
    ),
    truck('sit_van', 'Warehouse van', away(4_800, 80), machines('sit_van', 1, mendel), (id) =>
      stopsAt(id, [away(4_000, 90), away(4_600, 110), away(5_600, 95)]),
    ),
    truck(
      'sit_factory',
      'Mobile factory',
      away(3_200, 320),
      machines('sit_factory', 3, swift),
      (id) => stopsAt(id, [away(2_600, 300), away(3_400, 280), away(4_200, 310)]),
    ),
  ]
}

type MachineModel = Omit<NewMachine, 'id'>

const spools = (...materials: string[]) =>
  materials.flatMap((material) =>
    ['white', 'black', 'red'].map((colour) => ({ material, colour, grams: 1_000 })),
  )

const mendel: MachineModel = {
  model: 'Mendel 5',
  caps: {
    process: 'fdm',
    volumeMm: {
      x: 220,
      y: 220,
      z: 240,
    },
    resolutionMicrons: 200,
    materials: spools('PLA', 'PETG', 'TPU'),
    instructionKinds: ['gcode'],
    keyId: null,
  },
  speed: 1,
  coolDownMinutes: 1,
  centsPerMinute: 6n,
  rating: 0.9,
}

/** The newer model of the story: eight minutes where the others take twelve. */
const swift: MachineModel = {
  ...mendel,
  model: 'Swift S',
  speed: 1.5,
  centsPerMinute: 9n,
  rating: 0.95,
}

const clearline: MachineModel = {
  ...mendel,
  model: 'Clearline 2',
  caps: {
    ...mendel.caps,
    process: 'sla',
    volumeMm: { x: 140, y: 80, z: 160 },
    resolutionMicrons: 50,
    materials: [{ material: 'resin', colour: 'grey', grams: 2_000 }],
  },
  centsPerMinute: 12n,
}

function machine(siteId: string, nth: number, model: MachineModel): NewMachine {
  return { id: `mac_${siteId.slice(4)}_${nth}`, ...model }
}

function machines(siteId: string, count: number, model: MachineModel): NewMachine[] {
  return Array.from({ length: count }, (_, index) => machine(siteId, index + 1, model))
}

function compartments(siteId: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `cmp_${siteId.slice(4)}_${index + 1}`)
}

function site(id: string, kind: SiteKind, name: string, at: House, own: NewMachine[]): DemoSite {
  return { id, kind, name, at, machines: own, compartments: [], vehicle: null }
}

function stopsAt(siteId: string, houses: readonly House[]): Stop[] {
  return houses.map(({ place, label }, at) => ({
    id: `${siteId}.${at}`,
    place,
    label,
    fulfilmentId: null,
    serviceSeconds: 240,
    readyAtMs: 0,
    dueAtMs: null,
  }))
}

function truck(
  id: string,
  name: string,
  at: House,
  own: NewMachine[],
  stops: (siteId: string) => Stop[],
): DemoSite {
  const vehicle = { id: `veh_${id.slice(4)}`, stops: stops(id) }
  return { ...site(id, 'truck', name, at, own), vehicle }
}
