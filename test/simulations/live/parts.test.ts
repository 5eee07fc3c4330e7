// What makes plan and reality comparable: scores that no speed changes, the same luck, one way to
// count.
import { expect, test } from '@jest/globals'
import { assert, double, integer, property, record } from 'fast-check'
import { insertStop } from '../../../domain/dispatch/insert.ts'
import { defaultDispatchRules } from '../../../domain/dispatch/rules.ts'
import { atSpeed } from '../../../domain/dispatch/routeTimes.ts'
import { openDayClock } from '../../../simulations/live/dayClock.ts'
import { namesIn, ownStopsDone } from '../../../simulations/live/fleet.ts'
import { liveCourse } from '../../../simulations/live/liveCourse.ts'
import type { DeviceEvent } from '../../../simulations/live/liveRecords.ts'
import { behindOf, lagInWords } from '../../../simulations/live/liveResult.ts'
import type { PlayedOrder } from '../../../simulations/live/play.ts'
import { realityOf } from '../../../simulations/live/reality.ts'
import { dispatchAtSpeed } from '../../../simulations/live/scaledRules.ts'
import { setStage, type Stage } from '../../../simulations/live/stage.ts'
import { loadScenario } from '../../../simulations/scenario/load.ts'
import { evergreenTerrace } from '../../domain/dispatch/evergreenTerrace.ts'
import { town } from '../plant/town.ts'

const weight = double({ min: 0, max: 20, noNaN: true })

test('a region that lives faster chooses as one that does not, with the same scores', () => {
  const { request, vehicles, travel } = evergreenTerrace
  const { nowMs } = request
  assert(
    property(
      integer({ min: 2, max: 600 }),
      record({
        minutesToBuyer: weight,
        deviationMinutes: weight,
        deviationKilometres: weight,
        waitingMinutes: weight,
        // Its unit is the square of a time: more than this would pass what a weight may be.
        driverFairness: double({ min: 0, max: 2, noNaN: true }),
      }),
      (speed, weights) => {
        const rules = {
          ...defaultDispatchRules,
          weights: { ...defaultDispatchRules.weights, ...weights },
        }
        const sooner = (atMs: number) => nowMs + (atMs - nowMs) / speed
        const faster = vehicles.map((vehicle) => ({
          ...vehicle,
          shiftEndsAtMs: sooner(vehicle.shiftEndsAtMs),
          stops: vehicle.stops.map((stop) => {
            return { ...stop, serviceSeconds: stop.serviceSeconds / speed }
          }),
          machines: vehicle.machines.map((machine) => ({
            ...machine,
            freeAtMs: sooner(machine.freeAtMs),
            makingMinutes: machine.makingMinutes / speed,
          })),
        }))
        const asked = { ...request, serviceSeconds: request.serviceSeconds / speed }
        const slow = insertStop(request, vehicles, travel, rules)
        const fast = insertStop(
          asked,
          faster,
          atSpeed(travel, speed),
          dispatchAtSpeed(rules, speed),
        )
        for (const { id, score } of slow.decision.candidates) {
          const other = fast.decision.candidates.find((one) => one.id === id)
          if (score === null) expect(other?.score).toBeNull()
          else expect(other?.score).toBeCloseTo(score, 3)
        }
      },
    ),
    { numRuns: 100 },
  )
})

/** Without what only one side has; nothing breaks, and nobody loses patience. */
function stageOf(replication: number): Stage {
  const nothing = { mean: 0, deviation: 0 }
  const { scenario } = loadScenario({
    ...town,
    models: [
      { id: 'Mendel 5', hoursBetweenFailures: 1e6 },
      { id: 'Swift S', speed: 1.5 },
    ],
    sites: [],
    couriers: [],
    trucks: town.trucks.map((truck) => Object.assign({}, truck, { stock: [], refusalShare: 0 })),
    orders: { generator: { perDay: 120 } },
    suppliers: { answerSeconds: nothing, lateShare: 0 },
    buyers: { pickupShare: 0, patienceMinutes: { mean: 600, deviation: 0 } },
    rules: { machines: { changeoverMinutes: 0 } },
  })
  return setStage(scenario, { seed: 5, replication, orders: null })
}

const names = namesIn('test')
const speed = 60

const fulfilmentOf = (order: number) => `ful_${order}`

test('prints and drives take before the platform what they took in the plan', () => {
  const stage = stageOf(0)
  const { layout, scenario } = stage.prepared
  let second = 0
  const clock = openDayClock({ speed, startSecond: stage.startSecond, startMs: 0 })
  const course = liveCourse(
    stage,
    names,
    { ...clock, second: () => second },
    {
      job: (jobId) => Number(jobId.slice(4)),
      stop: (stopId) => (stopId.startsWith('ful_') ? Number(stopId.slice(4)) : null),
    },
  )
  for (const [at, { id, machines }] of layout.vehicles.entries()) {
    const brought = stage.plan.tables.orders.rows.filter(({ by }) => by === id)
    const seconds = brought.map(({ order, item }) => {
      const { makingMinutes } = scenario.items.find((one) => one.id === item)!
      const { factor } = course.making(names.machine(machines[0]!), `job_${String(order)}`, 1)
      return Math.round(makingMinutes * 60 * factor)
    })
    const busy = stage.plan.tables.machines.rows[machines[0]!]!['busySeconds']
    expect(seconds.reduce((sum, one) => sum + one, 0)).toBe(busy)

    let nth = ownStopsDone(id, stage)
    for (const leg of stage.plan.tables.legs.rows.filter(({ vehicle }) => vehicle === id)) {
      second = Number(leg['leaveSecond'])
      if (Number(leg['arriveSecond']) <= stage.startSecond) continue
      const isOwn = leg['order'] === null
      const stopId = isOwn ? `${names.vehicle(at)}.${nth}` : fulfilmentOf(Number(leg['order']))
      if (isOwn) nth += 1
      const took = course.driveSeconds(names.vehicle(at), {
        stopId,
        from: { lon: Number(leg['fromLon']), lat: Number(leg['fromLat']) },
        to: { lon: Number(leg['toLon']), lat: Number(leg['toLat']) },
      })
      expect(took).toBe(Number(leg['arriveSecond']) - second)
    }
  }
})

test('a reality that is the plan has the figures of the plan', () => {
  for (const replication of [0, 1, 2]) {
    const stage = stageOf(replication)
    const clock = openDayClock({ speed, startSecond: stage.startSecond, startMs: 1e12 })
    const reading = { stage, names, clock, run: 'test' }
    const reality = realityOf(asPlanned(stage, clock), reading)
    const { figures } = stage.plan
    expect(figures.ordersServed).toBeGreaterThan(5)
    expect(figures.kilometresPerOrder).toBeGreaterThan(0)
    for (const name of [
      'ordersPlaced',
      'ordersServed',
      'ordersLost',
      'servedOnTimeShare',
      'minutesToBuyerP50',
      'minutesToBuyerP95',
      'latenessMinutesMean',
      'kilometresPerOrder',
    ] as const) {
      expect([name, reality.figures[name]]).toEqual([name, expect.closeTo(figures[name], 6)])
    }
  }
})

/** What the platform would have written down if all had gone as the plan has it. */
function asPlanned(stage: Stage, clock: ReturnType<typeof openDayClock>) {
  const { layout, scenario } = stage.prepared
  const { orders, legs } = stage.plan.tables
  const played = orders.rows.map(({ order, dueSecond, lostBecause }): PlayedOrder => {
    const number = Number(order)
    const dueMs = clock.msAt(Number(dueSecond ?? 0))
    const bought = {
      orderId: `ord_${number}`,
      fulfilmentId: fulfilmentOf(number),
      jobIds: [],
      dueMs,
    }
    const isLost = lostBecause !== null
    return {
      order: number,
      bought: isLost ? { lostBecause: 'no_way_to_fulfil' } : bought,
      behindSeconds: 0,
      lostBecause: null,
      status: 'settled',
      holdReason: null,
    }
  })
  const events: DeviceEvent[] = []
  for (const [at, { id, round }] of layout.vehicles.entries()) {
    const deviceId = names.vehicle(at)
    const own = legs.rows.filter((leg) => leg['vehicle'] === id)
    let nth = ownStopsDone(id, stage)
    for (const [row, leg] of own.entries()) {
      const [leaves, arrives] = [Number(leg['leaveSecond']), Number(leg['arriveSecond'])]
      if (arrives <= stage.startSecond) continue
      const order = leg['order'] === null ? null : Number(leg['order'])
      const stopId = order === null ? `${deviceId}.${nth % round.length}` : `stop-${order}`
      if (order === null) nth += 1
      const fulfilmentId = order === null ? null : fulfilmentOf(order)
      const about = { kind: 'v' as const, deviceId, stopId, fulfilmentId, jobId: null }
      const tell = (type: string, second: number) =>
        events.push({ ...about, attempt: null, type, atMs: clock.msAt(second) })
      tell('departed', leaves)
      tell('arrived', arrives)
      const served = order === null ? null : Number(orders.rows[order]!['servedSecond'])
      if (served !== null) tell('handed_over', served + scenario.buyers.handOverSeconds)
      tell('stop_done', Number(own[row + 1]?.['leaveSecond'] ?? arrives + 60))
    }
  }
  const deliveries = orders.rows.map(({ order, by }) => {
    const at = layout.vehicles.findIndex(({ id }) => id === by)
    return {
      orderId: `ord_${String(order)}`,
      vehicleId: names.vehicle(at),
      siteId: '',
      makeStartsAtMs: 0,
    }
  })
  return { played, events: events.toSorted((a, b) => a.atMs - b.atMs), decided: [], deliveries }
}

function after(minutes: number): PlayedOrder {
  const bought = { lostBecause: 'no_way_to_fulfil' as const }
  const rest = { order: 0, lostBecause: null, status: 'lost', holdReason: null }
  return { ...rest, bought, behindSeconds: minutes * 60 }
}

test('a platform that does not keep up is told from one that does', () => {
  const kept = behindOf([after(1), after(2), after(2.5)], [0.5])
  expect(kept.ordered).toEqual({ p50: 2, p95: 2.5, most: 2.5 })
  expect(lagInWords(kept, 60)).toBeNull()
  expect(lagInWords(behindOf([after(1), after(2), after(12)], [0.5]), 60)).toContain(
    '12.0 minutes of the day late, and so did what follows. --speed 20',
  )
  expect(lagInWords(behindOf([after(1)], [0, 8]), 60)).toContain('--speed 30')
})
