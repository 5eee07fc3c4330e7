// The queues of machines on board while a batch plans them anew: from when on they are free, and which makes what.
import type { FleetMachine, FleetVehicle, MadeOnBoard, Making, RouteStop } from './facts.ts'
import type { Move } from './moves.ts'
import type { ProblemFacts } from './planProblem.ts'

export interface MachineQueue {
  machine: FleetMachine
  /** When everything is made that a batch does not plan anew. */
  freeMs: number
  /** Whether some of what it has queued is planned anew. */
  isReplanned: boolean
}

/** By vehicle and machine. Where a queue holds more than the stops tell, its end stays its end. */
export function queuesOf({ facts, standing }: ProblemFacts, moves: Move[]): MachineQueue[][] {
  const made = Map.groupBy(
    moves.filter(({ isMade }) => isMade),
    ({ row }) => row,
  )
  return facts.vehicles.map((vehicle, row) =>
    vehicle.machines.map((machine) => {
      const isOurs = (stop: RouteStop) => stop.madeBy?.machineId === machine.machineId
      const jobs = vehicle.stops.filter(isOurs)
      const anew = (made.get(row) ?? []).filter(({ drop }) => isOurs(drop))
      const busyMs = busyUntil(standing.table, row, vehicle, machine)
      const told = jobs.reduce((most, { readyAtMs }) => Math.max(most, readyAtMs), -Infinity)
      const isKnown = busyMs <= told && !machine.freeAfter
      if (anew.length === 0 || !isKnown) {
        for (const move of anew) Object.assign(move, { isMade: false, boundTo: row })
        return { machine, freeMs: busyMs, isReplanned: false }
      }
      const free = new Set(anew.map(({ drop }) => drop))
      const kept = jobs.filter((stop) => !free.has(stop)).map(({ readyAtMs }) => readyAtMs)
      const begins = anew.map(({ drop }) => drop.madeBy!.startsAtMs)
      return { machine, freeMs: Math.max(Math.min(...begins), ...kept), isReplanned: true }
    }),
  )
}

function busyUntil(
  table: ProblemFacts['standing']['table'],
  row: number,
  { stops }: FleetVehicle,
  { freeAtMs, freeAfter }: FleetMachine,
): number {
  const loading = freeAfter ? stops.findIndex(({ stopId }) => stopId === freeAfter.stopId) : -1
  if (!freeAfter || loading < 0) return freeAtMs
  return Math.max(
    freeAtMs,
    table.departsMs[table.begin[row]! + loading]! + freeAfter.minutes * 60e3,
  )
}

export interface Maker {
  /** Index among the vehicle's machines. */
  machine: number
  making: Making
}

/**
 * The machine that would have it made first as its queue stands; equal ones take turns by the request's number.
 */
export function makerFor(
  { making, material }: MadeOnBoard,
  vehicle: FleetVehicle,
  queues: readonly MachineQueue[],
  number: number,
): Maker | null {
  let best: Maker | null = null
  let soonestMs = Infinity
  const many = vehicle.machines.length
  for (let turn = 0; turn < many; turn += 1) {
    const index = (number + turn) % many
    const machine = vehicle.machines[index]!
    const own = making[machine.kind ?? machine.machineId]
    const isFed =
      material === undefined || !machine.materials || machine.materials.includes(material)
    // What waits for a stop to load its material is planned one by one alone.
    if (!own || !isFed || machine.freeAfter) continue
    const fromMs = Math.max(queues[index]!.freeMs, own.notBeforeMs ?? -Infinity)
    const readyMs = fromMs + (own.makingMinutes + own.coolDownMinutes) * 60e3
    if (readyMs >= soonestMs) continue
    soonestMs = readyMs
    best = { machine: index, making: own }
  }
  return best
}
