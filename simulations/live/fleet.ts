// What stands and drives in the region of a run: the layout of the day as the platform keeps it, and
// as gateways play it.
import type { Stop } from '../../domain/model/site.ts'
import type { Place } from '../../domain/model/place.ts'
import type { Profile } from '../../devices/gateway/profile.ts'
import type { NewMachine } from '../../storage/sites.ts'
import type { PlantMachine, PlantVehicle } from '../plant/layout.ts'
import type { Streets } from '../plant/streets.ts'
import type { PlanStop } from '../plant/vehicles.ts'
import type { DayClock } from './dayClock.ts'
import type { Stage } from './stage.ts'

export interface LiveVehicle {
  id: string
  /** Where it is when the curtain rises, and which of its own stops comes next. */
  start: Place
  stops: Stop[]
  repeatsRound: boolean
  fromSecond: number
  toSecond: number
}

export interface LiveSite {
  id: string
  kind: 'warehouse' | 'lockers' | 'truck'
  name: string
  place: Place
  machines: NewMachine[]
  compartments: string[]
  vehicle: LiveVehicle | null
  opensAtSecond: number
  closesAtSecond: number
}

/** How things of the layout are called on the platform, by their index there. */
export interface Names {
  site: (at: number) => string
  vehicle: (at: number) => string
  machine: (at: number) => string
  item: (at: number) => string
}

export function namesIn(run: string): Names {
  return {
    site: (at) => `sit_${run}_${at}`,
    vehicle: (at) => `veh_${run}_${at}`,
    machine: (at) => `mac_${run}_${at}`,
    item: (at) => `itm_${run}_${at}`,
  }
}

export function fleetOf(stage: Stage, names: Names, speed: number): LiveSite[] {
  const { layout, streets } = stage.prepared
  const machines = (numbers: readonly number[]) =>
    numbers.map((at) => machineOf(layout.machines[at]!, names.machine(at), speed))
  const sites = layout.sites.map((site, at): LiveSite => {
    const id = names.site(at)
    const { opensAtSecond, closesAtSecond } = site
    return {
      id,
      kind: site.kind === 'warehouse' ? 'warehouse' : 'lockers',
      name: site.id,
      place: placeOf(streets, site.at),
      machines: machines(site.machines),
      compartments: Array.from({ length: site.compartments }, (_, nth) => `cmp_${id}_${nth + 1}`),
      vehicle: null,
      opensAtSecond,
      closesAtSecond,
    }
  })
  const trucks = layout.vehicles.map((vehicle, at): LiveSite => {
    const own = vehicleOf(vehicle, names.vehicle(at), stage, speed)
    return {
      id: names.site(layout.sites.length + at),
      kind: 'truck',
      name: vehicle.id,
      place: own.start,
      machines: machines(vehicle.machines),
      compartments: [],
      vehicle: own,
      opensAtSecond: 0,
      closesAtSecond: Infinity,
    }
  })
  return [...sites, ...trucks]
}

/** Estimates shrink with the speed, and what a minute costs grows with it: a part costs what it costs. */
function machineOf({ model }: PlantMachine, id: string, speed: number): NewMachine {
  return {
    id,
    model: model.id,
    caps: {
      process: model.process,
      volumeMm: model.volumeMm,
      resolutionMicrons: model.resolutionMicrons,
      materials: model.materials.map(({ material, colour, grams }) => {
        return { material, colour, grams }
      }),
      instructionKinds: ['gcode'],
      keyId: null,
    },
    rating: model.rating,
    speed: model.speed * speed,
    coolDownMinutes: model.coolDownMinutes / speed,
    centsPerMinute: Math.round(model.centsPerMinute * speed),
  }
}

function vehicleOf(vehicle: PlantVehicle, id: string, stage: Stage, speed: number): LiveVehicle {
  const { round, repeats, fromSecond, toSecond } = vehicle
  const { streets } = stage.prepared
  const done = ownStopsDone(vehicle.id, stage)
  const last = done === 0 ? vehicle.at : round[(done - 1) % round.length]!.at
  const left = repeats ? round.length : Math.max(0, round.length - done)
  const stops = Array.from({ length: left }, (_, nth): Stop => {
    const at = (done + nth) % round.length
    const stop = round[at]!
    return {
      id: ownStopId(id, at),
      place: placeOf(streets, stop.at),
      label: stop.label === '' ? `stop ${at + 1}` : stop.label,
      fulfilmentId: null,
      serviceSeconds: stop.serviceSeconds / speed,
      readyAtMs: 0,
      dueAtMs: null,
    }
  })
  return { id, start: placeOf(streets, last), stops, repeatsRound: repeats, fromSecond, toSecond }
}

/** Before the first order the plan knows nothing but own stops: there it has been where it will be. */
export function ownStopsDone(vehicle: string, { plan, startSecond }: Stage): number {
  return plan.tables.legs.rows.filter(
    (leg) => leg['vehicle'] === vehicle && Number(leg['arriveSecond']) <= startSecond,
  ).length
}

const ownStopId = (vehicleId: string, at: number) => `${vehicleId}.${at}`

/** Which stop of the round it is; null for one of an order. A stop that comes again has another ending. */
export function ownStopOf(vehicleId: string, stopId: string): number | null {
  if (!stopId.startsWith(`${vehicleId}.`)) return null
  return Number.parseInt(stopId.slice(vehicleId.length + 1), 10)
}

/** A stop as the plant knows it: at a place of its own round, or at an order's. */
export function plantStop({ stopId, at, order, nth }: PlantStopFacts): PlanStop {
  const task = order < 0 ? 'own' : 'drop'
  return { stopId, at, task, order, nth, serviceSeconds: 0, readyAtMs: 0, dueAtMs: null }
}

type PlantStopFacts = Pick<PlanStop, 'stopId' | 'at' | 'order' | 'nth'>

export function placeOf({ lon, lat }: Streets, at: number): Place {
  return { lon: lon[at]!, lat: lat[at]! }
}

/** Printers and stops of the platform are planned at the speed already; what else a device does is not. */
export function profileOf(site: LiveSite, { speed }: DayClock, patienceMinutes: number): Profile {
  const pace = 1 / speed
  return {
    siteId: site.id,
    speed,
    machines: site.machines.map(({ id: machineId, caps, coolDownMinutes }) => {
      const harvestSeconds = coolDownMinutes * 60 * speed
      return { machineId, caps, speed: pace, harvestSeconds }
    }),
    ...(site.vehicle && {
      vehicle: {
        vehicleId: site.vehicle.id,
        start: site.vehicle.start,
        serviceSpeed: pace,
        patienceMinutes,
      },
    }),
    ...(site.compartments.length > 0 && {
      lockers: { bankId: site.id, compartments: site.compartments },
    }),
  }
}
