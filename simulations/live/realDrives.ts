// The drives of the trucks as they told them: from stop to stop, with the metres of the map.
import type { Cell, Table } from '../day.ts'
import type { Accounts } from '../plant/accounts.ts'
import { ownStopOf, ownStopsDone, plantStop } from './fleet.ts'
import type { Reading, Seen } from './reality.ts'

/** Books each drive and each stop, and returns the drives as a table. */
export function drivesOf(seen: Seen, reading: Reading, books: Accounts): Table {
  const { stage } = reading
  const orders = new Map(
    seen.played.flatMap(({ order, bought }): [string, number][] =>
      bought && 'fulfilmentId' in bought ? [[bought.fulfilmentId, order]] : [],
    ),
  )
  const rows = stage.prepared.layout.vehicles.flatMap((_, vehicle) =>
    drivesOfOne(vehicle, { ...reading, events: seen.events, orders, books }),
  )
  return { columns: stage.plan.tables.legs.columns, rows }
}

interface Driving extends Reading {
  events: Seen['events']
  /** By fulfilment. */
  orders: ReadonlyMap<string, number>
  books: Accounts
}

function drivesOfOne(vehicle: number, driving: Driving): Record<string, Cell>[] {
  const { stage, names, clock, events, orders, books } = driving
  const plant = stage.prepared.layout.vehicles[vehicle]!
  const { round } = plant
  const id = names.vehicle(vehicle)
  const done = ownStopsDone(plant.id, stage)
  const road = roadOf(vehicle, driving)
  // What it drove before the curtain rose was its round and no more.
  if (done > 0) road.own(round[(done - 1) % round.length]!.at, stage.startSecond)
  let nextOwn = done
  for (const { kind, deviceId, type, stopId, fulfilmentId, atMs } of events) {
    if (kind !== 'v' || deviceId !== id || stopId === null) continue
    const second = Math.round(clock.secondAt(atMs))
    const order = orders.get(fulfilmentId ?? '') ?? -1
    const own = ownStopOf(id, stopId)
    const at = order >= 0 ? stage.orders.at[order]! : round[own ?? -1]?.at
    if (at === undefined) continue
    if (type === 'departed') road.leave(second)
    if (type === 'arrived') road.arrive(at, order, second)
    if (type !== 'stop_done') continue
    books.onDone(vehicle, plantStop({ stopId, at, order, nth: 0 }), road.arrivedSecond(), second)
    if (own !== null) nextOwn = own + 1
  }
  // Behind the last order it goes back to its round, as in the plan.
  const back = round[nextOwn % Math.max(1, round.length)]
  if (back) road.own(back.at, stage.endSecond)
  return road.rows
}

/** Where a vehicle is, and the drives that brought it there. */
function roadOf(vehicle: number, { stage, books }: Driving) {
  const { layout, streets } = stage.prepared
  const plant = layout.vehicles[vehicle]!
  const rows: Record<string, Cell>[] = []
  let here = plant.at
  let leftSecond = 0
  let arrivedSecond = 0
  const metersTo = (at: number) => streets.meters[here * streets.places + at]!
  return {
    rows,
    arrivedSecond: () => arrivedSecond,
    leave(second: number): void {
      leftSecond = second
    },
    arrive(at: number, order: number, second: number): void {
      const when = { leaveSecond: leftSecond, arriveSecond: second }
      const meters = metersTo(at)
      books.onLeg({ vehicle, from: here, to: at, meters, order, ...when })
      rows.push({
        vehicle: plant.id,
        ...when,
        fromLon: streets.lon[here]!,
        fromLat: streets.lat[here]!,
        toLon: streets.lon[at]!,
        toLat: streets.lat[at]!,
        meters,
        order: order < 0 ? null : order,
        way: streets
          .lineOf(here, at)
          .map((degrees) => Math.round(degrees * 1e6) / 1e6)
          .join(' '),
      })
      arrivedSecond = second
      here = at
    },
    /** Drives to an own stop that nobody told of. */
    own(at: number, second: number): void {
      const when = { leaveSecond: second, arriveSecond: second }
      books.onLeg({ vehicle, from: here, to: at, meters: metersTo(at), order: -1, ...when })
      books.onDone(vehicle, plantStop({ stopId: '', at, order: -1, nth: 0 }), second, second)
      here = at
    },
  }
}
