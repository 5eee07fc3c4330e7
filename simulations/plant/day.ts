// One day of a scenario: orders come, are decided by production's functions, made, driven and handed over.
import { defaultMachineRules } from '../../domain/machines.ts'
import type { Day, DayRequest } from '../day.ts'
import { openKernel, type Kernel } from '../kernel/kernel.ts'
import { accounts, type Accounts } from './accounts.ts'
import { buyersOf, type Buyer } from './buyers.ts'
import { openDispatcher, type Dispatcher } from './dispatcher.ts'
import { drawsOf, drives, supplierAnswers } from './draws.ts'
import { openFulfilment, questionsOf, type Fulfilment } from './fulfilment.ts'
import { secondOf, type PlantVehicle } from './layout.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { openStores, type Stores } from './lockers.ts'
import { factsOfMachine, openMachines, type Machines } from './machines.ts'
import { openOrderBook, type OrderBook } from './orderBook.ts'
import type { Draws } from './orders.ts'
import { partsOf } from './parts.ts'
import type { Prepared } from './prepare.ts'
import { dayTables, type Seen } from './tables.ts'
import { openTrace, type Trace } from './trace.ts'
import { openVehicles, type PlanStop, type PlanVehicle, type Vehicles } from './vehicles.ts'
import { openWays } from './ways.ts'

const traceCome = 30
const traceIncident = 32

export function simulateDay(prepared: Prepared, request: DayRequest): Day {
  const { scenario, hash } = prepared
  const fromSecond = secondOf(scenario.hours.fromHour)
  const toSecond = secondOf(scenario.hours.toHour)
  const city = openCity(prepared, request, openLedger(fromSecond, toSecond))
  const { kernel, ledger, trace, book, fulfilment, decisions, seen, books } = city
  const { orders } = book

  const come = kernel.handler((order) => {
    trace.note(kernel.now(), traceCome, order, orders.at[order]!)
    ledger.add('placed', orders.second[order]!, 1)
    if (order + 1 < orders.count) kernel.schedule(orders.second[order + 1]!, 0, come, order + 1)
    fulfilment.decide(order)
  })
  if (orders.count > 0) kernel.schedule(orders.second[0]!, 0, come, 0)
  scheduleIncidents(prepared, city)
  const events = kernel.run(toSecond + scenario.hours.drainMinutes * 60)
  fulfilment.close()
  books.open(fromSecond, toSecond)

  return {
    scenarioHash: hash,
    seed: request.seed,
    replication: request.replication,
    figures: ledger.figures(request.warmUpHours),
    hourly: ledger.hourly(),
    traceHash: trace.hash(),
    events,
    decisions: Int32Array.from(decisions),
    tables: request.tables ? dayTables(prepared, book, fulfilment, books.machines, seen) : null,
  }
}

interface City {
  kernel: Kernel
  ledger: Ledger
  trace: Trace
  book: OrderBook
  fulfilment: Fulfilment
  machines: Machines
  vehicles: Vehicles
  closed: Float64Array
  decisions: number[]
  seen: Seen
  books: Accounts
}

/** Everything that stands and drives, each part with what it has to know of the others. */
function openCity(prepared: Prepared, request: DayRequest, ledger: Ledger): City {
  const { scenario, layout, streets, source, midnightMs } = prepared
  const kernel = openKernel({ capacity: 4_096 })
  const draws = drawsOf(request.seed, request.replication)
  const orders = source.draw(draws)
  const trace = openTrace()
  const note = (what: number, a: number, b: number) => trace.note(kernel.now(), what, a, b)
  const book = openOrderBook(orders, ledger, note)
  const stores = openStores(layout.sites, scenario)
  const books = accounts(prepared, orders, ledger)
  const seen: Seen = { legs: [], decisions: [] }
  const closed = new Float64Array(layout.sites.length)
  const facts = layout.vehicles.map((vehicle) => factsOfVehicle(vehicle, prepared))
  const machines = openMachines({
    kernel,
    scenario,
    machines: layout.machines,
    orders,
    draws,
    midnightMs,
    trace: note,
    onMade: (order) => fulfilment.onMade(order),
    onSpoilt: (order, machine) => fulfilment.onSpoilt(order, machine),
    onWork: books.onWork,
  })
  const dispatcher = openDispatcher(prepared, facts, kernel, request.tables)
  const drive = drives(scenario, draws)
  const vehicles = openVehicles({
    kernel,
    vehicles: layout.vehicles,
    facts,
    streets,
    midnightMs,
    trace: note,
    maxWaitSeconds: scenario.rules.dispatch.maxWaitingMinutes * 60,
    driveSeconds: (at, stop, planned) => drive(at, stop, planned, kernel.now()),
    readySecond: (stop) => fulfilment.readySecond(stop),
    isReady: (stop) => fulfilment.isReady(stop),
    onChange: (at) =>
      tellDispatcher(at, facts[at]!, { machines, fulfilment, dispatcher, prepared }),
    onLeg(leg) {
      books.onLeg(leg)
      if (request.tables) seen.legs.push(leg)
    },
    onDone(at, stop, since) {
      books.onDone(at, stop, since, kernel.now())
      fulfilment.onDone(at, stop)
    },
    onSkip: (at, stop) => fulfilment.onSkip(at, stop),
  })
  const decisions: number[] = []
  const buyer = remembered(buyersOf(scenario.buyers, draws, orders))
  const ways = waysOf(prepared, { draws, stores, dispatcher, machines, kernel, closed }, book)
  const fulfilment = openFulfilment({
    kernel,
    scenario,
    layout,
    book,
    ledger,
    draws,
    stores,
    ways,
    dispatcher,
    midnightMs,
    trace: note,
    buyer,
    answerSeconds: supplierAnswers(scenario, draws),
    machines: () => machines,
    vehicles: () => vehicles,
    seed: request.seed,
    onFetched: books.onFetched,
    onDecision(order, by, way, found) {
      decisions.push(order, Math.round(kernel.now()), by)
      if (!request.tables) return
      const decision = decisions.length / 3 - 1
      const known = { layout, buyer: buyer(order), nowSecond: kernel.now() }
      const questions = questionsOf(found, way, known)
      seen.decisions.push({ decision, order, second: decisions[3 * decision + 1]!, questions })
    },
  })
  const parts = { kernel, ledger, trace, book, fulfilment, machines, vehicles }
  return { ...parts, closed, decisions, seen, books }
}

function factsOfVehicle(vehicle: PlantVehicle, { layout, midnightMs }: Prepared): PlanVehicle {
  const { id, at, capacity, stock, toSecond } = vehicle
  return {
    vehicleId: id,
    inService: false,
    at,
    stops: [],
    committedStops: 0,
    shiftEndsAtMs: midnightMs + toSecond * 1_000,
    capacityLitres: capacity,
    loadLitres: 0,
    drivenSeconds: 0,
    stock: stock.flatMap(({ item, units }) => Array<string>(units).fill(item)),
    machines: vehicle.machines.map((machine) => {
      const { id: machineId, model } = layout.machines[machine]!
      return { machineId, kind: model.id, freeAtMs: midnightMs }
    }),
  }
}

/** What its machines have queued, and when what it waits for is made, is known by the machines alone. */
function tellDispatcher(at: number, facts: PlanVehicle, city: Told): void {
  const { machines, dispatcher, prepared } = city
  const own = prepared.layout.vehicles[at]!.machines
  for (let nth = 0; nth < own.length; nth += 1) {
    facts.machines[nth]!.freeAtMs = machines.facts(own[nth]!).freeAtMs
    facts.machines[nth]!.kind = machines.kind(own[nth]!)
  }
  const { stops } = facts
  for (let nth = 0; nth < stops.length; nth += 1) {
    if (stops[nth]!.order >= 0) stops[nth] = told(stops[nth]!, city)
  }
  dispatcher.set(at)
}

/** The same stop where there is nothing new to tell: only what changes is planned with anew. */
function told(stop: PlanStop, { machines, fulfilment, prepared: { midnightMs } }: Told): PlanStop {
  const { order, task } = stop
  const isReady = fulfilment.isReady(stop)
  const readyAtMs = isReady ? 0 : midnightMs + fulfilment.readySecond(stop) * 1_000
  const startSecond = task === 'drop' ? machines.startSecond(order) : null
  const machineId = startSecond === null ? undefined : machines.machineId(order)
  if (startSecond === null || machineId === undefined) {
    if (stop.readyAtMs === readyAtMs && !stop.madeBy) return stop
    const { madeBy: _, ...unmade } = stop
    return { ...unmade, readyAtMs }
  }
  const startsAtMs = midnightMs + startSecond * 1_000
  const { madeBy } = stop
  const isTold = madeBy?.machineId === machineId && madeBy.startsAtMs === startsAtMs
  if (stop.readyAtMs === readyAtMs && isTold) return stop
  return { ...stop, readyAtMs, madeBy: { machineId, startsAtMs } }
}

interface Told {
  machines: Machines
  fulfilment: Fulfilment
  dispatcher: Dispatcher
  prepared: Prepared
}

interface Parts {
  draws: Draws
  stores: Stores
  dispatcher: Dispatcher
  machines: Machines
  kernel: Kernel
  closed: Float64Array
}

function waysOf(prepared: Prepared, city: Parts, { orders }: OrderBook) {
  const { scenario, layout, streets, midnightMs } = prepared
  const { stores, dispatcher, machines, kernel, closed } = city
  const { sites } = layout
  const machineRules = { ...defaultMachineRules, ...scenario.rules.machines }
  return openWays({
    scenario,
    machineRules,
    streets,
    sites,
    orders,
    midnightMs,
    dispatcher,
    parts: partsOf(scenario, machineRules, (model) => {
      return factsOfMachine({ id: model.id, model }, midnightMs)
    }),
    machine: machines.facts,
    freeCompartments: stores.freeCompartments,
    stockOf: stores.stockOf,
    isOpen(site) {
      const { opensAtSecond, closesAtSecond } = sites[site]!
      const now = kernel.now()
      return now >= opensAtSecond && now < closesAtSecond && now >= closed[site]!
    },
  })
}

/** Buyers are asked again while their order is under way. */
function remembered(buyerOf: (order: number) => Buyer): (order: number) => Buyer {
  const known: Buyer[] = []
  return (order) => (known[order] ??= buyerOf(order))
}

function scheduleIncidents({ scenario, layout }: Prepared, city: City): void {
  const { kernel, trace, vehicles, machines, fulfilment, closed } = city
  const happen = kernel.handler((nth) => {
    const { kind, at, minutes } = scenario.incidents[nth]!
    const untilSecond = kernel.now() + Math.round(minutes * 60)
    const vehicle = layout.vehicles.findIndex(({ id }) => id === at)
    const site = layout.sites.findIndex(({ id }) => id === at)
    trace.note(kernel.now(), traceIncident, nth, untilSecond)
    const place = layout.vehicles[vehicle] ?? layout.sites[site]!
    if (kind === 'truck_breaks_down' && vehicle >= 0) {
      vehicles.breakDown(vehicle, untilSecond)
      fulfilment.onBreakDown(vehicle)
      return
    }
    if (kind === 'site_closes' && site >= 0) closed[site] = Math.max(closed[site]!, untilSecond)
    for (const machine of place.machines) machines.stop(machine, untilSecond)
    if (vehicle >= 0) vehicles.lookAgain(vehicle)
  })
  for (const [nth, { hour }] of scenario.incidents.entries()) {
    kernel.schedule(secondOf(hour), -1, happen, nth)
  }
}
