// A truck that is not there but drives: along the streets of its stop list, else round its own
// block, and keeps its place over restarts.
import type { Place } from '../../../domain/model/place.ts'
import type { ListedStop, StopList, VehicleEvent } from '../../contract/vehicle.ts'
import type { VehicleProfile } from '../profile.ts'
import type { Course } from './course.ts'
import { readFault, type Fault } from './faults.ts'
import { openMemory } from './memory.ts'
import { alongLine, joining, lengthOf } from './streets.ts'

export interface TruckPosition {
  place: Place
  heading: number
  nextStopId: string | null
  stopsVersion: number
  inService: boolean
}

export type VehicleReport = Pick<VehicleEvent, 'type' | 'stopId' | 'fulfilmentId'>

export interface VirtualTruckOptions {
  dir: string
  profile: VehicleProfile
  timeFactor: number
  course?: Course | undefined
  /** The same key is the same report. */
  report: (key: string, event: VehicleReport) => void
  onMove: (position: TruckPosition) => void
}

export interface VirtualTruck {
  setStops: (list: StopList) => void
  position: () => TruckPosition
  fault: (payload: unknown) => void
  close: () => void
}

interface Truck {
  place: Place
  heading: number
  inService: boolean
  version: number
  stops: ListedStop[]
  /** Made, but still on the list that the platform gave. */
  doneIds: string[]
  /** Of these, those where it had nothing to hand over: listed with a part on board, they are to be made after all. */
  leftIds: string[]
  /** Rises with each leg, so that a stop visited twice is reported twice. */
  visit: number
  leg: Leg | null
  round: { line: Place[]; metres: number } | null
  notMetNext: boolean
}

interface Leg {
  stopId: string
  line: Place[]
  metres: number
  /** By the clock; where it is left out the vehicle's usual one. */
  metresPerSecond?: number
  arrivedAtMs: number | null
  /** Since when it has all that it hands over here. */
  servingSinceMs: number | null
}

const TICK_MS = 1_000
const SAVE_MS = 5_000
const usualPatienceMinutes = 60

export function virtualTruck(options: VirtualTruckOptions): VirtualTruck {
  const { dir, profile, report } = options
  const memory = openMemory<Truck>(dir, `truck-${profile.vehicleId}`, {
    place: profile.start,
    heading: 0,
    inService: true,
    version: -1,
    stops: [],
    doneIds: [],
    leftIds: [],
    visit: 0,
    leg: null,
    round: null,
    notMetNext: false,
  })
  const truck = memory.get()
  let timer: NodeJS.Timeout | undefined
  let movedAtMs = Date.now()
  let savedAtMs = 0

  /** Goes on to now, says where it is, and looks again when something may have changed. */
  function drive(): void {
    clearTimeout(timer)
    const nowMs = Date.now()
    const ms = nowMs - movedAtMs
    movedAtMs = nowMs
    const before = JSON.stringify([truck.leg?.stopId, truck.doneIds, truck.visit])
    const nextMs = truck.inService ? goOn(truck, { nowMs, ms, options }) : null
    const turned = before !== JSON.stringify([truck.leg?.stopId, truck.doneIds, truck.visit])
    if (turned || nowMs - savedAtMs > SAVE_MS) save(nowMs)
    if (nextMs !== null) {
      options.onMove(positionOf(truck))
      timer = setTimeout(drive, nextMs)
    }
  }

  function save(nowMs: number): void {
    savedAtMs = nowMs
    memory.set(truck)
  }

  timer = setTimeout(drive, 0)
  return {
    setStops: (list) => {
      if (list.version < truck.version) return
      truck.version = list.version
      truck.stops = list.stops
      const isDone = ({ id, loaded }: ListedStop) => !loaded || !truck.leftIds.includes(id)
      truck.doneIds = truck.doneIds.filter((id) =>
        list.stops.some((stop) => stop.id === id && isDone(stop)),
      )
      truck.leftIds = truck.leftIds.filter((id) => truck.doneIds.includes(id))
      save(Date.now())
      drive()
    },
    position: () => positionOf(truck),
    fault: (payload) => {
      const fault = readFault(JSON.stringify(payload))
      if (!fault.ok) return
      strike(truck, fault.value, report)
      save(Date.now())
      drive()
    },
    close: () => {
      clearTimeout(timer)
      memory.set(truck)
      memory.close()
    },
  }
}

interface Driving {
  nowMs: number
  /** Since it was looked at last. */
  ms: number
  options: VirtualTruckOptions
}

/** Drives and serves until it has to wait; in how many ms to look again, or null to wait for news. */
function goOn(truck: Truck, driving: Driving): number | null {
  const { nowMs, options } = driving
  const { report, timeFactor, profile } = options
  let { ms } = driving
  for (;;) {
    const stop = truck.stops.find(({ id }) => !truck.doneIds.includes(id))
    if (!stop) return roam(truck, metresIn(ms, options), options)
    truck.round = null
    // Before it departs it has not driven, however long nobody looked.
    if (truck.leg?.stopId !== stop.id) ms = 0
    const leg = legTo(truck, stop, options)
    const say = (type: 'departed' | 'arrived' | 'handed_over' | 'not_met' | 'stop_done') =>
      report(`${truck.visit}/${type}`, { type, stopId: stop.id, fulfilmentId: stop.fulfilmentId })
    say('departed')
    leg.metres += metresIn(ms, options, leg.metresPerSecond)
    const { place, heading, ended } = alongLine(leg.line, leg.metres)
    truck.place = place
    truck.heading = heading
    if (!ended) return Math.min(TICK_MS, msLeft(leg, options))
    leg.arrivedAtMs ??= nowMs
    say('arrived')
    // What is to be handed over is not made yet: a new list says when it is. Others wait for the truck as well.
    if (!stop.loaded) {
      const leftMs = leg.arrivedAtMs + patienceMs(options) - nowMs
      if (leftMs > 0) return Math.min(leftMs, TICK_MS)
      say('not_met')
      say('stop_done')
      leave(truck, stop)
      truck.leftIds.push(stop.id)
      ms = 0
      continue
    }
    leg.servingSinceMs ??= nowMs
    const { serviceSpeed = 1 } = profile
    const serviceMs =
      timeFactor === 0 ? 0 : (stop.serviceSeconds * 1_000) / timeFactor / serviceSpeed
    const leftMs = leg.servingSinceMs + serviceMs - nowMs
    if (leftMs > 0) return Math.min(leftMs, 2 ** 31 - 1)
    if (stop.fulfilmentId !== null) say(truck.notMetNext ? 'not_met' : 'handed_over')
    truck.notMetNext &&= stop.fulfilmentId === null
    say('stop_done')
    leave(truck, stop)
    ms = 0
  }
}

function leave(truck: Truck, stop: ListedStop): void {
  truck.doneIds.push(stop.id)
  truck.leg = null
}

/** Longer than dispatch plans to wait; where everything else takes no time, the clock's own. */
function patienceMs({ profile, timeFactor }: VirtualTruckOptions): number {
  return ((profile.patienceMinutes ?? usualPatienceMinutes) * 60e3) / (timeFactor || 1)
}

/** The leg under way, or a new one where the list sends it elsewhere. */
function legTo(
  truck: Truck,
  stop: ListedStop,
  { profile, timeFactor, course }: VirtualTruckOptions,
): Leg {
  if (truck.leg?.stopId === stop.id) return truck.leg
  const path = stop.path?.map(([lon, lat]) => ({ lon, lat })) ?? []
  const end = { lon: stop.lon, lat: stop.lat }
  truck.visit += 1
  const line = [...joining(truck.place, path), end]
  const asked = { stopId: stop.id, from: truck.place, to: end }
  const seconds = course?.driveSeconds(profile.vehicleId, asked)
  truck.leg = {
    stopId: stop.id,
    line,
    metres: 0,
    ...(seconds === undefined ? {} : { metresPerSecond: (lengthOf(line) * timeFactor) / seconds }),
    arrivedAtMs: null,
    servingSinceMs: null,
  }
  return truck.leg
}

/** Without stops it drives its own round, from wherever it is; without a round, or without time, it stands. */
function roam(truck: Truck, metres: number, { profile, timeFactor }: VirtualTruckOptions) {
  if (!profile.round || profile.round.length < 2 || timeFactor === 0) return null
  const round = truck.round ?? { line: joining(truck.place, profile.round), metres: 0 }
  round.metres += metres
  const beyond = round.metres - lengthOf(round.line)
  if (beyond >= 0) {
    round.line = [...profile.round, ...profile.round.slice(0, 1)]
    round.metres = beyond % Math.max(lengthOf(round.line), 1)
  }
  truck.round = round
  const { place, heading } = alongLine(round.line, round.metres)
  truck.place = place
  truck.heading = heading
  return TICK_MS
}

function metresIn(ms: number, options: VirtualTruckOptions, perSecond = usualPace(options)) {
  if (options.timeFactor === 0) return Number.MAX_SAFE_INTEGER
  // What takes no time at all is there at once.
  return Number.isFinite(perSecond) ? perSecond * (ms / 1_000) : Number.MAX_SAFE_INTEGER
}

/** Until it is there, so that it does not stand on the road for the rest of a tick. */
function msLeft({ line, metres, metresPerSecond }: Leg, options: VirtualTruckOptions): number {
  const perSecond = metresPerSecond ?? usualPace(options)
  return Math.max(1, Math.ceil(((lengthOf(line) - metres) / perSecond) * 1_000))
}

function usualPace({ profile, timeFactor }: VirtualTruckOptions): number {
  return ((profile.kmPerHour ?? 40) / 3.6) * timeFactor
}

function strike(truck: Truck, fault: Fault, report: VirtualTruckOptions['report']): void {
  if (fault.fault === 'not_met') {
    truck.notMetNext = true
  } else if (fault.fault === 'out_of_service' || fault.fault === 'in_service') {
    const inService = fault.fault === 'in_service'
    if (inService === truck.inService) return
    truck.inService = inService
    // A leg that was broken off begins anew.
    truck.leg = null
    truck.visit += 1
    report(`${truck.visit}/${fault.fault}`, {
      type: fault.fault,
      stopId: null,
      fulfilmentId: null,
    })
  }
}

function positionOf(truck: Truck): TruckPosition {
  const { place, heading, inService, version } = truck
  const next = truck.stops.find(({ id }) => !truck.doneIds.includes(id))
  return {
    place,
    heading,
    nextStopId: next?.id ?? null,
    stopsVersion: Math.max(version, 0),
    inService,
  }
}
