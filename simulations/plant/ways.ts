// The ways to fulfil an order: made on a vehicle, fetched from a site, made at lockers or brought there. Each is found
// by the functions that production decides with, priced and promised by them; the buyer takes the one liked best.
import type { DispatchRequest } from '../../domain/dispatch/facts.ts'
import { chooseMachine, type MachineRules } from '../../domain/machines.ts'
import { priceLines, totalCents } from '../../domain/pricing.ts'
import { promise } from '../../domain/promise.ts'
import type { Candidate } from '../../domain/model/order.ts'
import type { SiteMachine } from '../../domain/offerFacts.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Buyer } from './buyers.ts'
import type { Dispatcher, Placing } from './dispatcher.ts'
import type { PlantSite } from './layout.ts'
import { kindOf } from './machines.ts'
import type { Orders } from './orders.ts'
import type { Part } from './parts.ts'
import type { Streets } from './streets.ts'

export interface Way {
  kind: 'on_board' | 'from_stock_on_board' | 'fetched' | 'pickup' | 'via_locker'
  /** The site where it is made or kept; -1 on board. */
  site: number
  /** The lockers or kiosk that the buyer goes to; -1 where it is brought. */
  bank: number
  /** Of the plant; -1 where it is in stock. */
  machine: number
  placing: Placing | null
  /** The question that was asked of dispatch; '' where no vehicle is needed. */
  about: string
  cents: number
  /** What half and what nineteen of twenty such orders keep, in seconds from midnight. */
  p50Second: number
  p95Second: number
}

type Source = Pick<Way, 'kind' | 'site' | 'bank' | 'machine' | 'about'>

/** Best first for the buyer, and what was asked of dispatch to find them. */
export interface FoundWays {
  ways: Way[]
  asked: Asked[]
}

export interface Asked {
  about: string
  /** Where they are wanted. */
  vehicles: readonly Candidate[]
}

/** What the buyer weighs, in cents: the price, and what the minutes are worth. */
export function worthOf({ cents, p50Second }: Way, { centsPerMinute }: Buyer, nowSecond: number) {
  return cents + (centsPerMinute * (p50Second - nowSecond)) / 60
}

export interface WaysWorld {
  scenario: Scenario
  machineRules: MachineRules
  streets: Streets
  sites: readonly PlantSite[]
  orders: Orders
  parts: readonly (readonly Part[])[]
  midnightMs: number
  dispatcher: Dispatcher
  machine: (machine: number) => SiteMachine
  freeCompartments: (site: number) => number
  stockOf: (site: number, item: number) => number
  isOpen: (site: number) => boolean
}

/** Handing a parcel to a driver. */
export const loadSeconds = 90
/** So many of the nearest sites are asked; production asks those of the buyer's region. */
const nearestAsked = 3

export interface Asking {
  order: number
  buyer: Buyer
  nowSecond: number
  /** Later than this the buyer does not want it. */
  wantBySecond: number
  /** Vehicles that may be asked; null for all. */
  vehicleIds: readonly string[] | null
}

export function openWays(world: WaysWorld) {
  const { scenario, streets, sites, orders, midnightMs, dispatcher } = world
  const { rules, buyers } = scenario
  const transferSeconds = Math.round(rules.promise.lockerTransferMinutes * 60)
  const isKept = scenario.items.map(({ id }) =>
    scenario.trucks.some(({ stock }) => stock.some(({ item }) => item === id)),
  )
  /** Sites by their way from each junction, asked for once. */
  const nearby = new Map<number, number[]>()
  const warehouses = [...sites.keys()].filter((site) => sites[site]!.kind === 'warehouse')
  const banks = [...sites.keys()].filter((site) => sites[site]!.kind !== 'warehouse')

  return {
    waysFor,
    requestOf,
    fetchedFrom,
    maker,
    makingOf: (order: number) => partOf(order).makingOnBoard,
    transferSeconds,
  }

  function waysFor(asking: Asking): FoundWays {
    const { buyer, nowSecond } = asking
    const asked: Asked[] = []
    const place: Place = (about, request) => {
      const placing = dispatcher.place(request)
      asked.push({ about, vehicles: dispatcher.candidates() })
      return placing
    }
    const brought = buyer.isBrought ? broughtWays(asking, place) : []
    const fetched = buyer.fetches ? pickupWays(asking, place) : []
    const worth = (way: Way) => worthOf(way, buyer, nowSecond)
    const ways = [...brought, ...fetched].toSorted((one, other) => worth(one) - worth(other))
    return { ways, asked }
  }

  /** Of what vehicles can bring, the one that dispatch scores best. */
  function broughtWays(asking: Asking, place: Place): Way[] {
    const { order } = asking
    const item = orders.item[order]!
    const { makingOnBoard: making } = partOf(order)
    const ways: Way[] = []
    const add = (way: Omit<Source, 'about' | 'bank'>, about: string, placing: Placing | null) => {
      if (placing) ways.push(promised(asking, { ...way, bank: -1, about }, placing))
    }
    if (Object.keys(making).length > 0) {
      const about = 'on_board'
      const placing = place(about, requestOf(asking, { kind: 'made_on_board' as const, making }))
      add({ kind: 'on_board', site: -1, machine: placing?.machine ?? -1 }, about, placing)
    }
    if (isKept[item]) {
      const itemId = scenario.items[item]!.id
      const request = requestOf(asking, {
        kind: 'stocked_on_board' as const,
        itemId,
        litres: 1,
      })
      const about = 'from_stock_on_board'
      add({ kind: about, site: -1, machine: -1 }, about, place(about, request))
    }
    for (const site of nearest(orders.at[order]!, warehouses).slice(0, 1)) {
      const source = sourceAt(site, asking)
      if (!source) continue
      const about = `fetched/${sites[site]!.id}`
      const placing = place(about, fetchedFrom(asking, site, source.readySecond))
      add({ kind: 'fetched', site, machine: source.machine }, about, placing)
    }
    return ways.toSorted((one, other) => one.placing!.score - other.placing!.score).slice(0, 1)
  }

  function requestOf<Kind extends object>(asking: Asking, kind: Kind) {
    const { order, wantBySecond, nowSecond, vehicleIds } = asking
    return {
      requestId: String(order),
      at: orders.at[order]!,
      serviceSeconds: buyers.handOverSeconds,
      dueAtMs: midnightMs + wantBySecond * 1_000,
      nowMs: midnightMs + nowSecond * 1_000,
      ...(vehicleIds ? { vehicleIds } : {}),
      ...kind,
    }
  }

  /** To the buyer's door, or to the lockers that the buyer goes to. */
  function fetchedFrom(
    asking: Asking,
    site: number,
    readySecond: number,
    bank = -1,
  ): DispatchRequest & { nowMs: number } {
    const pickup = {
      at: sites[site]!.at,
      serviceSeconds: loadSeconds,
      readyAtMs: midnightMs + readySecond * 1_000,
    }
    const parcel = { kind: 'fetched' as const, pickup, litres: 1 }
    if (bank < 0) return requestOf(asking, parcel)
    return requestOf(asking, { ...parcel, at: sites[bank]!.at, serviceSeconds: transferSeconds })
  }

  function pickupWays(asking: Asking, place: Place): Way[] {
    const { order, buyer } = asking
    const from = orders.at[order]! * streets.places
    const near = nearest(orders.at[order]!, banks)
      .slice(0, nearestAsked)
      .filter((site, nth) => {
        const isNear = streets.meters[from + sites[site]!.at]! <= buyer.maxPickupMeters
        const isGoneTo = isNear || (nth === 0 && buyer.goesToNearest)
        return isGoneTo && world.freeCompartments(site) > 0
      })
    const ways = near.flatMap((site) => {
      return [madeAtLocker(site, asking), broughtToLocker(site, asking, place)]
    })
    return ways.filter((way) => way !== null)
  }

  function madeAtLocker(site: number, asking: Asking): Way | null {
    const source = sourceAt(site, asking)
    if (!source) return null
    const { machine } = source
    return promised(asking, { kind: 'pickup', site, bank: site, machine, about: '' }, null)
  }

  /** Made, or kept, at the site that supplies the lockers, and brought there by a vehicle that passes both. */
  function broughtToLocker(bank: number, asking: Asking, place: Place): Way | null {
    const { suppliedBy: site, id } = sites[bank]!
    const source = site >= 0 && world.isOpen(bank) ? sourceAt(site, asking) : null
    if (!source) return null
    const about = `via_locker/${id}`
    const placing = place(about, fetchedFrom(asking, site, source.readySecond, bank))
    if (!placing) return null
    const { machine } = source
    return promised(asking, { kind: 'via_locker', site, bank, machine, about }, placing)
  }

  /** A unit in stock is there at once; else the best machine of the site makes it. */
  function sourceAt(site: number, { order, nowSecond }: Asking) {
    if (!world.isOpen(site)) return null
    if (world.stockOf(site, orders.item[order]!) > 0) return { machine: -1, readySecond: nowSecond }
    return maker(sites[site]!.machines, order, nowSecond, [])
  }

  /** The best of some machines by the rules of production, the tried ones left out. */
  function maker(
    candidates: readonly number[],
    order: number,
    nowSecond: number,
    tried: readonly string[],
  ) {
    const item = scenario.items[orders.item[order]!]!
    if (candidates.length === 0 || !item.made) return null
    const { need } = partOf(order)
    need.nowMs = midnightMs + nowSecond * 1_000
    need.triedMachineIds = tried
    const facts = candidates.map((machine) =>
      Object.assign(
        { siteKind: 'warehouse' as const, metersToBuyer: null },
        world.machine(machine),
      ),
    )
    const { chosen } = chooseMachine(need, facts, world.machineRules)
    if (!chosen) return null
    const machine = candidates.find((one) => world.machine(one).machine.id === chosen.machineId)!
    return { machine, readySecond: Math.ceil((chosen.readyAtMs - midnightMs) / 1_000) }
  }

  function partOf(order: number): Part {
    return world.parts[orders.item[order]!]![orders.colour[order]!]!
  }

  function promised({ order, nowSecond }: Asking, way: Source, placing: Placing | null): Way {
    const item = scenario.items[orders.item[order]!]!
    const nowMs = midnightMs + nowSecond * 1_000
    const facts = way.machine < 0 ? null : world.machine(way.machine)
    const making = facts
      ? partOf(order).making[kindOf(facts.machine.model, facts.mounted)]
      : undefined
    const minutes = making?.makingMinutes ?? 0
    const freeAtMs = way.kind === 'on_board' ? placing?.makeStartsAtMs : facts?.freeAtMs
    const startsAtMs = Math.max(nowMs, freeAtMs ?? nowMs)
    const told = promise(
      {
        nowMs,
        startsAtMs: minutes > 0 ? startsAtMs : nowMs,
        makingMinutes: minutes,
        coolDownMinutes: making?.coolDownMinutes ?? 0,
        arrivesAtMs: placing?.arrivesAtMs ?? null,
        handOverMinutes: way.bank >= 0 ? rules.promise.lockerTransferMinutes : 0,
        transitHours: null,
      },
      rules.promise.making,
      rules.promise.travel,
    )
    const lines = priceLines(
      {
        itemCents: BigInt(item.priceCents),
        quantity: 1,
        method: way.bank >= 0 ? 'pickup' : 'truck',
        material: item.material,
        grams: minutes > 0 ? item.massGrams : 0,
        minutes,
        centsPerMinute: facts?.machine.centsPerMinute ?? 0n,
        kilometres: Math.max(0, placing?.deviationMeters ?? 0) / 1_000,
      },
      world.machineRules.prices,
    )
    const second = (atMs: number) => Math.ceil((atMs - midnightMs) / 1_000)
    const times = { p50Second: second(told.p50AtMs), p95Second: second(told.p95AtMs) }
    return { ...way, placing, cents: Number(totalCents(lines)), ...times }
  }

  function nearest(at: number, among: readonly number[]): number[] {
    const key = among === banks ? at : -1 - at
    const known = nearby.get(key)
    if (known) return known
    const meters = (site: number) => streets.meters[at * streets.places + sites[site]!.at]!
    const sorted = among.toSorted((one, other) => meters(one) - meters(other) || one - other)
    nearby.set(key, sorted)
    return sorted
  }
}

type Place = (about: string, request: DispatchRequest & { nowMs: number }) => Placing | null

export type Ways = ReturnType<typeof openWays>
