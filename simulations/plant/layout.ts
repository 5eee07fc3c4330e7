// Where everything of a scenario stands and drives on its streets: the same on every day and under all rules.
import { integerBelow } from '../kernel/distributions.ts'
import { openStreams, type Stream } from '../kernel/streams.ts'
import { namesOf } from '../scenario/check.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Streets } from './streets.ts'

type Model = Scenario['models'][number]
type MachineCounts = Scenario['sites'][number]['machines']

export interface Layout {
  machines: PlantMachine[]
  sites: PlantSite[]
  /** Trucks first, then couriers. */
  vehicles: PlantVehicle[]
}

export interface PlantMachine {
  id: string
  model: Model
  /** Of the site or vehicle that it is at; one of the two is -1. */
  site: number
  vehicle: number
}

export interface PlantSite {
  id: string
  kind: Scenario['sites'][number]['kind']
  at: number
  machines: readonly number[]
  compartments: number
  /** Of the site from where vehicles bring what is fetched here; -1 for none. */
  suppliedBy: number
  /** Infinity where nothing is taken back. */
  takenBackSeconds: number
  stock: readonly { item: string; units: number }[]
  opensAtSecond: number
  closesAtSecond: number
}

export interface PlantVehicle {
  id: string
  /** Where its shift begins. */
  at: number
  machines: readonly number[]
  stock: readonly { item: string; units: number }[]
  fromSecond: number
  toSecond: number
  round: readonly RoundStop[]
  repeats: boolean
  capacity: number
  refusalShare: number
}

export interface RoundStop {
  at: number
  serviceSeconds: number
  label: string
}

/** Draws for the layout come from a seed of their own, so that no day's seed moves a site. */
const layoutSeed = 1

export function layOut(scenario: Scenario, streets: Streets): Layout {
  const machines: PlantMachine[] = []
  const draws = openStreams(layoutSeed).purpose('layout')
  const drawOf = (id: string) => draws.of(entityOf(id))
  const modelOf = new Map(scenario.models.map((model) => [model.id, model]))
  const install = (id: string, counts: MachineCounts, site: number, vehicle: number) =>
    counts
      .flatMap(({ model, count }) => Array<string>(count).fill(model))
      .map((model, nth) => {
        const machine = { id: `${id} m${nth + 1}`, model: modelOf.get(model)!, site, vehicle }
        return machines.push(machine) - 1
      })
  const sites = scenario.sites.map((site, at): PlantSite => {
    const { id, kind, compartments, stock } = site
    return {
      id,
      kind,
      at: site.place ? streets.nearest(site.place) : integerBelow(drawOf(id), streets.places),
      machines: install(id, site.machines, at, -1),
      compartments,
      suppliedBy: scenario.sites.findIndex((other) => other.id === site.suppliedBy),
      takenBackSeconds: (site.takenBackAfterMinutes ?? Infinity) * 60,
      stock,
      opensAtSecond: secondOf(site.opensAtHour),
      closesAtSecond: secondOf(site.closesAtHour),
    }
  })
  const vehicles: PlantVehicle[] = []
  for (const group of scenario.trucks) {
    for (const id of namesOf(group)) {
      const draw = drawOf(id)
      const at = group.place ? streets.nearest(group.place) : integerBelow(draw, streets.places)
      const own = install(id, group.machines, -1, vehicles.length)
      const { stock, capacity, refusalShare, round } = group
      const vehicle = { id, at, machines: own, stock, capacity, refusalShare }
      const drives = { round: roundOf(round, at, draw, streets), repeats: round.repeats }
      vehicles.push({ ...vehicle, ...drives, ...shiftOf(group) })
    }
  }
  for (const group of scenario.couriers) {
    const at = sites.find(({ id }) => id === group.site)!.at
    for (const id of namesOf(group)) {
      const { capacity, refusalShare } = group
      const nothing = { machines: [], stock: [], round: [], repeats: false }
      vehicles.push({ id, at, capacity, refusalShare, ...nothing, ...shiftOf(group) })
    }
  }
  return { machines, sites, vehicles }
}

function shiftOf({ shift }: Pick<Scenario['trucks'][number], 'shift'>) {
  return { fromSecond: secondOf(shift.fromHour), toSecond: secondOf(shift.toHour) }
}

export function secondOf(hour: number): number {
  return Math.round(hour * 3_600)
}

/** FNV-1a of the name: what is new in a scenario moves nothing that was there. */
function entityOf(id: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  }
  return hash >>> 0
}

type Round = Scenario['trucks'][number]['round']

function roundOf(round: Round, start: number, draw: Stream, streets: Streets): RoundStop[] {
  if (round.places.length > 0) {
    return round.places.map(({ place, serviceSeconds, label }) => {
      return { at: streets.nearest(place), serviceSeconds, label }
    })
  }
  const near = nearTo(streets, start, round.radiusMeters)
  const stops = Array.from({ length: round.stops }, () => near[integerBelow(draw, near.length)]!)
  const { serviceSeconds } = round
  return tour(streets, start, stops).map((at) => ({ at, serviceSeconds, label: '' }))
}

/** By road; the start itself is always among them. */
export function nearTo({ meters, places }: Streets, start: number, radiusMeters: number): number[] {
  const near: number[] = []
  for (let at = 0; at < places; at += 1) {
    if (meters[start * places + at]! <= radiusMeters) near.push(at)
  }
  return near
}

/** The nearest first, and then without crossings: pairs of legs are exchanged while that is shorter. */
function tour({ seconds, places }: Streets, start: number, stops: readonly number[]): number[] {
  const left = [...stops]
  const order = [start]
  while (left.length > 0) {
    const from = order.at(-1)! * places
    let nearest = 0
    for (let at = 1; at < left.length; at += 1) {
      if (seconds[from + left[at]!]! < seconds[from + left[nearest]!]!) nearest = at
    }
    order.push(...left.splice(nearest, 1))
  }
  const leg = (one: number, other: number) => seconds[order[one]! * places + order[other]!]!
  for (let first = 1; first < order.length - 2; first += 1) {
    for (let last = first + 1; last < order.length - 1; last += 1) {
      const now = leg(first - 1, first) + leg(last, last + 1)
      if (leg(first - 1, last) + leg(first, last + 1) >= now) continue
      order.splice(first, last - first + 1, ...order.slice(first, last + 1).toReversed())
    }
  }
  return order.slice(1)
}
