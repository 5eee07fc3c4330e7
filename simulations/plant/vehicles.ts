// The vehicles of a day: they drive their stops in the order of the plan, in traffic that the plan does not know,
// wait for what is not made, and tell the fleet of the dispatcher where they are.
import type { FleetVehicle, RouteStop } from '../../domain/dispatch/facts.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { PlantVehicle, RoundStop } from './layout.ts'
import type { Streets } from './streets.ts'

/** A stop as the plant knows it; for the dispatcher it is a RouteStop. */
export interface PlanStop extends RouteStop {
  /** An own stop of the round, where an order is picked up, handed over, or taken back from its compartment. */
  task: 'own' | 'pickup' | 'drop' | 'return'
  /** -1 at an own stop. */
  order: number
  /** Which of the own stops it is, counted over the day. */
  nth: number
}

/** As the dispatcher sees it, with stops of the plant. */
export type PlanVehicle = Omit<FleetVehicle, 'stops'> & { stops: PlanStop[] }

export interface Vehicles {
  facts: (vehicle: number) => PlanVehicle
  /** Takes over a plan in which stops were put in, left out or moved behind the committed ones. */
  replan: (vehicle: number, stops: PlanStop[]) => void
  /** Takes an order's stops out again; says whether it could: not while one is driven to or served. */
  remove: (vehicle: number, order: number) => boolean
  /** Looks again whether what the vehicle stands for is there, and when it will be. */
  lookAgain: (vehicle: number) => void
  breakDown: (vehicle: number, untilSecond: number) => void
  /** The order of the stop that it drives to or stands at; -1 for none. */
  headOrder: (vehicle: number) => number
}

export interface DrivenLeg {
  vehicle: number
  from: number
  to: number
  leaveSecond: number
  arriveSecond: number
  meters: number
  order: number
}

export interface VehicleWorld {
  kernel: Kernel
  vehicles: readonly PlantVehicle[]
  facts: readonly PlanVehicle[]
  streets: Streets
  midnightMs: number
  maxWaitSeconds: number
  /** Real seconds of a drive that takes so many by the map. */
  driveSeconds: (vehicle: number, stop: PlanStop, plannedSeconds: number) => number
  /** When what a stop hands over is there by the estimate; the past when it is. */
  readySecond: (stop: PlanStop) => number
  isReady: (stop: PlanStop) => boolean
  trace: (what: number, a: number, b: number) => void
  /** Its facts are other than they were. */
  onChange: (vehicle: number) => void
  onLeg: (leg: DrivenLeg) => void
  /** The service at a stop has ended. */
  onDone: (vehicle: number, stop: PlanStop, fromSecond: number) => void
  /** The part would keep the driver too long: the stop has left the plan. */
  onSkip: (vehicle: number, stop: PlanStop) => void
}

interface Rolling {
  state: 'off' | 'parked' | 'driving' | 'waiting' | 'serving'
  head: PlanStop | null
  /** When it set off, and from its arrival on, when it came. */
  sinceSecond: number
  nextOwn: number
  /** Own stops on the plan. */
  ownPlanned: number
  brokenUntil: number
}

const traceArrive = 1
const traceLeave = 2
const traceShift = 3
/** Own stops are taken on only as far as so much of the shift is left for what comes in between. */
const spareSeconds = 2_700

export function openVehicles(world: VehicleWorld): Vehicles {
  const { kernel, vehicles, facts, streets, midnightMs, trace } = world
  const rolling = vehicles.map((): Rolling => {
    return { state: 'off', head: null, sinceSecond: 0, nextOwn: 0, ownPlanned: 0, brokenUntil: 0 }
  })
  const begins = kernel.handler((at) => {
    trace(traceShift, at, 0)
    rolling[at]!.state = 'parked'
    facts[at]!.inService = true
    takeOnRound(at)
    setOff(at)
  })
  const arrive = kernel.handler(reach)
  const leave = kernel.handler(finish)
  const ends = kernel.handler((at) => {
    trace(traceShift, at, 1)
    const { stops } = facts[at]!
    const own = stops.filter(({ task }, nth) => task !== 'own' || nth < facts[at]!.committedStops)
    rolling[at]!.ownPlanned -= stops.length - own.length
    if (own.length < stops.length) facts[at]!.stops = own
    if (rolling[at]!.state === 'parked') setOff(at)
    else world.onChange(at)
  })
  const mended = kernel.handler((at) => {
    if (rolling[at]!.brokenUntil > kernel.now()) return
    facts[at]!.inService = vehicles[at]!.toSecond > kernel.now()
    if (rolling[at]!.state === 'parked') setOff(at)
    else if (rolling[at]!.state === 'waiting') attend(at)
    else world.onChange(at)
  })

  for (const [at, { fromSecond, toSecond }] of vehicles.entries()) {
    if (toSecond <= kernel.now()) continue
    kernel.schedule(Math.max(kernel.now(), fromSecond), -2, begins, at)
    kernel.schedule(toSecond, -1, ends, at)
  }
  return {
    facts: (at) => facts[at]!,
    replan,
    remove,
    lookAgain,
    breakDown,
    headOrder: (at) => rolling[at]!.head?.order ?? -1,
  }

  function replan(at: number, stops: PlanStop[]): void {
    facts[at]!.stops = stops
    if (rolling[at]!.state === 'parked') setOff(at)
    else world.onChange(at)
  }

  function remove(at: number, order: number): boolean {
    if (rolling[at]!.head?.order === order) return false
    const { stops } = facts[at]!
    replan(
      at,
      stops.filter((stop) => stop.order !== order),
    )
    return true
  }

  /** From where it stands to the first stop of its plan. */
  function setOff(at: number): void {
    const vehicle = facts[at]!
    const roll = rolling[at]!
    const now = kernel.now()
    roll.head = null
    roll.state = 'parked'
    vehicle.committedStops = 0
    vehicle.freeAtMs = midnightMs + Math.max(now, roll.brokenUntil) * 1_000
    const stop = vehicle.stops[0]
    if (roll.brokenUntil > now || stop === undefined) {
      if (stop === undefined && now >= vehicles[at]!.toSecond) {
        roll.state = 'off'
        vehicle.inService = false
      }
      return world.onChange(at)
    }
    const cell = vehicle.at * streets.places + stop.at
    const seconds = world.driveSeconds(at, stop, streets.seconds[cell]!)
    roll.state = 'driving'
    roll.head = stop
    roll.sinceSecond = now
    vehicle.committedStops = 1
    const meters = streets.meters[cell]!
    const when = { leaveSecond: now, arriveSecond: now + seconds }
    world.onLeg({ vehicle: at, from: vehicle.at, to: stop.at, meters, order: stop.order, ...when })
    kernel.schedule(now + seconds, 0, arrive, at)
    world.onChange(at)
  }

  function reach(at: number): void {
    const vehicle = facts[at]!
    const roll = rolling[at]!
    const stop = vehicle.stops.shift()!
    trace(traceArrive, at, stop.order)
    vehicle.at = stop.at
    vehicle.committedStops = 0
    vehicle.drivenSeconds = (vehicle.drivenSeconds ?? 0) + (kernel.now() - roll.sinceSecond)
    roll.sinceSecond = kernel.now()
    if (roll.brokenUntil > kernel.now()) {
      roll.state = 'waiting'
      return standUntil(at, roll.brokenUntil + stop.serviceSeconds)
    }
    attend(at)
  }

  /** Serves, or stands until what is handed over is there; or goes on without it. */
  function attend(at: number): void {
    const roll = rolling[at]!
    const stop = roll.head!
    const now = kernel.now()
    if (world.isReady(stop)) {
      roll.state = 'serving'
      kernel.schedule(now + stop.serviceSeconds, 0, leave, at)
      return standUntil(at, now + stop.serviceSeconds)
    }
    const readySecond = world.readySecond(stop)
    if (readySecond - roll.sinceSecond > world.maxWaitSeconds) {
      roll.head = null
      facts[at]!.freeAtMs = midnightMs + now * 1_000
      world.onSkip(at, stop)
      return setOff(at)
    }
    roll.state = 'waiting'
    standUntil(at, Math.max(now, readySecond) + stop.serviceSeconds)
  }

  function standUntil(at: number, second: number): void {
    facts[at]!.freeAtMs = midnightMs + second * 1_000
    world.onChange(at)
  }

  function finish(at: number): void {
    const roll = rolling[at]!
    const stop = roll.head!
    trace(traceLeave, at, stop.order)
    roll.head = null
    world.onDone(at, stop, roll.sinceSecond)
    if (stop.task === 'own') {
      roll.ownPlanned -= 1
      takeOnRound(at)
    }
    setOff(at)
  }

  function lookAgain(at: number): void {
    if (rolling[at]!.state === 'waiting' && rolling[at]!.brokenUntil <= kernel.now()) attend(at)
    else world.onChange(at)
  }

  /** It stands where it is: on the road it comes so much later to its stop. */
  function breakDown(at: number, untilSecond: number): void {
    const roll = rolling[at]!
    roll.brokenUntil = Math.max(roll.brokenUntil, untilSecond)
    facts[at]!.inService = false
    kernel.schedule(untilSecond, 2, mended, at)
    world.onChange(at)
  }

  /** Puts on as many of its own stops as the shift has room for, in the order of the round. */
  function takeOnRound(at: number): void {
    const { round, repeats, toSecond } = vehicles[at]!
    const roll = rolling[at]!
    const { stops } = facts[at]!
    if (roll.ownPlanned >= round.length || kernel.now() >= toSecond - spareSeconds) return
    if (!repeats && roll.nextOwn >= round.length) return
    let [place, second] = planEnd(at)
    while (roll.ownPlanned < round.length) {
      if (!repeats && roll.nextOwn >= round.length) return
      const stop = round[roll.nextOwn % round.length]!
      second += streets.seconds[place * streets.places + stop.at]! + stop.serviceSeconds
      if (second > toSecond - spareSeconds) return
      place = stop.at
      stops.push(ownStop(stop, vehicles[at]!, roll.nextOwn))
      roll.nextOwn += 1
      roll.ownPlanned += 1
    }
  }

  /** Where and when the plan ends, by the map. */
  function planEnd(at: number): [place: number, second: number] {
    const vehicle = facts[at]!
    let place = vehicle.at
    let second = kernel.now()
    for (const stop of vehicle.stops) {
      second += streets.seconds[place * streets.places + stop.at]! + stop.serviceSeconds
      place = stop.at
    }
    return [place, second]
  }
}

/** No two stops of a day have one name, however often the round is driven. */
function ownStop(stop: RoundStop, { id, round }: PlantVehicle, nth: number): PlanStop {
  const { at, serviceSeconds, label } = stop
  const lap = Math.floor(nth / round.length)
  const stopId = label === '' ? `${id} ${nth}` : label + (lap === 0 ? '' : ` (${lap + 1})`)
  const when = { serviceSeconds, readyAtMs: 0, dueAtMs: null }
  return { stopId, at, task: 'own', order: -1, nth, ...when }
}
