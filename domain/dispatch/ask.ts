// One request as the evaluation of its places needs it: the same few figures, whatever its kind.
import type { DispatchRequest, FleetVehicle, Making } from './facts.ts'

export interface Ask {
  request: DispatchRequest
  nowMs: number
  drop: AskedStop
  /** Null where nothing is fetched first. */
  pickup: AskedStop | null
  dueMs: number
  /** Null where nothing is made on board. */
  making: Readonly<Record<string, Making>> | null
  /** What the machine has to be fed with. */
  material: string | null
  loadingMs: number
  /** The item of which the vehicle must have a unit. */
  itemId: string | null
  /** Null: every vehicle is asked. */
  only: ReadonlySet<string> | null
}

export interface AskedStop {
  at: number
  serviceMs: number
  /** Serving does not begin before: what is fetched is not there, or the door is closed. */
  earliestMs: number
  closesMs: number
  /** What comes on board; below 0 what leaves. */
  litres: number
}

export function askOf(request: DispatchRequest, nowMs: number): Ask {
  const pickup = pickupOf(request)
  return {
    request,
    nowMs,
    drop: {
      at: request.at,
      serviceMs: request.serviceSeconds * 1000,
      earliestMs: Math.max(
        request.opensAtMs ?? -Infinity,
        request.kind === 'handed_over' ? (request.readyAtMs ?? -Infinity) : -Infinity,
      ),
      closesMs: request.closesAtMs ?? Infinity,
      litres: litresAtDrop(request),
    },
    pickup,
    dueMs: request.dueAtMs ?? Infinity,
    making: request.kind === 'made_on_board' ? request.making : null,
    material: request.kind === 'made_on_board' ? (request.material ?? null) : null,
    loadingMs: request.kind === 'made_on_board' ? (request.loadingMinutes ?? 0) * 60e3 : 0,
    itemId: request.kind === 'stocked_on_board' ? request.itemId : null,
    only: request.vehicleIds ? new Set(request.vehicleIds) : null,
  }
}

function pickupOf(request: DispatchRequest): AskedStop | null {
  if (request.kind !== 'fetched') return null
  const { at, serviceSeconds, readyAtMs, opensAtMs, closesAtMs } = request.pickup
  return {
    at,
    serviceMs: serviceSeconds * 1000,
    earliestMs: Math.max(readyAtMs, opensAtMs ?? -Infinity),
    closesMs: closesAtMs ?? Infinity,
    litres: request.litres ?? 0,
  }
}

/** What is made on board is made of what was on board: it takes no room of its own. */
function litresAtDrop(request: DispatchRequest): number {
  if (request.kind === 'made_on_board') return 0
  const litres = request.litres ?? 0
  return request.kind === 'handed_over' && request.direction === 'to_vehicle' ? litres : -litres
}

/** When one machine of the vehicle would have made it. */
export interface Made {
  /** Index among the vehicle's machines; -1 where nothing is made on board. */
  machine: number
  startsMs: number
  readyMs: number
  scrapShare: number
  /** The stop that loads its material: the delivery comes after it. -1 where nothing is loaded. */
  afterStop: number
  /** From leaving that stop until it is ready. */
  afterMs: number
}

export const notMade: Made = {
  machine: -1,
  startsMs: -Infinity,
  readyMs: -Infinity,
  scrapShare: 0,
  afterStop: -1,
  afterMs: 0,
}

export interface Makers {
  options: readonly Made[]
  /** Whether only the material is missing. */
  lacksMaterial: boolean
}

/**
 * The machines on board that are worth a look: one that is ready later, no less often scrap and no freer in its
 * places than another is left out. `departsMs` tells when the vehicle leaves a stop.
 */
export function makersOf(
  ask: Ask,
  vehicle: FleetVehicle,
  departsMs: (stop: number) => number,
): Makers {
  const all: Made[] = []
  let lacksMaterial = false
  for (let index = 0; index < vehicle.machines.length; index += 1) {
    const made = madeBy(ask, vehicle, index, departsMs)
    if (made === 'no_material') lacksMaterial = true
    else if (made) all.push(made)
  }
  if (all.length < 2) return { options: all, lacksMaterial }
  const ids = vehicle.machines.map(({ machineId }) => machineId)
  const options = all.filter(
    (made) => !all.some((other) => other !== made && spares(other, made, ids)),
  )
  return { options, lacksMaterial }
}

/** Whether nobody needs `made` where `other` is; of equals the lower id stays. */
function spares(other: Made, made: Made, ids: readonly string[]): boolean {
  const noWorse =
    other.readyMs <= made.readyMs &&
    other.scrapShare <= made.scrapShare &&
    other.afterStop <= made.afterStop
  if (!noWorse) return false
  const isBetter =
    other.readyMs < made.readyMs ||
    other.scrapShare < made.scrapShare ||
    other.afterStop < made.afterStop
  return isBetter || (ids[other.machine] ?? '') < (ids[made.machine] ?? '')
}

function madeBy(
  { making, material, loadingMs, nowMs }: Ask,
  vehicle: FleetVehicle,
  index: number,
  departsMs: (stop: number) => number,
): Made | 'no_material' | null {
  const machine = vehicle.machines[index]!
  const own = making?.[machine.kind ?? machine.machineId]
  if (!own) return null
  const makingMs = (own.makingMinutes + own.coolDownMinutes) * 60e3
  const { materials, freeAfter } = machine
  const isFed = material === null || materials === undefined || materials.includes(material)
  const stopOf = (stopId: string) => vehicle.stops.findIndex((stop) => stop.stopId === stopId)
  const queued = freeAfter ? stopOf(freeAfter.stopId) : -1
  const loading = isFed
    ? -1
    : vehicle.stops.findIndex(({ loadsMaterials }) => loadsMaterials?.includes(material))
  if (!isFed && loading < 0) return 'no_material'
  // What waits for two stops would have to be followed from both: such a machine is left alone.
  if (queued >= 0 && loading >= 0 && queued !== loading) return 'no_material'
  const afterStop = Math.max(queued, loading)
  const lagMs = Math.max(queued >= 0 ? freeAfter!.minutes * 60e3 : 0, loading >= 0 ? loadingMs : 0)
  const freeMs = Math.max(nowMs, machine.freeAtMs, own.notBeforeMs ?? -Infinity)
  const startsMs = afterStop < 0 ? freeMs : Math.max(freeMs, departsMs(afterStop) + lagMs)
  return {
    machine: index,
    startsMs,
    readyMs: startsMs + makingMs,
    scrapShare: own.scrapShare ?? 0,
    afterStop,
    afterMs: lagMs + makingMs,
  }
}
