// How prints and drives go on the platform: by the very draws of the simulated day.
import type { Course } from '../../devices/gateway/drivers/course.ts'
import { exponential, normal } from '../kernel/distributions.ts'
import { drives } from '../plant/draws.ts'
import type { DayClock } from './dayClock.ts'
import { type Names, ownStopOf, ownStopsDone, plantStop } from './fleet.ts'
import type { Stage } from './stage.ts'

/** Which order a job or a stop is for; null while that is not known. */
export interface Whose {
  job: (jobId: string) => number | null
  stop: (stopId: string) => number | null
}

/** As the plant numbers attempts. */
const attemptsPerOrder = 64

export function liveCourse(stage: Stage, names: Names, clock: DayClock, whose: Whose): Course {
  const { prepared, draws } = stage
  const { layout, scenario, streets } = prepared
  const makings = draws('making')
  const drive = drives(scenario, draws)
  const machines = new Map(layout.machines.map((machine, at) => [names.machine(at), machine]))
  const vehicles = new Map(layout.vehicles.map((_, at) => [names.vehicle(at), at]))
  const rounds = new Map<string, Round>()

  return {
    making(machineId, jobId, attempt) {
      const machine = machines.get(machineId)
      const order = whose.job(jobId)
      if (!machine || order === null) return { factor: 1, failsAt: null }
      const { making, speed, hoursBetweenFailures } = machine.model
      const nth = (attempt - 1) % attemptsPerOrder
      const stream = makings.of(order * attemptsPerOrder + nth)
      const drawn = Math.max(0.2, normal(stream, making.factor, making.deviation))
      const factor = drawn * scenario.wear.makingTimes
      const sound = exponential(stream, hoursBetweenFailures * 3_600) / scenario.wear.failures
      const item = scenario.items[stage.orders.item[order]!]!
      const share = sound / ((item.makingMinutes * 60 * factor) / speed)
      return { factor, failsAt: share < 1 ? share : null }
    },
    driveSeconds(vehicleId, { stopId, from, to }) {
      const vehicle = vehicles.get(vehicleId)
      const [start, end] = [streets.nearest(from), streets.nearest(to)]
      const planned = streets.seconds[start * streets.places + end]!
      if (vehicle === undefined) return planned
      const order = whose.stop(stopId) ?? -1
      const nth = order >= 0 ? 0 : nthOwn(vehicleId, vehicle, stopId)
      const stop = plantStop({ stopId, at: end, order, nth })
      return drive(vehicle, stop, planned, clock.second())
    },
  }

  /** Counted over the day, as the plan counts them: each is driven to in the weather that it has there. */
  function nthOwn(vehicleId: string, vehicle: number, stopId: string): number {
    const round = rounds.get(vehicleId) ?? {
      seen: new Map(),
      next: ownStopsDone(layout.vehicles[vehicle]!.id, stage),
    }
    rounds.set(vehicleId, round)
    const known = round.seen.get(stopId)
    if (known !== undefined || ownStopOf(vehicleId, stopId) === null) return known ?? 0
    round.seen.set(stopId, round.next)
    round.next += 1
    return round.next - 1
  }
}

interface Round {
  seen: Map<string, number>
  next: number
}
