// Runs a day between factories on the kernel: vehicles drive, queue for docks and are served, and
// every ten minutes a dispatcher that knows the orders so far says how to go on.
import { openKernel } from '../kernel/kernel.ts'
import type { Dispatcher, OpenLoad, PlannedStop, Situation } from './dispatching.ts'
import { approachSeconds, epochSeconds, secondsPerQuarter, type FactoryDay } from './factoryDay.ts'
import { quartersOf, refuseBrokenPlans } from './planRules.ts'

export interface DrivenStop extends PlannedStop {
  arrivesAtSeconds: number
  leavesAtSeconds: number
}

export interface DrivenDay {
  /** Of each vehicle. */
  stops: readonly (readonly DrivenStop[])[]
  decisions: number
  events: number
}

interface Vehicle {
  at: number
  freeAtSeconds: number
  destination: { stop: PlannedStop; arrivesAtSeconds: number } | null
  onBoard: OpenLoad[]
  driven: DrivenStop[]
}

/** Who arrives at the time of a decision has arrived before it. */
const [arrivalFirst, thenDecision] = [0, 1]
/** So long after the last order the rest is taken for what will never be delivered. */
const patienceSeconds = 30 * 86_400

/** `watch` is told of each situation before it is decided. */
export function runFactoryDay(
  day: FactoryDay,
  dispatcher: Dispatcher,
  watch: (situation: Situation) => void = () => {},
): DrivenDay {
  const kernel = openKernel({ capacity: 2 * day.vehicles.length })
  const docksFreeAt = day.factories.map(({ docks }) => new Float64Array(docks))
  const vehicles = day.vehicles.map(({ start }): Vehicle => ({
    at: start,
    freeAtSeconds: 0,
    destination: null,
    onBoard: [],
    driven: [],
  }))
  const coming = openLoads(day)
  const waiting = new Map<number, OpenLoad>()
  let undelivered = coming.length
  let decisions = 0
  let come = 0

  const arrive = kernel.handler((index) => {
    const vehicle = vehicles[index]!
    const { stop } = vehicle.destination!
    const { factory, unload, load } = stop
    const quarters = quartersOf(day.loads, unload) + quartersOf(day.loads, load)
    const serviceSeconds = approachSeconds + quarters * secondsPerQuarter
    const arrivesAtSeconds = kernel.now()
    const leavesAtSeconds = dockFrom(docksFreeAt[factory]!, arrivesAtSeconds, serviceSeconds)
    vehicle.at = factory
    vehicle.freeAtSeconds = leavesAtSeconds
    vehicle.destination = null
    vehicle.onBoard.length -= unload.length
    for (const one of load) {
      vehicle.onBoard.push(waiting.get(one)!)
      waiting.delete(one)
    }
    vehicle.driven.push({ factory, unload, load, arrivesAtSeconds, leavesAtSeconds })
    undelivered -= unload.length
  })

  const decide = kernel.handler(() => {
    const now = kernel.now()
    while (come < coming.length && coming[come]!.createdSeconds <= now) {
      waiting.set(coming[come]!.load, coming[come]!)
      come += 1
    }
    if (undelivered === 0) return
    const situation = situationAt(now)
    watch(situation)
    const plans = dispatcher(situation)
    refuseBrokenPlans(day, situation, plans)
    decisions += 1
    plans.forEach(([first], index) => {
      if (first !== undefined) send(index, first)
    })
    kernel.schedule(now + epochSeconds, thenDecision, decide)
  })

  const situationAt = (atSeconds: number): Situation => ({
    atSeconds,
    waiting: [...waiting.values()],
    vehicles: vehicles.map(({ at, freeAtSeconds, destination, onBoard }) => ({
      at,
      freeAtSeconds,
      destination: destination && {
        factory: destination.stop.factory,
        arrivesAtSeconds: destination.arrivesAtSeconds,
      },
      onBoard: [...onBoard],
    })),
    docksFreeAt: docksFreeAt.map((docks) => docks.slice()),
  })

  const send = (index: number, stop: PlannedStop) => {
    const vehicle = vehicles[index]!
    if (vehicle.destination !== null) {
      vehicle.destination.stop = stop
      return
    }
    const way = vehicle.at * day.factories.length + stop.factory
    const departsAtSeconds = Math.max(kernel.now(), vehicle.freeAtSeconds)
    const arrivesAtSeconds = departsAtSeconds + day.ways.driveSeconds[way]!
    vehicle.destination = { stop, arrivesAtSeconds }
    kernel.schedule(arrivesAtSeconds, arrivalFirst, arrive, index)
  }

  kernel.schedule(epochSeconds, thenDecision, decide)
  const events = kernel.run((coming.at(-1)?.createdSeconds ?? 0) + patienceSeconds)
  if (undelivered > 0) throw new Error(`${day.name}: ${undelivered} loads were never delivered`)
  return { stops: vehicles.map(({ driven }) => driven), decisions, events }
}

/** In the order in which they come. */
function openLoads({ loads, orders }: FactoryDay): OpenLoad[] {
  return loads
    .map(({ order, quarters }, load) => {
      const { pickup, delivery, createdSeconds, dueSeconds } = orders[order]!
      return { load, order, pickup, delivery, createdSeconds, dueSeconds, quarters }
    })
    .toSorted((one, other) => one.createdSeconds - other.createdSeconds || one.load - other.load)
}

/** First come, first served: who arrives takes the dock that is free first; returns when it leaves. */
function dockFrom(freeAt: Float64Array, arrivesAtSeconds: number, serviceSeconds: number): number {
  let first = 0
  for (let dock = 1; dock < freeAt.length; dock += 1) {
    if (freeAt[dock]! < freeAt[first]!) first = dock
  }
  const leavesAtSeconds = Math.max(arrivesAtSeconds, freeAt[first]!) + serviceSeconds
  freeAt[first] = leavesAtSeconds
  return leavesAtSeconds
}
