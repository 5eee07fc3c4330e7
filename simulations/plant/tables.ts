// The tables of a day for those who want to look closer: orders, drives, machines, and what was decided from what.
import type { Candidate } from '../../domain/model/order.ts'
import type { Cell, DayTables, Table } from '../day.ts'
import type { OrderBook } from './orderBook.ts'
import type { Prepared } from './prepare.ts'
import type { DrivenLeg } from './vehicles.ts'

export interface DecisionSeen {
  decision: number
  order: number
  second: number
  /** Which way the buyer takes, and for each way that needs a vehicle, which. */
  questions: readonly QuestionSeen[]
}

export interface QuestionSeen {
  about: string
  unit: 'cents' | 'points'
  candidates: readonly Candidate[]
  /** Null where none of them was taken. */
  chosen: string | null
}

export interface Seen {
  legs: DrivenLeg[]
  decisions: DecisionSeen[]
}

export interface MachineDay {
  busySeconds: Float64Array
  parts: Int32Array
  scrapped: Int32Array
}

/** By order. */
export interface Fulfilled {
  kinds: readonly string[]
  bankOf: Int32Array
  takenBackAt: Int32Array
}

export function dayTables(
  prepared: Prepared,
  book: OrderBook,
  fulfilled: Fulfilled,
  machines: MachineDay,
  seen: Seen,
): DayTables {
  return {
    orders: ordersTable(prepared, book, fulfilled),
    legs: legsTable(prepared, seen.legs),
    machines: machinesTable(prepared, machines),
    decisions: decisionsTable(seen.decisions),
  }
}

/** What a place in Day.decisions stands for: vehicles first, then sites. */
export function namesOfPlaces({ layout }: Prepared): string[] {
  return [...layout.vehicles, ...layout.sites].map(({ id }) => id)
}

function ordersTable(
  prepared: Prepared,
  book: OrderBook,
  { kinds, bankOf, takenBackAt }: Fulfilled,
): Table {
  const { streets, scenario, layout } = prepared
  const { orders } = book
  const names = namesOfPlaces(prepared)
  const rows = Array.from({ length: orders.count }, (_, order): Record<string, Cell> => {
    const at = orders.at[order]!
    const isServed = book.servedSecond(order) >= 0
    return {
      order,
      kind: kinds[order] ?? '',
      item: scenario.items[orders.item[order]!]!.id,
      placedSecond: orders.second[order]!,
      dueSecond: book.dueSecond(order) < 0 ? null : book.dueSecond(order),
      lon: streets.lon[at]!,
      lat: streets.lat[at]!,
      by: names[book.by(order)] ?? null,
      locker: layout.sites[bankOf[order]!]?.id ?? null,
      servedSecond: isServed ? book.servedSecond(order) : null,
      lostBecause: book.lostBecause(order),
      takenBackSecond: takenBackAt[order]! < 0 ? null : takenBackAt[order]!,
    }
  })
  const columns: Table['columns'] = {
    order: 'number',
    kind: 'string',
    item: 'string',
    placedSecond: 'number',
    dueSecond: 'number',
    lon: 'number',
    lat: 'number',
    by: 'string',
    locker: 'string',
    servedSecond: 'number',
    lostBecause: 'string',
    takenBackSecond: 'number',
  }
  return { columns, rows }
}

function legsTable({ streets, layout }: Prepared, legs: readonly DrivenLeg[]): Table {
  const rows = legs.map((leg): Record<string, Cell> => {
    return {
      vehicle: layout.vehicles[leg.vehicle]!.id,
      leaveSecond: leg.leaveSecond,
      arriveSecond: leg.arriveSecond,
      fromLon: streets.lon[leg.from]!,
      fromLat: streets.lat[leg.from]!,
      toLon: streets.lon[leg.to]!,
      toLat: streets.lat[leg.to]!,
      meters: leg.meters,
      order: leg.order < 0 ? null : leg.order,
      way: lineText(streets.lineOf(leg.from, leg.to)),
    }
  })
  const columns: Table['columns'] = {
    vehicle: 'string',
    leaveSecond: 'number',
    arriveSecond: 'number',
    fromLon: 'number',
    fromLat: 'number',
    toLon: 'number',
    toLat: 'number',
    meters: 'number',
    order: 'number',
    way: 'string',
  }
  return { columns, rows }
}

/** A millionth of a degree is ten centimetres. */
function lineText(line: readonly number[]): string {
  return line.map((degrees) => Math.round(degrees * 1e6) / 1e6).join(' ')
}

function machinesTable({ layout }: Prepared, machines: MachineDay): Table {
  const rows = layout.machines.map(({ id, model, site, vehicle }, at): Record<string, Cell> => {
    return {
      machine: id,
      model: model.id,
      site: layout.sites[site]?.id ?? layout.vehicles[vehicle]?.id ?? null,
      busySeconds: machines.busySeconds[at]!,
      parts: machines.parts[at]!,
      scrapped: machines.scrapped[at]!,
    }
  })
  const columns: Table['columns'] = {
    machine: 'string',
    model: 'string',
    site: 'string',
    busySeconds: 'number',
    parts: 'number',
    scrapped: 'number',
  }
  return { columns, rows }
}

function decisionsTable(decisions: readonly DecisionSeen[]): Table {
  const rows = decisions.flatMap(({ decision, order, second, questions }) =>
    questions.flatMap(({ about, unit, candidates, chosen }) =>
      candidates.map(({ id, score, terms, reason, details }): Record<string, Cell> => {
        const facts = { terms: JSON.stringify(terms), details: JSON.stringify(details), reason }
        const judged = { candidate: id, chosen: id === chosen, score, unit }
        return { decision, order, second, about, ...judged, ...facts }
      }),
    ),
  )
  const columns: Table['columns'] = {
    decision: 'number',
    order: 'number',
    second: 'number',
    about: 'string',
    candidate: 'string',
    chosen: 'boolean',
    score: 'number',
    unit: 'string',
    terms: 'string',
    details: 'string',
    reason: 'string',
  }
  return { columns, rows }
}
