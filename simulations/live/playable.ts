// Decides what of a scenario a platform can play: both sides play just that, and what is left out is said.
import { readFileSync } from 'node:fs'
import { meltedMaterial } from '../../domain/geometry/materials.ts'
import { cityOsm } from '../../services/router/city.ts'
import { ScenarioError } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'

export interface Playable {
  scenario: Scenario
  /** A sentence each. */
  leftOut: string[]
}

interface Limits {
  /** The streets that the platform drives on. */
  mapPath: string
  /** Of orders, from the first hour of the scenario on; null for all. */
  hours: number | null
}

export function playable(given: Scenario, { mapPath, hours }: Limits): Playable {
  const leftOut: string[] = []
  const say = (isSo: boolean, sentence: string) => {
    if (isSo) leftOut.push(sentence)
  }
  const items = given.items.filter(
    ({ made, process, material }) => made && process === 'fdm' && meltedMaterial(material) !== null,
  )
  if (items.length === 0) throw new ScenarioError([{ path: '/items', message: nothingMade }])
  const known = new Set(items.map(({ id }) => id))
  const places = [...given.sites, ...given.trucks]
  say(items.length < given.items.length, 'items that are not printed from molten plastic')
  say(given.couriers.length > 0, 'couriers: the platform brings from warehouses by carriers alone')
  say(
    places.some(({ stock }) => stock.length > 0),
    'stock: the platform makes what is ordered',
  )
  say(
    given.sites.some((one) => one.suppliedBy !== null || one.takenBackAfterMinutes !== null),
    'parcels between sites and lockers: the platform hands out what is made there',
  )
  say(!isSameMap(given.map, mapPath), 'its map: both sides drive on the streets of the platform')
  say(
    given.suppliers.lateShare > 0,
    'suppliers that answer late: the instructions lie on the platform',
  )
  say(
    given.trucks.some(({ refusalShare }) => refusalShare > 0),
    'drivers who decline: the platform asks no driver',
  )
  return {
    scenario: within({ ...given, ...played(given, known) }, mapPath, hours),
    leftOut,
  }
}

const nothingMade = 'has nothing that is made on demand from molten plastic'

/** Without what only one side has; repairs and changes of material are as virtual printers have them. */
function played(given: Scenario, known: ReadonlySet<string>): Partial<Scenario> {
  const { rules, orders, suppliers } = given
  const nothing = { mean: 0, deviation: 0 }
  return {
    items: given.items.filter(({ id }) => known.has(id)),
    models: given.models.map((model) => {
      return { ...model, repairMinutes: { mean: 2, deviation: 0 }, spoolChangeMinutes: 0 }
    }),
    // Buyers fetch from the storage units of a kiosk as they fetch from lockers.
    sites: given.sites.map((site) => {
      const kind = site.kind === 'kiosk' ? ('lockers' as const) : site.kind
      return { ...site, kind, stock: [], suppliedBy: null, takenBackAfterMinutes: null }
    }),
    trucks: given.trucks.map((truck) => ({ ...truck, stock: [], refusalShare: 0 })),
    couriers: [],
    orders: { ...orders, listed: orders.listed.filter(({ item }) => known.has(item)) },
    suppliers: { ...suppliers, answerSeconds: nothing, lateShare: 0, lateMinutes: nothing },
    rules: { ...rules, machines: { ...rules.machines, changeoverMinutes: 0 } },
  }
}

function within(given: Scenario, file: string, atMost: number | null): Scenario {
  const { fromHour, toHour } = given.hours
  const until = atMost === null ? toHour : Math.min(toHour, fromHour + atMost)
  return {
    ...given,
    map: { demoCity: null, file, junctions: [], roads: [] },
    hours: { ...given.hours, toHour: until },
    orders: { ...given.orders, listed: given.orders.listed.filter(({ hour }) => hour < until) },
    incidents: given.incidents.filter(({ hour }) => hour < until),
  }
}

function isSameMap({ demoCity, file, junctions }: Scenario['map'], mapPath: string): boolean {
  if (junctions.length > 0) return false
  if (file !== null) return readFileSync(file).equals(readFileSync(mapPath))
  return readFileSync(mapPath).equals(Buffer.from(cityOsm(demoCity ?? undefined)))
}
