// Takes an order from the decision to its end: books what was chosen, makes again what failed, decides again where
// a vehicle drops out, and lets buyers fetch, wait, or give up.
import type { Candidate } from '../../domain/model/order.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { openBatches } from './batches.ts'
import type { Buyer } from './buyers.ts'
import type { Dispatcher, Placing } from './dispatcher.ts'
import type { Draws } from './orders.ts'
import { drawsForRefusal } from './draws.ts'
import type { Layout } from './layout.ts'
import type { Ledger } from './ledger.ts'
import type { Stores } from './lockers.ts'
import type { Machines } from './machines.ts'
import type { LostCode, OrderBook } from './orderBook.ts'
import { columnsOver, openRequests } from './requests.ts'
import { openReturns } from './returns.ts'
import type { PlanStop, Vehicles } from './vehicles.ts'
import type { QuestionSeen } from './tables.ts'
import { worthOf, type Asking, type FoundWays, type Way, type Ways } from './ways.ts'

export interface FulfilmentWorld {
  kernel: Kernel
  scenario: Scenario
  layout: Layout
  book: OrderBook
  ledger: Ledger
  draws: Draws
  stores: Stores
  ways: Ways
  dispatcher: Dispatcher
  midnightMs: number
  /** Of the day: batches draw their own from it. */
  seed: number
  buyer: (order: number) => Buyer
  answerSeconds: (order: number) => number
  machines: () => Machines
  vehicles: () => Vehicles
  trace: (what: number, a: number, b: number) => void
  /** Asked for with the ways among which a buyer chose, best first. */
  onDecision: (order: number, by: number, chosen: Way | null, found: FoundWays) => void
  /** Of a buyer who fetches it from a site. */
  onFetched: (order: number, site: number) => void
}

/** What was asked to decide, as tables show it: which way, and for each that needs a vehicle, which. */
export function questionsOf(
  { ways, asked }: FoundWays,
  chosen: Way | null,
  { layout, buyer, nowSecond }: { layout: Layout; buyer: Buyer; nowSecond: number },
): QuestionSeen[] {
  const candidates = ways.map((way): Candidate => {
    const score = worthOf(way, buyer, nowSecond)
    const details = {
      machineId: layout.machines[way.machine]?.id ?? 'in stock',
      minutesToBuyer: (way.p50Second - nowSecond) / 60,
    }
    const terms = { priceCents: way.cents, minutesInCents: score - way.cents }
    return { id: keyOf(way, layout), score, terms, reason: null, details }
  })
  const taken = chosen?.placing ? layout.vehicles[chosen.placing.vehicle]!.id : null
  return [
    { about: 'way', unit: 'cents', candidates, chosen: chosen && keyOf(chosen, layout) },
    ...asked.map(({ about, vehicles }): QuestionSeen => {
      const vehicle = about === chosen?.about ? taken : null
      return { about, unit: 'points', candidates: vehicles, chosen: vehicle }
    }),
  ]
}

/** Of lockers there may be several ways by one vehicle. */
function keyOf({ kind, bank, placing }: Way, { vehicles, sites }: Layout): string {
  const place = sites[bank] ?? vehicles[placing!.vehicle]!
  return `${kind}/${place.id}`
}

const traceDecided = 31
const traceInLocker = 32
const noStop = -1

/** So often drivers try to hand over what is not ready, before its buyer is told that it will not come. */
const mostSkips = 3

export function openFulfilment(world: FulfilmentWorld) {
  const { kernel, scenario, layout, book, ledger, stores, ways, dispatcher } = world
  const { orders } = book
  const columns = columnsOver(orders.count)
  const { kinds, made, vehicleOf, siteOf, bankOf, inLocker, skips } = columns
  const requests = openRequests(world, columns)
  const { askingOf, isFetched, parcelOf, requestFor, stopOf } = requests
  const batches = openBatches({ ...world, kinds, vehicleOf, stopOf, lose })
  const returns = openReturns({ ...world, bankOf })
  const refusal = drawsForRefusal(world.draws)
  const giveUp = kernel.handler(patienceEnds)
  const putIn = kernel.handler(layIntoLocker)
  const fetch = kernel.handler(handOut)

  return {
    decide: (order: number) => decide(order, null),
    onMade,
    onSpoilt,
    onDone,
    onSkip,
    onBreakDown,
    close,
    kinds,
    bankOf,
    takenBackAt: returns.takenBackAt,
    isReady: requests.isReady,
    readySecond: ({ order }: PlanStop) => world.machines().readySecond(order),
  }

  function decide(order: number, vehicleIds: readonly string[] | null): void {
    const asking = askingOf(order, vehicleIds)
    const found = ways.waysFor(asking)
    const way = found.ways.find(({ p95Second }) => p95Second <= asking.wantBySecond) ?? null
    const by = way === null ? -1 : byOf(way, layout)
    world.trace(traceDecided, order, by)
    world.onDecision(order, by, way, found)
    if (way === null) {
      return book.lose(order, found.ways.length === 0 ? 'no_way_to_fulfil' : 'too_late_for_buyer')
    }
    const vehicle = way.placing ? layout.vehicles[way.placing.vehicle]! : null
    if (vehicle && refusal(order) < vehicle.refusalShare) return declined(asking, vehicle.id)
    commit(order, way)
    if (asking.wantBySecond > kernel.now()) kernel.schedule(asking.wantBySecond, 3, giveUp, order)
  }

  function declined({ order, vehicleIds }: Asking, id: string): void {
    const all = vehicleIds ?? layout.vehicles.map((vehicle) => vehicle.id)
    const others = all.filter((other) => other !== id)
    if (others.length === 0) book.lose(order, 'declined_by_drivers')
    else decide(order, others)
  }

  function commit(order: number, way: Way): void {
    const now = kernel.now()
    kinds[order] = way.kind
    siteOf[order] = way.site
    bankOf[order] = way.bank
    vehicleOf[order] = batches.gathers(way.kind) ? -1 : (way.placing?.vehicle ?? -1)
    if (book.dueSecond(order) < 0) book.promise(order, byOf(way, layout), way.p95Second)
    else book.promise(order, byOf(way, layout), book.dueSecond(order))
    if (way.bank >= 0) stores.take(way.bank)
    const isGathered = batches.gathers(way.kind)
    if (isGathered && way.kind === 'on_board') return batches.add(order, requestFor(order))
    if (way.machine >= 0)
      world.machines().book(order, way.machine, now + world.answerSeconds(order))
    else useStock(order, way)
    if (!way.placing) return
    if (isGathered) return batches.add(order, requestFor(order))
    ledger.add('deviationSeconds', orders.second[order]!, way.placing.deviationSeconds)
    putInto(order, way.placing)
  }

  function lose(order: number, code: LostCode): void {
    // The compartment that was kept for it is free again.
    if (bankOf[order]! >= 0) stores.give(bankOf[order]!)
    book.lose(order, code)
  }

  function useStock(order: number, { site, placing }: Way): void {
    made[order] = 1
    if (site >= 0) {
      stores.use(site, orders.item[order]!)
      if (kinds[order] === 'pickup')
        kernel.schedule(kernel.now() + ways.transferSeconds, 0, putIn, order)
      return
    }
    const facts = world.vehicles().facts(placing!.vehicle)
    const stock = facts.stock ?? []
    const unit = stock.indexOf(scenario.items[orders.item[order]!]!.id)
    facts.stock = stock.toSpliced(unit, 1)
  }

  function putInto(order: number, { vehicle, position, pickupPosition }: Placing): void {
    const facts = world.vehicles().facts(vehicle)
    const stops = facts.stops.toSpliced(position, 0, stopOf(order, 'drop'))
    if (pickupPosition !== noStop) stops.splice(pickupPosition, 0, stopOf(order, 'pickup'))
    world.vehicles().replan(vehicle, stops)
  }

  function onMade(order: number): void {
    made[order] = 1
    if (!book.isOpen(order)) return
    if (kinds[order] === 'pickup')
      kernel.schedule(kernel.now() + ways.transferSeconds, 0, putIn, order)
    else if (vehicleOf[order]! >= 0) world.vehicles().lookAgain(vehicleOf[order]!)
  }

  function layIntoLocker(order: number): void {
    if (!book.isOpen(order)) return
    world.trace(traceInLocker, order, bankOf[order]!)
    inLocker[order] = kernel.now()
    const { comes, fetchSeconds } = world.buyer(order)
    if (comes) kernel.schedule(kernel.now() + fetchSeconds, 0, fetch, order)
    returns.await(order)
  }

  function handOut(order: number): void {
    if (!book.isOpen(order)) return
    stores.give(bankOf[order]!)
    world.onFetched(order, bankOf[order]!)
    book.serve(order, inLocker[order]!)
  }

  /** Again, elsewhere at the same place if there is another machine that can. */
  function onSpoilt(order: number, machine: number): void {
    const { site, vehicle, id } = layout.machines[machine]!
    if (book.isOpen(order)) {
      const { machines } = site >= 0 ? layout.sites[site]! : layout.vehicles[vehicle]!
      const other = ways.maker(machines, order, Math.ceil(kernel.now()), [id])
      world.machines().book(order, other?.machine ?? machine, kernel.now())
    }
    if (vehicleOf[order]! >= 0) world.vehicles().lookAgain(vehicleOf[order]!)
    if (vehicle >= 0 && vehicle !== vehicleOf[order]) world.vehicles().lookAgain(vehicle)
  }

  function onDone(vehicle: number, { task, order, serviceSeconds }: PlanStop): void {
    if (task === 'own') return
    if (task === 'return') return returns.take(vehicle, order)
    const facts = world.vehicles().facts(vehicle)
    const isParcel = isFetched(order)
    if (isParcel) facts.loadLitres = (facts.loadLitres ?? 0) + (task === 'pickup' ? 1 : -1)
    if (task !== 'drop' || !book.isOpen(order)) return
    if (bankOf[order]! >= 0) return layIntoLocker(order)
    book.serve(order, kernel.now() - serviceSeconds)
  }

  /** The driver could not wait: the same vehicle brings what is made on board later, another what is fetched. */
  function onSkip(vehicle: number, { order }: PlanStop): void {
    const facts = world.vehicles().facts(vehicle)
    facts.stops = facts.stops.filter((stop) => stop.order !== order)
    if (!book.isOpen(order)) return
    dispatcher.set(vehicle)
    skips[order]! += 1
    const asking = askingOf(order, null)
    const readySecond = world.machines().readySecond(order)
    // The best place may be the one that it has just left: without a limit it would stand and go for ever.
    const placing =
      skips[order]! > mostSkips
        ? null
        : isFetched(order)
          ? dispatcher.place(parcelOf(asking))
          : requests.placeAboard(asking, vehicle, readySecond)
    if (placing) {
      vehicleOf[order] = placing.vehicle
      return putInto(order, placing)
    }
    world.machines().unbook(order)
    lose(order, 'gave_up_waiting')
  }

  /** What is not begun there is decided anew; what is on board stays on board. */
  function onBreakDown(vehicle: number): void {
    const vehicles = world.vehicles()
    const planned = vehicles.facts(vehicle).stops.slice()
    for (const { task, order } of planned) {
      if (task === 'own' || !book.isOpen(order)) continue
      if (kinds[order] === 'on_board' && task === 'drop') {
        if (vehicles.headOrder(vehicle) === order || !world.machines().unbook(order)) continue
        vehicles.remove(vehicle, order)
        decide(order, null)
      }
      if (task === 'pickup' && vehicles.remove(vehicle, order)) {
        const placing = dispatcher.place(parcelOf(askingOf(order, null)))
        if (!placing) lose(order, 'no_way_to_fulfil')
        else {
          vehicleOf[order] = placing.vehicle
          putInto(order, placing)
        }
      }
    }
  }

  /** What is at the door, or in its compartment, is waited for. */
  function patienceEnds(order: number): void {
    if (!book.isOpen(order) || inLocker[order]! >= 0) return
    const vehicle = vehicleOf[order]!
    if (batches.drop(order)) {
      world.machines().unbook(order)
      return lose(order, 'gave_up_waiting')
    }
    if (vehicle >= 0) {
      const wasFetched =
        isFetched(order) &&
        !world.vehicles().facts(vehicle).stops.some(isPickupOf(order)) &&
        made[order] === 1
      if (!world.vehicles().remove(vehicle, order)) return
      const facts = world.vehicles().facts(vehicle)
      if (wasFetched) facts.loadLitres = (facts.loadLitres ?? 0) - 1
    }
    world.machines().unbook(order)
    lose(order, 'gave_up_waiting')
    if (vehicle >= 0) world.vehicles().lookAgain(vehicle)
  }

  /** At the end of the day everything that is open ends. */
  function close(): void {
    for (let order = 0; order < orders.count; order += 1) {
      if (!book.isOpen(order)) continue
      if (inLocker[order]! < 0) book.lose(order, 'unfinished')
      else if (world.buyer(order).comes) book.serve(order, inLocker[order]!)
      else book.lose(order, 'never_fetched')
    }
  }
}

function isPickupOf(order: number) {
  return (stop: PlanStop) => stop.order === order && stop.task === 'pickup'
}

function byOf({ placing, site }: Way, { vehicles }: Layout): number {
  return placing ? placing.vehicle : vehicles.length + site
}

export type Fulfilment = ReturnType<typeof openFulfilment>
