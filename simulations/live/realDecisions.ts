// What the platform decided for each order, in the minutes of the day: the offers, and the trucks that were asked.
import type { Cell, Table } from '../day.ts'
import { namesOfPlaces } from '../plant/tables.ts'
import type { Decided } from './liveRecords.ts'
import type { Reading, Seen } from './reality.ts'

interface RealDecisions {
  table: Table
  /** Order, second and chosen place, three numbers each. */
  brief: Int32Array
  /** By order: what its stop was planned to add to the way of its truck. */
  deviationMinutes: Map<number, number>
}

export function decisionsOf({ decided, played }: Seen, reading: Reading): RealDecisions {
  const { stage, clock } = reading
  const { speed } = clock
  const called = callingOf(reading)
  const places = new Map(namesOfPlaces(stage.prepared).map((name, at) => [name, at]))
  const orderOf = new Map(
    played.flatMap(({ order, bought }): [string, number][] =>
      bought && 'orderId' in bought ? [[bought.orderId, order]] : [],
    ),
  )
  const deviationMinutes = new Map<number, number>()
  const brief: number[] = []
  const rows = decided.flatMap((one, decision): Record<string, Cell>[] => {
    const order = orderOf.get(one.orderId)
    if (order === undefined) return []
    const second = Math.round(clock.secondAt(one.atMs))
    const chosen = one.chosen === null ? null : called(one.chosen)
    const minutes = one.candidates.find(({ id }) => id === one.chosen)?.terms['deviationMinutes']
    if (one.kind === 'dispatch' && minutes !== undefined && !deviationMinutes.has(order)) {
      deviationMinutes.set(order, minutes * speed)
    }
    brief.push(order, second, places.get(chosen?.split('/').at(-1) ?? '') ?? -1)
    return one.candidates.map(({ id, score, terms, reason, details }) => ({
      decision,
      order,
      second,
      about: one.kind === 'offers' ? 'way' : 'on_board',
      candidate: called(id),
      chosen: id === one.chosen,
      score: score === null || one.kind === 'dispatch' ? score : score * speed,
      unit: one.kind === 'offers' ? 'minutes' : 'points',
      terms: JSON.stringify(inMinutesOfTheDay(terms, one, speed)),
      details: JSON.stringify(details),
      reason,
    }))
  })
  const { columns } = stage.plan.tables.decisions
  return { table: { columns, rows }, brief: Int32Array.from(brief), deviationMinutes }
}

function inMinutesOfTheDay(terms: Record<string, number>, { kind }: Decided, speed: number) {
  return Object.fromEntries(
    Object.entries(terms).map(([name, value]) => {
      const isTime = name.endsWith('Minutes') || (kind === 'dispatch' && name === 'minutesToBuyer')
      return [name, isTime ? value * speed : value]
    }),
  )
}

/** "truck/veh_..." is what the planner calls "truck/grocery-2". */
function callingOf({ stage, names }: Reading): (id: string) => string {
  const { layout } = stage.prepared
  const known = new Map([
    ...layout.vehicles.map(({ id }, at): [string, string] => [names.vehicle(at), id]),
    ...layout.vehicles.map(({ id }, at): [string, string] => [
      names.site(layout.sites.length + at),
      id,
    ]),
    ...layout.sites.map(({ id }, at): [string, string] => [names.site(at), id]),
  ])
  return (id) =>
    id
      .split('/')
      .map((part) => known.get(part) ?? part)
      .join('/')
}
