// Reads the day that was played as a simulated day is read: the same ledger, the same accounts, from what the platform
// wrote down of its orders, its devices and its decisions.
import type { Cell, Day, DayTables, Table } from '../day.ts'
import { accounts } from '../plant/accounts.ts'
import { secondOf } from '../plant/layout.ts'
import { openLedger } from '../plant/ledger.ts'
import { namesOfPlaces } from '../plant/tables.ts'
import type { DayClock } from './dayClock.ts'
import type { Names } from './fleet.ts'
import type { Decided, DeviceEvent, Delivery } from './liveRecords.ts'
import type { PlayedOrder } from './play.ts'
import { drivesOf } from './realDrives.ts'
import { decisionsOf } from './realDecisions.ts'
import type { Stage } from './stage.ts'

export interface Seen {
  played: readonly PlayedOrder[]
  events: readonly DeviceEvent[]
  decided: readonly Decided[]
  deliveries: readonly Delivery[]
}

export interface Reading {
  stage: Stage
  names: Names
  clock: DayClock
  run: string
}

/** How one order ended, in seconds of the day. */
export interface RealOrder {
  order: number
  kind: string
  by: number
  dueSecond: number | null
  servedSecond: number | null
  lostBecause: string | null
}

export function realityOf(seen: Seen, reading: Reading): Day & { tables: DayTables } {
  const { stage, run } = reading
  const { prepared, orders, plan } = stage
  const { fromHour, toHour } = prepared.scenario.hours
  const [fromSecond, toSecond] = [secondOf(fromHour), secondOf(toHour)]
  const ledger = openLedger(fromSecond, toSecond)
  const books = accounts(prepared, orders, ledger)
  const ended = ordersOf(seen, reading)
  for (const { order, servedSecond, dueSecond } of ended) {
    const placed = orders.second[order]!
    ledger.add('placed', placed, 1)
    if (servedSecond === null) {
      ledger.add('lost', placed, 1)
      continue
    }
    const late = dueSecond === null ? 0 : Math.max(0, servedSecond - dueSecond)
    ledger.add('served', placed, 1)
    ledger.add('onTime', placed, late === 0 ? 1 : 0)
    ledger.add('lateSeconds', placed, late)
    ledger.addWait(placed, servedSecond - placed)
  }
  const decisions = decisionsOf(seen, reading)
  for (const [order, minutes] of decisions.deviationMinutes) {
    ledger.add('deviationSeconds', orders.second[order]!, minutes * 60)
  }
  for (const one of workOf(seen, reading)) {
    books.onWork(one.machine, one.order, one.fromSecond, one.toSecond, one.spoilt)
  }
  const legs = drivesOf(seen, reading, books)
  for (const { order, kind, servedSecond, by } of ended) {
    const site = by - prepared.layout.vehicles.length
    if (kind === 'pickup' && servedSecond !== null) books.onFetched(order, site)
  }
  books.open(fromSecond, toSecond)
  return {
    scenarioHash: plan.scenarioHash,
    seed: plan.seed,
    replication: plan.replication,
    figures: ledger.figures(0),
    hourly: ledger.hourly(),
    // Nobody can have this day again: it is known by its run.
    traceHash: run,
    events: seen.events.length,
    decisions: decisions.brief,
    tables: {
      orders: ordersTable(ended, reading),
      legs,
      machines: machinesTable(books.machines, plan.tables.machines),
      decisions: decisions.table,
    },
  }
}

function ordersOf({ played, events, deliveries }: Seen, { stage, names, clock }: Reading) {
  const { prepared } = stage
  const { layout } = prepared
  const placeOf = new Map([
    ...layout.vehicles.map((_, at): [string, number] => [names.vehicle(at), at]),
    ...layout.sites.map((_, at): [string, number] => [names.site(at), layout.vehicles.length + at]),
  ])
  const handOverMs = (prepared.scenario.buyers.handOverSeconds * 1_000) / clock.speed
  const delivery = new Map(deliveries.map((one) => [one.orderId, one]))
  const byFulfilment = Map.groupBy(events, ({ fulfilmentId }) => fulfilmentId)
  return played.map((one): RealOrder => {
    const { order, bought } = one
    const nothing = { order, kind: '', by: -1, dueSecond: null, servedSecond: null }
    if (!bought || !('orderId' in bought)) return { ...nothing, lostBecause: lostBecause(one) }
    const { vehicleId, siteId } = delivery.get(bought.orderId) ?? { vehicleId: null, siteId: '' }
    const servedMs = inHandMs(byFulfilment.get(bought.fulfilmentId) ?? [], handOverMs)
    const isServed = servedMs !== null && (stage.buyer(order).comes || vehicleId !== null)
    return {
      order,
      kind: vehicleId === null ? 'pickup' : 'on_board',
      by: placeOf.get(vehicleId ?? siteId) ?? -1,
      dueSecond: Math.round(clock.secondAt(bought.dueMs)),
      servedSecond: isServed ? Math.round(clock.secondAt(servedMs)) : null,
      lostBecause: isServed ? null : servedMs === null ? lostBecause(one) : 'never_fetched',
    }
  })
}

/** As the plan counts: when the driver began to hand it over, or when it lay in its compartment. */
function inHandMs(events: readonly DeviceEvent[], handOverMs: number): number | null {
  const stored = events.find(({ type }) => type === 'stored')
  if (stored) return stored.atMs
  const handed = events.findLast(({ type }) => type === 'handed_over')
  return handed ? handed.atMs - handOverMs : null
}

function lostBecause({ lostBecause: known, status, holdReason }: PlayedOrder): string {
  if (known !== null) return known
  return status === 'on_hold' ? `on hold: ${holdReason ?? 'an operator is asked'}` : 'unfinished'
}

interface Work {
  machine: number
  order: number
  fromSecond: number
  toSecond: number
  spoilt: boolean
}

function workOf({ events, played }: Seen, { stage, names, clock }: Reading): Work[] {
  const machineOf = new Map(
    stage.prepared.layout.machines.map((_, at): [string, number] => [names.machine(at), at]),
  )
  const orderOf = new Map(
    played.flatMap(({ order, bought }) =>
      bought && 'jobIds' in bought ? bought.jobIds.map((id): [string, number] => [id, order]) : [],
    ),
  )
  const begun = new Map<string, number>()
  return events.flatMap(({ kind, deviceId, type, jobId, attempt, atMs }): Work[] => {
    const [machine, order] = [machineOf.get(deviceId), orderOf.get(jobId ?? '')]
    if (kind !== 'm' || machine === undefined || order === undefined) return []
    const key = `${jobId}/${attempt}`
    const second = Math.round(clock.secondAt(atMs))
    if (type === 'started') begun.set(key, second)
    const fromSecond = begun.get(key)
    const isEnd = type === 'finished' || type === 'failed' || type === 'stopped'
    if (!isEnd || fromSecond === undefined) return []
    begun.delete(key)
    return [{ machine, order, fromSecond, toSecond: second, spoilt: type === 'failed' }]
  })
}

/** By how many minutes of the day each part was begun later than it was promised and its machine was free. */
export function begunLate(seen: Seen, { names, clock, stage }: Reading): number[] {
  const promised = new Map(seen.deliveries.map((one) => [one.orderId, one.makeStartsAtMs]))
  const startOf = new Map(
    seen.played.flatMap(({ bought }) =>
      bought && 'jobIds' in bought
        ? bought.jobIds.map((id): [string, number] => [id, promised.get(bought.orderId) ?? 0])
        : [],
    ),
  )
  return stage.prepared.layout.machines.flatMap((_, at) => {
    let freeAtMs = 0
    const own = seen.events.filter(
      ({ kind, deviceId }) => kind === 'm' && deviceId === names.machine(at),
    )
    return own.flatMap(({ type, jobId, attempt, atMs }): number[] => {
      const promisedMs = startOf.get(jobId ?? '')
      if (leavesFree.has(type)) freeAtMs = Math.max(freeAtMs, atMs)
      if (type !== 'started' || attempt !== 1 || promisedMs === undefined) return []
      return [Math.max(0, ((atMs - Math.max(freeAtMs, promisedMs)) / 60e3) * clock.speed)]
    })
  })
}

const leavesFree = new Set(['finished', 'harvested', 'failed', 'stopped'])

function ordersTable(ended: readonly RealOrder[], { stage }: Reading): Table {
  const { prepared, orders, plan } = stage
  const places = namesOfPlaces(prepared)
  const { streets, scenario } = prepared
  const rows = ended.map(({ order, kind, by, ...times }): Record<string, Cell> => {
    const at = orders.at[order]!
    return {
      order,
      kind,
      item: scenario.items[orders.item[order]!]!.id,
      placedSecond: orders.second[order]!,
      dueSecond: times.dueSecond,
      lon: streets.lon[at]!,
      lat: streets.lat[at]!,
      by: places[by] ?? null,
      servedSecond: times.servedSecond,
      lostBecause: times.lostBecause,
    }
  })
  return { columns: plan.tables.orders.columns, rows }
}

type MachineDay = ReturnType<typeof accounts>['machines']

/** In the order of the layout, as those of the plan. */
function machinesTable({ busySeconds, parts, scrapped }: MachineDay, planned: Table): Table {
  const rows = planned.rows.map((row, at) => ({
    ...row,
    busySeconds: busySeconds[at]!,
    parts: parts[at]!,
    scrapped: scrapped[at]!,
  }))
  return { columns: planned.columns, rows }
}
